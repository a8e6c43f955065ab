"""Getting and giving up second factors; each step asks for the proof that it is the person who does it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hubnode.db import reading, transaction
from hubnode.people import factors, recovery, sessions, totp
from hubnode.people.confirming import Confirmed, Oneself
from hubnode.people.errors import NothingOffered, UnknownAccount, WrongCode, WrongPasskey
from hubnode.people.factor_models import Passkey, Totp
from hubnode.people.factors import Enrolled
from hubnode.people.models import Account
from hubnode.people.noting import noted
from hubnode.people.passkeys import Made

OFFERED_FOR = timedelta(hours=1)
"""How long the secret of an app waits for its first code."""
UNUSED = -1
"""No time step was used yet."""


@dataclass(frozen=True, slots=True)
class Named:
    """A passkey as its owner sees it."""

    id: int
    name: str
    created_at: datetime
    last_used_on: date | None


def offer_app(proof: Oneself, now: datetime, secret: str) -> None:
    """Make the secret of a new app. A transaction of its own.

    It counts once `confirm_app` has seen a code of it; an older app stays until then.
    """
    sealed = totp.sealed(proof.account_id, totp.new_secret(), secret)
    with transaction() as session:
        row = session.get(Totp, proof.account_id)
        if row is None:
            row = Totp(account_id=proof.account_id, secret=None, step=UNUSED, since=None)
            session.add(row)
        row.offered, row.offered_at = sealed, now


def offered_app(account_id: int, now: datetime, secret: str) -> str:
    """The secret on offer, in base32; raises `NothingOffered`."""
    return _offered(reading(), account_id, now, secret)


def confirm_app(proof: Oneself, code: str, now: datetime, secret: str) -> Sequence[str]:
    """Let the offered app be the one in force, by its first code; answers the recovery codes, if they are the first.

    Raises `NothingOffered` or `WrongCode`. A transaction of its own.
    """
    with transaction() as session:
        plain = _offered(session, proof.account_id, now, secret)
        step = totp.matching_step(plain, code, now, after=UNUSED)
        if step is None:
            raise WrongCode
        row = session.get_one(Totp, proof.account_id)
        row.secret, row.step, row.since = row.offered, step, now
        row.offered = row.offered_at = None
        return _added(session, proof, now)


def remove_app(proof: Oneself, demanded: Collection[str], now: datetime) -> bool:
    """Give the app up; False if there is none. Raises `LastFactor`. A transaction of its own."""
    with transaction() as session:
        gone = sa.delete(Totp).where(Totp.account_id == proof.account_id, Totp.secret.is_not(None))
        return _removed(session, proof, session.scalar(gone.returning(Totp.account_id)), demanded, now)


def add_passkey(proof: Oneself, made: Made, name: str, now: datetime) -> Sequence[str]:
    """Keep a new passkey; answers the recovery codes, if they are the first. A transaction of its own.

    Raises `WrongPasskey` where it was made for somebody else or is known already.
    """
    if made.account_id != proof.account_id:
        raise WrongPasskey("another account")
    try:
        with transaction() as session:
            session.add(
                Passkey(
                    account_id=made.account_id,
                    credential_id=made.credential_id,
                    public_key=made.public_key,
                    handle=made.handle,
                    sign_count=made.sign_count,
                    name=" ".join(name.split())[:60] or "Passkey",
                    created_at=now,
                    last_used_on=None,
                )
            )
            session.flush()
            return _added(session, proof, now)
    except IntegrityError as error:
        raise WrongPasskey("known already") from error


def remove_passkey(proof: Oneself, passkey_id: int, demanded: Collection[str], now: datetime) -> bool:
    """Give an own passkey up; False if there is none with this number. A transaction of its own.

    Raises `LastFactor`.
    """
    with transaction() as session:
        gone = sa.delete(Passkey).where(Passkey.id == passkey_id, Passkey.account_id == proof.account_id)
        return _removed(session, proof, session.scalar(gone.returning(Passkey.id)), demanded, now)


def renew_codes(proof: Oneself, now: datetime) -> Sequence[str]:
    """Ten new recovery codes in place of the old ones, none for somebody without a factor. A transaction of its own."""
    with transaction() as session:
        if not factors.enrolled(session, proof.account_id).any:
            return ()
        noted(session, "factor.codes", proof.account_id, proof.role, now)
        return recovery.issue(session, proof.account_id)


def forget_all(proof: Confirmed, account_id: int, now: datetime) -> None:
    """Take every factor from somebody who has lost them all, and end the sign-ins; raises `UnknownAccount`.

    A transaction of its own.
    """
    with transaction() as session:
        if session.get(Account, account_id) is None:
            raise UnknownAccount(f"there is no account {account_id}")
        factors.remove_all(session, account_id)
        sessions.end_all(session, account_id, now)
        noted(session, "factor.removed", account_id, proof.by, now)


def of(account_id: int) -> Enrolled:
    """The second factors of an account."""
    return factors.enrolled(reading(), account_id)


def passkeys(account_id: int) -> Sequence[Named]:
    """The passkeys of an account, oldest first."""
    wanted = sa.select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.id)
    return [Named(row.id, row.name, row.created_at, row.last_used_on) for row in reading().scalars(wanted)]


def app_since(account_id: int) -> datetime | None:
    """Since when an app is in force."""
    return reading().scalar(sa.select(Totp.since).where(Totp.account_id == account_id, Totp.secret.is_not(None)))


def _offered(session: Session, account_id: int, now: datetime, secret: str) -> str:
    kept = sa.select(Totp.offered).where(Totp.account_id == account_id, Totp.offered_at > now - OFFERED_FOR)
    sealed = session.scalar(kept)
    if sealed is None:
        raise NothingOffered
    return totp.opened(account_id, sealed, secret)


def _added(session: Session, proof: Oneself, now: datetime) -> Sequence[str]:
    noted(session, "factor.added", proof.account_id, proof.role, now)
    return () if recovery.left(session, proof.account_id) else recovery.issue(session, proof.account_id)


def _removed(session: Session, proof: Oneself, gone: int | None, demanded: Collection[str], now: datetime) -> bool:
    if gone is None:
        return False
    factors.settle(session, proof.account_id, proof.role, demanded)
    noted(session, "factor.removed", proof.account_id, proof.role, now)
    return True
