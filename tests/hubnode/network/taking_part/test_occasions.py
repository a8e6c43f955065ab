"""Until when one can register: whole days on the clocks of Berlin, and in a series for each date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hubnode.network.taking_part import seats
from hubnode.network.taking_part.occasions import occasions, takes_registrations
from hubnode.network.taking_part.seats import NotTaken
from tests.hubnode.feeds.bodies import event

SECOND = timedelta(seconds=1)
SERIES = {"recurrence": "FREQ=WEEKLY;COUNT=4", "cancelled_days": ["2026-12-05"]}


def when(**changes: str) -> datetime:
    """When registration for an event on 28 November, 14:00 closes."""
    [one] = occasions(event(registration="required", **changes))
    return one.closes_at


def test_the_last_day_counts_until_midnight_in_berlin() -> None:
    assert when(registration_until="2026-11-20") == datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
    assert when(registration_until="2026-10-24") == datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    assert when(registration_until="2026-10-25") == datetime(2026, 10, 25, 23, 0, tzinfo=UTC), "the clocks go back"


def test_nobody_registers_for_what_has_begun() -> None:
    begin = datetime(2026, 11, 28, 13, 0, tzinfo=UTC)
    assert when() == when(registration_until="2026-11-28") == begin


def test_2359_is_in_time_and_0000_is_not() -> None:
    fields = event(registration="required", registration_until="2026-11-20")
    midnight = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
    assert seats.occasion(fields, "", midnight - SECOND).date == ""
    with pytest.raises(NotTaken, match="closed"):
        seats.occasion(fields, "", midnight)


def test_each_date_of_a_series_has_its_own_deadline() -> None:
    found = occasions(event(registration="required", registration_until="2026-11-26", **SERIES))
    assert [one.date for one in found] == ["2026-11-28", "2026-12-12", "2026-12-19"]
    assert [one.last_day.day for one in found] == [26, 10, 17]
    assert all(one.ends_at - one.starts_at == timedelta(minutes=90) for one in found)


@pytest.mark.parametrize(
    ("changes", "date", "reason"),
    [
        ({"status": "cancelled"}, "", "called-off"),
        ({"registration": "none"}, "", "no-such-event"),
        ({}, "2026-11-28", "no-such-date"),
        (SERIES, "", "no-such-date"),
        (SERIES, "2026-12-05", "no-such-date"),
    ],
)
def test_what_nobody_registers_for(changes: dict[str, str], date: str, reason: str) -> None:
    fields = event(**{"registration": "required", **changes})
    with pytest.raises(NotTaken, match=reason):
        seats.occasion(fields, date, datetime(2026, 11, 22, tzinfo=UTC))


def test_an_event_that_does_not_say_when_has_no_dates() -> None:
    assert occasions({"registration": "required"}) == ()
    assert not takes_registrations({})
