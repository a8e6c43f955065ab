"""Sign-ins: opened with a password, known by a random token, listed and ended by their owner."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import UTCDateTime, in_transaction, reading, transaction
from hubnode.people import factors, passwords, pending, throttle
from hubnode.people.errors import WrongPassword
from hubnode.people.models import Account, SignIn
from hubnode.people.pending import Half, SecondFactorNeeded
from hubnode.people.viewer import ANONYMOUS, LEVEL_OF, ROLES, Viewer

TOKEN_BYTES = 32
SHORT = timedelta(hours=12)
"""How long a sign-in lasts when the person did not ask to stay signed in."""


@dataclass(frozen=True, slots=True)
class Device:
    """One sign-in as its owner sees it."""

    id: int
    label: str
    created_at: datetime
    expires_at: datetime
    last_used_on: date
    here: bool
    how: str = "password"
    """What was shown: ``password``, ``passkey``, ``provider``; with ``+totp`` and the like after a second step."""


def cookie_name(base_url: str, what: str = "sitzung") -> str:
    """Name of the cookie that carries the token, or of another one of this node.

    Cookies ignore ports, so each node has names of its own; with HTTPS the prefix keeps other hosts from setting them.
    """
    parts = urlsplit(base_url)
    own = str(parts.port) if parts.port else hashlib.sha256((parts.hostname or "").encode()).hexdigest()[:8]
    return f"{'__Host-' if parts.scheme == 'https' else ''}{what}_{own}"


def open(
    email: str,
    password: str,
    *,
    address: str,
    device: str,
    secret: str,
    lasting: timedelta,
    now: datetime,
    demanded: Collection[str] = (),
) -> str:
    """Sign in and return the new token; raises `WrongPassword` or `Throttled`. Transactions of its own.

    Raises `SecondFactorNeeded` where the password was right and the account has a second factor, or its role is among
    those of which one is `demanded`. `address` is where the request came from (for the throttle only), `secret` the
    key of the throttle's hashes. An unknown address, a deactivated account and a wrong password give the same answer
    in the same time, and nothing tells of factors before the password was right.
    """
    email = email.strip().lower()
    account_key, address_key = throttle.account_key(email, secret), throttle.address_key(address, secret)
    with transaction() as session:
        throttle.take(session, (account_key, address_key), now)
    account = reading().scalar(sa.select(Account).where(Account.email == email))
    seen = account.password_hash if account is not None and account.active else None
    if not passwords.matches(seen, password) or account is None or seen is None:
        raise WrongPassword
    account_id = account.id
    better = passwords.hashed(password) if passwords.outdated(seen) else seen
    with transaction() as session:
        # The hash was checked outside the transaction: it must still be the one in force.
        kept = session.scalar(
            sa.update(Account)
            .where(Account.id == account_id, Account.active.is_(True), Account.password_hash == seen)
            .values(password_hash=better)
            .returning(Account.id)
        )
        if kept is None:
            raise WrongPassword
        throttle.forgive(session, account_key)
        throttle.give_back(session, address_key, now)
        entered = enter(session, account_id, how="password", device=device, lasting=lasting, now=now, demanded=demanded)
    if isinstance(entered, Half):
        raise SecondFactorNeeded(entered)
    return entered


def enter(
    session: Session,
    account_id: int,
    *,
    how: str,
    device: str,
    lasting: timedelta,
    now: datetime,
    demanded: Collection[str],
) -> str | Half:
    """The token of a new sign-in, or half of one where a second factor is missing. Part of the caller's transaction.

    `how` is what the person has shown so far: ``password``, or ``provider`` and ``provider+mfa`` of an outside provider
    (see `factors.satisfied_by`).
    """
    role = session.scalar(sa.select(Account.role).where(Account.id == account_id)) or ""
    step = factors.missing(session, account_id, role, demanded, how)
    if step is None:
        return begin(session, account_id, how=how, device=device, lasting=lasting, now=now)
    return pending.put(session, account_id, step, how, device, lasting, now)


def begin(session: Session, account_id: int, *, how: str, device: str, lasting: timedelta, now: datetime) -> str:
    """The token of a new sign-in of somebody who has shown all that is asked for; rows past their time go.

    Part of the caller's transaction.
    """
    session.execute(sa.delete(SignIn).where(SignIn.expires_at < now))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        SignIn(
            token_hash=_hash(token),
            account_id=account_id,
            device=device[:60],
            created_at=now,
            expires_at=now + lasting,
            last_used_on=_day(now),
            revoked_at=None,
            how=how,
        )
    )
    return token


def shown_too(token: str | None, used: str, now: datetime) -> None:
    """Note that the person of this sign-in has shown a second factor as well. A transaction of its own."""
    with transaction() as session:
        row = session.scalar(sa.select(SignIn).where(held_by(token, now)))
        if row is not None and not factors.strong(row.how):
            row.how = f"{row.how}+{used}"


def viewer_of(token: str | None, now: datetime, demanded: Collection[str] = ()) -> Viewer:
    """Who holds this token; `ANONYMOUS` for an unknown, ended or expired one, or that of a deactivated account.

    `ANONYMOUS` too for a sign-in without second factor where the role is among those of which one is `demanded`: the
    rule may be younger than the sign-in.
    """
    if not token:
        return ANONYMOUS
    row = reading().execute(_in_force(), {"token": _hash(token), "now": now}).one_or_none()
    if row is None:
        return ANONYMOUS
    sign_in_id, used, how, account_id, name, role = row
    if role in demanded and not factors.strong(how):
        return ANONYMOUS
    if used < _day(now) and not in_transaction():
        with transaction() as session:
            session.execute(sa.update(SignIn).where(SignIn.id == sign_in_id).values(last_used_on=_day(now)))
    known = next(one for one in ROLES if one == role)
    return Viewer(LEVEL_OF[known], known, account_id, name)


@cache
def _in_force() -> sa.Select[int, date, str, int, str, str]:
    """The sign-in of ``token`` if it is in force at ``now``, built once: every request of a person asks this."""
    alive = (SignIn.revoked_at.is_(None), SignIn.expires_at > sa.bindparam("now", type_=UTCDateTime()))
    return (
        sa.select(SignIn.id, SignIn.last_used_on, SignIn.how, Account.id, Account.name, Account.role)
        .join(Account, Account.id == SignIn.account_id)
        .where(SignIn.token_hash == sa.bindparam("token", type_=sa.String()), *alive, Account.active.is_(True))
    )


def number(token: str | None, now: datetime) -> int | None:
    """Which sign-in this token is of, if it is in force."""
    return reading().scalar(sa.select(SignIn.id).where(held_by(token, now))) if token else None


def devices(account_id: int, token: str | None, now: datetime) -> list[Device]:
    """The sign-ins of an account that are in force, newest first; the one of `token` is marked."""
    rows = reading().scalars(
        sa.select(SignIn)
        .where(SignIn.account_id == account_id, _alive(now))
        .order_by(SignIn.created_at.desc(), SignIn.id.desc())
    )
    own = _hash(token) if token else ""
    return [
        Device(row.id, row.device, row.created_at, row.expires_at, row.last_used_on, row.token_hash == own, row.how)
        for row in rows
    ]


def close(token: str | None, now: datetime) -> None:
    """End the sign-in of this token, if there is one. A transaction of its own."""
    if not token:
        return
    with transaction() as session:
        session.execute(sa.update(SignIn).where(SignIn.token_hash == _hash(token), _alive(now)).values(revoked_at=now))


def revoke(account_id: int, sign_in_id: int, now: datetime) -> bool:
    """End one sign-in of this account; False if it has none with this number. A transaction of its own."""
    with transaction() as session:
        ended = session.scalar(
            sa.update(SignIn)
            .where(SignIn.id == sign_in_id, SignIn.account_id == account_id, _alive(now))
            .values(revoked_at=now)
            .returning(SignIn.id)
        )
        return ended is not None


def revoke_all(account_id: int, now: datetime) -> None:
    """End every sign-in of this account. A transaction of its own."""
    with transaction() as session:
        end_all(session, account_id, now)


def end_all(session: Session, account_id: int, now: datetime, *, but: str | None = None) -> None:
    """End the sign-ins of an account, all or all but one, and those half done. Part of the caller's transaction."""
    wanted = sa.update(SignIn).where(SignIn.account_id == account_id, _alive(now))
    if but:
        wanted = wanted.where(SignIn.token_hash != _hash(but))
    session.execute(wanted.values(revoked_at=now))
    pending.drop(session, account_id)


# Order matters: browsers name their ancestors and rivals too.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Macintosh", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def device_label(user_agent: str) -> str:
    """Browser and system in two words, such as ``Firefox, Windows``; versions are not kept."""
    found = [next((name for mark, name in table if re.search(mark, user_agent)), "") for table in (_BROWSERS, _SYSTEMS)]
    return ", ".join(part for part in found if part)


def held_by(token: str | None, now: datetime) -> sa.ColumnElement[bool]:
    """The condition for the one sign-in of this token, if it is in force."""
    return sa.and_(SignIn.token_hash == _hash(token or ""), _alive(now))


def _alive(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(SignIn.revoked_at.is_(None), SignIn.expires_at > now)


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()


def _hash(token: str) -> str:
    """A token is 256 random bits: a plain hash is enough to keep a stolen database from signing in."""
    return hashlib.sha256(token.encode()).hexdigest()
