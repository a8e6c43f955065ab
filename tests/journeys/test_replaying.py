"""A client of the change feed that was away comes back to an exact copy, whatever happened and whoever died; and a
program that imports, and whose answer is lost with the node, sends again and has done it once.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.demo import visitor
from hubnode.demo.nodes import Node, wait_until_answering
from hubnode.people import tokens
from hubnode.people.viewer import Viewer
from tests.journeys import writing
from tests.journeys.conftest import Network, eventually

pytestmark = pytest.mark.journey
AT_ONCE = 50
"""Changes in one answer: few, so that coming back takes several."""
MANY = 300
"""Records of an import: as many as take longer than it takes to kill a node."""


@dataclass
class Client:
    """Keeps a copy by the recipe of docs/api.md: an answer without its last line is thrown away and asked for again."""

    node: Node
    copy: dict[str, dict[str, Any]] = field(default_factory=dict)
    cursor: str = ""

    def catch_up(self) -> None:
        """Ask until there is nothing more."""
        while self._read():
            pass

    def _read(self) -> bool:
        asked = f"{self.node.origin}/feeds/aenderungen.ndjson?limit={AT_ONCE}&ab={self.cursor}"
        answer = visitor.get(asked)
        assert answer.status == 200, answer.text
        *lines, last = [json.loads(line) for line in answer.body.splitlines()]
        if last["op"] != "end":
            return True
        for line in lines:
            if line["op"] == "gone":
                self.copy.pop(line["id"], None)
            else:
                self.copy[line["id"]] = {name: line[name] for name in ("kind", "rev", "hub", "fields")}
        self.cursor = last["cursor"]
        return bool(last["more"])


def shown(node: Node) -> dict[str, int]:
    """What the interface for programs shows to everybody: revisions by id."""
    found: dict[str, int] = {}
    cursor = ""
    while True:
        asked = f"{node.origin}/api/v1/records?limit=100&fields=revision" + (f"&cursor={cursor}" if cursor else "")
        page = json.loads(visitor.get(asked).body)
        found |= {one["id"]: one["revision"] for one in page["items"]}
        cursor = page["next"]
        if cursor is None:
            return found


class Program:
    """Imports with the token of a coordinator, again and again until it is answered."""

    def __init__(self, node: Node) -> None:
        self._node = node
        with create_core(Settings.load(node.folder, {})).app_context():
            anna = Viewer("hub", "coordinator", 1)
            self._token = tokens.make(anna, "Import", ("records:read", "records:write"), 1, datetime.now(UTC))

    def send(self, name: str, records: list[dict[str, Any]]) -> requests.Response:
        """Send these records once; raises `requests.ConnectionError` where the node dies."""
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": f'"{name}"'}
        return requests.post(f"{self._node.origin}/api/v1/records/import", json=records, headers=headers, timeout=30)

    def done(self, name: str, records: list[dict[str, Any]]) -> bool:
        """Whether the node says that it is done."""
        try:
            return self.send(name, records).status_code == 200
        except requests.ConnectionError:
            return False

    def with_a_kill(self, name: str, records: list[dict[str, Any]]) -> None:
        """Send these records, kill the node meanwhile, and send them again until it is done."""
        sending = threading.Thread(target=self.done, args=(name, records))
        sending.start()
        time.sleep(0.4)
        self._node.kill("web")
        sending.join()
        self._node.start("web")
        assert eventually(lambda: self.done(name, records), 60)


def test_a_client_that_was_away_replays_to_an_exact_copy(network: Network) -> None:
    """Made, revised, narrowed, withdrawn and erased while it was away, and its node killed in the middle of it."""
    home, node = network.wilster, network.hennstedt
    kept = [writing.organisation(f"Amt Replik {number}") for number in range(8)]
    network.publish(home, *kept)
    network.settle()
    client = Client(node)
    client.catch_up()
    ids = [f"{home.origin}/r/{one['id']}" for one in kept]
    assert set(ids) <= client.copy.keys()

    again = [writing.organisation(f"Amt Replik neu {number}", id=kept[number]["id"]) for number in range(2)]
    network.publish(home, *again, writing.organisation("Amt Replik drei", id=kept[2]["id"], visibility="network"))
    node.kill()
    anna = network.anna(home)
    path = f"/redaktion/{kept[3]['id']}/zurueckziehen"
    anna.send(path, anna.form(path))
    network.operator.run(home, "erase", kept[4]["id"], "--yes")
    later = [writing.organisation(f"Amt Replik später {number}") for number in range(MANY)]
    importing = Program(home)
    importing.with_a_kill("replik-1", later)
    answer = importing.send("replik-1", later)
    assert [one["number"] for one in answer.json()["items"]] == [one["id"] for one in later]
    assert {one["revision"] for one in answer.json()["items"]} == {1}
    network.publish(home, writing.organisation("Amt Replik zuletzt", id=kept[0]["id"]))
    node.start()
    wait_until_answering([node])
    network.settle()

    client.catch_up()
    assert eventually(lambda: {id: one["rev"] for id, one in client.copy.items()} == shown(node))
    anew = Client(node)
    anew.catch_up()
    assert client.copy == anew.copy
    assert not {ids[2], ids[3], ids[4]} & client.copy.keys()
    assert client.copy[ids[0]]["fields"]["name"] == {"de": "Amt Replik zuletzt"}
    assert client.copy[ids[1]]["rev"] == 2
