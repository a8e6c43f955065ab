"""What happened to somebody's factors: noted for the operator, and told to the person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from hubnode.mail import outbox
from hubnode.mail.rendering import Letter, moment
from hubnode.people import audit
from hubnode.people.models import Account
from hubnode.people.viewer import ROLES

PLACE = "/konto/zweiter-faktor"


@dataclass(frozen=True, slots=True)
class _Self:
    """The person of the account, as the trail names who acted."""

    by: str
    account_id: int


def noted(session: Session, act: str, account_id: int, by: str, now: datetime) -> None:
    """Keep what was done to an account, and write to its person; part of the caller's transaction.

    `by` is the role of the person, or ``operator`` and how proofs name an administrator.
    """
    who = _Self(by, account_id) if by in ROLES else by
    audit.note(session, act, now, by=who, about=f"account:{account_id}")
    account = session.get_one(Account, account_id)
    told = {"link": PLACE, "at": moment(now, account.language)}
    outbox.put(session, Letter(account.email, account.language, act.replace(".", "-"), told), now)
