"""Calendars, read back by a calendar library."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from icalendar import Calendar, Event

from hubnode.feeds import ical
from hubnode.feeds.formats import FORMATS
from hubnode.feeds.select import NoSuchFeed, Selection, item
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import reading
from tests.hubnode.feeds import bodies
from tests.hubnode.feeds.conftest import RENDSBURG, SITE, WILSTER, Hub, Peer

BERLIN = ZoneInfo("Europe/Berlin")

EVERYTHING = Selection()


def ics(hub: Hub, /, selection: Selection = EVERYTHING) -> bytes:
    """The calendar as it stands now."""
    return FORMATS["ics"].render(selection, SITE, hub.now)


def events(document: bytes) -> dict[str, Event]:
    """The events of a calendar by the ids of their records."""
    return {str(event["UID"])[-26:]: event for event in Calendar.from_ical(document).events}


def only(document: bytes) -> Event:
    """The only event."""
    [event] = events(document).values()
    return event


def test_an_event_with_all_that_calendars_know(hub: Hub) -> None:
    """Local time with its zone, place, page, topics, and accessibility in the description."""
    id = hub.publish("event", bodies.event(audience=["citizens", "schools"], price_cents=0))
    document = ics(hub, Selection(("event",)))
    event = only(document)
    assert str(event["UID"]) == f"{WILSTER}/r/{id}"
    assert event.start == datetime(2026, 11, 28, 14, tzinfo=BERLIN)
    assert event.end == datetime(2026, 11, 28, 15, 30, tzinfo=BERLIN)
    assert b"DTSTART;TZID=Europe/Berlin:20261128T140000\r\n" in document
    assert str(event["SUMMARY"]) == "Größe zeigen: Führung für Fußgänger"
    assert str(event["LOCATION"]) == "Neue Schmiede, Am Markt 1, 25554 Wilster"
    assert str(event["URL"]) == f"{WILSTER}/termine/{id}"
    assert event.categories == ["Parkplatzsensoren"]
    assert str(event["STATUS"]) == "CONFIRMED"
    assert event.DTSTAMP == event.LAST_MODIFIED == hub.now
    description = str(event["DESCRIPTION"])
    assert description.startswith("Wie ein Sensor misst, was er kostet und was er nicht weiß.\n\nZeit: Samstag")
    assert "Barrierefreiheit: Stufenloser Zugang, Hörschleife" in description
    assert "Zielgruppe: Bürgerinnen und Bürger, Schulen" in description
    assert "Preis: kostenfrei" in description


def test_the_calendar_itself(hub: Hub, peer: Peer) -> None:
    """Version, name, address, how often to ask, and each time zone once."""
    peer.publish("event", bodies.event())
    peer.publish("event", bodies.event(timezone="America/Los_Angeles"))
    hub.publish("event", bodies.event())
    hub.publish("project", bodies.project())
    calendar = Calendar.from_ical(ics(hub, Selection(topics=("focus-mobility",))))
    assert str(calendar["VERSION"]) == "2.0"
    assert str(calendar["X-WR-CALNAME"]) == "Termine, Förderaufrufe: Modellregion für die Mobilität der Zukunft"
    assert str(calendar["URL"]) == f"{WILSTER}/feeds/alle.ics?art=termine&art=foerderung&thema=focus-mobility"
    assert calendar.refresh_interval == timedelta(hours=1)
    assert [str(zone["TZID"]) for zone in calendar.timezones] == ["America/Los_Angeles", "Europe/Berlin"]
    assert len(calendar.events) == 3
    assert len(events(ics(hub, Selection(hubs=(RENDSBURG,))))) == 2


def test_lines_are_folded_and_texts_escaped(hub: Hub) -> None:
    """No line is longer than 75 bytes, no umlaut is cut, and commas, semicolons and backslashes come back."""
    text = "Größe, Gewicht; Pfad C:\\Möwe\nund „Öl“ " * 8
    hub.publish("event", bodies.event(accessibility={"de": text.strip()}))
    document = ics(hub)
    assert max(map(len, document.split(b"\r\n"))) <= 75
    assert b"\n" not in document.replace(b"\r\n", b"")
    assert text.strip() in str(only(document)["DESCRIPTION"])


def test_a_series_keeps_its_hour_when_the_clocks_change(hub: Hub) -> None:
    """Weekly at 14:00 across the last Sunday of October: 14:00 on the wall, one hour later in UTC."""
    series = bodies.event(
        starts_at="2026-10-23T14:00", ends_at="2026-10-23T15:00", recurrence="FREQ=WEEKLY;INTERVAL=1;COUNT=3"
    )
    hub.publish("event", series)
    event = only(ics(hub))
    rule = rrulestr(event["RRULE"].to_ical().decode(), dtstart=event.start)
    dates = list(rule)
    assert [date.replace(tzinfo=None).isoformat() for date in dates] == [
        "2026-10-23T14:00:00",
        "2026-10-30T14:00:00",
        "2026-11-06T14:00:00",
    ]
    assert [date.astimezone(UTC).hour for date in dates] == [12, 13, 13]


def test_one_date_of_a_series_falls_out(hub: Hub) -> None:
    """On the clock of the place, whatever the season: the others stay where they were."""
    series = bodies.event(
        starts_at="2026-10-23T14:00", ends_at="2026-10-23T15:00", recurrence="FREQ=WEEKLY;COUNT=3",
        cancelled_days=["2026-10-30"],
    )  # fmt: skip
    hub.publish("event", series)
    document = ics(hub)
    assert b"EXDATE;TZID=Europe/Berlin:20261030T140000\r\n" in document
    assert "30. Oktober 2026" in str(only(document)["DESCRIPTION"])


def test_a_series_ends_at_a_moment(hub: Hub) -> None:
    """UNTIL is in UTC, as it must be beside a local start (RFC 5545 § 3.3.10)."""
    hub.publish("event", bodies.event(recurrence="FREQ=WEEKLY;BYDAY=MO,SA;UNTIL=20270131T130000Z"))
    assert b"RRULE:FREQ=WEEKLY;UNTIL=20270131T130000Z;BYDAY=MO,SA\r\n" in ics(hub)


def test_an_event_that_begins_in_the_hour_that_comes_twice(hub: Hub) -> None:
    """02:30 on the last Sunday of October is the first of the two, in summer time."""
    hub.publish("event", bodies.event(starts_at="2026-10-25T02:30", ends_at="2026-10-25T04:00"))
    event = only(ics(hub))
    assert event.start.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert event.end.astimezone(UTC) == datetime(2026, 10, 25, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "said"), [("scheduled", "CONFIRMED"), ("tentative", "TENTATIVE"), ("cancelled", "CANCELLED")]
)
def test_the_status_is_said_in_the_words_of_calendars(hub: Hub, status: str, said: str) -> None:
    """An event that is cancelled stays in the calendar, as cancelled."""
    reason: dict[str, Any] = {"cancel_reason": {"de": "Sturm"}} if status == "cancelled" else {}
    hub.publish("event", bodies.event(status=status, **reason))
    assert str(only(ics(hub))["STATUS"]) == said


def test_the_sequence_only_grows(hub: Hub) -> None:
    """With each revision, also when the counter in the body is set back, and once more when the event is withdrawn."""
    id = hub.publish("event", bodies.event(sequence=7))
    seen = [only(ics(hub)).sequence]
    for other in ({"sequence": 0}, {}, {"sequence": 1_000_000}, {"sequence": 3}):
        hub.later(minutes=1).publish("event", bodies.event(**other), id=id)
        seen.append(only(ics(hub)).sequence)
    hub.later(minutes=1).withdraw(id)
    seen.append(only(ics(hub)).sequence)
    hub.later(minutes=1).publish("event", bodies.event(), id=id)
    seen.append(only(ics(hub)).sequence)
    assert seen == sorted(set(seen))


def test_a_withdrawn_event_is_cancelled_on_its_day_for_ninety_days(hub: Hub) -> None:
    """With nothing of its text; then it is forgotten."""
    id = hub.publish("event", bodies.event(recurrence="FREQ=WEEKLY;COUNT=6"))
    hub.later(hours=1).withdraw(id)
    document = ics(hub)
    event = only(document)
    assert str(event["UID"]) == f"{WILSTER}/r/{id}"
    assert (str(event["STATUS"]), str(event["TRANSP"])) == ("CANCELLED", "TRANSPARENT")
    assert event.start == datetime(2026, 11, 28, 13, tzinfo=UTC)
    assert str(event["SUMMARY"]) == "Abgesagt: Termin zurückgezogen (Digital Hub Wilster)"
    assert "RRULE" not in event
    assert "Führung" not in document.decode()
    assert "Schmiede" not in document.decode()
    assert len(events(ics(hub.later(days=88)))) == 1
    assert not events(ics(hub.later(days=4)))


def test_an_erased_event_leaves_only_its_id(hub: Hub, peer: Peer) -> None:
    """The moment of the erasure stands in for its time; what was narrowed keeps its new time to itself."""
    erased = hub.publish("event", bodies.event())
    narrowed = hub.publish("event", bodies.event())
    hub.later(hours=1).erase(erased)
    hub.publish("event", bodies.event(starts_at="2026-12-01T10:00", ends_at="2026-12-01T11:00"), "hub", id=narrowed)
    theirs = peer.publish("event", bodies.event())
    peer.withdraw("event", theirs, 2)
    found = events(ics(hub))
    assert found.keys() == {erased, narrowed, theirs}
    assert {event.start for event in found.values()} == {hub.now}
    assert str(found[theirs]["SUMMARY"]) == "Abgesagt: Termin zurückgezogen (Digital Hub Rendsburg)"


def test_a_single_event_for_adding_by_hand(hub: Hub, peer: Peer) -> None:
    """The same event, in a calendar of its own."""
    id = peer.publish("event", bodies.event())
    view = reading.get(ANONYMOUS, "event", id, RENDSBURG)
    calendar = Calendar.from_ical(ical.single(item(view, SITE, "de"), "de"))
    assert [event.to_ical() for event in calendar.events] == [only(ics(hub)).to_ical()]
    assert [str(zone["TZID"]) for zone in calendar.timezones] == ["Europe/Berlin"]
    project = reading.get(ANONYMOUS, "project", hub.publish("project", bodies.project()))
    with pytest.raises(ValueError, match="project"):
        ical.single(item(project, SITE, "de"), "de")


def test_only_events_have_a_calendar(hub: Hub) -> None:
    """There is none of projects."""
    with pytest.raises(NoSuchFeed):
        ics(hub, Selection(("project",)))


def test_an_address_for_taking_part_shows_only_where_it_is_public(hub: Hub) -> None:
    """Usually it is for the network."""
    online = {"attendance_mode": "online", "online_url": "https://meet.example/raum"}
    hub.publish("event", bodies.event(**online))
    assert b"meet.example" not in ics(hub)
    hub.publish("event", bodies.event(**online, field_visibility={"online_url": "public"}))
    assert b"https://meet.example/raum" in ics(hub)


def test_equal_states_give_equal_bytes(hub: Hub, peer: Peer) -> None:
    """Whatever the order in which the events came."""
    for _ in range(3):
        peer.publish("event", bodies.event())
    assert ics(hub) == ics(hub.later(hours=1))
