"""Registrations as pages show them: to the person, and to those who hold the event."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.network.taking_part import registering, seats, telling
from hubnode.network.taking_part.models import Registration
from hubnode.network.taking_part.occasions import BERLIN, Occasion, occasions, takes_registrations
from hubnode.network.taking_part.registering import ALIVE
from hubnode.network.taking_part.seats import HOLDING
from hubnode.people import audit
from hubnode.people.viewer import Viewer
from hubnode.records import reading as records
from hubnode.records.errors import Forbidden, NotFound
from hubnode.records.reading import RecordView

MOST = 500
COLUMNS = ("date", "state", "position", "name", "hub", "needs")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so would be calculated by a spreadsheet (OWASP, CSV Injection)."""
OFFERED = 60
"""Dates of a series among which somebody chooses."""


@dataclass(frozen=True, slots=True)
class Own:
    """One registration, to the person who has made it."""

    id: str
    event: RecordView | None
    """None where it is not to be seen any more."""
    origin: str
    """The hub that holds it; empty for this one."""
    starts_at: datetime
    state: str
    state_at: datetime
    position: int | None
    reason: str | None
    may_cancel: bool


@dataclass(frozen=True, slots=True)
class Guest:
    """One registration, to those who hold the event."""

    id: str
    name: str
    home: str
    """Origin of the person's hub; empty for this one."""
    note: str
    state: str
    position: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Sheet:
    """Who comes on one date."""

    date: str
    starts_at: datetime
    guests: Sequence[Guest]

    @property
    def confirmed(self) -> int:
        """How many have a seat."""
        return sum(one.state == "confirmed" for one in self.guests)


@dataclass(frozen=True, slots=True)
class Choice:
    """A date for which one may register now, and how full it is, where that is known."""

    occasion: Occasion
    free: int | None
    """Seats that nobody has; None for an event of another hub and for one without a limit."""


def mine(viewer: Viewer, now: datetime) -> list[Own]:
    """What this person has registered for, what comes next first; what is over at the end."""
    chosen = sa.select(Registration).where(registering.mine(viewer)).order_by(Registration.starts_at)
    found = [_own(viewer, row, now) for row in reading().scalars(chosen.limit(MOST))]
    ahead = [one for one in found if one.starts_at > now]
    return ahead + [one for one in reversed(found) if one.starts_at <= now]


def one(viewer: Viewer, id: str, now: datetime) -> Own:
    """One registration of this person; raises `NotFound`."""
    return _own(viewer, registering.own(reading(), viewer, id), now)


def for_event(viewer: Viewer, event: RecordView, now: datetime) -> list[Own]:
    """What this person has registered for of one event, in the order of its dates; what is over is left out."""
    if not (viewer.signed_in or viewer.visiting):
        return []
    of = (Registration.event == event.id, Registration.starts_at > now, registering.mine(viewer))
    at = Registration.here.is_(True) if event.own else sa.and_(~Registration.here, Registration.peer == event.origin)
    chosen = sa.select(Registration).where(*of, at).order_by(Registration.starts_at)
    return [_own(viewer, row, now) for row in reading().scalars(chosen.limit(OFFERED))]


def _own(viewer: Viewer, row: Registration, now: datetime) -> Own:
    return Own(
        id=row.id,
        event=telling.event_of(reading(), row, viewer),
        origin="" if row.here else row.peer,
        starts_at=row.starts_at,
        state=row.state,
        state_at=row.state_at,
        position=row.position,
        reason=row.reason,
        may_cancel=row.state in ALIVE and row.starts_at > now,
    )


def choices(event: RecordView, now: datetime) -> list[Choice]:
    """The dates of an event for which one may register now."""
    if not takes_registrations(event.fields):
        return []
    open_ones = [one for one in occasions(event.fields) if now < one.closes_at][:OFFERED]
    limit = event.fields.get("capacity") if event.own else None
    if limit is None:
        return [Choice(one, None) for one in open_ones]
    session = reading()
    return [Choice(one, max(0, limit - seats.taken(session, event.id, one.date))) for one in open_ones]


def sheets(viewer: Viewer, id: str) -> tuple[RecordView, list[Sheet]]:
    """An event of this hub and who comes, date by date; raises `Forbidden` for who does not coordinate, `NotFound`."""
    if not viewer.may_publish:
        raise Forbidden(id)
    event = records.get(viewer, "event", id)
    if not event.own:
        raise NotFound(id)
    held = (Registration.event == id, Registration.here, Registration.state.in_(HOLDING))
    rows = reading().scalars(sa.select(Registration).where(*held).order_by(Registration.date, Registration.queued))
    found: dict[str, tuple[datetime, list[Guest]]] = {}
    for row in rows:
        found.setdefault(row.date, (row.starts_at, []))[1].append(_guest(row))
    return event, [Sheet(date, starts, sorted(guests, key=_seated_first)) for date, (starts, guests) in found.items()]


def _seated_first(guest: Guest) -> bool:
    return guest.state != "confirmed"


def _guest(row: Registration) -> Guest:
    return Guest(row.id, row.name, row.peer, row.note, row.state, row.position, row.created_at)


def export(viewer: Viewer, id: str, named: Callable[[str], str], now: datetime) -> str:
    """Who comes to an event, as CSV (RFC 4180), and a note that it was taken out; `named` gives hubs their names.

    No cell is a formula for a spreadsheet. A transaction of its own; raises as `sheets` does.
    """
    event, found = sheets(viewer, id)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for sheet in found:
        at = sheet.starts_at.astimezone(BERLIN).isoformat(timespec="minutes")
        for one in sheet.guests:
            cells = (at, one.state, str(one.position or ""), one.name, named(one.home or event.origin), one.note)
            writer.writerow([_harmless(cell) for cell in cells])
    with transaction() as session:
        audit.note(session, "registrations.exported", now, by=viewer, about=event.id)
    return text.getvalue()


def _harmless(cell: str) -> str:
    return "'" + cell if cell.startswith(FORMULA) else cell
