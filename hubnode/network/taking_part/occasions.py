"""The dates of an event for which one can register, and until when.

Whoever registers for a series registers for one date of it; each has as many seats as the event says. A deadline is a
day, and the whole of it counts on the clocks of Berlin. In a series it moves along: as many days before each date as
before the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hubnode.records.kinds import clock

BERLIN = ZoneInfo("Europe/Berlin")
OPEN = ("required", "optional")
"""Values of an event's ``registration`` with which one can register."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Occasion:
    """One date of an event."""

    date: str
    """Which one of a series; empty for the date of an event that has only one."""
    starts_at: datetime
    ends_at: datetime
    closes_at: datetime
    """From this moment on nobody registers any more."""

    @property
    def last_day(self) -> datetime:
        """A moment of the last day on which one can register."""
        return self.closes_at - timedelta(seconds=1)


def takes_registrations(fields: Mapping[str, Any]) -> bool:
    """Whether one can register for an event with these fields at all, as far as it takes place."""
    return fields.get("registration") in OPEN and fields.get("status") != "cancelled"


def occasions(fields: Mapping[str, Any]) -> Sequence[Occasion]:
    """The dates on which an event takes place, in their order; none where its fields do not tell."""
    starts, ends, zone = fields.get("starts_at", ""), fields.get("ends_at", ""), fields.get("timezone", "")
    if clock.moment(starts, zone) is None or not clock.is_local_time(ends):
        return ()
    if "recurrence" not in fields:
        return tuple(one for one in [_occasion(fields, starts[:10], "")] if one is not None)
    days = clock.series_days(starts, zone, fields["recurrence"]) - set(fields.get("cancelled_days", ()))
    return tuple(one for day in sorted(days) if (one := _occasion(fields, day, day)) is not None)


def _occasion(fields: Mapping[str, Any], day: str, name: str) -> Occasion | None:
    """The date of `day`; None where the clocks never show its time."""
    first = date.fromisoformat(fields["starts_at"][:10])
    later = date.fromisoformat(day) - first
    last = date.fromisoformat(fields["ends_at"][:10]) + later
    starts = clock.moment(day + fields["starts_at"][10:], fields["timezone"])
    ends = clock.moment(last.isoformat() + fields["ends_at"][10:], fields["timezone"])
    if starts is None or ends is None:
        return None
    return Occasion(name, starts, ends, min(starts, _deadline(fields, later, starts)))


def _deadline(fields: Mapping[str, Any], later: timedelta, starts: datetime) -> datetime:
    """The end of the last day on which one can register."""
    if "registration_until" not in fields:
        return starts
    after = date.fromisoformat(fields["registration_until"]) + later + DAY
    return datetime(after.year, after.month, after.day, tzinfo=BERLIN)
