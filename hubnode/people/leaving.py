"""The end of an account at the wish of its person (GDPR Art. 17)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import reading, transaction
from hubnode.people import administering, audit
from hubnode.people.confirming import Oneself
from hubnode.people.errors import LastAdministrator
from hubnode.people.models import Account

__all__ = ["LastAdministrator"]
Ending = Callable[[Session, int, datetime], None]
_ENDINGS: list[Ending] = []


def ends_with_account(ending: Ending) -> Ending:
    """Register what a room does in the transaction that deletes an account, before it is deleted."""
    _ENDINGS.append(ending)
    return ending


def is_last(proof: Oneself) -> bool:
    """Whether nobody else could look after this hub."""
    return proof.role == "admin" and reading().scalar(_others(proof.account_id)) is None


def erase_account(proof: Oneself, now: datetime) -> None:
    """Delete the account with its sign-ins, factors and searches; its questions stay without a name.

    What it has registered for is cancelled. A transaction of its own. Raises `LastAdministrator`.
    """
    with transaction() as session:
        administering.refuse_last(session, proof.account_id)
        for ending in _ENDINGS:
            ending(session, proof.account_id, now)
        session.execute(sa.delete(Account).where(Account.id == proof.account_id))
        audit.note(session, "account.erased", now, by=proof.role, about=f"account:{proof.account_id}")


def _others(account_id: int) -> sa.Select[int]:
    there = (Account.role == "admin", Account.active.is_(True), Account.id != account_id)
    return sa.select(Account.id).where(*there).limit(1)
