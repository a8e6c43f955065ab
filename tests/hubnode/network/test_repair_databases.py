"""Repair on both databases: own entries come back, a new epoch is followed, a copy is audited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.network import auditing, comparing, epochs, keyfiles, recovery
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.people.viewer import OPERATOR
from hubnode.records import indexing, log, service
from hubnode.records.models import LogEntry, Record, RecordVersion
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, close, make_hub, pin
from tests.hubnode.network.three import Three, digests, findings, state, titles, told
from tests.migrated import migrate

URLS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture
def three(tmp_path: Path, template: Path) -> Iterator[Three]:
    """Three hubs that know each other."""
    made = Three(tmp_path, template)
    yield made
    for hub in made.hubs:
        close(hub)


@pytest.fixture(params=URLS)
def kiel(request: pytest.FixtureRequest, tmp_path: Path, three: Three, free_port: int) -> Iterator[Hub]:
    """A hub on the database under test, among the three."""
    url = f"sqlite:///{tmp_path / 'kiel.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    migrate(url)
    hub = make_hub(tmp_path / "kiel", Path(), "Kiel", free_port, url, pages=True)
    for other in three.hubs:
        pin(hub, other)
        pin(other, hub)
    three.hubs.append(hub)
    yield hub
    three.hubs.remove(hub)
    close(hub)


def forget_all(hub: Hub) -> None:
    """Let the database be as it was before anything was published."""
    with hub.at(), transaction() as session:
        held = log.own(session)
        held.size, held.edge, held.state = 0, b"\0" * 8, "checking"
        session.execute(sa.delete(LogEntry).where(LogEntry.log == held.id))
        mine = session.scalars(sa.select(Record.id).where(Record.own)).all()
        indexing.hide(session, mine)
        session.execute(sa.delete(RecordVersion).where(RecordVersion.record.in_(mine)))
        session.execute(sa.delete(Record).where(Record.own))


def test_own_entries_come_back(three: Three, kiel: Hub) -> None:
    with three.open():
        first = kiel.publish("project", project(title="Erst so"))
        gone = kiel.publish("project", project(title="Wird gelöscht"))
        kiel.revise(first, title={"de": "Dann so"})
        with kiel.at():
            service.erase(OPERATOR, gone, NOW)
        three.settle()
        before = digests(kiel)
        forget_all(kiel)
        with kiel.at() as node:
            assert recovery.settle(node) == "active"
        kiel.publish("project", project(title="Und weiter"))
        three.settle()
    assert digests(kiel)[kiel.origin] != before[kiel.origin]
    assert titles(kiel) == titles(three.wilster) == {"Dann so", "Und weiter"}
    assert findings(kiel) == []
    assert "returned" in told(kiel)


def test_a_new_epoch_is_begun_and_followed(three: Three, kiel: Hub) -> None:
    with three.open():
        kiel.publish("project", project(title="Aus Kiel"))
        three.wilster.publish("project", project(title="Aus Wilster"))
        gone = three.wilster.publish("project", project(title="Wird gelöscht"))
        three.settle()
        with three.wilster.at():
            service.erase(OPERATOR, gone, NOW)
        three.settle()
        for hub in (kiel, three.wilster):
            with hub.at() as node:
                epochs.begin(OPERATOR_CONFIRMED, node, keyfiles.root_key(hub.settings.instance / "keys"))
        three.settle()
        three.settle()
    for hub in three.hubs:
        assert titles(hub) == {"Aus Kiel", "Aus Wilster"}
        assert findings(hub) == []
    assert digests(kiel) == digests(three.wilster)
    assert state(kiel) == "active"


def test_copies_are_audited_and_compared(three: Three, kiel: Hub) -> None:
    with three.open():
        three.wilster.publish("project", project(title="Wie es war"))
        three.settle()
        with kiel.at() as node:
            now = node.clock()
            assert reading().scalar(sa.select(sa.or_(auditing.due(now), comparing.due(now))))
            with transaction() as session:
                assert len(auditing.claim(session, now, 8)) == 3
                assert len(comparing.claim(session, now, 8)) == 3
                session.execute(sa.update(Record).where(~Record.own).values(state="withdrawn", bh="x" * 43))
            comparing.compare(node, three.wilster.origin)
            assert auditing.audit(node, three.wilster.origin) is True
    assert titles(kiel) == {"Wie es war"}
    assert told(kiel) == ["mended"]
