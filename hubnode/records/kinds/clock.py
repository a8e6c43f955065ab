"""Dates and local times as people write them in a programme, and the moments they mean.

A local time that the clocks skip in spring is refused. One that occurs twice in autumn means its first occurrence, as
RFC 5545 §3.3.5 has it for calendars.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from hubnode.records.kinds.identifiers import timezones

_DAY = re.compile(r"(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}")
_LOCAL = re.compile(r"(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_WEEKDAYS = r"(?:MO|TU|WE|TH|FR|SA|SU)"
_NTH = rf"(?:-?[1-5])?{_WEEKDAYS}"
_RULE = re.compile(
    r"FREQ=(?P<freq>DAILY|WEEKLY|MONTHLY|YEARLY)"
    r"(?:;INTERVAL=(?P<interval>[1-9]|[1-4][0-9]|5[0-2]))?"
    rf"(?:;BYDAY=(?P<byday>{_NTH}(?:,{_NTH}){{0,6}}))?"
    r"(?:;COUNT=(?P<count>[2-9]|[1-9][0-9]|[1-3][0-9]{2})|;UNTIL=(?P<until>[0-9]{8}T[0-9]{6}Z))"
)
LONGEST_COUNT = 2_000
"""Dates of a series that are looked at: every day of five years are fewer."""
LONGEST_SERIES = timedelta(days=5 * 366)
"""How far after its first date a series may run."""


def is_day(text: str) -> bool:
    """Whether `text` is a day of the calendar from 1900 to 2199, as 2026-11-22."""
    return _DAY.fullmatch(text) is not None and _parses(text)


def is_local_time(text: str) -> bool:
    """Whether `text` is a day and minute without offset, as 2026-11-28T14:00."""
    return _LOCAL.fullmatch(text) is not None and _parses(text)


def is_time(text: str) -> bool:
    """Whether `text` is a minute of a day, from 00:00 to 23:59."""
    return _LOCAL.fullmatch(f"2000-01-01T{text}") is not None


def _parses(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4096)
def moment(local: str, timezone: str) -> datetime | None:
    """The moment, in UTC, at which clocks in `timezone` show `local`; None if they never do."""
    if timezone not in timezones() or not is_local_time(local):
        return None
    zone, naive = ZoneInfo(timezone), datetime.fromisoformat(local)
    then = naive.replace(tzinfo=zone).astimezone(UTC)
    return then if then.astimezone(zone).replace(tzinfo=None) == naive else None


def is_rule(text: str) -> bool:
    """Whether `text` is a recurrence rule of the part of RFC 5545 that hubs use, with an end.

    FREQ, then INTERVAL, BYDAY and one of COUNT (2 to 399) and UNTIL (in UTC), in this order; a numbered weekday only
    by month or year.
    """
    found = _RULE.fullmatch(text)
    if found is None:
        return False
    days = found["byday"].split(",") if found["byday"] else []
    numbered = any(len(day) > 2 for day in days)
    if len(set(days)) != len(days) or (numbered and found["freq"] in ("DAILY", "WEEKLY")):
        return False
    return found["until"] is None or until(text) is not None


@lru_cache(maxsize=1024)
def series_days(local: str, timezone: str, rule: str) -> frozenset[str]:
    """The days on which the series that begins at `local` has a date; empty where there is no such time."""
    if moment(local, timezone) is None or not is_rule(rule):
        return frozenset()
    first = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(timezone))
    dates = islice(rrulestr(rule, dtstart=first), LONGEST_COUNT)
    return frozenset(one.date().isoformat() for one in dates)


def until(rule: str) -> datetime | None:
    """The moment after which the series `rule` has no more dates; None if it counts instead."""
    found = _RULE.fullmatch(rule)
    if found is None or found["until"] is None:
        return None
    try:
        return datetime.strptime(found["until"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
