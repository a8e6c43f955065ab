"""Sign-ins half done: the password was right, the second factor is missing. They open nothing by themselves."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import reading
from hubnode.people.errors import PeopleError, StepOver
from hubnode.people.factor_models import SignInStep
from hubnode.people.factors import Step
from hubnode.people.models import Account

FOR = {"factor": timedelta(minutes=5), "enrol": timedelta(minutes=20)}
"""How long the second step may take: to look at a phone, or to install an app on it first."""


@dataclass(frozen=True, slots=True)
class Half:
    """A sign-in half done, as the browser holds it."""

    token: str
    step: Step


class SecondFactorNeeded(PeopleError):
    """The password was right; `half` is what the second step asks for."""

    def __init__(self, half: Half) -> None:
        super().__init__("a second factor is needed")
        self.half = half


@dataclass(frozen=True, slots=True)
class Pending:
    """Whose it is and how it goes on."""

    account_id: int
    role: str
    step: Step
    how: str
    device: str
    lasting: timedelta


def put(
    session: Session, account_id: int, step: Step, how: str, device: str, lasting: timedelta, now: datetime
) -> Half:
    """A new one; those past their time go. Part of the caller's transaction."""
    session.execute(sa.delete(SignInStep).where(SignInStep.until < now))
    half = Half(secrets.token_urlsafe(32), step)
    session.add(
        SignInStep(
            token_hash=_hash(half.token),
            account_id=account_id,
            step=step,
            how=how,
            device=device[:60],
            lasting_s=int(lasting.total_seconds()),
            until=now + FOR[step],
        )
    )
    return half


def of(token: str | None, now: datetime) -> Pending:
    """The one of this token; raises `StepOver` where there is none or its time is over."""
    return _of(reading(), token, now)


def take(session: Session, token: str | None, now: datetime) -> Pending:
    """The one of this token, which nobody can take again; raises `StepOver`. Part of the caller's transaction."""
    found = _of(session, token, now)
    gone = sa.delete(SignInStep).where(SignInStep.token_hash == _hash(token or ""))
    if session.scalar(gone.returning(SignInStep.account_id)) is None:
        raise StepOver
    return found


def drop(session: Session, account_id: int) -> None:
    """End all of an account. Part of the caller's transaction."""
    session.execute(sa.delete(SignInStep).where(SignInStep.account_id == account_id))


def _of(session: Session, token: str | None, now: datetime) -> Pending:
    row = session.execute(
        sa.select(SignInStep, Account.role)
        .join(Account, Account.id == SignInStep.account_id)
        .where(SignInStep.token_hash == _hash(token or ""), SignInStep.until > now, Account.active.is_(True))
    ).one_or_none()
    if row is None:
        raise StepOver
    kept, role = row
    step: Step = "enrol" if kept.step == "enrol" else "factor"
    return Pending(kept.account_id, role, step, kept.how, kept.device, timedelta(seconds=kept.lasting_s))


def _hash(token: str) -> str:
    return hashlib.sha256(f"step\0{token}".encode()).hexdigest()
