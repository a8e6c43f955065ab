"""Members of other hubs who visit: let in on the word of the home hub, known by a token, out when it is suspended."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import in_transaction, reading, transaction
from hubnode.network import agreements
from hubnode.network.models import Peer
from hubnode.network.signing_in.errors import SignInRefused
from hubnode.network.signing_in.models import UsedAssertion, Visit, Visitor
from hubnode.people.sessions import Device
from hubnode.people.viewer import ANONYMOUS, Viewer

LASTING = timedelta(hours=8)
"""How long a visit lasts: whoever leaves the home hub is out everywhere the same day."""
KEPT = timedelta(days=30)
"""How long a visitor is remembered after the last sign-in."""
MARK = "gast."
"""What the token of a visit begins with."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """Somebody for whom a home hub has vouched in an ID token that was verified; `errand.finish` makes it."""

    home: str
    subject: str
    name: str
    affiliation: str
    sid: str = ""
    """How the home hub calls the sign-in there, by which it says later that it has ended."""


@dataclass(frozen=True, slots=True)
class VisitorView:
    """What is held of a visitor."""

    name: str
    home: str
    affiliation: str
    last_sign_in_on: date
    forgotten_on: date
    """When this will be erased if the person does not sign in again."""


def is_visit(token: str) -> bool:
    """Whether this is the token of a visit."""
    return token.startswith(MARK)


def admit(who: Vouched, device: str, now: datetime) -> str:
    """Let a visitor in; answers the token of the visit. A transaction of its own.

    Raises `SignInRefused` where the sign-in at home has ended meanwhile.
    """
    token = MARK + secrets.token_urlsafe(32)
    with transaction() as session:
        if who.sid and session.get(UsedAssertion, _ended(who.home, who.sid)) is not None:
            raise SignInRefused("expired", "the sign-in at the home hub has ended")
        held = session.scalar(sa.select(Visitor).where(Visitor.home == who.home, Visitor.subject == who.subject))
        if held is None:
            held = Visitor(home=who.home, subject=who.subject)
            session.add(held)
        held.name, held.affiliation, held.last_sign_in_on = who.name, who.affiliation, _day(now)
        session.flush()
        session.execute(sa.delete(Visit).where(Visit.expires_at < now))
        session.add(
            Visit(
                token_hash=_hash(token), visitor=held.id, device=device[:60], created_at=now,
                expires_at=now + LASTING, last_used_on=_day(now), revoked_at=None, sid=who.sid or None,
            )
        )  # fmt: skip
    return token


def viewer_of(token: str, now: datetime) -> Viewer:
    """Who visits with this token; `ANONYMOUS` for an ended visit, and for one whose home hub is no active member.

    Without an agreement with the home hub (GDPR Art. 26) a visitor sees what is public.
    """
    chosen = (
        sa.select(Visit.id, Visit.last_used_on, Visitor.id, Visitor.name, Visitor.home)
        .join(Visitor, Visitor.id == Visit.visitor)
        .join(Peer, Peer.origin == Visitor.home)
        .where(Visit.token_hash == _hash(token), _alive(now), Peer.state == "active")
    )
    row = reading().execute(chosen).one_or_none()
    if row is None:
        return ANONYMOUS
    visit_id, used, visitor_id, name, home = row
    if used < _day(now) and not in_transaction():
        with transaction() as session:
            session.execute(sa.update(Visit).where(Visit.id == visit_id).values(last_used_on=_day(now)))
    return Viewer(agreements.level(reading(), home), name=name, home=home, visitor_id=visitor_id)


def about(visitor_id: int) -> VisitorView:
    """All that is held of a visitor."""
    held = reading().get_one(Visitor, visitor_id)
    forgotten = held.last_sign_in_on + KEPT + timedelta(days=1)
    return VisitorView(held.name, held.home, held.affiliation, held.last_sign_in_on, forgotten)


def devices(visitor_id: int, token: str | None, now: datetime) -> Sequence[Device]:
    """The visits of one visitor that are in force, newest first; the one of `token` is marked."""
    chosen = sa.select(Visit).where(Visit.visitor == visitor_id, _alive(now))
    rows = reading().scalars(chosen.order_by(Visit.created_at.desc(), Visit.id.desc()))
    own = _hash(token) if token else ""
    return [
        Device(row.id, row.device, row.created_at, row.expires_at, row.last_used_on, row.token_hash == own)
        for row in rows
    ]


def close(token: str | None, now: datetime) -> None:
    """End the visit of this token, if it is one. A transaction of its own."""
    if token and is_visit(token):
        with transaction() as session:
            session.execute(
                sa.update(Visit).where(Visit.token_hash == _hash(token), _alive(now)).values(revoked_at=now)
            )


def end(visitor_id: int, visit_id: int, now: datetime) -> bool:
    """End one visit of this visitor; False if there is none with this number. A transaction of its own."""
    with transaction() as session:
        ended = (
            sa.update(Visit)
            .where(Visit.id == visit_id, Visit.visitor == visitor_id, _alive(now))
            .values(revoked_at=now)
            .returning(Visit.id)
        )
        return session.scalar(ended) is not None


def end_of(home: str, subject: str, sid: str, now: datetime) -> int:
    """End the visits that a home hub has let somebody make by one sign-in there; answers how many.

    A visit of it that is only just beginning does not begin. A transaction of its own.
    """
    theirs = sa.select(Visitor.id).where(Visitor.home == home, Visitor.subject == subject).scalar_subquery()
    with transaction() as session:
        session.merge(UsedAssertion(digest=_ended(home, sid), expires_at=now + LASTING))
        mine = sa.update(Visit).where(Visit.visitor == theirs, Visit.sid == sid, _alive(now))
        return len(session.scalars(mine.values(revoked_at=now).returning(Visit.id)).all())


def _ended(home: str, sid: str) -> str:
    """The mark of a sign-in that has ended, among the proofs that count no more."""
    return _hash(f"ended\0{home}\0{sid}")


def known_as(session: Session, visitor_id: int) -> tuple[str, str]:
    """The home hub of a visitor, and under which name it knows the person here."""
    held = session.get_one(Visitor, visitor_id)
    return held.home, held.subject


def erase(session: Session, visitor_id: int) -> None:
    """Erase what is held of a visitor; questions stay in the name of the hub. Part of the caller's transaction."""
    _erase(session, Visitor.id == visitor_id)


def sweep(now: datetime) -> None:
    """Erase visitors who have not signed in for 30 days. A transaction of its own, where there are any."""
    late = Visitor.last_sign_in_on < _day(now) - KEPT
    if reading().scalar(sa.select(Visitor.id).where(late).limit(1)) is None:
        return
    with transaction() as session:
        _erase(session, late)


def _erase(session: Session, which: sa.ColumnElement[bool]) -> None:
    session.execute(sa.delete(Visitor).where(which))


def _alive(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(Visit.revoked_at.is_(None), Visit.expires_at > now)


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
