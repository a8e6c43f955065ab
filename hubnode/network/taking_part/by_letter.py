"""Registrations as letters: asking for a seat, giving it back, and the word of the event's hub how it stands.

Letters may arrive late, twice or in another order. Each act of the person is an attempt with a number, each word of the
event's hub one with a number inside of that attempt, and nothing counts that is older than what is known.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from marshmallow import RAISE, Schema, ValidationError, fields, validate
from sqlalchemy.orm import Session
from ulid import ULID

from federation.encoding import parse_timestamp
from federation.letters import Letter
from hubnode.network.letters import Kind, LetterRefused, Outcome
from hubnode.network.signing_in import grants
from hubnode.network.taking_part import registering, seats, telling
from hubnode.network.taking_part.models import Registration
from hubnode.network.taking_part.seats import HOLDING, NotTaken, Wish
from hubnode.records import reading
from hubnode.records.kinds import clock
from hubnode.records.kinds.text import flaw

ON_THE_WAY = timedelta(hours=1)
"""How long a registration may be on its way and still count as of the moment when it was written."""
MOST_ATTEMPTS, MOST_WORDS = 1000, 1000
TOLD = (*HOLDING, "cancelled", "called_off")
"""What an event's hub may say of a registration."""


def _date(value: str) -> None:
    if value and not clock.is_day(value):
        raise ValidationError("no day")


def _moment(value: str) -> None:
    try:
        parse_timestamp(value)
    except ValueError as error:
        raise ValidationError("no moment") from error


def _name(value: str) -> None:
    if flaw(value, registering.NAME) is not None:
        raise ValidationError("no name")


def _note(value: str) -> None:
    if value and flaw(value, registering.NOTE) is not None:
        raise ValidationError("no note")


def _whole(least: int, most: int) -> fields.Integer:
    return fields.Integer(required=True, strict=True, validate=validate.Range(least, most))


class UnregisterBody(Schema):
    """``unregister``: of which event, which date, and who."""

    class Meta:
        """Exactly these fields."""

        unknown = RAISE

    event = fields.String(required=True, validate=validate.Regexp(r"[0-7][0-9A-HJKMNP-TV-Z]{25}\Z"))
    date = fields.String(required=True, validate=_date)
    subject = fields.String(required=True, validate=validate.Regexp(r"[A-Za-z0-9_-]{16,64}\Z"))
    attempt = _whole(1, MOST_ATTEMPTS)


class RegisterBody(UnregisterBody):
    """``register``: under which name, and what the person needs."""

    name = fields.String(required=True, validate=_name)
    note = fields.String(required=True, validate=_note)


class PlaceBody(UnregisterBody):
    """``place``: how it stands."""

    rev = _whole(1, MOST_WORDS)
    state = fields.String(required=True, validate=validate.OneOf(TOLD))
    position = _whole(0, seats.MOST_WAITING)
    starts = fields.String(required=True, validate=_moment)
    ends = fields.String(required=True, validate=_moment)


def _asked(session: Session, letter: Letter, now: datetime) -> None:
    """Somebody of another hub wants to take part; the answer is another letter, or the refusal of this one."""
    body = letter.body
    event = seats.hold(session, body["event"])
    if event is None or reading.by_uri(telling.MEMBER, event.uri) is None:
        raise LetterRefused("no-such-event")
    wish = Wish(letter.sender, body["subject"], body["date"], body["name"], body["note"], body["attempt"])
    held = seats.of(session, event.id, wish.date, wish.peer, wish.subject)
    if held is None or held.attempt < wish.attempt or held.state in HOLDING:
        try:
            held = seats.take(session, event, wish, now, at=min(now, max(letter.ts, now - ON_THE_WAY)))
        except NotTaken as refusal:
            raise LetterRefused(refusal.reason) from refusal
    telling.tell(session, held, now, re=letter.id)


def _given_up(session: Session, letter: Letter, now: datetime) -> None:
    """Somebody does not come after all."""
    body = letter.body
    event = seats.hold(session, body["event"])
    held = seats.of(session, body["event"], body["date"], letter.sender, body["subject"])
    if held is None:
        raise LetterRefused("unknown-registration")
    if held.attempt < body["attempt"]:
        held.attempt, held.rev = body["attempt"], 0
        if held.state in HOLDING:
            seats.give_up(session, event, held, "cancelled", now)


def _placed(session: Session, letter: Letter, now: datetime) -> None:
    """The event's hub says how a registration of one of our people stands."""
    body = letter.body
    account = grants.account_known_as(session, letter.sender, body["subject"])
    if account is None:
        raise LetterRefused("unknown-person")
    row = registering.of_ours(session, letter.sender, body["event"], body["date"], body["subject"])
    if row is None:
        row = _registered_there(session, letter, account, now)
    if (body["attempt"], body["rev"]) <= (row.attempt, row.rev):
        return
    before, starts = row.state, row.starts_at
    row.attempt, row.rev, row.state = body["attempt"], body["rev"], body["state"]
    row.position = body["position"] or None
    row.starts_at, row.ends_at = parse_timestamp(body["starts"]), parse_timestamp(body["ends"])
    if row.state not in HOLDING:
        row.name, row.note = "", ""
    if row.state != before:
        row.state_at = now
        telling.write(session, row, now)
    elif row.state in HOLDING and row.starts_at != starts:
        telling.write(session, row, now, "moved")
    session.flush()


def _registered_there(session: Session, letter: Letter, account: int, now: datetime) -> Registration:
    """The row for somebody who has registered as a visitor of the other hub."""
    body = letter.body
    event = reading.by_uri(telling.MEMBER, f"{letter.sender}/r/{body['event']}")
    if event is None or event.kind != "event" or body["state"] not in HOLDING:
        raise LetterRefused("unknown-registration")
    theirs = sa.select(sa.func.count()).select_from(Registration)
    ahead = (Registration.account == account, Registration.starts_at > now)
    if (session.scalar(theirs.where(*ahead)) or 0) >= registering.MOST_OPEN:
        raise LetterRefused("too-many")
    row = Registration(
        id=str(ULID.from_datetime(now)), here=False, peer=letter.sender, event=body["event"], date=body["date"],
        subject=body["subject"], account=account, name="", note="", state="sent", state_at=now, queued=0, attempt=0,
        rev=0, event_rev=event.rev, starts_at=now, ends_at=now, created_at=now,
    )  # fmt: skip
    session.add(row)
    return row


def _settled(session: Session, outcome: Outcome, now: datetime) -> None:
    """A registration that was refused, or could not be delivered in time, has come to nothing."""
    if outcome.state == "accepted":
        return
    row = session.scalar(sa.select(Registration).where(Registration.letter == outcome.id, ~Registration.here))
    if row is None or row.state != "sent":
        return
    row.state, row.state_at, row.reason = "refused", now, outcome.reason or outcome.state
    row.name, row.note = "", ""
    telling.write(session, row, now)


REGISTRATION_KINDS = {
    "register": Kind(RegisterBody(), _asked, _settled),
    "unregister": Kind(UnregisterBody(), _given_up),
    telling.PLACE: Kind(PlaceBody(), _placed),
}
"""The kinds of letters about registrations."""
