"""Needs on their pages: what answers them, how one is begun from a search without hits, and who subscribes to which."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from lxml import etree

from hubnode.people.viewer import ANONYMOUS, OPERATOR
from hubnode.records import alike, reading
from tests.five import Five
from tests.hubnode.hubs import Hub
from tests.hubnode.records.kinds.examples import NEED
from tests.hubnode.web.browsing import Browser
from tests.hubnode.web.reading import links, titles, tree, words

PLAIN = {name: value for name, value in NEED.items() if name != "attachments"}
THESIS = "Abschlussarbeit: Wirkung von Parkleitanzeigen messen"


def day(days: int) -> str:
    """A day, so many from today."""
    return str(datetime.now(UTC).date() + timedelta(days=days))


def test_a_need_is_answered_by_projects_people_and_calls_of_other_hubs(five: Five, coordinator: FlaskClient) -> None:
    """The announcement's own example: who has organised trips to the doctor? People stand there by function."""
    answer = coordinator.get(five.path("ned-001"))
    proposed = links(answer, "//section[starts-with(@aria-labelledby, 'passt-')]")
    assert {five.path(id) for id in ("prj-009", "exp-007", "fnd-003")} <= set(proposed)
    with five.wilster.at():
        person = reading.by_uri(OPERATOR, five.ids["exp-007"])
    assert person
    people = words(answer, "//section[@aria-labelledby='passt-expertise']")
    assert person.fields["function"]["de"] in people
    assert person.fields["display_name"] not in people
    assert five.path("ned-001") not in proposed


@pytest.mark.parametrize(
    ("need", "expected"),
    [
        ("ned-002", ("fnd-001", "exp-005", "exp-011")),
        ("ned-003", ("prj-007",)),
        ("ned-004", ("prj-008",)),
        ("ned-005", ("off-001",)),
    ],
)
def test_the_other_needs_of_the_demo_are_answered_too(
    five: Five, coordinator: FlaskClient, need: str, expected: tuple[str, ...]
) -> None:
    proposed = links(coordinator.get(five.path(need)), "//section[starts-with(@aria-labelledby, 'passt-')]")
    assert {five.path(id) for id in expected} - set(proposed) == set()


def test_what_is_over_or_may_not_be_seen_answers_nothing(five: Five) -> None:
    later = datetime.now(UTC) + timedelta(days=300)
    with five.wilster.at():
        need = reading.by_uri(OPERATOR, five.ids["ned-001"])
        assert need
        assert "funding_call" in alike.answers(OPERATOR, need, datetime.now(UTC))
        assert "funding_call" not in alike.answers(OPERATOR, need, later)
        seen = {one.record.level for found in alike.answers(ANONYMOUS, need, later).values() for one in found}
    assert seen == set(), "a stranger does not see the need, and so nothing that it shares with anything"


def test_what_the_page_names_anyway_is_not_proposed(five: Five) -> None:
    with five.wilster.at():
        need = reading.by_uri(OPERATOR, five.ids["ned-001"])
        assert need
        found = alike.answers(OPERATOR, need, datetime.now(UTC), besides=[five.ids["prj-009"]])
    assert five.ids["prj-009"] not in {one.record.uri for one in found["project"]}


def test_a_search_without_hits_leads_writers_to_a_form_with_the_words(hub: Hub, bob: Browser, visitor: Browser) -> None:
    answer = bob.open("/suche?q=Fahrradwaschanlage")
    [begin] = [href for href in links(answer) if "/redaktion/neu/bedarfe" in href]
    assert bob.open(begin).status_code == 200
    assert bob.page.get_element_by_id("title.de").get("value") == "Fahrradwaschanlage"
    bob.send(button="sichern", form=".//form[@id='eintrag']")
    with hub.at():
        [draft] = reading.mine(OPERATOR)
    assert (draft.kind, draft.headline, draft.level) == ("need", {"de": "Fahrradwaschanlage"}, "network")
    assert not [href for href in links(visitor.open("/suche?q=Fahrradwaschanlage")) if "redaktion" in href]


def test_words_of_a_stranger_in_the_address_stay_words_and_are_cut(bob: Browser) -> None:
    bob.open("/redaktion/neu/bedarfe?titel=%3Cb%3E" + "x" * 200)
    title = bob.page.get_element_by_id("title.de").get("value")
    assert title.startswith("<b>xxx")
    assert len(title) == 120


def test_a_draft_of_a_need_is_told_what_there_is_already(five: Five, coordinator: FlaskClient) -> None:
    answer = coordinator.get("/redaktion/neu/bedarfe?titel=Rufbus-Buchung%20f%C3%BCr%20neun%20D%C3%B6rfer")
    assert five.path("prj-009") in links(answer, "//*[@id='gibt-es']")


def test_a_need_that_is_due_today_is_listed_and_one_of_last_week_is_not(hub: Hub, visitor: Browser) -> None:
    hub.publish("need", PLAIN | {"needed_by": day(1)})
    hub.publish("need", PLAIN | {"needed_by": day(-7), "title": {"de": "Vorbei"}})
    assert titles(visitor.open("/bedarfe")) == ["Freie Parkplätze in Echtzeit"]
    assert titles(visitor.open("/bedarfe?zeit=vergangen")) == ["Vorbei"]


def test_a_university_subscribes_to_topics_for_theses_alone(stranger: FlaskClient) -> None:
    def entries(path: str) -> list[str]:
        root = etree.fromstring(stranger.get(path).data)
        return [str(one) for one in root.xpath("//*[local-name()='entry']/*[local-name()='title']/text()")]

    assert len(entries("/feeds/bedarfe.atom")) == 2
    assert entries("/feeds/bedarfe.atom?bedarf=thesis_topic") == [THESIS]
    assert titles(stranger.get("/bedarfe?bedarf=thesis_topic")) == [THESIS]
    assert stranger.get("/feeds/bedarfe.atom?bedarf=thesis").status_code == 400


def test_a_need_for_the_network_is_not_for_strangers(five: Five, stranger: FlaskClient) -> None:
    assert stranger.get(five.path("ned-001")).status_code == 404
    assert tree(stranger.get(five.path("ned-004"))).xpath("//h1")[0].text_content().strip() == THESIS
