"""Offers on their pages: who has an exhibit, whom to ask, and what a profile says of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from tests.five import Five
from tests.hubnode.hubs import Hub
from tests.hubnode.records.kinds.examples import OFFER
from tests.hubnode.web.browsing import Browser
from tests.hubnode.web.reading import links, titles, words

PLAIN = {name: value for name, value in OFFER.items() if name not in ("attachments", "field_visibility")}


def day(days: int) -> str:
    """A day, so many from today."""
    return str(datetime.now(UTC).date() + timedelta(days=days))


def test_staff_see_who_has_an_exhibit_and_strangers_do_not(hub: Hub, bob: Browser, visitor: Browser) -> None:
    loans = [{"hub": hub.origin, "start": day(-2), "end": day(2)}]
    id = hub.publish("offer", PLAIN | {"loan_calendar": loans})
    told = words(bob.open(f"/angebote/{id}"))
    assert "Zurzeit verliehen" in told
    assert "Wilster jetzt" in told
    told = words(visitor.open(f"/angebote/{id}"))
    assert "verliehen" not in told
    assert "Ein Teil der Angaben ist Beschäftigten der Hubs vorbehalten." not in told, "all that must be told is told"


def test_an_overlap_is_refused_in_the_form_at_the_loan(hub: Hub, bob: Browser) -> None:
    loans = [
        {"hub": hub.origin, "start": "2027-01-01", "end": "2027-01-31"},
        {"hub": hub.origin, "start": "2027-03-01", "end": "2027-03-02"},
    ]
    id = hub.publish("offer", PLAIN | {"loan_calendar": loans})
    bob.open(f"/redaktion/{id}")
    answer = bob.send(
        button="sichern",
        form=".//form[@id='eintrag']",
        loan_calendar__1__start="31",
        loan_calendar__1__start_dash_m="1",
    )
    assert answer.status_code == 422
    assert "An diesen Tagen ist es schon verliehen." in words(answer)


def test_support_leads_out_and_takes_nothing_along(five: Five, coordinator: FlaskClient, stranger: FlaskClient) -> None:
    answer = coordinator.get(five.path("off-007"))
    assert "https://tickets.example/schul-it" in links(answer, "//aside")
    assert stranger.get(five.path("off-007")).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [("angebotsart=room", {"Veranstaltungsraum im Hub"}), ("zielgruppe=citizens&angebotsart=moderation", {
        "Moderation von Dorfgesprächen"})],
)  # fmt: skip
def test_offers_are_narrowed_by_what_they_are_and_for_whom(stranger: FlaskClient, query: str, found: set[str]) -> None:
    assert set(titles(stranger.get(f"/angebote?{query}"))) == found


def test_a_profile_says_what_the_person_offers_and_a_project_what_belongs_to_it(
    five: Five, coordinator: FlaskClient
) -> None:
    assert five.path("off-005") in links(coordinator.get(five.path("exp-005")), "//*[@id='beteiligt-angebote']/..")
    assert {five.path("off-001"), five.path("off-009")} <= set(
        links(coordinator.get(five.path("prj-008")), "//section[@aria-labelledby='angebote']")
    )
