"""What is taken and shown of another hub: through real doors, what is kept, removed, brought back and hidden."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from federation import canonical
from hubnode.db import reading, transaction
from hubnode.feeds import select
from hubnode.network import choice, events, rechoosing, status
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.people.viewer import OPERATOR
from hubnode.records import log, scrub, service
from hubnode.records import reading as records
from hubnode.records.choosing import ALL, Choice, Rule
from hubnode.records.errors import NotFound
from hubnode.records.gone import gone_from_public
from hubnode.records.models import Record
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub
from tests.hubnode.network.choosing import (
    CANARY,
    MOBILITY,
    bodies,
    choose,
    digests,
    here,
    never,
    on_both,
    publish_some,
    states,
    tables,
    there,
    titles,
    verified,
)
from tests.hubnode.network.test_pull import port_of, pulled
from tests.hubnode.records.kinds.examples import ORGANISATION
from tests.serving import served

__all__ = ["here", "never", "there"]


@on_both
def test_only_what_is_taken_is_stored_and_the_digest_stays_that_of_the_origin(here: Hub, there: Hub) -> None:
    ids = publish_some(there)
    with here.at():
        choice.change(OPERATOR_CONFIRMED, there.origin, MOBILITY, NOW)
    with served(there.app, port_of(there)):
        assert pulled(here, there).finished
    assert titles(here) == ["Parkplätze", "Rufbus"]
    assert states(here) == {ids["parking"]: "published", ids["water"]: "untaken"} | {
        ids["bus"]: "published",
        ids["doctors"]: "untaken",
    }
    assert CANARY.encode() not in bodies(here)
    assert digests(here, there) == digests(there, there)
    assert verified(here) == []


def test_narrowing_removes_copies_and_their_words_and_the_log_stays_verifiable(here: Hub, there: Hub) -> None:
    publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        assert len(titles(here, CANARY)) == 2
        choose(here, there, MOBILITY)
        assert titles(here, CANARY) == []
        assert CANARY.encode() not in bodies(here)
        assert verified(here) == []
        there.publish("project", project("Neue Sensoren"))
        assert pulled(here, there).entries == 1
    assert titles(here) == ["Neue Sensoren", "Parkplätze", "Rufbus"]
    with here.at():
        (done,) = choice.history(there.origin)
        assert (done.removed, done.restored, done.percent) == ({"project": 1, "event": 1}, {}, 100)
        assert done.done_at is not None
        assert [(event.what, event.detail) for event in events.latest()] == [("rechosen", "2 0"), ("chosen", "Betrieb")]


def test_what_narrowing_removed_is_gone_from_the_files_too_once_they_are_scrubbed(here: Hub, there: Hub) -> None:
    publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        choose(here, there, MOBILITY)
    with here.at():
        assert scrub.pending()
        assert scrub.scrub(NOW)
        assert not scrub.pending()
    files = b"".join(path.read_bytes() for path in here.settings.instance.glob("hub.db*"))
    assert b"Rufbus" in files
    assert CANARY.encode() not in files
    assert CANARY.lower().encode() not in files


@on_both
def test_narrowing_then_widening_gives_the_tables_of_a_hub_that_never_chose(
    here: Hub, there: Hub, never: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rechoosing, "STRETCH", 3)
    ids = publish_some(there)
    there.publish("organisation", {"name": {"de": "Stadtwerke"}} | _least(ORGANISATION))
    with served(there.app, port_of(there)):
        pulled(here, there)
        choose(here, there, MOBILITY)
        there.revise(ids["water"], topics=["mobility"])
        there.revise(ids["bus"], topics=["telemedicine"])
        there.revise(ids["parking"], title={"de": "Parkplätze, zweite Fassung"})
        there.publish("project", project("Noch ein Wasserzähler", topics=["water"]))
        pulled(here, there)
        assert titles(here) == ["Parkplätze, zweite Fassung", f"Wasserzähler {CANARY}"]
        choose(here, there, Choice(taken=Rule(frozenset({"event"}))))
        assert titles(here) == ["Rufbus", f"Sprechstunde {CANARY}"]
        choose(here, there, ALL)
        pulled(never, there)
    assert tables(here) == tables(never)
    assert digests(here, there) == digests(never, there) == digests(there, there)
    assert verified(here) == []


def test_a_version_that_leaves_the_choice_takes_the_earlier_ones_with_it(here: Hub, there: Hub) -> None:
    ids = publish_some(there)
    with served(there.app, port_of(there)):
        choose(here, there, MOBILITY)
        pulled(here, there)
        there.revise(ids["parking"], topics=["water"], title={"de": CANARY})
        pulled(here, there)
        assert titles(here) == ["Rufbus"]
        assert b"Parkpl" not in bodies(here)
        there.revise(ids["parking"], now=NOW + timedelta(hours=2), topics=["parking-sensors"], title={"de": "Zurück"})
        pulled(here, there)
    assert titles(here) == ["Rufbus", "Zurück"]
    assert verified(here) == []


def test_erasures_and_withdrawals_apply_whatever_was_chosen(here: Hub, there: Hub) -> None:
    ids = publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        choose(here, there, MOBILITY)
        with there.at():
            service.erase(OPERATOR, ids["water"], NOW + timedelta(hours=1))
            service.withdraw(OPERATOR, ids["doctors"], NOW + timedelta(hours=1))
        pulled(here, there)
        assert states(here)[ids["water"]] == "erased"
        assert states(here)[ids["doctors"]] == "withdrawn"
        choose(here, there, ALL)
    assert titles(here) == ["Parkplätze", "Rufbus"]
    assert CANARY.encode() not in bodies(here)
    assert digests(here, there) == digests(there, there)


@on_both
def test_what_is_taken_but_not_shown_is_nowhere_to_be_read(here: Hub, there: Hub) -> None:
    ids = publish_some(there)
    shown = Choice(shown=MOBILITY.taken)
    with served(there.app, port_of(there)):
        pulled(here, there)
        uri = f"{there.origin}/r/{ids['water']}"
        mine = here.publish("project", project("Unser", lead_organisation=uri))
        choose(here, there, shown)
        there.revise(ids["doctors"], topics=["medical-care"])
        pulled(here, there)
    assert CANARY.encode() in bodies(here)
    assert titles(here, CANARY) == []
    assert titles(here) == ["Parkplätze", "Rufbus", "Unser"]
    with here.at() as node:
        with pytest.raises(NotFound):
            records.get(OPERATOR, "project", ids["water"], there.origin)
        assert records.by_uri(OPERATOR, uri) is None
        assert records.referring(OPERATOR, project()["lead_organisation"]) != []
        assert ids["water"] not in {one.id for one in records.referring(OPERATOR, project()["lead_organisation"])}
        assert records.counts_by_hub(reading())[there.origin] == 2
        assert records.counts_by_kind(OPERATOR)[there.origin]["project"] == 1
        facets = records.find(OPERATOR, records.Browse(counted=("topic", "kind"))).facets
        assert "water" not in {value.value for value in facets["topic"]}
        site = select.Site(node.settings.base_url, {there.origin: "Rendsburg"})
        feed = select.gather(select.Selection(), site, NOW, limit=50)
        assert CANARY not in repr(feed)
        assert mine in {item.view.id for item in feed.items}


@on_both
def test_what_was_hidden_is_shown_again_as_it_was_without_being_fetched(here: Hub, there: Hub, never: Hub) -> None:
    publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        pulled(never, there)
    choose(here, there, Choice(shown=MOBILITY.taken))
    assert titles(here, CANARY) == []
    choose(here, there, ALL)
    assert tables(here) == tables(never)


def test_a_withdrawn_record_of_a_kind_that_is_not_shown_is_not_told_of_in_feeds(here: Hub, there: Hub) -> None:
    ids = publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        choose(here, there, Choice(shown=Rule(frozenset({"project"}))))
        with there.at():
            for name in ("bus", "water"):
                service.withdraw(OPERATOR, ids[name], NOW + timedelta(hours=1))
        pulled(here, there)
    with here.at():
        gone = gone_from_public(since=NOW)
        assert [one.uri.rpartition("/")[2] for one in gone] == [ids["water"]]


@on_both
@pytest.mark.parametrize("chosen", [MOBILITY, Choice(shown=MOBILITY.taken)])
def test_a_rebuild_respects_the_choice(here: Hub, there: Hub, chosen: Choice) -> None:
    ids = publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        choose(here, there, chosen)
        there.revise(ids["bus"], topics=["water"])
        pulled(here, there)
    before = tables(here)
    with here.at():
        status.rebuild(NOW)
    assert tables(here) == before


@on_both
def test_the_preview_says_what_will_happen_and_changes_nothing(here: Hub, there: Hub) -> None:
    publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
    before = tables(here)
    with here.at():
        chosen = Choice(MOBILITY.taken, Rule(frozenset({"event"})))
        effect = choice.preview(there.origin, chosen)
        total = effect.total
        assert (total.known, total.kept, total.stay, total.removed) == (4, 4, 2, 2)
        assert (total.shown, total.shown_after) == (4, 1)
        assert [(one.kind, one.removed) for one in effect.kinds] == [("project", 1), ("event", 1)]
        assert choice.preview(there.origin, ALL).nothing
    assert tables(here) == before
    with served(there.app, port_of(there)):
        choose(here, there, chosen)
    with here.at():
        assert (choice.preview(there.origin, chosen).total.kept, len(titles(here))) == (2, 1)
        again = choice.preview(there.origin, Choice(taken=Rule(frozenset({"project"})))).total
        assert (again.stay, again.fetched, again.fetched_perhaps) == (1, 1, 0)
        perhaps = choice.preview(there.origin, Choice(taken=Rule(None, frozenset({"water"})))).total
        assert (perhaps.stay, perhaps.fetched, perhaps.fetched_perhaps) == (0, 0, 2)


def test_a_preview_of_a_hub_that_nobody_knows_is_refused(here: Hub) -> None:
    with here.at():
        for ask in (choice.of, choice.history):
            if ask is choice.of:
                with pytest.raises(choice.UnknownHub):
                    ask("https://nobody.example")
        with pytest.raises(choice.UnknownHub):
            choice.preview("https://nobody.example", ALL)
        with pytest.raises(choice.UnknownHub):
            choice.change(OPERATOR_CONFIRMED, "https://nobody.example", ALL, NOW)


def test_a_quarantined_version_that_is_not_taken_leaves_quarantine_and_comes_back_with_the_choice(
    here: Hub, there: Hub, never: Hub
) -> None:
    ids = publish_some(there)
    _publish_unreadable(there, ids["water"])
    with served(there.app, port_of(there)):
        pulled(here, there)
        pulled(never, there)
        assert len(tables(here)["quarantine"]) == 1
        choose(here, there, MOBILITY)
        assert tables(here)["quarantine"] == []
        choose(here, there, ALL)
    assert tables(here) == tables(never)


def _least(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ("attachments", "pictures", "name")}


def _publish_unreadable(there: Hub, id: str) -> None:
    """Sign another version of a record that no schema reads."""
    with there.at(), transaction() as session:
        record = session.scalars(sa.select(Record).where(Record.rec == id)).one()
        body = canonical.encode({"topics": ["water"], "title": 7})
        record.rev += 1
        [record.bh] = log.append(session, [log.Change("put", record, "public", body)], NOW + timedelta(hours=1))
