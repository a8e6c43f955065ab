"""Rows 26 to 28 and 30: logs that contradict themselves, poison, floods, and texts that shall be gone."""

from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from federation import routes
from federation.entries import Header, encode_line, make_entry, new_salt
from federation.entries import commitment as sealed
from federation.keys import SigningKey
from federation.signatures import sign_request
from federation.tree import leaf_hash
from hubnode.app import create_app
from hubnode.db import reading
from hubnode.network import keysets, pull, receipts, status
from hubnode.network.models import Peer
from hubnode.people.viewer import OPERATOR
from hubnode.records import log, scrub, service
from hubnode.records.models import Log, Record
from hubnode.work.loop import claimed
from tests.federation.peer import recorded_connects
from tests.hubnode import files
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, close, make_hub, pin
from tests.hubnode.network.test_pull import port_of
from tests.journeys.liar import Liar
from tests.serving import free_port, served
from tests.threats.stage import Victim, knows

ID = "01JD000000000000000000000A"


def say(liar: Liar, **changes: Any) -> None:
    """Log an entry whose header says what an honest hub never would."""
    body, salt = b'{"title":{"de":"x"}}', new_salt()
    usual: dict[str, Any] = {
        "origin": liar.origin,
        "log": liar.log_id,
        "seq": liar.size,
        "ts": "2026-11-22T09:00:00.000Z",
        "op": "put",
        "kind": "project",
        "id": ID,
        "rev": 1,
        "vis": "public",
        "bh": sealed(salt, body),
    }
    said = Header(**{**usual, **changes})._asdict()
    header = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    liar._lines.append(encode_line(header, body, salt))
    liar._leaves.append(leaf_hash(header))


CONTRADICTIONS: dict[str, dict[str, Any]] = {
    "a gap": {"seq": 7},
    "a jump": {"seq": 2**53},
    "the largest number": {"seq": 2**53 - 1},
    "a number before the first": {"seq": -1},
    "the year 9999": {"ts": "9999-12-31T23:59:59.999Z"},
    "the year 1970": {"ts": "1970-01-01T00:00:00.000Z"},
    "another log": {"log": "0" * 32},
    "another origin": {"origin": "http://127.0.0.1:5992"},
    "a revision beyond numbers": {"rev": 2**60},
    "another version": {"v": 2},
    "what stays in its hub": {"vis": "hub"},
}


def test_threat_26_an_entry_out_of_place_or_time_is_refused(victim: Victim, liar: Liar) -> None:
    liar.put("project", project())
    assert victim.follow(liar.origin) is None
    before, held = victim.rows(), victim.column(Log.size, Log.origin == liar.origin)
    for name, changes in CONTRADICTIONS.items():
        say(liar, **changes)
        assert victim.follow(liar.origin) in ("bad-entry", "not-canonical"), name
        liar.forget(1)
    assert victim.column(Log.size, Log.origin == liar.origin) == held == [1]
    assert victim.told(liar.origin)[0] == "refused"
    assert victim.rows() == before | {"network_event": before["network_event"] + 1}


def test_threat_26_a_log_that_contradicts_itself_is_frozen_and_told(victim: Victim, liar: Liar) -> None:
    liar.put("project", project())
    assert victim.follow(liar.origin) is None
    liar.forget(0)
    liar.put("project", project(title="Eine andere Geschichte"))
    before = victim.rows()
    assert victim.follow(liar.origin) == "frozen"
    assert victim.column(Log.state, Log.origin == liar.origin) == ["frozen"]
    assert victim.told(liar.origin)[0] == "frozen"
    assert victim.rows() == before | {"network_event": before["network_event"] + 1}


def test_threat_26_all_hubs_come_to_the_same_end(victim: Victim, liar: Liar) -> None:
    """Revisions that go back, come twice or follow an erasure; one hub reads them page by page, the other at once."""
    knows(victim.friend, liar)

    def follow(hub: Hub) -> None:
        with hub.at() as node:
            assert pull.pull(node, liar.origin).finished

    for rev, title in ((3, "drei"), (1, "eins"), (3, "noch einmal drei"), (4, "vier")):
        liar.put("project", project(title=title), id=ID, rev=rev)
        follow(victim.hub)
    gone = make_entry(
        origin=liar.origin, log=liar.log_id, seq=liar.size, ts=datetime.now(UTC), op="erase", kind="project",
        id=ID.replace("A", "B"), rev=2, vis="public",
    )  # fmt: skip
    liar._lines.append(gone.line)
    liar._leaves.append(gone.leaf)
    liar.put("project", project(title="nach der Löschung"), id=ID.replace("A", "B"), rev=1)
    for hub in (victim.hub, victim.friend):
        follow(hub)
    ends = []
    for hub in (victim.hub, victim.friend):
        with hub.at():
            copy = [(one.size, one.root, one.digest) for one in status.held(reading()) if one.origin == liar.origin]
            chosen = sa.select(Record.rec, Record.rev, Record.state).where(Record.origin == liar.origin)
            ends.append((copy, [tuple(row) for row in reading().execute(chosen.order_by(Record.rec))]))
    assert ends[0] == ends[1]
    assert (ID, 4, "published") in ends[0][1]


# ----- 27: poison


def test_threat_27_one_bad_log_stops_that_log_and_no_other(victim: Victim, liar: Liar) -> None:
    others = {name: Liar(name) for name in ("Gut", "Unlesbar", "Auch gut")}
    for other in others.values():
        knows(victim.hub, other)
        other.put("project", project(title="Davor"))
    liar.put("project", project(title="Davor"))
    say(liar, seq=99)
    liar.put("project", project(title="Danach"))
    others["Unlesbar"].put("project", {"title": 7})
    others["Unlesbar"].put("no_such_kind", {"x": 1})
    others["Unlesbar"].put("project", project(title="Danach"))
    for _ in range(2):
        with victim.hub.at() as node:
            for task, origin in claimed(node.clock() + timedelta(hours=2)):
                if task.name == "pull":
                    task.do(node, origin)
    shown = {
        name: len(victim.column(Record.rec, Record.origin == hub.origin, Record.state == "published"))
        for name, hub in {**others, "Gift": liar}.items()
    }
    assert shown == {"Gut": 1, "Unlesbar": 2, "Auch gut": 1, "Gift": 0}
    assert victim.column(Peer.last_error, Peer.origin == liar.origin) == ["bad-entry"]
    assert "quarantined" in victim.told(others["Unlesbar"].origin)
    for other in others.values():
        assert victim.column(Log.state, Log.origin == other.origin) == ["active"]
        other.close()


# ----- 28: floods

FLOOD = 1_000


def test_threat_28_a_thousand_invented_keys_and_hosts_leave_nothing_behind(
    victim: Victim, liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is looked up for them, nobody connected to but the one hub that they name, once a minute at most."""
    path, key = "/apl/v1/entries?log=0&after=0&limit=1", SigningKey.generate("k1")
    victim.ask(path)
    before, asking = victim.rows(), dict(keysets._asking)
    answer_to, asked = liar._answer, list[str]()
    monkeypatch.setattr(liar, "_answer", lambda path: (asked.append(path), answer_to(path))[1])
    connection = http.client.HTTPConnection(victim.place, timeout=20)
    statuses = set()
    with recorded_connects() as connects:
        connection.connect()
        for number in range(FLOOD):
            known = number % 20 == 0
            origin = liar.origin if known else f"https://hub-{number}.example"
            invented = SigningKey(f"k{number + 2}", key.private)
            headers = sign_request("GET", victim.origin + path, None, None, invented, origin, datetime.now(UTC))
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            statuses.add((answer.status, known))
    connection.close()
    assert statuses == {(401, True), (403, False)}
    port = int(victim.place.rpartition(":")[2])
    assert {f"http://{host}:{number}" for host, number in connects if number != port} <= {liar.origin}
    assert asked == [routes.CARD]
    assert (victim.rows(), keysets._asking) == (before, asking)
    assert len(victim.column(Peer.origin)) == 2


# ----- 30: gone

WORD = "Schwindkanari"


@dataclass
class Network:
    """The hub that erases, one that holds a copy, and one that comes later."""

    home: Hub
    peer: Hub
    late: Hub


@pytest.fixture
def network(tmp_path: Path, template: Path) -> Iterator[Network]:
    """Three hubs that know each other."""
    hubs = [make_hub(tmp_path / name, template, name, free_port(), pages=True) for name in ("home", "peer", "late")]
    for here in hubs:
        for there in hubs:
            if here is not there:
                pin(here, there)
    yield Network(*hubs)
    for hub in hubs:
        close(hub)


def follow(here: Hub, there: Hub) -> None:
    """What the worker of `here` does about `there`: pull, clear the files, confirm."""
    with here.at() as node:
        pull.pull(node, there.origin)
        assert scrub.scrub(node.clock(), rest=0)
        reading().rollback()
        receipts.send(node, there.origin)


def holding(hub: Hub) -> list[str]:
    """The files of a hub in which the word stands, in any case."""
    with hub.at():
        reading().rollback()
    found = [path for path in hub.settings.instance.rglob("*") if path.is_file()]
    return sorted(path.name for path in found if WORD.lower().encode() in path.read_bytes().lower())


def test_threat_30_what_was_erased_is_in_no_byte_and_comes_back_by_no_door(network: Network, tmp_path: Path) -> None:
    home, peer, late = network.home, network.peer, network.late
    row = files.attach(home, f"{WORD} in einer Datei\n".encode(), f"{WORD}.txt")
    id = home.publish("project", project(title=f"{WORD} alt", attachments=[row]))
    home.revise(id, title={"de": f"{WORD} neu"})
    old = home.page()
    saved = tmp_path / "saved"
    with served(home.app, port_of(home)):
        follow(peer, home)
        assert holding(home) != []
        assert holding(peer) != []
        close(peer)
        shutil.copytree(peer.settings.instance, saved)
        with home.at() as node:
            service.erase(OPERATOR, id, NOW + timedelta(hours=2))
            assert scrub.scrub(node.clock(), rest=0)
        follow(peer, home)
        assert (holding(home), holding(peer)) == ([], [])
        _rebuilt(peer)
        with served(peer.app, port_of(peer)):
            page = _mirrored(late, peer, home)
        assert page.startswith(b"{")
        assert WORD.encode() not in page + home.page()
        follow(late, home)
        _restored(peer, saved)
        assert holding(peer) != []
        follow(peer, home)
    assert WORD.encode() in old
    _replayed(peer, home, old)
    for hub in (home, peer, late):
        assert holding(hub) == [], hub.settings.place


def _rebuilt(peer: Hub) -> None:
    with peer.at():
        status.rebuild(NOW)
        reading().rollback()
        assert status.verify(reading()) == []


def _mirrored(by: Hub, at: Hub, of: Hub) -> bytes:
    """What one hub tells another of a third one's log."""
    with of.at():
        path = f"{routes.mirror_path(of.origin)}?log={log.own(reading()).log_id}&after=0&limit=500"
    victim = Victim(at, by)
    answer = victim.ask(path)
    assert answer.status == 200, answer.body
    return answer.body


def _restored(peer: Hub, saved: Path) -> None:
    close(peer)
    shutil.rmtree(peer.settings.instance)
    shutil.copytree(saved, peer.settings.instance)
    peer.app = create_app(peer.settings)


def _replayed(peer: Hub, home: Hub, old: bytes) -> None:
    """Somebody at the address of the origin says again what it said once."""

    def answer(environ: Any, start: Any) -> list[bytes]:
        start("200 OK", [("Content-Type", "application/vnd.apl.page"), ("Content-Length", str(len(old)))])
        return [old]

    with served(answer, port_of(home)), peer.at() as node:
        before = reading().scalar(sa.select(Log.size).where(Log.origin == home.origin))
        reading().rollback()
        assert not pull.pull(node, home.origin).finished
        reading().rollback()
        assert reading().scalar(sa.select(Log.size).where(Log.origin == home.origin)) == before
