"""A withdrawn consent between hubs: what it opened leaves logs, tables, index and files, and every hub says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from federation import tree
from federation.pages import read_page
from hubnode.db import reading, transaction
from hubnode.network import erasure, handing
from hubnode.people.viewer import ANONYMOUS, OPERATOR
from hubnode.records import consents, kinds, log, owning, replica, restoring, scrub, service
from hubnode.records import reading as records
from hubnode.records.models import LogEntry, Record, RecordVersion
from hubnode.records.removal_models import Removal
from tests.hubnode import files, persons
from tests.hubnode.feeds.bodies import expertise
from tests.hubnode.hubs import NOW, Hub, carry, every_value

LATER = NOW + timedelta(hours=1)
WORD = "kanarieneinwilligung"


@pytest.fixture
def id(wilster: Hub, rendsburg: Hub) -> str:
    """A profile with a canary in two versions of a voluntary field, known at both hubs."""
    open_ = {"field_visibility": {"interests": "network", "display_name": "public", "summary": "public"}}
    id = wilster.publish("expertise", expertise(interests={"de": f"Alt {WORD}"}, **open_))
    wilster.revise(id, interests={"de": f"Neu {WORD}"})
    handed(wilster, rendsburg)
    carry(wilster, rendsburg)
    for hub in (wilster, rendsburg):
        assert holds(hub)
    return id


def handed(here: Hub, there: Hub) -> None:
    """Note that all of the log is being given, as the door does."""
    with here.at():
        own = log.own(reading())
        handing.hand(there.origin, own.log_id, 0, own.size, own.size, NOW)


def holds(hub: Hub) -> bool:
    """Whether the canary stands in any table."""
    with hub.at():
        reading().rollback()
        return WORD in every_value(reading())


def withdraw(hub: Hub, id: str, purpose: str = "personal") -> None:
    """The person withdraws."""
    with hub.at():
        owning.withdraw_consent(persons.owner(id, LATER), purpose, LATER)


def test_it_is_nowhere_after_the_withdrawal(wilster: Hub, rendsburg: Hub, id: str) -> None:
    withdraw(wilster, id)
    handed(wilster, rendsburg)
    carry(wilster, rendsburg)
    for hub in (wilster, rendsburg):
        with hub.at():
            assert scrub.scrub(LATER)
        assert not holds(hub)
        data = b"".join(path.read_bytes() for path in hub.settings.instance.rglob("*") if path.is_file())
        assert WORD.encode() not in data.lower()
        with hub.at():
            found = records.find(OPERATOR, records.Browse(text=WORD))
            assert found.total == 0
            [view] = records.find(ANONYMOUS, records.Browse(kinds=["expertise"])).items
            assert view.fields["display_name"] == "Wiebke Musterfrau"  # the rest stays


def test_every_hub_that_had_it_owes_a_receipt(wilster: Hub, rendsburg: Hub, id: str) -> None:
    withdraw(wilster, id)
    with wilster.at():
        assert erasure.of(id, LATER) is None  # it is published: the ledger of what is gone does not list it
        one = erasure.taken_back(id, LATER)
        assert one is not None
        assert [(holder.origin, holder.state) for holder in one.holders] == [(rendsburg.origin, "appended")]
        assert not one.complete
    carry(wilster, rendsburg)
    with rendsburg.at():
        [removal] = reading().scalars(sa.select(Removal))
        assert (removal.rec, removal.held, removal.done_at) == (id, True, None)
        assert scrub.scrub(LATER)
        reading().rollback()
        assert reading().scalars(sa.select(Removal.done_at)).one() == LATER


def test_a_second_withdrawal_changes_nothing(wilster: Hub, rendsburg: Hub, id: str) -> None:
    withdraw(wilster, id)
    with wilster.at():
        size = log.own(reading()).size
    withdraw(wilster, id)
    with wilster.at():
        reading().rollback()
        assert log.own(reading()).size == size


def test_a_narrower_consent_takes_back_what_was_wider(wilster: Hub, rendsburg: Hub, id: str) -> None:
    with wilster.at():
        held = owning.held(persons.owner(id, LATER))
        body = dict(held.body) | {"field_visibility": {"interests": "hub"}}
        owning.publish(persons.owner(id, LATER), body, "public", LATER, given={"personal": "hub"})
    carry(wilster, rendsburg)
    with rendsburg.at():
        assert scrub.scrub(LATER)
    assert not holds(rendsburg)
    assert holds(wilster)


def test_the_picture_goes_with_its_consent(wilster: Hub, rendsburg: Hub) -> None:
    row = files.attach(wilster, files.picture("PNG"), "Bild.png")
    row = {name: row[name] for name in ("sha256", "size", "type", "name")} | {
        "alt": {"de": "Ein Gesicht"}, "credit": "Selbst", "license": "CC-BY-4.0",
    }  # fmt: skip
    body = expertise(attachments=[row])
    body["field_visibility"] |= {"attachments": "network"}
    id = wilster.publish("expertise", body)
    store = wilster.settings.instance / "media"
    assert [path for path in store.rglob("*") if path.is_file()]
    withdraw(wilster, id, "photo")
    with wilster.at():
        assert "attachments" not in records.of_number(OPERATOR, id).fields
    assert not [path for path in store.rglob("*") if path.is_file()]


def test_no_older_version_is_kept_at_home(wilster: Hub, rendsburg: Hub, id: str) -> None:
    withdraw(wilster, id)
    with wilster.at():
        reading().rollback()
        assert [WORD.encode() in row.body.lower() for row in reading().scalars(sa.select(RecordVersion))] == [False]
        texts = reading().scalars(sa.select(LogEntry.body).where(LogEntry.body.is_not(None))).all()
        assert len(texts) == 1


def test_a_draft_of_others_does_not_keep_it(wilster: Hub, rendsburg: Hub, id: str) -> None:
    with wilster.at():
        draft = service.draft(OPERATOR, id)
        changed = draft.body | {"function": {"de": "Neue Aufgabe"}}
        service.save_draft(OPERATOR, "expertise", changed, id=id, level=draft.level, now=NOW)
    withdraw(wilster, id)
    with wilster.at():
        seen = service.draft(OPERATOR, id)
        assert (seen.body["function"], "interests" in seen.body) == ({"de": "Neue Aufgabe"}, False)
    assert not holds(wilster)


def test_an_old_backup_does_not_bring_it_back(wilster: Hub, rendsburg: Hub, id: str) -> None:
    """The hub is put back to before the withdrawal; what it lacks returns from Rendsburg, and the consent is void."""
    with wilster.at():
        before = [(row.rec, row.body) for row in reading().scalars(sa.select(Record))]
        size = log.own(reading()).size
    withdraw(wilster, id)
    page = wilster.page(size)
    with wilster.at() as node, transaction() as session:
        put_back(session, id, size, dict(before)[id])
        held = log.own(session)
        told = read_page(replica.state_of(held), node.identity.keyset, page, now=datetime.now(UTC))
        assert restoring.apply(session, held, told, LATER) == 2
    assert not holds(wilster)
    with wilster.at():
        reading().rollback()
        row = reading().scalars(sa.select(Record).where(Record.rec == id)).one()
        assert row.state == "published"
        assert consents.scopes(reading(), row.id) == {}
        body = expertise(interests={"de": WORD})
        with pytest.raises(kinds.Invalid):
            service.save_draft(OPERATOR, "expertise", body, id=id, level="public", now=LATER)


def put_back(session: sa.orm.Session, id: str, size: int, body: bytes | None) -> None:
    """Let record, log and consents stand as a backup has them."""
    held = log.own(session)
    edge = tree.range_at(size, log.node_of(session, held.id))
    row = session.scalars(sa.select(Record).where(Record.rec == id)).one()
    session.execute(sa.delete(LogEntry).where(LogEntry.log == held.id, LogEntry.seq >= size))
    session.execute(sa.delete(Removal).where(Removal.log == held.id))
    session.execute(sa.update(consents.Consent).values(withdrawn_at=None))
    row.body, row.rev, row.state = body, size, "published"
    held.size, held.edge = size, edge.to_bytes()
    session.flush()
