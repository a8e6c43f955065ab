"""Three hubs that know each other, each behind a `Between`, started once for all journeys and ended with the last."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from hubnode.demo import visitor
from hubnode.demo.commands import Operator
from hubnode.demo.meeting import acquaint, wait_until_equal
from hubnode.demo.nodes import Node, refuse_ended, stop_all, wait_until_answering
from tests.journeys import writing
from tests.journeys.between import Between
from tests.journeys.nursery import Nursery
from tests.journeys.person import Person
from tests.journeys.prepared import prepared

SPEED = {
    "HUBNODE_POKE_COALESCE_S": "0.1",
    "HUBNODE_TICK_S": "0.15",
    "HUBNODE_POLL_S": "4",
    "HUBNODE_BACKOFF_MAX_S": "1",
}
FIRST_LOOK_S, LAST_LOOK_S = 0.03, 0.25
"""Seconds between two looks at what is waited for, at first and later."""
PASSWORD = "moin-moin-im-test"
PLACES = {"wilster": "Wilster", "hennstedt": "Hennstedt", "rendsburg": "Rendsburg"}


@dataclass(slots=True)
class Network:
    """Three hubs, somebody who types commands at them, and somebody who stands before each."""

    nodes: list[Node]
    between: dict[str, Between]
    operator: Operator
    folder: Path

    def __getattr__(self, key: str) -> Node:
        for node in self.nodes:
            if node.key == key:
                return node
        raise AttributeError(key)

    def publish(self, node: Node, *records: dict[str, Any]) -> str:
        """Publish records at `node` as its operator; the address of the first."""
        self.operator.run(node, "publish", writing.write(self.folder, list(records)))
        return f"{node.origin}/r/{records[0]['id']}"

    def settle(self, patience: float = 60.0) -> None:
        """Wait until all hold the same."""
        wait_until_equal(self.operator, self.nodes, patience)

    def finds(self, node: Node, word: str, number: str) -> bool:
        """Whether somebody without an account who searches `word` at `node` meets the record."""
        return number in visitor.get(f"{node.origin}/suche?q={quote(word)}").text

    def feed(self, node: Node) -> str:
        """The Atom feed of `node`."""
        return visitor.get(visitor.feed_address(node.origin)).text

    def anna(self, node: Node) -> Person:
        """The coordinator of `node`, signed in."""
        anna = Person(node)
        anna.sign_in(f"anna@{node.key}.example", PASSWORD)
        return anna

    def status(self, node: Node) -> dict[str, Any]:
        """What `hubnode status` says at `node`."""
        report: dict[str, Any] = self.operator.status([node])[node.key]
        return report

    def hub(self, node: Node, origin: str) -> dict[str, Any]:
        """What `node` says of the hub at `origin`."""
        return next((hub for hub in self.status(node)["hubs"] if hub["origin"] == origin), {"state": "not known"})


def eventually(true: Callable[[], bool], patience: float = 20.0) -> bool:
    """Whether `true` becomes so in time; a hub that does not answer yet counts as no."""
    deadline, pause = time.monotonic() + patience, FIRST_LOOK_S
    while time.monotonic() < deadline:
        with contextlib.suppress(visitor.NoAnswer):
            if true():
                return True
        time.sleep(pause)
        pause = min(
            pause * 1.5, LAST_LOOK_S
        )  # a look is a whole page: many looks keep from happening what they wait for
    return False


@pytest.fixture(scope="package")
def nursery() -> Iterator[Nursery]:
    """From where the processes of the nodes come."""
    found = Nursery()
    yield found
    found.close()


@pytest.fixture(scope="package")
def _network(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[Network]:
    folder = tmp_path_factory.mktemp("network")
    ports = visitor.free_ports(2 * len(PLACES))
    nodes = [
        Node(key, prepared(folder / key), inner, outer, dict(SPEED), begin=nursery.begin)
        for key, inner, outer in zip(PLACES, ports[::2], ports[1::2], strict=True)
    ]
    between = {node.key: Between(node.public_port or 0, node.port) for node in nodes}
    with Operator() as operator:
        network = Network(nodes, between, operator, folder)
        try:
            _open(network)
            yield network
        finally:
            stop_all(nodes)
            for proxy in between.values():
                proxy.close()


def _open(network: Network) -> None:
    for node in network.nodes:
        words = [
            "init",
            "--base-url",
            node.origin,
            "--port",
            str(node.port),
            "--mode",
            "test",
            "--focus",
            "focus-admin",
        ]
        words += ["--name", f"Hub {PLACES[node.key]}", "--place", PLACES[node.key], "--intro", "Ein Hub im Test."]
        network.operator.run(node, *words)
        node.fingerprint = network.status(node)["fingerprint"]
        node.start()
        words = ["user", "add", f"anna@{node.key}.example", "--name", "Anna", "--role", "coordinator"]
        network.operator.run(node, *words, "--password-stdin", stdin=f"{PASSWORD}\n")
    wait_until_answering(network.nodes)
    acquaint(network.operator, network.nodes)


@pytest.fixture
def network(_network: Network) -> Iterator[Network]:
    """The three hubs, all running and all equal, before and after each journey."""
    yield _network
    for node in _network.nodes:
        refuse_ended([node])
        if missing := node.missing():
            node.start(*missing)
    wait_until_answering(_network.nodes)
