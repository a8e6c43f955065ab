"""What administrators do with accounts; each deed asks for the proof that one of them has just confirmed."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import transaction
from hubnode.people import audit, feed_keys, links, sessions, tokens
from hubnode.people.confirming import Confirmed
from hubnode.people.errors import BadAccount, LastAdministrator, UnknownAccount
from hubnode.people.models import Account
from hubnode.people.viewer import ROLES


def set_role(proof: Confirmed, account_id: int, role: str, now: datetime) -> None:
    """Give an account another role; all its sign-ins end, so that nothing goes on under the old one.

    Raises `BadAccount`, `UnknownAccount` or `LastAdministrator`. A transaction of its own.
    """
    if role not in ROLES:
        raise BadAccount("role", f"the role must be one of {', '.join(ROLES)}")
    with transaction() as session:
        row = _row(session, account_id)
        before = row.role
        if before == role:
            return
        refuse_last(session, account_id)
        row.role = role
        sessions.end_all(session, account_id, now)
        if feed_keys.SCOPE not in tokens.allowed(next(one for one in ROLES if one == role)):
            feed_keys.end_of_account(session, account_id, now, proof)
        told = {"before": before, "after": role}
        audit.note(session, "account.role", now, by=proof, about=f"account:{account_id}", detail=told)


def deactivate(proof: Confirmed, account_id: int, now: datetime) -> None:
    """End all sign-ins, links and feed keys of an account and take no new ones, until it is reactivated.

    Raises `UnknownAccount` or `LastAdministrator`. A transaction of its own.
    """
    with transaction() as session:
        row = _row(session, account_id)
        if not row.active:
            return
        refuse_last(session, account_id)
        row.active = False
        sessions.end_all(session, account_id, now)
        links.end(session, account_id)
        feed_keys.end_of_account(session, account_id, now, proof)
        audit.note(session, "account.deactivated", now, by=proof, about=f"account:{account_id}")


def reactivate(proof: Confirmed, account_id: int, now: datetime) -> None:
    """Let an account sign in again, with the password and role of before; raises `UnknownAccount`."""
    with transaction() as session:
        row = _row(session, account_id)
        if not row.active:
            row.active = True
            audit.note(session, "account.reactivated", now, by=proof, about=f"account:{account_id}")


def end_sessions(proof: Confirmed, account_id: int, now: datetime) -> None:
    """End all sign-ins of an account; raises `UnknownAccount`. A transaction of its own."""
    with transaction() as session:
        _row(session, account_id)
        sessions.end_all(session, account_id, now)
        audit.note(session, "sign_in.ended", now, by=proof, about=f"account:{account_id}")


def refuse_last(session: Session, account_id: int) -> None:
    """Raise `LastAdministrator` for the only active administrator there is. Part of the caller's transaction.

    The rows stay locked to its end: of two administrators who demote each other at once, one is refused.
    """
    chosen = sa.select(Account.id).where(Account.role == "admin", Account.active.is_(True)).order_by(Account.id)
    if set(session.scalars(chosen.with_for_update())) == {account_id}:
        raise LastAdministrator


def _row(session: Session, account_id: int) -> Account:
    row = session.get(Account, account_id)
    if row is None:
        raise UnknownAccount(f"there is no account {account_id}")
    return row
