"""Funding calls on their pages: what is open, what is over, and the deadlines in a calendar."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar

from hubnode.people.viewer import OPERATOR
from hubnode.records import service
from tests.five import Five
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub
from tests.hubnode.records.kinds.examples import FUNDING_CALL
from tests.hubnode.web.browsing import Browser
from tests.hubnode.web.reading import links, titles, words

PLAIN = {
    name: value
    for name, value in FUNDING_CALL.items()
    if name not in ("attachments", "deadline_time", "second_deadline", "cut_off_dates")
} | {"deadline_model": "single"}


def today(days: int = 0) -> str:
    """A day in Germany, so many from today."""
    return str(datetime.now(ZoneInfo("Europe/Berlin")).date() + timedelta(days=days))


def test_a_call_that_ends_today_is_open_and_one_that_ended_yesterday_is_not(hub: Hub, visitor: Browser) -> None:
    open_, over = PLAIN | {"deadline": today()}, PLAIN | {"deadline": today(-1), "title": {"de": "Vorbei"}}
    hub.publish("funding_call", open_)
    hub.publish("funding_call", over)
    assert titles(visitor.open("/foerderung")) == ["Freie Parkplätze in Echtzeit"]
    past = visitor.open("/foerderung?zeit=vergangen")
    assert titles(past) == ["Vorbei"]
    assert "Frist abgelaufen am" in words(past, "//main")


def test_the_demos_list_shows_what_is_open_next_first_and_the_rolling_one_last(
    five: Five, stranger: FlaskClient
) -> None:
    found = titles(stranger.get("/foerderung"))
    assert found[0] == "Aufruf Letzte Meile Land (Demo)"
    assert found[-1] == "Programm Gesund im Dorf (Demo)"
    assert "Ehrenamt digital (Demo)" not in found
    assert titles(stranger.get("/foerderung?zeit=vergangen")) == ["Ehrenamt digital (Demo)"]
    assert "Abgelaufen" in words(stranger.get(five.path("fnd-005")), "//main")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ebene=stiftung", {"Programm Gesund im Dorf (Demo)"}),
        ("berechtigt=company", {"Musterfonds Regionaler Wandel"}),
        ("foerdergebiet=eu", {"Europa-Partnerschaften Smarte Dörfer (Demo)"}),
        ("foerderbereich=mobility&fristen=cut_off_dates", {"Aufruf Letzte Meile Land (Demo)"}),
    ],
)
def test_the_facets_of_the_foerderdatenbank_narrow_the_list(stranger: FlaskClient, query: str, found: set[str]) -> None:
    assert set(titles(stranger.get(f"/foerderung?{query}"))) == found


def test_a_call_has_its_page_with_money_deadlines_and_the_projects_that_it_pays_for(
    hub: Hub, bob: Browser, visitor: Browser
) -> None:
    body = PLAIN | {"deadline_model": "cut_off_dates", "cut_off_dates": [today(-2), today(40)]}
    id = hub.publish("funding_call", body)
    paid = {"programme": "Musterprogramm", "call": f"{hub.origin}/r/{id}", "status": "granted"}
    project_id = hub.publish("project", project(funding=[paid]))
    told = words(visitor.open(f"/foerderung/{id}"))
    assert "10.000 Euro bis 150.000 Euro, Quote 75 Prozent" in told
    assert "(vorbei)" in told
    assert "Maßgeblich ist, was der Fördergeber veröffentlicht." in told
    assert "Projekte mit dieser Förderung" not in told, "who is funded is for the network"
    assert f"/projekte/{project_id}" in links(bob.open(f"/foerderung/{id}"), "//section[@aria-labelledby='gefoerdert']")


def test_deadlines_stand_in_the_calendar_of_every_selection_that_has_calls(five: Five, stranger: FlaskClient) -> None:
    """A whole day, a time, several cut-off dates; a rolling call has none."""
    feed = Calendar.from_ical(stranger.get("/feeds/foerderung.ics").data).events
    by_uid = {str(one["UID"]): one for one in feed}
    call, timed, many = (five.ids[id] for id in ("fnd-001", "fnd-006", "fnd-003"))
    assert {many, f"{many}#2", f"{many}#3"} <= by_uid.keys()
    assert five.ids["fnd-004"] not in by_uid
    day, hour = by_uid[call], by_uid[timed]
    assert day["DTSTART"].params.get("VALUE") == "DATE"
    assert day.start == five.today + timedelta(days=48)
    assert (hour.start.hour, hour.start.tzinfo.key) == (17, "Europe/Berlin")  # type: ignore[union-attr]  # a datetime
    assert {str(one["STATUS"]) for one in feed} == {"CONFIRMED"}
    assert str(day["SUMMARY"]) == "Frist: Musterprogramm Digitale Kommune"
    everything = Calendar.from_ical(stranger.get("/feeds/alle.ics").data).events
    assert {call, five.ids["evt-001"]} <= {str(one["UID"]) for one in everything}
    events = Calendar.from_ical(stranger.get("/feeds/termine.ics").data).events
    assert call not in {str(one["UID"]) for one in events}
    single = Calendar.from_ical(stranger.get(f"{five.path('fnd-003')}.ics").data).events
    assert {str(one["UID"]) for one in single} == {many, f"{many}#2", f"{many}#3"}


def test_a_deadline_that_moves_keeps_its_id_and_a_call_taken_back_is_cancelled(hub: Hub, visitor: Browser) -> None:
    id = hub.publish("funding_call", PLAIN | {"deadline": today(10)})
    before = Calendar.from_ical(visitor.client.get("/feeds/foerderung.ics").data).events[0]
    hub.revise(id, deadline=today(20))
    after = Calendar.from_ical(visitor.client.get("/feeds/foerderung.ics").data).events[0]
    assert before["UID"] == after["UID"]
    assert before.start != after.start
    assert after["SEQUENCE"] > before["SEQUENCE"]
    with hub.at():
        service.withdraw(OPERATOR, id, NOW + timedelta(hours=2))
    gone = Calendar.from_ical(visitor.client.get("/feeds/foerderung.ics").data).events[0]
    assert (str(gone["STATUS"]), gone["UID"]) == ("CANCELLED", before["UID"])
    assert gone["SEQUENCE"] > after["SEQUENCE"]
