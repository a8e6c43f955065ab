"""Tokens for programs: what they may be used for, and who holds one. Kept as hashes, with the day of the last use."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from hubnode.db import UTCDateTime, in_transaction, reading, transaction
from hubnode.people import audit
from hubnode.people.models import Account
from hubnode.people.partner_models import AccessToken, Partner
from hubnode.people.viewer import LEVEL_OF, ROLES, Role, Viewer

SCOPES: Mapping[str, LazyString] = {
    "records:read": _l("Einträge über die Schnittstelle lesen"),
    "network:read": _l("dabei auch sehen, was für den Verbund bestimmt ist"),
    "feeds:network": _l("Feeds mit dem, was für den Verbund bestimmt ist"),
    "records:write": _l("Einträge schreiben, und veröffentlichen, wo Ihre Rolle es erlaubt"),
}
"""What a token may be used for, in the words of pages."""
LONGEST_DAYS = 366
MARK = "hubt_"
"""What personal tokens begin with, so that a search for leaked secrets finds them."""
MOST = 20
"""Personal tokens that one person may have in force."""


class BadToken(Exception):
    """The token is unknown, expired or revoked, or its owner is gone; nobody is told which."""


class CantMake(Exception):
    """No token was made; `code` says why: ``name``, ``scopes``, ``days`` or ``many``."""

    def __init__(self, code: str) -> None:
        super().__init__(f"no token was made: {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Held:
    """A token that holds now; only `bearer` makes one."""

    id: int
    scopes: frozenset[str]
    partner: int | None
    level: str
    """How far its owner may see: ``network`` or ``public``."""

    def viewer(self, scope: str) -> Viewer:
        """Who looks through this token, where the door's `scope` opens what is for the network."""
        return Viewer("network" if scope in self.scopes and self.level == "network" else "public")


@dataclass(frozen=True, slots=True)
class Own:
    """A personal token as its owner sees it."""

    id: int
    name: str
    scopes: Sequence[str]
    created_at: datetime
    expires_at: datetime
    last_used_on: date | None


def allowed(role: Role | None) -> tuple[str, ...]:
    """The scopes that somebody of this role may give to a token of the own."""
    if role in ("admin", "coordinator", "editor"):
        return tuple(SCOPES)
    return ("records:read", "network:read", "feeds:network") if role in ("staff", "expert") else ("records:read",)


def make(viewer: Viewer, name: str, scopes: Collection[str], days: int, now: datetime) -> str:
    """A new personal token, shown this once. A transaction of its own; raises `CantMake`."""
    if viewer.account_id is None or not scopes or not set(scopes) <= set(allowed(viewer.role)):
        raise CantMake("scopes")
    if not 1 <= len(name.strip()) <= 60:
        raise CantMake("name")
    if not 1 <= days <= LONGEST_DAYS:
        raise CantMake("days")
    token = MARK + secrets.token_urlsafe(32)
    with transaction() as session:
        if len(_own(session, viewer.account_id, now)) >= MOST:
            raise CantMake("many")
        row = keep(session, token, sorted(scopes), now, now + timedelta(days=days), account=viewer.account_id)
        row.name = name.strip()
        session.flush()
        told = {"scopes": " ".join(sorted(scopes)), "until": row.expires_at.date().isoformat()}
        audit.note(session, "token.made", now, by=viewer, about=f"token:{row.id}", detail=told)
    return token


def keep(
    session: Session, token: str, scopes: Collection[str], now: datetime, until: datetime, *,
    partner: int | None = None, account: int | None = None,
) -> AccessToken:  # fmt: skip
    """Keep a token by its hash; tokens past their time go. Part of the caller's transaction."""
    session.execute(sa.delete(AccessToken).where(AccessToken.expires_at < now - timedelta(days=30)))
    row = AccessToken(token_hash=hashed(token), partner=partner, account=account, name="", scopes=" ".join(scopes))
    row.created_at, row.expires_at, row.revoked_at, row.last_used_on = now, until, None, None
    session.add(row)
    return row


@dataclass(frozen=True, slots=True)
class OfPartner:
    """A partner's token, in force or not."""

    id: int
    partner: int
    scopes: str
    created_at: datetime
    expires_at: datetime


def of_partner(token: str) -> OfPartner | None:
    """The partner's token with this text; None for strangers' and personal ones."""
    known = sa.select(AccessToken).where(AccessToken.token_hash == hashed(token), AccessToken.partner.is_not(None))
    row = reading().scalar(known)
    if row is None or row.partner is None:
        return None
    return OfPartner(row.id, row.partner, row.scopes, row.created_at, row.expires_at)


def give(partner: int, token: str, scopes: Collection[str], now: datetime, until: datetime) -> None:
    """Keep a token that a partner is given. A transaction of its own."""
    with transaction() as session:
        keep(session, token, scopes, now, until, partner=partner)


def end(number: int, now: datetime) -> None:
    """End a token, if it is in force. A transaction of its own."""
    alive = sa.and_(AccessToken.id == number, AccessToken.revoked_at.is_(None))
    with transaction() as session:
        session.execute(sa.update(AccessToken).where(alive).values(revoked_at=now))


def own(account: int, now: datetime) -> list[Own]:
    """The personal tokens of an account that are in force, newest first."""
    return [
        Own(row.id, row.name, row.scopes.split(), row.created_at, row.expires_at, row.last_used_on)
        for row in reversed(_own(reading(), account, now))
    ]


def revoke(viewer: Viewer, number: int, now: datetime) -> bool:
    """End a personal token of one's own; False where there is none. A transaction of its own."""
    mine = sa.and_(AccessToken.id == number, AccessToken.account == viewer.account_id, AccessToken.revoked_at.is_(None))
    with transaction() as session:
        ended = sa.update(AccessToken).where(mine).values(revoked_at=now).returning(AccessToken.id)
        if session.scalar(ended) is None:
            return False
        audit.note(session, "token.revoked", now, by=viewer, about=f"token:{number}")
        return True


def bearer(token: str, now: datetime, *, used: bool = True) -> Held:
    """What this token opens now; raises `BadToken`. The day of its use is noted, once a day, where it is `used`."""
    given = {"token": hashed(token), "now": now, "today": _day(now)}
    row = reading().execute(_in_force(), given).one_or_none()
    if row is None:
        raise BadToken
    number, scopes, partner, last, role, granted = row
    if used and (last is None or last < _day(now)):
        _used(number, now)
    # What its owner may do now counts, not what was so when the token was made.
    may = set((granted or "").split()) if partner is not None else set(allowed(_role(role)))
    level = "network" if partner is not None or (role and LEVEL_OF[_role(role)] != "public") else "public"
    return Held(number, frozenset(set(scopes.split()) & may), partner, level)


def hashed(token: str) -> str:
    """A token is 256 random bits: a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _in_force() -> sa.Select[int, str, int | None, date | None, str | None, str | None]:
    """The token ``token`` if it is in force at ``now``, built once: every request of a program asks this."""
    alive = (AccessToken.revoked_at.is_(None), AccessToken.expires_at > sa.bindparam("now", type_=UTCDateTime()))
    lasting = Partner.ends_on >= sa.bindparam("today", type_=sa.Date())
    of_partner = sa.and_(Partner.ended_at.is_(None), lasting)
    return (
        sa.select(
            AccessToken.id, AccessToken.scopes, AccessToken.partner, AccessToken.last_used_on, Account.role,
            Partner.scopes,
        )
        .outerjoin(Account, Account.id == AccessToken.account)
        .outerjoin(Partner, Partner.id == AccessToken.partner)
        .where(AccessToken.token_hash == sa.bindparam("token", type_=sa.String()), *alive)
        .where(sa.or_(of_partner, Account.active.is_(True)))
    )  # fmt: skip


def _own(session: Session, account: int, now: datetime) -> Sequence[AccessToken]:
    alive = (AccessToken.account == account, AccessToken.revoked_at.is_(None), AccessToken.expires_at > now)
    return session.scalars(sa.select(AccessToken).where(*alive).order_by(AccessToken.id)).all()


def _used(number: int, now: datetime) -> None:
    if not in_transaction():
        with transaction() as session:
            session.execute(sa.update(AccessToken).where(AccessToken.id == number).values(last_used_on=_day(now)))


def _role(text: str | None) -> Role:
    return next(role for role in ROLES if role == text)


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()
