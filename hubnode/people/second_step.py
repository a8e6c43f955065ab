"""The second step of signing in: a code, a passkey, or the enrolment that the role demands."""

from __future__ import annotations

from datetime import datetime, timedelta

from hubnode.db import reading, transaction
from hubnode.people import factors, pending, sessions, throttle
from hubnode.people.errors import StepOver, WrongPasskey
from hubnode.people.passkeys import Shown


def with_code(half: str | None, code: str, now: datetime, *, address: str, secret: str) -> str:
    """The token of the sign-in completed by a code of the app or a recovery code. Transactions of its own.

    Raises `StepOver`, `WrongCode` (the step stays open) or `Throttled`: tries are counted apart from the password's,
    since who is here knows that one.
    """
    waiting = _waiting(half, now, "factor")
    account_key = throttle.factor_key(waiting.account_id, secret)
    address_key = throttle.address_key(address, secret)
    with transaction() as session:
        throttle.take(session, (account_key, address_key), now)
    with transaction() as session:
        taken = pending.take(session, half, now)
        used = factors.use_code(session, taken.account_id, taken.role, code, now, secret)
        throttle.forgive(session, account_key)
        throttle.give_back(session, address_key, now)
        return sessions.begin(
            session, taken.account_id, how=f"{taken.how}+{used}", device=taken.device, lasting=taken.lasting, now=now
        )


def with_passkey(half: str | None, shown: Shown, now: datetime) -> str:
    """The token of the sign-in completed by a passkey of the same person; raises `StepOver` or `WrongPasskey`.

    A transaction of its own.
    """
    with transaction() as session:
        taken = pending.take(session, half, now)
        if taken.step != "factor" or taken.account_id != shown.account_id:
            raise WrongPasskey("another account")
        return sessions.begin(
            session, taken.account_id, how=f"{taken.how}+passkey", device=taken.device, lasting=taken.lasting, now=now
        )


def without_password(shown: Shown, *, device: str, lasting: timedelta, now: datetime) -> str:
    """The token of a sign-in by passkey alone, which is two factors in one. A transaction of its own."""
    with transaction() as session:
        return sessions.begin(session, shown.account_id, how="passkey", device=device, lasting=lasting, now=now)


def enrolled(half: str | None, used: str, now: datetime) -> str:
    """The token of the sign-in of somebody who had to enrol a factor first, and has; raises `StepOver`.

    A transaction of its own.
    """
    with transaction() as session:
        taken = pending.take(session, half, now)
        if taken.step != "enrol" or not factors.enrolled(session, taken.account_id).any:
            raise StepOver
        return sessions.begin(
            session, taken.account_id, how=f"{taken.how}+{used}", device=taken.device, lasting=taken.lasting, now=now
        )


def offered(half: str | None, now: datetime) -> factors.Enrolled:
    """With what a sign-in half done can be completed; raises `StepOver`."""
    return factors.enrolled(reading(), _waiting(half, now, "factor").account_id)


def _waiting(half: str | None, now: datetime, step: factors.Step) -> pending.Pending:
    found = pending.of(half, now)
    if found.step != step:
        raise StepOver
    return found
