"""What becomes of registrations when their event changes, and after it: derived from the records, by the worker."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import reading, transaction
from hubnode.network.node import Node
from hubnode.network.taking_part import seats, telling
from hubnode.network.taking_part.models import Registration
from hubnode.network.taking_part.occasions import Occasion, occasions
from hubnode.network.taking_part.seats import HOLDING
from hubnode.records.models import Log, Record
from hubnode.records.reading import RecordView


def tend(node: Node, now: datetime) -> None:
    """Follow events that have changed, and delete what is long over. Transactions of its own, where there is any."""
    for event in _changed():
        with transaction() as session:
            _follow(session, event, now)
    forget(now, node.settings.registrations_kept_days)


def forget(now: datetime, days: int) -> int:
    """Delete registrations for what has ended so many days ago; answers how many. A transaction of its own."""
    over = Registration.ends_at < now - timedelta(days=days)
    session = reading()
    session.rollback()
    if session.scalar(sa.select(Registration.id).where(over).limit(1)) is None:
        return 0
    with transaction() as session:
        return len(session.scalars(sa.delete(Registration).where(over).returning(Registration.id)).all())


def _changed() -> list[str]:
    """The events of this hub with people in them that are not what they were when a seat was given."""
    origin = sa.select(Log.origin).where(Log.own).scalar_subquery()
    event = sa.and_(Record.origin == origin, Record.own, Record.rec == Registration.event)
    as_before = sa.and_(event, Record.state == "published", Record.rev == Registration.event_rev)
    held = (Registration.here, Registration.state.in_(HOLDING))
    session = reading()
    session.rollback()
    return list(session.scalars(sa.select(Registration.event).where(*held, ~sa.exists().where(as_before)).distinct()))


def _follow(session: Session, id: str, now: datetime) -> None:
    """Tell everybody what has changed about an event; nobody is registered for what does not take place."""
    event = seats.hold(session, id)
    chosen = sa.select(Registration).where(Registration.event == id, Registration.here, Registration.state.in_(HOLDING))
    rows = session.scalars(chosen.order_by(Registration.queued)).all()
    there = {one.date: one for one in occasions(event.fields)} if event is not None and _takes_place(event) else {}
    for row in rows:
        found = there.get(row.date)
        if found is not None and event is not None:
            _move(session, row, found, event.rev, now)
        elif row.ends_at > now:
            seats.give_up(session, None, row, "called_off", now)
            telling.tell(session, row, now)
        else:  # it is over, whatever is said of it now
            row.event_rev = event.rev if event is not None else row.event_rev
            if event is None:
                seats.give_up(session, None, row, "cancelled", now)
    session.flush()
    for date in sorted({row.date for row in rows} & there.keys()):
        if event is not None:
            seats.fill(session, event, date, now)


def _takes_place(event: RecordView) -> bool:
    return event.fields.get("status") != "cancelled"


def _move(session: Session, row: Registration, found: Occasion, rev: int, now: datetime) -> None:
    """Follow an event to its new time."""
    moved = row.starts_at != found.starts_at
    row.event_rev, row.starts_at, row.ends_at = rev, found.starts_at, found.ends_at
    if moved:
        telling.tell(session, row, now, mail=False)
        if not row.peer:
            telling.write(session, row, now, "moved")
