"""VTIMEZONE components (RFC 5545 § 3.6.5) computed from the zone's own rules, short enough for every calendar.

A zone that changes its clock on the same weekday of the same month each year gets one yearly rule per change; any other
zone gets the dates of its changes one by one. Onsets are local times before the change, as the RFC wants them.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

FIRST, LAST = 2010, 2037
"""Years whose changes are looked at; a date before the first is taken to be in winter time."""
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a zone's clock."""

    onset: datetime
    """Naive local time, on the clock as it was before."""
    before: timedelta
    after: timedelta
    name: str
    daylight: bool


@lru_cache(maxsize=64)
def component(tzid: str) -> Timezone:
    """The VTIMEZONE of `tzid`; raises `zoneinfo.ZoneInfoNotFoundError` for an unknown one. Not to be altered."""
    zone = ZoneInfo(tzid)
    found = Timezone()
    found.add("TZID", tzid)
    start = datetime(FIRST, 1, 1, tzinfo=zone)
    offset = _offset(start)
    first = Change(start.replace(tzinfo=None), offset, offset, start.tzname() or tzid, bool(start.dst()))
    found.add_component(_observance([first]))
    groups: dict[tuple[timedelta, timedelta, str], list[Change]] = defaultdict(list)
    for change in _changes(zone):
        groups[change.before, change.after, change.name].append(change)
    for group in groups.values():
        found.add_component(_observance(group))
    return found


def _observance(group: list[Change]) -> TimezoneDaylight | TimezoneStandard:
    first = group[0]
    found = TimezoneDaylight() if first.daylight else TimezoneStandard()
    found.add("DTSTART", first.onset)
    found.add("TZOFFSETFROM", first.before)
    found.add("TZOFFSETTO", first.after)
    found.add("TZNAME", first.name)
    if rule := _yearly(group):
        found.add("RRULE", rule)
    elif len(group) > 1:
        found.add("RDATE", [change.onset for change in group[1:]])
    return found


def _yearly(group: list[Change]) -> vRecur | None:
    """The rule that gives exactly these changes, one in each year to the end, if there is such a rule."""
    years = [change.onset.year for change in group]
    same = {(change.onset.month, change.onset.weekday(), change.onset.time()) for change in group}
    if years != list(range(years[0], LAST + 1)) or len(same) > 1:
        return None
    month, weekday, _ = same.pop()
    weeks = [{(change.onset.day + 6) // 7, _from_the_end(change.onset)} for change in group]
    if not (common := set.intersection(*weeks)):
        return None
    # Of several rules that fit, the one from the month's end is the usual spelling ("last Sunday").
    return vRecur({"FREQ": "YEARLY", "BYMONTH": month, "BYDAY": f"{min(common)}{DAYS[weekday]}"})


def _from_the_end(onset: datetime) -> int:
    """Which of its weekday this is in its month, counted from the end: -1 is the last."""
    return -((calendar.monthrange(onset.year, onset.month)[1] - onset.day) // 7 + 1)


def _changes(zone: ZoneInfo) -> list[Change]:
    """All changes of the zone's clock in the years looked at, in order."""
    found = []
    moment, end = datetime(FIRST, 1, 1, tzinfo=UTC), datetime(LAST + 1, 1, 1, tzinfo=UTC)
    while moment < end:
        later = moment + timedelta(days=7)
        if _clock(moment, zone) != _clock(later, zone):
            found.append(_change(moment, later, zone))
        moment = later
    return found


def _change(low: datetime, high: datetime, zone: ZoneInfo) -> Change:
    """The change between two moments, found to the second by halving."""
    old = _clock(low, zone)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if _clock(middle, zone) == old:
            low = middle
        else:
            high = middle
    after = high.astimezone(zone)
    onset = (high + old[0]).replace(tzinfo=None)
    return Change(onset, old[0], _offset(after), after.tzname() or str(zone), bool(after.dst()))


def _clock(moment: datetime, zone: ZoneInfo) -> tuple[timedelta, str | None]:
    local = moment.astimezone(zone)
    return _offset(local), local.tzname()


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta()
