"""Days, local times across the change of clocks, and series that come to an end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hubnode.records.kinds import clock


@pytest.mark.parametrize("text", ["2026-11-22", "2024-02-29", "1999-12-31"])
def test_days(text: str) -> None:
    assert clock.is_day(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29",
        "2026-13-01",
        "2026-1-1",
        "20261122",
        "22.11.2026",
        "1826-11-22",
        "2026-11-22T00:00",
        "",
        "٢026-11-22",
    ],
)
def test_what_is_no_day(text: str) -> None:
    assert not clock.is_day(text)


@pytest.mark.parametrize(
    "text", ["2026-11-28T24:00", "2026-11-28T14:60", "2026-11-28T14:00Z", "2026-11-28", "2026-11-31T10:00"]
)
def test_what_is_no_local_time(text: str) -> None:
    assert not clock.is_local_time(text)


def test_the_hour_that_the_clocks_skip_does_not_exist() -> None:
    assert clock.moment("2027-03-28T01:59", "Europe/Berlin") == datetime(2027, 3, 28, 0, 59, tzinfo=UTC)
    assert clock.moment("2027-03-28T02:00", "Europe/Berlin") is None
    assert clock.moment("2027-03-28T02:59", "Europe/Berlin") is None
    assert clock.moment("2027-03-28T03:00", "Europe/Berlin") == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)


def test_the_hour_that_comes_twice_means_its_first_time() -> None:
    first = clock.moment("2026-10-25T02:30", "Europe/Berlin")
    after = clock.moment("2026-10-25T03:30", "Europe/Berlin")
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert after is not None
    assert first is not None
    assert after - first == timedelta(hours=2)


@pytest.mark.parametrize(
    ("local", "zone"), [("2026-11-22T10:00", "Europe"), ("2026-11-22T10:00", ""), ("gestern", "UTC")]
)
def test_no_moment_without_a_time_and_a_zone(local: str, zone: str) -> None:
    assert clock.moment(local, zone) is None


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY;COUNT=2",
        "FREQ=DAILY;INTERVAL=52;COUNT=399",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR;UNTIL=20271231T230000Z",
        "FREQ=MONTHLY;BYDAY=2TU;COUNT=12",
        "FREQ=MONTHLY;BYDAY=-1FR;COUNT=12",
    ],
)
def test_series(rule: str) -> None:
    assert clock.is_rule(rule)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;COUNT=1",
        "FREQ=WEEKLY;COUNT=400",
        "FREQ=HOURLY;COUNT=5",
        "FREQ=WEEKLY;INTERVAL=0;COUNT=5",
        "FREQ=WEEKLY;INTERVAL=53;COUNT=5",
        "FREQ=WEEKLY;BYDAY=2TU;COUNT=5",
        "FREQ=MONTHLY;BYDAY=6TU;COUNT=5",
        "FREQ=WEEKLY;BYDAY=MO,MO;COUNT=5",
        "FREQ=WEEKLY;COUNT=5;UNTIL=20271231T230000Z",
        "FREQ=WEEKLY;UNTIL=20271331T230000Z",
        "FREQ=WEEKLY;UNTIL=20271231",
        "FREQ=WEEKLY;BYSETPOS=1;COUNT=5",
        "COUNT=5;FREQ=WEEKLY",
        "freq=weekly;count=5",
        "RRULE:FREQ=WEEKLY;COUNT=5",
        "FREQ=WEEKLY;COUNT=5\nDTEND:20260101",
    ],
)
def test_series_without_end_or_out_of_the_ordinary(rule: str) -> None:
    assert not clock.is_rule(rule)
