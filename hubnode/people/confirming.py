"""Fresh confirmation: whoever changes something weighty shows once more to be the person of this sign-in.

What comes out is a value that the next step asks for. It is kept with the sign-in for ten minutes, so that nobody types
the password five times in a row; what can't be taken back by anybody, such as keys, asks anew each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.people import accounts, factors, passkeys, pending, sessions, throttle
from hubnode.people.errors import NotAdministrator, SignedOut, StepOver
from hubnode.people.models import Account, SignIn
from hubnode.people.passkeys import Site
from hubnode.people.viewer import ROLES, Role

FRESH = timedelta(minutes=10)
"""How long a confirmation is good for, in the sign-in that it was made in and in no other."""


@dataclass(frozen=True, slots=True)
class Oneself:
    """Proof that the person of this account has just confirmed; `confirm`, `recent` and `by_half` make it."""

    account_id: int
    role: Role


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Proof that an administrator has just confirmed, or holds the machine; `as_administrator` makes it."""

    by: str
    """Name for the list of events: the role, never the person."""
    account_id: int | None = None
    """For the audit trail alone: the account, where it was one."""


OPERATOR_CONFIRMED = Confirmed("Betrieb")
"""Whoever holds the machine has nothing to prove."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a person hands in to confirm: a passkey's answer, or the password with the code where there is a factor."""

    password: str = ""
    code: str = ""
    passkey: str = ""


def confirm(token: str | None, given: Given, now: datetime, *, secret: str, site: Site) -> Oneself:
    """Proof from what was handed in; the sign-in of `token` remembers it for ten minutes. Transactions of its own.

    Raises `SignedOut` where the token holds no sign-in, else `WrongPassword`, `WrongCode` (where the account has a
    second factor; only after a right password), `WrongPasskey` or `Throttled`.
    """
    sign_in_id, account_id, role = _holder(token, now)
    if given.passkey:
        passkeys.prove(site, given.passkey, "confirm", account_id, now)
        by = "passkey"
    else:
        accounts.check_password(account_id, given.password, now, secret)
        by = _check_code(account_id, role, given.code, now, secret)
    with transaction() as session:
        noted = sa.update(SignIn).where(SignIn.id == sign_in_id).values(confirmed_at=now, confirmed_by=by)
        session.execute(noted)
    return Oneself(account_id, role)


def by_half(half: str | None, now: datetime) -> Oneself:
    """Proof of somebody who has shown the password a moment ago and must enrol a factor; raises `StepOver`."""
    found = pending.of(half, now)
    if found.step != "enrol":
        raise StepOver
    return Oneself(found.account_id, _role(found.role))


def recent(token: str | None, now: datetime) -> Oneself | None:
    """Proof from a confirmation of less than ten minutes ago in this very sign-in; None where there is none."""
    try:
        sign_in_id, account_id, role = _holder(token, now)
    except SignedOut:
        return None
    at = reading().scalar(sa.select(SignIn.confirmed_at).where(SignIn.id == sign_in_id))
    return Oneself(account_id, role) if at is not None and at <= now < at + FRESH else None


def as_administrator(proof: Oneself) -> Confirmed:
    """What deeds of administration ask for; raises `NotAdministrator` for everybody else."""
    if proof.role != "admin":
        raise NotAdministrator
    return Confirmed("Verwaltung", proof.account_id)


def _holder(token: str | None, now: datetime) -> tuple[int, int, Role]:
    """Number of the sign-in, number and role of the account that a token stands for; raises `SignedOut`."""
    found = (
        reading()
        .execute(
            sa.select(SignIn.id, Account.id, Account.role)
            .join(Account, Account.id == SignIn.account_id)
            .where(sessions.held_by(token, now), Account.active.is_(True))
        )
        .one_or_none()
    )
    if found is None:
        raise SignedOut
    sign_in_id, account_id, role = found
    return sign_in_id, account_id, _role(role)


def _check_code(account_id: int, role: str, code: str, now: datetime, secret: str) -> str:
    """By what was confirmed, where the password was right; raises `WrongCode` or `Throttled`."""
    if not factors.enrolled(reading(), account_id).any:
        return "password"
    key = throttle.factor_key(account_id, secret)
    with transaction() as session:
        throttle.take(session, (key,), now)
    with transaction() as session:
        used = factors.use_code(session, account_id, role, code, now, secret)
        throttle.forgive(session, key)
    return f"password+{used}"


def _role(role: str) -> Role:
    return next(known for known in ROLES if known == role)
