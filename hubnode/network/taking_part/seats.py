"""Seats in events of this hub: given in order, never more than there are, and to those who wait when one is free again.

All of it is part of the caller's transaction, which holds the event from `hold` on: of two registrations at the same
time, one comes after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session
from ulid import ULID

from hubnode.network.taking_part import telling
from hubnode.network.taking_part.models import Registration
from hubnode.network.taking_part.occasions import Occasion, occasions, takes_registrations
from hubnode.people.viewer import OPERATOR
from hubnode.records import reading
from hubnode.records.models import Record, own_record
from hubnode.records.reading import RecordView

MOST_WAITING = 20
"""People on the waiting list of one date."""
MOST_OF_PEER = 1000
"""Registrations of one hub that are kept at the same time."""
MOST_ATTEMPTS = 20
"""How often somebody may register and cancel for one date."""
HOLDING = ("confirmed", "waiting")
"""States in which somebody has a seat or waits for one."""
Reason = Literal["closed", "full", "called-off", "no-such-date", "no-such-event", "too-many"]


class NotTaken(Exception):
    """Somebody can't be registered; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants to take part on which date."""

    peer: str
    subject: str
    date: str
    name: str
    note: str
    attempt: int = 1
    """How often, as the person's hub counts."""
    account: int | None = None
    visitor: int | None = None


def hold(session: Session, id: str) -> RecordView | None:
    """The event with all its fields, held until the transaction ends; None for what is none or not published."""
    numbers = sa.select(Record.id, Record.origin).where(own_record(id), Record.kind == "event").with_for_update()
    found = session.execute(numbers).one_or_none()
    if found is None:
        return None
    session.expire_all()  # what was read before the lock may have changed
    return reading.by_uri(OPERATOR, f"{found.origin}/r/{id}")


def occasion(fields: Mapping[str, Any], date: str, at: datetime) -> Occasion:
    """The date of an event for which one can register at this moment; raises `NotTaken`."""
    if fields.get("status") == "cancelled":
        raise NotTaken("called-off")
    if not takes_registrations(fields):
        raise NotTaken("no-such-event")
    found = next((one for one in occasions(fields) if one.date == date), None)
    if found is None:
        raise NotTaken("no-such-date")
    if at >= found.closes_at:
        raise NotTaken("closed")
    return found


def of(session: Session, event: str, date: str, peer: str, subject: str) -> Registration | None:
    """What somebody has registered for at this hub, whatever became of it."""
    return session.scalar(sa.select(Registration).where(*_at(event, date), *_who(peer, subject)))


def _who(peer: str, subject: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (Registration.peer == peer, Registration.subject == subject)


def take(session: Session, event: RecordView, wish: Wish, now: datetime, at: datetime | None = None) -> Registration:
    """Give somebody a seat in an event that is held, or a place on its waiting list; raises `NotTaken`.

    Whoever has one keeps it; only the name and the note are changed. `at` is when it was asked for.
    """
    found = occasion(event.fields, wish.date, at or now)
    row = of(session, event.id, wish.date, wish.peer, wish.subject)
    if row is None:
        row = _new(session, event, wish, now)
    elif row.state not in HOLDING:
        _refuse_more(row.attempt)
        row.attempt, row.rev = max(row.attempt + 1, wish.attempt), 0
    row.name, row.note = wish.name, wish.note
    row.account, row.visitor = wish.account or row.account, wish.visitor or row.visitor
    if row.state in HOLDING:
        row.attempt = max(row.attempt, wish.attempt)
        return row
    _seat(session, event, row, now)
    row.starts_at, row.ends_at, row.event_rev = found.starts_at, found.ends_at, event.rev
    session.add(row)
    session.flush()
    return row


def _refuse_more(attempts: int) -> None:
    if attempts >= MOST_ATTEMPTS:
        raise NotTaken("too-many")


def _new(session: Session, event: RecordView, wish: Wish, now: datetime) -> Registration:
    if wish.peer:
        theirs = sa.select(sa.func.count()).where(Registration.peer == wish.peer, Registration.here)
        if (session.scalar(theirs) or 0) >= MOST_OF_PEER:
            raise NotTaken("too-many")
    return Registration(
        id=str(ULID.from_datetime(now)), here=True, peer=wish.peer, event=event.id, date=wish.date,
        subject=wish.subject, state="sent", attempt=wish.attempt, rev=0, created_at=now,
    )  # fmt: skip


def _seat(session: Session, event: RecordView, row: Registration, now: datetime) -> None:
    """A seat if one is free and nobody waits for it, else the next place on the waiting list; raises `NotTaken`."""
    queue = waiting(session, event.id, row.date)
    free = not queue and _free(session, event, row.date) > 0
    if not free and len(queue) >= MOST_WAITING:
        raise NotTaken("full")
    last = sa.select(sa.func.max(Registration.queued)).where(*_at(event.id, row.date))
    row.queued = (session.scalar(last) or 0) + 1
    row.state, row.position = ("confirmed", None) if free else ("waiting", len(queue) + 1)
    row.state_at, row.reason = now, None


def waiting(session: Session, event: str, date: str) -> Sequence[Registration]:
    """Who waits for a seat on this date, in the order in which seats are given."""
    chosen = sa.select(Registration).where(*_at(event, date), Registration.state == "waiting")
    return session.scalars(chosen.order_by(Registration.queued)).all()


def taken(session: Session, event: str, date: str) -> int:
    """How many seats are taken on this date."""
    chosen = sa.select(sa.func.count()).where(*_at(event, date), Registration.state == "confirmed")
    return session.scalar(chosen) or 0


def _free(session: Session, event: RecordView, date: str) -> int:
    """How many seats are free on this date; where the event has no limit, one more for everybody."""
    seats = event.fields.get("capacity")
    return MOST_WAITING + 1 if seats is None else seats - taken(session, event.id, date)


def _at(event: str, date: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (Registration.event == event, Registration.date == date, Registration.here.is_(True))


def give_up(session: Session, event: RecordView | None, row: Registration, state: str, now: datetime) -> None:
    """Take somebody off the list, as `state` says; the name goes, and who waits moves up."""
    row.state, row.state_at, row.position = state, now, None
    row.name, row.note = "", ""
    session.flush()
    if event is not None and takes_registrations(event.fields):
        fill(session, event, row.date, now)


def fill(session: Session, event: RecordView, date: str, now: datetime) -> None:
    """Give free seats to those who wait, as long as it has not begun, and tell everybody whose place has changed."""
    queue = [row for row in waiting(session, event.id, date) if row.starts_at > now]
    free = max(0, _free(session, event, date))
    for row in queue[:free]:
        row.state, row.state_at, row.position = "confirmed", now, None
        telling.tell(session, row, now)
    for position, row in enumerate(queue[free:], 1):
        if row.position != position:
            row.position = position
            telling.tell(session, row, now, mail=False)
    session.flush()
