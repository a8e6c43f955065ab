"""Registering and cancelling, as people do it: for events of this hub at once, for those of others by a letter.

What is sent to another hub is kept here in the same transaction, and stands as ``sent`` until that hub has answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from ulid import ULID

from hubnode.db import transaction
from hubnode.network import letters
from hubnode.network.signing_in import grants, visitors
from hubnode.network.taking_part import seats, telling
from hubnode.network.taking_part.models import Registration
from hubnode.network.taking_part.occasions import OPEN
from hubnode.network.taking_part.seats import HOLDING, NotTaken, Wish
from hubnode.people.leaving import ends_with_account
from hubnode.people.viewer import Viewer
from hubnode.records.errors import Forbidden, NotFound
from hubnode.records.kinds.text import flaw, tidy
from hubnode.records.kinds.words import Problem
from hubnode.records.reading import RecordView

NAME, NOTE = 80, 300
"""Characters of the longest name and note."""
AN_HOUR, HOUR = 20, timedelta(hours=1)
"""Registrations of one person in an hour."""
MOST_OPEN = 50
"""Registrations of one person for what is still to come."""
ALIVE = (*HOLDING, "sent")
"""States that the person may still cancel."""


class Unwritable(Exception):
    """What was typed can't be taken; `flaws` names each field with what is wrong, never with what was typed."""

    def __init__(self, flaws: Mapping[str, Problem]) -> None:
        super().__init__(", ".join(sorted(flaws)))
        self.flaws = flaws


class TooManyRegistrations(Exception):
    """This person has registered for enough, in this hour or in all."""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of themselves; `say` makes it."""

    name: str
    note: str


def say(name: str, note: str) -> Said:
    """What was typed, tidied; raises `Unwritable`. The note is voluntary."""
    name, note = tidy(name), tidy(note, paragraphs=False)
    found = {"name": flaw(name, NAME), "note": flaw(note, NOTE) if note else None}
    if flaws := {field: problem for field, problem in found.items() if problem is not None}:
        raise Unwritable(flaws)
    return Said(name, note)


def register(viewer: Viewer, event: RecordView, date: str, said: Said, now: datetime) -> Registration:
    """Register this person for one date of an event. A transaction of its own.

    Doing it twice changes nothing but name and note. A visiting member registers for events of this hub, in the name of
    the home hub. Raises `Forbidden`, `NotFound` for what nobody registers for, `NotTaken`, `TooManyRegistrations`, or
    `letters.NoWay` where the event's hub is no member.
    """
    if not viewer.may_ask or (viewer.visiting and not event.own):
        raise Forbidden(event.id)
    if event.kind != "event" or event.fields.get("registration") not in OPEN:
        raise NotFound(event.id)
    with transaction() as session:
        _refuse_many(session, viewer, now)
        if event.own:
            return _take(session, viewer, event.id, date, said, now)
        return _send(session, viewer, event, date, said, now)


def cancel(viewer: Viewer, id: str, now: datetime) -> Registration:
    """Cancel a registration of this person. A transaction of its own; raises `NotFound`, or `NotTaken` when it is over.

    For an event of another hub the seat is free as soon as that hub has the letter.
    """
    with transaction() as session:
        row = own(session, viewer, id)
        if row.state not in ALIVE:
            return row
        if row.starts_at <= now:
            raise NotTaken("closed")
        _give_up(session, row, now)
        return row


def call_off(viewer: Viewer, event: str, id: str, now: datetime) -> Registration:
    """Take somebody off the list of an event of this hub. A transaction of its own; raises `Forbidden`, `NotFound`."""
    if not viewer.may_publish:
        raise Forbidden(id)
    with transaction() as session:
        record = seats.hold(session, event)
        row = session.get(Registration, id)
        if row is None or not row.here or row.event != event:
            raise NotFound(id)
        if row.state in HOLDING:
            seats.give_up(session, record, row, "called_off", now)
            telling.tell(session, row, now)
        return row


def own(session: Session, viewer: Viewer, id: str) -> Registration:
    """A registration of this person; raises `NotFound` for everybody else's."""
    row = session.get(Registration, id)
    if row is None or not is_own(viewer, row):
        raise NotFound(id)
    return row


def is_own(viewer: Viewer, row: Registration) -> bool:
    """Whether this person has registered."""
    if viewer.visiting:
        return viewer.visitor_id == row.visitor
    return viewer.account_id is not None and viewer.account_id == row.account


def mine(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The condition for what this person has registered for."""
    if viewer.visitor_id is not None:
        return Registration.visitor == viewer.visitor_id
    return sa.and_(Registration.account.is_not(None), Registration.account == viewer.account_id)


def _refuse_many(session: Session, viewer: Viewer, now: datetime) -> None:
    counted = sa.select(sa.func.count()).select_from(Registration).where(mine(viewer))
    lately = session.scalar(counted.where(Registration.created_at > now - HOUR)) or 0
    ahead = session.scalar(counted.where(Registration.starts_at > now, Registration.state.in_(ALIVE))) or 0
    if lately >= AN_HOUR or ahead >= MOST_OPEN:
        raise TooManyRegistrations


def _take(session: Session, viewer: Viewer, id: str, date: str, said: Said, now: datetime) -> Registration:
    """Register for an event of this hub."""
    event = seats.hold(session, id)
    if event is None:
        raise NotFound(id)
    wish = Wish("", str(viewer.account_id), date, said.name, said.note, account=viewer.account_id)
    if viewer.visitor_id is not None:
        peer, subject = visitors.known_as(session, viewer.visitor_id)
        wish = Wish(peer, subject, date, said.name, said.note, visitor=viewer.visitor_id)
    row = seats.take(session, event, wish, now)
    if row.rev == 0:
        telling.tell(session, row, now)
    return row


def _send(session: Session, viewer: Viewer, event: RecordView, date: str, said: Said, now: datetime) -> Registration:
    """Ask another hub for a seat."""
    if viewer.account_id is None:
        raise Forbidden(event.id)
    found = seats.occasion(event.fields, date, now)
    subject = grants.known_as(session, viewer.account_id, event.origin)
    row = of_ours(session, event.origin, event.id, date, subject)
    if row is None:
        row = Registration(
            id=str(ULID.from_datetime(now)), here=False, peer=event.origin, event=event.id, date=date,
            subject=subject, queued=0, attempt=0, event_rev=event.rev, state="cancelled", created_at=now,
        )  # fmt: skip
    elif row.state in ALIVE:
        return row
    if row.attempt >= seats.MOST_ATTEMPTS:
        raise NotTaken("too-many")
    row.account, row.name, row.note = viewer.account_id, said.name, said.note
    row.starts_at, row.ends_at = found.starts_at, found.ends_at
    row.state, row.state_at, row.reason, row.position = "sent", now, None, None
    row.attempt, row.rev = row.attempt + 1, 0
    body = {"event": row.event, "date": date, "subject": subject, "attempt": row.attempt, "name": row.name}
    life = max(timedelta(minutes=5), min(letters.LIFE, found.closes_at - now + HOUR))
    row.letter = letters.send(session, row.peer, "register", {**body, "note": row.note}, now, expires_in=life)
    session.add(row)
    session.flush()
    return row


def of_ours(session: Session, peer: str, event: str, date: str, subject: str) -> Registration | None:
    """What one of our people has registered for at another hub."""
    it = (Registration.peer == peer, Registration.event == event, Registration.date == date)
    return session.scalar(sa.select(Registration).where(*it, Registration.subject == subject, ~Registration.here))


def _give_up(session: Session, row: Registration, now: datetime) -> None:
    """Free the seat, here or at the other hub."""
    if row.here:
        event = seats.hold(session, row.event)
        session.refresh(row)
        if row.state in HOLDING:
            row.attempt, row.rev = row.attempt + 1, 0
            seats.give_up(session, event, row, "cancelled", now)
            if row.peer:
                telling.tell(session, row, now)
        return
    if row.letter is not None:
        letters.cancel(session, [row.letter], now)
    row.state, row.state_at, row.position, row.name, row.note = "cancelled", now, None, "", ""
    row.attempt, row.rev = row.attempt + 1, 0
    body = {"event": row.event, "date": row.date, "subject": row.subject, "attempt": row.attempt}
    life = max(timedelta(hours=1), min(letters.LIFE, row.ends_at - now))
    try:
        row.letter = letters.send(session, row.peer, "unregister", body, now, expires_in=life)
    except letters.NoWay:  # that hub is no member: it shows us nothing, and we tell it nothing
        row.letter = None


def forget_visitor(visitor_id: int, now: datetime) -> None:
    """Cancel what a visiting member has registered for here, and erase the person. A transaction of its own."""
    with transaction() as session:
        _end(session, Registration.visitor == visitor_id, now)
        visitors.erase(session, visitor_id)


@ends_with_account
def _end_with_account(session: Session, account_id: int, now: datetime) -> None:
    """Cancel what the person of an account has registered for, before the account goes."""
    _end(session, Registration.account == account_id, now)
    session.execute(sa.delete(Registration).where(Registration.account == account_id))


def _end(session: Session, which: sa.ColumnElement[bool], now: datetime) -> None:
    chosen = sa.select(Registration.id).where(which, Registration.state.in_(ALIVE)).order_by(Registration.event)
    for id in session.scalars(chosen).all():
        row = session.get_one(Registration, id)
        if row.starts_at > now:
            _give_up(session, row, now)
    session.flush()
