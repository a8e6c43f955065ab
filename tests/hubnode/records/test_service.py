"""The one writer of own records: what each act changes, and that a refused one changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from federation import fold
from hubnode.db import reading
from hubnode.network import status
from hubnode.people.viewer import ANONYMOUS, OPERATOR, Viewer
from hubnode.records import gone, log, replica, service
from hubnode.records import reading as records
from hubnode.records.errors import Forbidden, Gone, NotFound, NotNow, Stale
from hubnode.records.models import LogEntry, Record
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, every_value

STAFF = Viewer("hub", "staff", 7, "Charlie")
LATER = NOW + timedelta(hours=1)


def log_size(hub: Hub) -> int:
    """Entries of the hub's own log."""
    with hub.at():
        return log.own(reading()).size


def test_a_published_record_is_in_the_log_the_index_and_the_lists(wilster: Hub) -> None:
    id = wilster.publish("project", project())
    with wilster.at():
        view = records.get(ANONYMOUS, "project", id)
        found = records.find(ANONYMOUS, records.Browse(text="parkplatz"))
        assert status.verify(reading()) == []
    assert (view.headline["de"], view.rev, view.state) == ("Parkplatzsensoren in der Innenstadt", 1, "published")
    assert [one.id for one in found.items] == [id]
    assert log_size(wilster) == 1


def test_publishing_names_everything_that_is_missing(wilster: Hub) -> None:
    with wilster.at():
        draft = service.save_draft(OPERATOR, "project", {"title": {"de": "Nur ein Titel"}}, now=NOW)
        with pytest.raises(service.Incomplete) as refusal:
            service.publish(OPERATOR, draft.id, NOW)
        assert {"summary.de", "topics", "phase", "lead_organisation"} <= set(refusal.value.errors)
        assert service.draft(OPERATOR, draft.id).body == {"title": {"de": "Nur ein Titel"}}
    assert log_size(wilster) == 0


def test_a_draft_is_nobody_elses_business(wilster: Hub) -> None:
    with wilster.at():
        draft = service.save_draft(OPERATOR, "project", project(), now=NOW, level="public")
        with pytest.raises(NotFound):
            records.get(ANONYMOUS, "project", draft.id)
        with pytest.raises(NotFound):
            records.get(STAFF, "project", draft.id)
        assert [view.id for view in records.mine(OPERATOR)] == [draft.id]
        assert records.mine(STAFF) == []


def test_a_record_of_the_hub_alone_never_enters_the_log(wilster: Hub) -> None:
    id = wilster.publish("project", project(), level="hub")
    assert log_size(wilster) == 0
    with wilster.at():
        assert records.get(STAFF, "project", id).level == "hub"
        with pytest.raises(NotFound):
            records.get(Viewer("network"), "project", id)


def test_the_log_itself_refuses_what_must_not_leave(wilster: Hub) -> None:
    with wilster.at():
        record = Record(rec="01JD000000000000000000000B", kind="project", level="hub", rev=1)
        with pytest.raises(ValueError, match="never enters the log"):
            log.append(reading(), [log.Change("put", record, "hub", b"{}")], NOW)


def test_narrowing_to_the_hub_takes_the_record_back_everywhere(wilster: Hub) -> None:
    id = wilster.publish("project", project())
    wilster.revise(id, level="hub")
    with wilster.at():
        entries = replica.stored(reading(), log.own(reading()), 0, 10)
        assert [entry.header.op for entry in entries] == ["put", "del"]
        assert fold.fold(entries) == {}
        with pytest.raises(NotFound):
            records.get(ANONYMOUS, "project", id)
        assert records.get(STAFF, "project", id).rev == 2


def test_versions_stay_at_home_until_the_record_is_erased(wilster: Hub) -> None:
    id = wilster.publish("project", project())
    wilster.revise(id, title={"de": "Parkplätze in Echtzeit"})
    with wilster.at():
        assert [rev for rev, _, _ in service.versions(OPERATOR, id)] == [2, 1]
        service.erase(OPERATOR, id, LATER)
        with pytest.raises(Gone):
            service.versions(OPERATOR, id)


def test_a_withdrawn_record_is_gone_for_readers_and_can_come_back(wilster: Hub) -> None:
    id = wilster.publish("project", project())
    with wilster.at():
        service.withdraw(OPERATOR, id, LATER)
        with pytest.raises(Gone):
            records.get(ANONYMOUS, "project", id)
        assert records.find(STAFF, records.Browse()).total == 0
        assert [one.uri for one in gone.gone_from_public(since=NOW)] == [f"{wilster.origin}/r/{id}"]
        service.publish(OPERATOR, id, LATER)
        assert records.get(ANONYMOUS, "project", id).rev == 3
        assert status.verify(reading()) == []


def test_erasing_leaves_no_text_in_the_database_and_the_proofs_whole(wilster: Hub) -> None:
    canary = "Kanarienvogelwort"
    id = wilster.publish("project", project(title=f"{canary} eins"))
    wilster.revise(id, title={"de": f"{canary} zwei"})
    with wilster.at():
        before = log.root_at(reading(), log.own(reading()), 2)
        service.erase(OPERATOR, id, LATER)
        session = reading()
        assert session.scalars(sa.select(LogEntry.body)).all() == [None, None, None]
        assert log.root_at(session, log.own(session), 2) == before
        assert status.verify(session) == []
        held = every_value(session)
    assert canary.lower() not in held


def test_an_erased_id_never_returns(wilster: Hub) -> None:
    id = wilster.publish("project", project())
    with wilster.at():
        service.erase(OPERATOR, id, LATER)
        for act in (lambda: service.publish(OPERATOR, id, LATER), lambda: service.draft(OPERATOR, id)):
            with pytest.raises(Gone):
                act()


def test_a_stale_form_overwrites_nothing(wilster: Hub) -> None:
    with wilster.at():
        draft = service.save_draft(OPERATOR, "project", project(title="Erste"), now=NOW)
        service.save_draft(OPERATOR, "project", project(title="Zweite"), now=NOW, id=draft.id, token=draft.token)
        with pytest.raises(Stale):
            service.save_draft(OPERATOR, "project", project(title="Dritte"), now=NOW, id=draft.id, token=draft.token)
        assert service.draft(OPERATOR, draft.id).body["title"] == {"de": "Zweite"}


def test_staff_and_strangers_may_not_write(wilster: Hub) -> None:
    id = wilster.publish("project", project())
    with wilster.at():
        for viewer in (STAFF, ANONYMOUS):
            for act in (service.publish, service.withdraw, service.erase):
                with pytest.raises(Forbidden):
                    act(viewer, id, LATER)
            with pytest.raises(Forbidden):
                service.save_draft(viewer, "project", project(), now=NOW)
        assert records.get(ANONYMOUS, "project", id).rev == 1


def test_what_was_never_published_is_not_withdrawn(wilster: Hub) -> None:
    with wilster.at():
        draft = service.save_draft(OPERATOR, "project", project(), now=NOW)
        with pytest.raises(NotNow):
            service.withdraw(OPERATOR, draft.id, NOW)


def test_without_a_draft_there_is_nothing_to_publish(wilster: Hub) -> None:
    id = wilster.publish("project", project())
    with wilster.at(), pytest.raises(NotNow):
        service.publish(OPERATOR, id, LATER)


def test_an_import_is_all_or_nothing_and_names_the_record_at_fault(wilster: Hub) -> None:
    good = {"kind": "project", "visibility": "public", "body": project()}
    bad = {"kind": "project", "visibility": "public", "body": project(phase="P9")}
    with wilster.at():
        with pytest.raises(service.Incomplete) as refusal:
            service.publish_all(OPERATOR, [good, bad, {"kind": "unknown"}], NOW)
        assert set(refusal.value.errors) == {"1.phase", "2.kind"}
        assert records.find(STAFF, records.Browse()).total == 0
        assert len(service.publish_all(OPERATOR, [good], NOW)) == 1


def test_an_import_repeated_changes_nothing(wilster: Hub) -> None:
    document = {"id": "01JD000000000000000000000C", "kind": "project", "visibility": "public", "body": project()}
    with wilster.at():
        for _ in range(2):
            service.publish_all(OPERATOR, [document], NOW)
        assert records.get(ANONYMOUS, "project", document["id"]).rev == 1
    assert log_size(wilster) == 1


def test_another_draft_is_not_published_in_place_of_the_one_that_was_seen(wilster: Hub) -> None:
    with wilster.at():
        seen = service.save_draft(OPERATOR, "project", project(title="Gesehen"), now=NOW, level="public")
        service.save_draft(OPERATOR, "project", project(title="Ungesehen"), now=NOW, id=seen.id, level="public")
        with pytest.raises(Stale):
            service.publish(OPERATOR, seen.id, NOW, seen.token)
        with pytest.raises(NotFound):
            records.get(ANONYMOUS, "project", seen.id)
