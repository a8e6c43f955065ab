"""Feed keys: what opens one feed to a calendar or reader program, which can send no header.

A key stands in an address, and addresses get around. So it opens one selection, in one format or in all, and nothing
else; it is shown once, kept as a hash with the day of its last use, and ended by itself. It ends with its owner: the
account, or the partner's right to such feeds.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import in_transaction, reading, transaction
from hubnode.people import audit, tokens
from hubnode.people.confirming import Confirmed, Oneself
from hubnode.people.feed_key_models import FeedKey
from hubnode.people.models import Account
from hubnode.people.partner_models import Partner
from hubnode.people.viewer import ROLES, Role, Viewer

SCOPE = "feeds:network"
"""The right that its owner must have, now as on the day on which it was made."""
MARK = "hubf_"
"""What keys begin with, so that a search for leaked secrets finds them."""
MOST = 50
"""Keys that one owner may have in force."""
UNUSED = timedelta(days=400)
"""A key that nobody has used for so long ends."""
REMEMBERED = timedelta(days=30)
"""So long it is known that a key was ended."""
By = Viewer | Confirmed | str
"""Who does it, as the trail names it."""


class CantMake(Exception):
    """No key was made; `code` says why: ``name``, ``right`` or ``many``."""

    def __init__(self, code: str) -> None:
        super().__init__(f"no key was made: {code}")
        self.code = code


class UnknownKey(Exception):
    """There is no such key, or none any more."""


class EndedKey(Exception):
    """The key was ended, or its owner may no longer read this."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A key that holds now, and what it opens; only `opened` makes one."""

    id: int
    partner: int | None
    asked: str
    form: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A key in force, without itself."""

    id: int
    name: str
    asked: str
    form: str
    created_at: datetime
    last_used_on: date | None


def may_make(viewer: Viewer) -> bool:
    """Whether this person may have keys."""
    return viewer.account_id is not None and SCOPE in tokens.allowed(viewer.role)


def make(viewer: Viewer, name: str, asked: str, form: str, now: datetime) -> str:
    """A new key of one's own, shown this once. A transaction of its own; raises `CantMake`."""
    if not may_make(viewer):
        raise CantMake("right")
    with transaction() as session:
        row = FeedKey(account=viewer.account_id, partner=None, name=_name(name), asked=asked, form=form)
        return _kept(session, row, now, viewer)


def give(proof: Oneself, partner: int, name: str, asked: str, form: str, now: datetime) -> str:
    """A new key for a partner that has the right, shown this once. A transaction of its own; raises `CantMake`."""
    with transaction() as session:
        if session.scalar(sa.select(Partner.id).where(Partner.id == partner, _entitled(now))) is None:
            raise CantMake("right")
        row = FeedKey(account=None, partner=partner, name=_name(name), asked=asked, form=form)
        return _kept(session, row, now, Viewer("hub", proof.role, proof.account_id))


def opened(key: str, now: datetime) -> Opened:
    """What this key opens now; raises `UnknownKey` or `EndedKey`. The day of its use is noted, once a day."""
    found = reading().execute(_with_owner(key, now)).one_or_none()
    if found is None:
        raise UnknownKey
    row, role, active, entitled = found
    may = entitled if row.partner is not None else active and SCOPE in tokens.allowed(_role(role))
    if row.revoked_at is not None or not may:
        raise EndedKey
    if row.last_used_on is None or row.last_used_on < _day(now):
        _used(row.id, now)
    return Opened(row.id, row.partner, row.asked, row.form)


def own(account: int) -> list[Listed]:
    """The keys in force of an account, the newest first."""
    return _listed(FeedKey.account == account)


def of_partner(partner: int) -> list[Listed]:
    """The keys in force of a partner, the newest first."""
    return _listed(FeedKey.partner == partner)


def revoke(viewer: Viewer, number: int, now: datetime) -> bool:
    """End a key of one's own; False where there is none. A transaction of its own."""
    with transaction() as session:
        return _end(session, sa.and_(FeedKey.id == number, FeedKey.account == viewer.account_id), now, viewer) > 0


def revoke_of_partner(viewer: Viewer, partner: int, number: int, now: datetime) -> bool:
    """End a key of a partner; False where there is none. A transaction of its own."""
    with transaction() as session:
        return _end(session, sa.and_(FeedKey.id == number, FeedKey.partner == partner), now, viewer) > 0


def end_of_account(session: Session, account: int, now: datetime, by: By) -> None:
    """End all keys of an account. Part of the caller's transaction."""
    _end(session, FeedKey.account == account, now, by)


def end_of_partner(session: Session, partner: int, now: datetime, by: By) -> None:
    """End all keys of a partner. Part of the caller's transaction."""
    _end(session, FeedKey.partner == partner, now, by)


def tidy(now: datetime) -> None:
    """End what nobody uses, forget what was ended long ago. A transaction of its own, if there is anything."""
    never = sa.or_(FeedKey.last_used_on.is_(None), FeedKey.last_used_on < _day(now - UNUSED))
    unused = sa.and_(FeedKey.revoked_at.is_(None), FeedKey.created_at < now - UNUSED, never)
    over = FeedKey.revoked_at < now - REMEMBERED
    if reading().scalar(sa.select(FeedKey.id).where(sa.or_(unused, over)).limit(1)) is not None:
        with transaction() as session:
            session.execute(sa.delete(FeedKey).where(over))
            _end(session, unused, now, "node")


def _name(text: str) -> str:
    name = text.strip()
    if not 1 <= len(name) <= 60:
        raise CantMake("name")
    return name


def _kept(session: Session, row: FeedKey, now: datetime, by: By) -> str:
    mine = FeedKey.account == row.account if row.account is not None else FeedKey.partner == row.partner
    held = sa.select(sa.func.count()).select_from(FeedKey).where(mine, FeedKey.revoked_at.is_(None))
    if (session.scalar(held) or 0) >= MOST:
        raise CantMake("many")
    key = MARK + secrets.token_urlsafe(32)
    row.key_hash, row.created_at, row.revoked_at, row.last_used_on = tokens.hashed(key), now, None, None
    session.add(row)
    session.flush()
    audit.note(session, "feed_key.made", now, by=by, about=_about(row), detail=_told(row))
    return key


def _end(session: Session, which: sa.ColumnElement[bool], now: datetime, by: By) -> int:
    rows = session.scalars(sa.select(FeedKey).where(which, FeedKey.revoked_at.is_(None))).all()
    for row in rows:
        row.revoked_at = now
        audit.note(session, "feed_key.revoked", now, by=by, about=_about(row), detail=_told(row))
    return len(rows)


def _about(row: FeedKey) -> str:
    return f"feed-key:{row.id}"


def _told(row: FeedKey) -> dict[str, str]:
    """What the trail says of a key: of words that somebody searches for, nothing."""
    return {"form": row.form or "*", "partner": str(row.partner or "")}


def _listed(mine: sa.ColumnElement[bool]) -> list[Listed]:
    chosen = sa.select(FeedKey).where(mine, FeedKey.revoked_at.is_(None)).order_by(FeedKey.id.desc())
    return [
        Listed(row.id, row.name, row.asked, row.form, row.created_at, row.last_used_on)
        for row in reading().scalars(chosen)
    ]


def _with_owner(key: str, now: datetime) -> sa.Select[FeedKey, str | None, bool | None, bool | None]:
    return (
        sa.select(FeedKey, Account.role, Account.active, sa.type_coerce(_entitled(now), sa.Boolean()))
        .outerjoin(Account, Account.id == FeedKey.account)
        .outerjoin(Partner, Partner.id == FeedKey.partner)
        .where(FeedKey.key_hash == tokens.hashed(key))
    )


def _entitled(now: datetime) -> sa.ColumnElement[bool]:
    """That a partner has the right, and its access has not ended."""
    scopes = sa.literal(" ") + Partner.scopes + " "
    return sa.and_(Partner.ended_at.is_(None), Partner.ends_on >= _day(now), scopes.contains(f" {SCOPE} "))


def _role(text: str | None) -> Role | None:
    return next((role for role in ROLES if role == text), None)


def _used(number: int, now: datetime) -> None:
    if not in_transaction():
        with transaction() as session:
            session.execute(sa.update(FeedKey).where(FeedKey.id == number).values(last_used_on=_day(now)))


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()
