"""What somebody has had a part in: counted and linked for those who may see it, and for nobody else."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from hubnode.db import transaction
from hubnode.people.viewer import ANONYMOUS, OPERATOR, Viewer
from hubnode.records import copies, evidence, service
from hubnode.records import reading as records
from hubnode.records.evidence import About
from hubnode.records.reading import Browse
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, carry
from tests.hubnode.records.kinds import examples

NETWORK = Viewer(level="network")
HUB = Viewer(level="hub")
FAR = {"public": 0, "network": 1, "hub": 2}


def whole(kind: str) -> dict[str, Any]:
    """A complete body without files."""
    body = deepcopy(examples.EXAMPLES[kind])
    body.pop("attachments", None)
    return body


def person(**changes: Any) -> dict[str, Any]:
    """Somebody whose profile speaks of online services only."""
    return whole("expertise") | changes


def report(author: str, **changes: Any) -> dict[str, Any]:
    """A report that shows its author by name."""
    shown = {"authors": [author], "author_display": "name", "field_visibility": {}}
    return whole("experience_report") | shown | changes


def event(speaker: str, **changes: Any) -> dict[str, Any]:
    """An event at which somebody speaks."""
    shown = {"speakers": [speaker], "field_visibility": {}}
    return whole("event") | shown | changes


@pytest.fixture
def wiebke(wilster: Hub) -> str:
    """The address of a person's record."""
    return f"{wilster.origin}/r/{wilster.publish('expertise', person())}"


def counts(hub: Hub, uri: str, viewer: Viewer = HUB, about: About | None = None) -> dict[str, int]:
    """How many records of each kind name `uri`."""
    with hub.at():
        found = evidence.of(viewer, [uri], about).get(uri)
        return dict(found.counts) if found else {}


def test_the_records_that_name_somebody_are_counted_by_kind_and_the_newest_are_linked(
    wilster: Hub, wiebke: str
) -> None:
    for number in range(4):
        title = f"Projekt {number}"
        wilster.publish("project", project(title, contact_person=wiebke), now=NOW + timedelta(minutes=number))
    wilster.publish("experience_report", report(wiebke))
    wilster.publish("event", event(wiebke))
    wilster.publish("project", project("Ohne sie"))
    with wilster.at():
        found = evidence.of(HUB, [wiebke])[wiebke]
        assert found.counts == {"project": 4, "experience_report": 1, "event": 1}
        assert found.total == 6
        assert [one.headline["de"] for one in found.records] == ["Projekt 3", "Projekt 2", "Projekt 1"]


def test_who_is_named_nowhere_has_no_evidence_and_nobody_asked_for_costs_nothing(wilster: Hub, wiebke: str) -> None:
    with wilster.at():
        assert evidence.of(HUB, [wiebke]) == {}
        assert evidence.of(HUB, []) == {}


def test_a_record_that_names_an_organisation_twice_counts_once(wilster: Hub) -> None:
    office = f"{wilster.origin}/r/{wilster.publish('organisation', whole('organisation'))}"
    wilster.publish("project", project(lead_organisation=office, partners=[office]))
    with wilster.at():
        assert evidence.of(HUB, [office], kind="organisation")[office].counts == {"project": 1}


@pytest.mark.parametrize("record_level", FAR)
@pytest.mark.parametrize("field_level", ["network", "hub"])
@pytest.mark.parametrize("viewer", [ANONYMOUS, NETWORK, HUB], ids=lambda viewer: viewer.level)
def test_only_those_count_a_naming_who_may_see_the_record_and_the_field(
    wilster: Hub, wiebke: str, viewer: Viewer, field_level: str, record_level: str
) -> None:
    body = project(contact_person=wiebke, field_visibility={"contact_person": field_level})
    wilster.publish("project", body, record_level)
    may = FAR[viewer.level] >= max(FAR[record_level], FAR[field_level])
    assert counts(wilster, wiebke, viewer) == ({"project": 1} if may else {})
    with wilster.at():
        found = evidence.behind(viewer, About("Parkplatzsensoren"))
        assert [one.person.uri for one in found] == ([wiebke] if may else [])


def test_an_author_who_is_shown_by_function_is_not_given_away(wilster: Hub, wiebke: str) -> None:
    wilster.publish("experience_report", report(wiebke, author_display="function"))
    assert counts(wilster, wiebke) == {}
    with wilster.at():
        assert evidence.behind(HUB, About("Parkplätze")) == []


def test_an_author_is_not_counted_where_how_to_show_authors_is_hidden(wilster: Hub, wiebke: str) -> None:
    wilster.publish("experience_report", report(wiebke, field_visibility={"authors": "public"}))
    assert counts(wilster, wiebke, ANONYMOUS) == {}
    assert counts(wilster, wiebke, NETWORK) == {"experience_report": 1}


def test_what_is_withdrawn_or_erased_counts_no_more(wilster: Hub, wiebke: str) -> None:
    first, second = (wilster.publish("project", project(f"Nr. {n}", contact_person=wiebke)) for n in (1, 2))
    with wilster.at():
        service.withdraw(OPERATOR, first, NOW)
        service.erase(OPERATOR, second, NOW)
    assert counts(wilster, wiebke) == {}


def test_nothing_counts_of_a_hub_that_is_not_shown(wilster: Hub, rendsburg: Hub, wiebke: str) -> None:
    rendsburg.publish("project", project(contact_person=wiebke, field_visibility={"contact_person": "network"}))
    carry(rendsburg, wilster)
    assert counts(wilster, wiebke) == {"project": 1}
    with wilster.at(), transaction() as session:
        copies.hide(session, rendsburg.origin)
    assert counts(wilster, wiebke) == {}
    with wilster.at():
        assert evidence.behind(HUB, About("Parkplatzsensoren")) == []


def test_evidence_for_a_topic_takes_narrower_topics_in_and_leaves_others_out(wilster: Hub, wiebke: str) -> None:
    wilster.publish("project", project("Parken", contact_person=wiebke, topics=["parking-sensors"]))
    wilster.publish("project", project("Amt", contact_person=wiebke, topics=["ozg"]))
    assert counts(wilster, wiebke, about=About(topics=["parking-sensors"])) == {"project": 1}
    assert counts(wilster, wiebke, about=About(topics=["focus-mobility"])) == {"project": 1}
    assert counts(wilster, wiebke, about=About(topics=["school-it"])) == {}


def test_evidence_for_words_is_among_the_hits(wilster: Hub, wiebke: str) -> None:
    wilster.publish("project", project("Bürgerkoffer", contact_person=wiebke))
    wilster.publish("project", project("Parkplatzsensoren", contact_person=wiebke))
    assert counts(wilster, wiebke, about=About("Bürgerkoffer")) == {"project": 1}
    assert counts(wilster, wiebke, about=About("Nebelkrähenzwirn")) == {}
    assert counts(wilster, wiebke, about=About("Bürgerkoffer", ["ozg"])) == {}


def test_people_behind_the_hits_are_found_though_their_profile_lacks_the_word(wilster: Hub, wiebke: str) -> None:
    other = f"{wilster.origin}/r/{wilster.publish('expertise', person(display_name='Jörn Beispiel'))}"
    wilster.publish("project", project("Schulträger üben", contact_person=other))
    wilster.publish("project", project("Bürgerkoffer für alle", contact_person=wiebke))
    with wilster.at():
        found = evidence.behind(HUB, About("Bürgerkoffer"))
        assert [(one.person.uri, dict(one.evidence.counts)) for one in found] == [(wiebke, {"project": 1})]
        assert [one.headline["de"] for one in found[0].evidence.records] == ["Bürgerkoffer für alle"]
        assert evidence.behind(HUB, About("Bürgerkoffer"), besides=[wiebke]) == []
        assert evidence.behind(HUB, About()) == []


def test_nobody_is_placed_by_how_often_they_are_named(wilster: Hub, wiebke: str) -> None:
    """One record that is all about it goes before three that mention it."""
    busy = f"{wilster.origin}/r/{wilster.publish('expertise', person(display_name='Vielgenannt'))}"
    for number in range(3):
        body = project(f"Nebensache {number}", contact_person=busy, challenge={"de": "Auch ein Bürgerkoffer."})
        wilster.publish("project", body, now=NOW + timedelta(hours=1))
    wilster.publish("project", project("Bürgerkoffer", contact_person=wiebke))
    with wilster.at():
        assert [one.person.uri for one in evidence.behind(HUB, About("Bürgerkoffer"))] == [wiebke, busy]


def test_people_whom_the_viewer_may_not_see_are_not_named(wilster: Hub) -> None:
    hidden = f"{wilster.origin}/r/{wilster.publish('expertise', person(), 'hub')}"
    wilster.publish("project", project(contact_person=hidden, field_visibility={"contact_person": "network"}))
    with wilster.at():
        assert evidence.behind(NETWORK, About("Parkplatzsensoren")) == []
        assert [one.person.uri for one in evidence.behind(HUB, About("Parkplatzsensoren"))] == [hidden]


@pytest.mark.parametrize("viewer", [ANONYMOUS, NETWORK, HUB], ids=lambda viewer: viewer.level)
def test_what_stands_in_records_at_hand_is_the_same_evidence(wilster: Hub, wiebke: str, viewer: Viewer) -> None:
    """As far as this viewer sees the naming fields, and never an author who is shown by function."""
    for level in ("network", "hub"):
        body = project(f"Für {level}", contact_person=wiebke, field_visibility={"contact_person": level})
        wilster.publish("project", body)
    wilster.publish("experience_report", report(wiebke))
    wilster.publish("experience_report", report(wiebke, author_display="function"))
    wilster.publish("experience_report", report(wiebke, field_visibility={"authors": "public"}))
    wilster.publish("event", event(wiebke))
    with wilster.at():
        found = evidence.among(records.find(viewer, Browse(size=50)).items)
        asked = evidence.of(viewer, [wiebke])
        assert {uri: one.counts for uri, one in found.items() if uri == wiebke} == {
            uri: one.counts for uri, one in asked.items()
        }
