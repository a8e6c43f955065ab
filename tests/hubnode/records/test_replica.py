"""Copies of another hub's log: applied whole or not at all, and equal to what the log says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from federation import canonical
from federation.errors import Frozen, Refused
from hubnode.db import reading, transaction
from hubnode.network import status
from hubnode.people.viewer import ANONYMOUS, OPERATOR, Viewer
from hubnode.records import kinds, log, replica, service, standing
from hubnode.records import reading as records
from hubnode.records.errors import Gone, NotFound
from hubnode.records.models import Log, LogEntry, Quarantine, Record
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, bring, carry, every_value

MEMBER = Viewer("network")
LATER = NOW + timedelta(hours=2)


def append_raw(
    hub: Hub, id: str, body: dict[str, Any], *, rev: int, level: str = "public", kind: str = "project"
) -> None:
    """Let a hub publish what our own service would refuse: another version of the software, or a careless one."""
    with hub.at(), transaction() as session:
        record = Record(rec=id, kind=kind, level=level, rev=rev)
        log.append(session, [log.Change("put", record, level, canonical.encode(body))], NOW)


def digests(hub: Hub, origin: str) -> str:
    """The digest of what a hub shows of `origin`."""
    with hub.at():
        return next(held.digest for held in status.held(reading()) if held.origin == origin)


def quarantined(hub: Hub) -> list[str]:
    """Ids of records with a version that could not be read."""
    with hub.at():
        return list(reading().scalars(sa.select(Quarantine.rec)))


def test_a_record_arrives_with_all_that_belongs_to_it(wilster: Hub, rendsburg: Hub) -> None:
    id = rendsburg.publish("project", project())
    applied = carry(rendsburg, wilster)
    assert (applied.records, applied.quarantined) == (1, 0)
    with wilster.at():
        view = records.get(ANONYMOUS, "project", id, rendsburg.origin)
        assert (view.own, view.origin, view.path) == (False, rendsburg.origin, f"/projekte/127.0.0.1:5992/{id}")
        assert records.find(ANONYMOUS, records.Browse(text="innenstadt")).items[0].id == id
        assert status.verify(reading()) == []
    assert digests(wilster, rendsburg.origin) == digests(rendsburg, rendsburg.origin)


def test_a_page_applied_twice_changes_nothing(wilster: Hub, rendsburg: Hub) -> None:
    rendsburg.publish("project", project())
    data = rendsburg.page()
    with wilster.at(), transaction() as session:
        held = session.scalars(sa.select(Log).where(Log.origin == rendsburg.origin)).one()
        page = _read(session, held, rendsburg, data)
        assert replica.apply(session, held, page, NOW).records == 1
        assert replica.apply(session, held, page, NOW).records == 0
    with wilster.at():
        assert records.find(ANONYMOUS, records.Browse()).total == 1


def _read(session: Any, held: Log, there: Hub, data: bytes) -> Any:
    from federation.pages import read_page
    from hubnode.network import peers

    peer = peers.active(session, there.origin)
    assert peer is not None
    return read_page(replica.state_of(held), peers.keyset_of(peer), data, now=datetime.now(UTC))


def test_an_edit_a_withdrawal_and_a_return_walk_the_same_way(wilster: Hub, rendsburg: Hub) -> None:
    id = rendsburg.publish("project", project())
    rendsburg.revise(id, title={"de": "Parkplätze in Echtzeit"})
    carry(rendsburg, wilster)
    with wilster.at():
        assert records.get(ANONYMOUS, "project", id, rendsburg.origin).headline["de"] == "Parkplätze in Echtzeit"
    with rendsburg.at():
        service.withdraw(OPERATOR, id, LATER)
    carry(rendsburg, wilster)
    with wilster.at():
        with pytest.raises(Gone):
            records.get(ANONYMOUS, "project", id, rendsburg.origin)
        assert records.find(ANONYMOUS, records.Browse()).total == 0
    with rendsburg.at():
        service.publish(OPERATOR, id, LATER)
    carry(rendsburg, wilster)
    with wilster.at():
        assert records.get(ANONYMOUS, "project", id, rendsburg.origin).rev == 4
    assert digests(wilster, rendsburg.origin) == digests(rendsburg, rendsburg.origin)


def test_network_level_fields_travel_and_stay_hidden_from_the_public(wilster: Hub, rendsburg: Hub) -> None:
    id = rendsburg.publish("project", project(cost_one_off_cents=6_140_000))
    carry(rendsburg, wilster)
    with wilster.at():
        assert "cost_one_off_cents" not in records.get(ANONYMOUS, "project", id, rendsburg.origin).fields
        assert records.get(MEMBER, "project", id, rendsburg.origin).fields["cost_one_off_cents"] == 6_140_000


def test_an_erased_record_leaves_no_text_at_the_peer(wilster: Hub, rendsburg: Hub) -> None:
    canary = "Kanarienvogelwort"
    id = rendsburg.publish("project", project(title=f"{canary} im Titel"))
    carry(rendsburg, wilster)
    with rendsburg.at():
        service.erase(OPERATOR, id, LATER)
    carry(rendsburg, wilster)
    with wilster.at():
        session = reading()
        held = every_value(session)
        assert canary.lower() not in held
        assert session.scalar(sa.select(Record.state).where(Record.rec == id)) == "erased"
        assert status.verify(session) == []


def test_a_newcomer_reads_a_history_whose_bodies_are_gone(wilster: Hub, rendsburg: Hub) -> None:
    kept, erased = rendsburg.publish("project", project()), rendsburg.publish("project", project(title="Weg damit"))
    with rendsburg.at():
        service.erase(OPERATOR, erased, LATER)
    carry(rendsburg, wilster, limit=2)
    with wilster.at(), pytest.raises(NotFound):
        records.get(ANONYMOUS, "project", erased, rendsburg.origin)
    carry(rendsburg, wilster)
    with wilster.at():
        assert [one.id for one in records.find(ANONYMOUS, records.Browse()).items] == [kept]
    assert quarantined(wilster) == []


def test_a_body_that_cant_be_read_is_kept_aside_and_the_log_goes_on(wilster: Hub, rendsburg: Hub) -> None:
    append_raw(rendsburg, "01JD000000000000000000000D", {"title": {"de": "Neues Feld"}, "unheard_of": 1}, rev=1)
    good = rendsburg.publish("project", project())
    applied = carry(rendsburg, wilster)
    assert (applied.records, applied.quarantined) == (2, 1)
    assert quarantined(wilster) == ["01JD000000000000000000000D"]
    with wilster.at():
        assert [one.id for one in records.find(ANONYMOUS, records.Browse()).items] == [good]
        reason = reading().scalars(sa.select(Quarantine.reason)).one()
    assert "unheard_of" in reason
    assert "Neues Feld" not in reason


def test_an_unknown_kind_is_stored_unread(wilster: Hub, rendsburg: Hub) -> None:
    append_raw(rendsburg, "01JD000000000000000000000E", {"x": 1}, rev=1, kind="recipe")
    carry(rendsburg, wilster)
    assert quarantined(wilster) == ["01JD000000000000000000000E"]
    with wilster.at():
        assert (
            reading().scalar(sa.select(LogEntry.body).where(LogEntry.rec == "01JD000000000000000000000E")) == b'{"x":1}'
        )


def test_an_older_copy_stays_when_its_next_version_cant_be_read(wilster: Hub, rendsburg: Hub) -> None:
    id = rendsburg.publish("project", project())
    carry(rendsburg, wilster)
    append_raw(rendsburg, id, project() | {"unheard_of": 1}, rev=2)
    carry(rendsburg, wilster)
    with wilster.at():
        view = records.get(ANONYMOUS, "project", id, rendsburg.origin)
        assert (view.rev, view.unread_rev) == (2, 2)
        assert view.headline["de"] == "Parkplatzsensoren in der Innenstadt"
    rendsburg_fixes(rendsburg, id)
    carry(rendsburg, wilster)
    with wilster.at():
        assert records.get(ANONYMOUS, "project", id, rendsburg.origin).unread_rev is None
    assert quarantined(wilster) == []


def rendsburg_fixes(hub: Hub, id: str) -> None:
    """The next version is one that everybody can read."""
    append_raw(hub, id, project(title="Wieder lesbar"), rev=3)


def test_an_unreadable_version_that_is_narrower_hides_the_older_copy(wilster: Hub, rendsburg: Hub) -> None:
    id = rendsburg.publish("project", project())
    carry(rendsburg, wilster)
    append_raw(rendsburg, id, project() | {"unheard_of": 1}, rev=2, level="network")
    carry(rendsburg, wilster)
    with wilster.at():
        for viewer in (ANONYMOUS, MEMBER):
            with pytest.raises(NotFound):
                records.get(viewer, "project", id, rendsburg.origin)
        assert records.find(MEMBER, records.Browse()).total == 0


def test_a_field_that_should_not_have_left_its_hub_is_not_taken(wilster: Hub, rendsburg: Hub) -> None:
    append_raw(rendsburg, "01JD000000000000000000000F", project(funding=[{"amount_cents": 5_000_000}]), rev=1)
    carry(rendsburg, wilster)
    assert quarantined(wilster) == ["01JD000000000000000000000F"]


def test_records_rebuilt_from_the_log_are_equal(wilster: Hub, rendsburg: Hub) -> None:
    ids = [rendsburg.publish("project", project(title=f"Vorhaben {number}")) for number in range(4)]
    rendsburg.revise(ids[0], title={"de": "Geändert"})
    with rendsburg.at():
        service.withdraw(OPERATOR, ids[1], LATER)
        service.erase(OPERATOR, ids[2], LATER)
    append_raw(rendsburg, ids[3], project() | {"unheard_of": 1}, rev=2)
    carry(rendsburg, wilster)
    before = rows(wilster)
    with wilster.at(), transaction() as session:
        replica.refold(session, session.scalars(sa.select(Log).where(~Log.own)).one(), NOW)
    assert rows(wilster) == before
    with wilster.at():
        assert status.verify(reading()) == []
        assert records.find(ANONYMOUS, records.Browse(text="geändert")).total == 1


def rows(hub: Hub) -> list[tuple[Any, ...]]:
    """What the hub holds of others, without its own numbering."""
    columns = [getattr(Record, name) for name in standing.COLUMNS]
    with hub.at():
        return [tuple(row) for row in reading().execute(sa.select(*columns).where(~Record.own).order_by(Record.rec))]


@contextmanager
def older_program(kind: str) -> Iterator[None]:
    """Be a program that does not know this kind yet; afterwards all kinds are in their order again."""
    every = dict(kinds.KINDS)
    del kinds.KINDS[kind]
    try:
        yield
    finally:
        kinds.KINDS.clear()
        kinds.KINDS.update(every)


def test_an_update_reads_what_could_not_be_read_before(wilster: Hub, rendsburg: Hub) -> None:
    id = rendsburg.publish("project", project())
    with older_program("project"):
        carry(rendsburg, wilster)
    assert quarantined(wilster) == [id]
    with wilster.at():
        assert status.rebuild(NOW) == 1
        assert records.get(ANONYMOUS, "project", id, rendsburg.origin).rev == 1
    assert quarantined(wilster) == []


def test_a_changed_body_a_foreign_record_and_a_gap_are_refused_whole(wilster: Hub, rendsburg: Hub) -> None:
    rendsburg.publish("project", project())
    rendsburg.publish("project", project(title="Zweites"))
    data = rendsburg.page()
    lines = data.splitlines(keepends=True)
    for spoiled in (
        data.replace(b"Zweites", b"Drittes"),
        data.replace(rendsburg.origin.encode(), wilster.origin.encode()),
        b"".join(lines[1:]),
        b"".join([lines[1], lines[0], lines[2]]),
        data.replace(b'{"b":', b'{ "b":', 1),
    ):
        with pytest.raises(Refused):
            bring(spoiled, rendsburg, wilster)
    with wilster.at():
        assert records.find(MEMBER, records.Browse()).total == 0
        assert reading().scalar(sa.select(sa.func.count()).select_from(LogEntry)) == 0


def test_a_log_that_shrinks_is_a_contradiction(wilster: Hub, rendsburg: Hub, tmp_path: Any) -> None:
    rendsburg.publish("project", project())
    short = rendsburg.page()
    rendsburg.publish("project", project(title="Zweites"))
    carry(rendsburg, wilster)
    with pytest.raises(Frozen) as evidence:
        bring(short, rendsburg, wilster)
    assert evidence.value.held != evidence.value.seen


@pytest.mark.parametrize("limit", [1, 2, 3, 500])
def test_records_are_the_same_whatever_the_size_of_the_pages(wilster: Hub, rendsburg: Hub, limit: int) -> None:
    now = iter(NOW + timedelta(minutes=number) for number in range(1, 100))
    changed, withdrawn, erased, unread, narrowed = (
        rendsburg.publish("project", project(title=f"Vorhaben {number}"), now=next(now)) for number in range(5)
    )
    rendsburg.revise(changed, now=next(now), title={"de": "Geändert"})
    with rendsburg.at():
        for id in (withdrawn, erased):
            service.withdraw(OPERATOR, id, next(now))
        service.erase(OPERATOR, erased, next(now))
        service.publish(OPERATOR, withdrawn, next(now))
        service.withdraw(OPERATOR, withdrawn, next(now))
    append_raw(rendsburg, unread, project() | {"unheard_of": 1}, rev=2)
    append_raw(rendsburg, unread, project() | {"unheard_of": 2}, rev=3)
    append_raw(rendsburg, narrowed, project() | {"unheard_of": 1}, rev=2, level="network")
    append_raw(rendsburg, changed, project(), rev=1)
    while carry(rendsburg, wilster, limit) != replica.Applied(0, 0):
        pass
    piecemeal = rows(wilster), quarantined(wilster)
    with wilster.at(), transaction() as session:
        replica.refold(session, session.scalars(sa.select(Log).where(~Log.own)).one(), NOW)
    assert (rows(wilster), quarantined(wilster)) == piecemeal
    assert sorted(quarantined(wilster)) == sorted([unread, narrowed, changed])
    states = {row[1]: row[4] for row in rows(wilster)}
    assert states == {
        changed: "published",
        withdrawn: "withdrawn",
        erased: "erased",
        unread: "published",
        narrowed: "unread",
    }
