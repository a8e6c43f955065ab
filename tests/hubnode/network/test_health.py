"""The doctor: each thing that can be wrong is brought about, found through the real way, and worded with its remedy."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from federation.client import Measured
from federation.wire import Wire
from hubnode.app import create_app
from hubnode.cli import doctor
from hubnode.db import reading, transaction
from hubnode.network import diagnosis, health, peers, pull, vitals
from hubnode.network.health import Finding
from hubnode.network.models import Peer
from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub, close, forget_everything, make_hub
from tests.hubnode.network.test_pull import here, port_of, there  # noqa: F401 - fixtures
from tests.hubnode.records.test_replica import append_raw
from tests.serving import served


@pytest.fixture(autouse=True)
def now_pinned(here: Hub, there: Hub) -> None:  # noqa: F811
    """Both hubs have pinned each other just now, by the real clock."""
    now = datetime.now(UTC)
    for hub in (here, there):
        with hub.at(), transaction() as session:
            session.execute(sa.update(Peer).values(added_at=now, pull_due_at=now, poke_due_at=now))


def codes(found: list[Finding]) -> list[str]:
    """The codes of findings, in words too: every code has a cause and a remedy."""
    for one in found:
        with force_locale("de"):
            words = diagnosis.told(one)
        assert words.cause
        assert words.remedy
        assert "%(" not in words.cause
    return [one.code for one in found]


def knocked(hub: Hub, other: Hub) -> str | None:
    """What knocking at the other hub finds."""
    with hub.at() as node:
        found = health.probe(node, other.origin)
        return None if found is None else codes([found])[0]


def stored(hub: Hub, now: datetime | None = None) -> list[str]:
    """What the hub's own store tells."""
    with hub.at() as node:
        return codes(health.findings(node, now or datetime.now(UTC)))


def follow(hub: Hub, other: Hub) -> None:
    """Pull once."""
    with hub.at() as node:
        pull.pull(node, other.origin)


def test_a_well_network_has_no_findings(here: Hub, there: Hub) -> None:  # noqa: F811
    there.publish("project", project())
    with served(there.app, port_of(there)):
        follow(here, there)
        assert knocked(here, there) is None
    assert stored(here) == []


def moved(hub: Hub, other: Hub, origin: str) -> None:
    """Let `hub` look for the other one at another address."""
    with hub.at(), transaction() as session:
        session.execute(sa.update(Peer).where(Peer.origin == other.origin).values(origin=origin))
    other.settings = replace(other.settings, base_url=origin)


def test_a_name_that_nobody_knows(here: Hub, there: Hub) -> None:  # noqa: F811
    moved(here, there, "https://hub.invalid")

    def nowhere(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, f"{host}:{port} is not known")

    with here.at() as node:
        found = health.probe(replace(node, wire=Wire(resolver=nowhere)), there.origin)
    assert found is not None
    with here.at():
        assert codes([found]) == ["unreachable:dns"]


def test_a_certificate_that_is_none(here: Hub, there: Hub) -> None:  # noqa: F811
    port = port_of(there)
    with served(there.app, port):
        moved(here, there, f"https://127.0.0.1:{port}")
        assert knocked(here, there) == "unreachable:tls"


def test_nobody_listens(here: Hub, there: Hub) -> None:  # noqa: F811
    assert knocked(here, there) == "unreachable:connect"
    follow(here, there)
    follow(here, there)
    assert stored(here) == ["unreachable:connect"]


def test_a_knock_that_arrives_outdates_what_is_stored(here: Hub, there: Hub) -> None:  # noqa: F811
    follow(here, there)
    with served(there.app, port_of(there)), here.at():
        assert codes(doctor.examined(offline=True)) == ["unreachable:connect"]
        assert codes(doctor.examined(offline=False)) == ["own-door"]  # this hub itself is not served here


def own_door(hub: Hub) -> tuple[str, object] | None:
    """What knocking at the hub's own address finds: code, and what went wrong."""
    with hub.at() as node:
        found = health.own_door(node)
        return None if found is None else (codes([found])[0], found.facts["why"])


def test_the_own_door_is_tried_too(there: Hub, tmp_path: Path, template: Path) -> None:  # noqa: F811
    with served(there.app, port_of(there)):
        assert own_door(there) is None
    assert own_door(there) == ("own-door", "unreachable:connect")
    other = make_hub(tmp_path / "other", template, "Rendsburg", port_of(there), pages=True)
    with served(other.app, port_of(there)):
        assert own_door(there) == ("own-door", "bad-keyset")
    close(other)


def test_another_hub_answers_at_the_address(here: Hub, there: Hub, tmp_path: Path, template: Path) -> None:  # noqa: F811
    impostor = make_hub(tmp_path / "impostor", template, "Rendsburg", port_of(there), pages=True)
    with served(impostor.app, port_of(there)):
        assert knocked(here, there) == "bad-keyset"
    close(impostor)


def test_a_hub_that_does_not_know_us(here: Hub, there: Hub) -> None:  # noqa: F811
    with there.at(), transaction() as session:
        session.execute(sa.update(Peer).values(state="suspended"))
    with served(there.app, port_of(there)):
        assert knocked(here, there) == "answered:403:not-member"


def test_clocks_that_differ(here: Hub, there: Hub) -> None:  # noqa: F811
    with served(there.app, port_of(there)), here.at() as node:
        late = replace(node, clock=lambda: datetime.now(UTC) + timedelta(seconds=25))
        found = health.probe(late, there.origin)
        assert found is not None
        assert codes([found]) == ["clock-gap"]
        pull.pull(late, there.origin)
    assert stored(here) == ["clock-gap"]


def test_a_full_disk_stops_the_copying_and_nothing_else(here: Hub, there: Hub) -> None:  # noqa: F811
    there.publish("project", project())
    with served(there.app, port_of(there)):
        with here.at() as node:
            full = replace(node, settings=replace(node.settings, disk_reserve_mb=10**9))
            assert pull.pull(full, there.origin).entries == 0
            assert set(codes(health.findings(full, datetime.now(UTC)))) == {"disk-full"}
            assert peers.all_hubs(node.settings)[1].last_error == pull.NO_ROOM
        follow(here, there)
    assert stored(here) == []


def test_a_slow_hub(here: Hub, there: Hub) -> None:  # noqa: F811
    with here.at(), transaction() as session:
        for took in (1.0, 12.0):
            vitals.measured(session, there.origin, Measured(took, 0.0))
    assert stored(here) == ["slow"]


def test_a_way_that_works_in_one_direction_only(here: Hub, there: Hub) -> None:  # noqa: F811
    with served(there.app, port_of(there)):
        follow(here, there)
    later = datetime.now(UTC) + timedelta(hours=3)
    assert "one-way" in stored(here, later)
    with here.at():
        vitals.heard(there.origin, later - timedelta(minutes=3))
    assert "one-way" not in stored(here, later)


def test_who_asks_us_is_heard(here: Hub, there: Hub) -> None:  # noqa: F811
    with served(there.app, port_of(there)):
        follow(here, there)
    with there.at():
        known = vitals.all_of(reading())[here.origin].heard_at
    assert known is not None
    assert abs(datetime.now(UTC) - known) < timedelta(minutes=1)


def test_records_that_are_refused_or_too_new(here: Hub, there: Hub) -> None:  # noqa: F811
    append_raw(there, "01JD000000000000000000000A", project() | {"unheard_of": 1}, rev=1)
    append_raw(there, "01JD000000000000000000000B", project(), rev=1, kind="holiday")
    with served(there.app, port_of(there)):
        follow(here, there)
    assert sorted(stored(here)) == ["record-refused", "schema-too-new"]


def test_a_log_that_contradicts_itself(here: Hub, there: Hub) -> None:  # noqa: F811
    with served(there.app, port_of(there)):
        there.publish("project", project())
        follow(here, there)
        with there.at(), transaction() as session:
            forget_everything(session)
        there.publish("project", project(title="Anders"))
        follow(here, there)
    assert stored(here) == ["frozen"]


def test_keys_that_end_soon(here: Hub, there: Hub) -> None:  # noqa: F811
    with here.at() as node:
        later = datetime.now(UTC) + timedelta(days=380)
        assert {"own-key-ends", "key-ends"} <= set(codes(health.findings(node, later)))


def test_a_worker_that_does_not_run(here: Hub, there: Hub) -> None:  # noqa: F811
    assert stored(here, datetime.now(UTC) + timedelta(minutes=30)) == ["worker-asleep"]


def test_metrics_are_for_whoever_shows_the_token(tmp_path: Path, template: Path) -> None:
    hub = make_hub(tmp_path / "watched", template, "Kiel", 5994)
    token = "a token for the watch, long enough"
    plain = create_app(hub.settings).test_client()
    watched = create_app(replace(hub.settings, metrics_token=token)).test_client()
    assert plain.get("/metrics").status_code == 404
    assert watched.get("/metrics").status_code == 401
    assert watched.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    answer = watched.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    text = answer.get_data(as_text=True)
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    assert "\nhubnode_log_entries 0\n" in text
    assert "# TYPE hubnode_peer_clock_offset_seconds gauge\n" in text
    close(hub)


def test_metrics_name_hubs_and_figures(here: Hub, there: Hub) -> None:  # noqa: F811
    there.publish("project", project())
    with served(there.app, port_of(there)):
        follow(here, there)
    with here.at() as node:
        watched = create_app(replace(node.settings, metrics_token="a token for the watch, long enough")).test_client()
    answer = watched.get("/metrics", headers={"Authorization": "Bearer a token for the watch, long enough"})
    lines = dict(line.rsplit(" ", 1) for line in answer.get_data(as_text=True).splitlines() if line[0] != "#")
    assert lines[f'hubnode_peer_reachable{{origin="{there.origin}"}}'] == "1"
    assert lines[f'hubnode_records{{origin="{there.origin}"}}'] == "1"
    assert abs(float(lines[f'hubnode_peer_clock_offset_seconds{{origin="{there.origin}"}}'])) < 2


def test_a_hub_that_asks_again_is_tried_again_at_once(here: Hub, there: Hub) -> None:  # noqa: F811
    for _ in range(6):
        follow(here, there)
    with here.at() as node:
        now = node.clock()
        waiting = reading().scalars(sa.select(Peer.pull_due_at)).one()
        assert waiting > now + timedelta(seconds=60)
        vitals.heard(there.origin, now)
        reading().rollback()
        assert reading().scalars(sa.select(Peer.pull_due_at)).one() == now
