"""Days on pages: those that records stand for in lists, deadlines and amounts of funding calls, loans of exhibits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from hubnode.records.kinds import funding_call
from hubnode.records.kinds.funding_call import Deadline
from hubnode.records.reading import RecordView
from hubnode.web import filters

Fields = Mapping[str, Any]


def day_of(record: RecordView) -> date | None:
    """The day on the tile of a record: an event's first, a call's next deadline; None for what has none."""
    if record.kind == "event" and record.starts_at is not None:
        return filters.local(record.starts_at).date()
    if record.kind == "funding_call":
        ahead = funding_call.next_deadline(record.fields, filters.now())
        return filters.as_date(ahead.day) if ahead else None
    return None


def deadline(fields: Fields, now: datetime) -> str:
    """``Frist: 13. Dezember 2026``; after it has passed, that it has."""
    ahead = funding_call.next_deadline(fields, now)
    if ahead is None:
        return _("Laufend, ohne Frist") if fields.get("deadline_model") == "rolling" else ""
    if _over(ahead, now):
        return str(_("Frist abgelaufen am %(day)s", day=_spelled(ahead)))
    return str(_("Frist: %(day)s", day=_spelled(ahead)))


@dataclass(frozen=True, slots=True)
class Said:
    """One deadline in words, and whether it has passed."""

    words: str
    over: bool


def deadlines(fields: Fields) -> list[Said]:
    """All deadlines of a call, in order."""
    now = filters.now()
    return [Said(_spelled(one), _over(one, now)) for one in funding_call.deadlines(fields)]


def _over(one: Deadline, now: datetime) -> bool:
    return one.closes is not None and one.closes <= now


def _spelled(one: Deadline) -> str:
    words = f"{filters.weekday(one.day)}, {filters.day(one.day)}"
    return _("%(day)s, %(time)s Uhr", day=words, time=one.time) if one.time else words


def amounts(fields: Fields) -> str:
    """``10.000 Euro bis 150.000 Euro, Quote 75 Prozent``, as far as it is said."""
    least, most = filters.euro(fields.get("amount_min_cents")), filters.euro(fields.get("amount_max_cents"))
    if least and most:
        money = _("%(least)s bis %(most)s", least=least, most=most)
    elif most:
        money = _("bis %(most)s", most=most)
    else:
        money = _("ab %(least)s", least=least) if least else ""
    rate = fields.get("rate_percent")
    share = _("Quote %(n)s Prozent", n=rate) if rate is not None else ""
    return ", ".join(part for part in (money, share) if part)


@dataclass(frozen=True, slots=True)
class Lent:
    """One loan of an exhibit or a device, and whether it is over or running."""

    hub: str
    start: str
    end: str
    over: bool
    now: bool


def lent(fields: Fields, now: datetime) -> list[Lent]:
    """The loans of an offer, by their first days."""
    today = str(filters.local(now).date())
    rows = sorted(fields.get("loan_calendar", ()), key=lambda row: str(row["start"]))
    return [
        Lent(row["hub"], row["start"], row["end"], row["end"] < today, row["start"] <= today <= row["end"])
        for row in rows
    ]
