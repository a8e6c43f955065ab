"""Time zones in calendars say what the clocks really do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from dateutil.rrule import rrulestr
from icalendar import Calendar, Timezone

from hubnode.feeds.timezones import component

ZONES = (
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/Istanbul",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "UTC",
)


NOON = datetime(2010, 1, 3, 12)  # noqa: DTZ001 - a local time
LAST = datetime(2037, 12, 31)  # noqa: DTZ001 - a local time


def onsets(zone: Timezone) -> list[tuple[datetime, timedelta]]:
    """All changes that a reader of RFC 5545 finds: when, in local time, and to which offset."""
    found = []
    for part in zone.subcomponents:
        start = part["DTSTART"].dt
        dates = [start, *(date.dt for dates in _listed(part.get("RDATE")) for date in dates.dts)]
        if "RRULE" in part:
            dates = list(rrulestr(part["RRULE"].to_ical().decode(), dtstart=start).between(start, LAST, inc=True))
        found += [(date, part["TZOFFSETTO"].td) for date in dates]
    return sorted(found)


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


@pytest.mark.parametrize("tzid", ZONES)
def test_every_reader_finds_the_right_offset(tzid: str) -> None:
    """At noon of every fifth day of many years, from what was written and parsed again."""
    changes = onsets(Timezone.from_ical(component(tzid).to_ical()))
    zone, day = ZoneInfo(tzid), NOON
    while day < LAST:
        last = max(change for change in changes if change[0] <= day)
        assert last[1] == day.replace(tzinfo=zone).utcoffset(), (tzid, day)
        day += timedelta(days=5)


def test_the_clocks_of_berlin_change_in_the_right_hour() -> None:
    """Onsets are on the clock as it was before the change (RFC 5545 § 3.6.5)."""
    text = component("Europe/Berlin").to_ical().decode()
    assert "BEGIN:DAYLIGHT\r\nDTSTART:20100328T020000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\n" in text
    assert "BEGIN:STANDARD\r\nDTSTART:20101031T030000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n" in text
    assert len(text) < 600


def test_a_zone_without_changes_has_one_observance() -> None:
    """UTC needs no more."""
    parts = component("UTC").subcomponents
    assert [part.name for part in parts] == ["STANDARD"]


def test_an_unknown_zone_is_refused() -> None:
    """The caller then writes UTC."""
    with pytest.raises(ZoneInfoNotFoundError):
        component("Europe/Wilster")


def test_a_calendar_with_it_is_read_by_the_library() -> None:
    """And a local time in it means the right moment."""
    calendar = Calendar.from_ical(
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
        + component("Europe/Berlin").to_ical()
        + b"BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Europe/Berlin:20260701T140000\r\n"
        + b"END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    assert calendar.events[0].start.astimezone(UTC) == datetime(2026, 7, 1, 12, tzinfo=UTC)
