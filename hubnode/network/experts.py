"""Whoever a profile belongs to answers the questions about it; those who coordinate the hub may as well."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.mail import outbox
from hubnode.mail.rendering import Letter
from hubnode.network.questions_models import Question
from hubnode.people.models import Account
from hubnode.people.viewer import Viewer
from hubnode.records.models import Record
from hubnode.records.profile_models import Profile

TEMPLATE = "question-asked"


def is_asked(session: Session, viewer: Viewer, held: Question) -> bool:
    """Whether a question that this hub was asked is about the profile of this person."""
    if viewer.account_id is None or not _asked_here(held):
        return False
    return held.record in session.scalars(_profiles(viewer.account_id)).all()


def about(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The condition for questions about the profile of this person."""
    return sa.and_(
        Question.record.in_(_profiles(viewer.account_id or 0)), sa.or_(~Question.asked_here, Question.peer.is_(None))
    )


def tell(session: Session, held: Question, now: datetime) -> None:
    """Write to the person that there is a question, not what it says; part of the caller's transaction.

    Nobody is told of a question of one's own.
    """
    if not _asked_here(held):
        return
    chosen = (
        sa.select(Account)
        .join(Profile, _belongs())
        .join(Record, Record.id == Profile.record)
        .where(_uri() == held.record, Record.own, Account.active)
    )
    account = session.scalar(chosen)
    if account is None or account.id == held.asker:
        return
    values = {"link": f"/fragen/{held.id}"}
    outbox.put(session, Letter(account.email, account.language, TEMPLATE, values), now)


def _asked_here(held: Question) -> bool:
    return held.peer is None or not held.asked_here


def _profiles(account_id: int) -> sa.Select[str]:
    """The global ids of the published profiles that belong to an account."""
    own = (Account.id == account_id, Record.own, Record.state == "published")
    joined = sa.select(_uri()).join(Profile, Profile.record == Record.id).join(Account, _belongs())
    return joined.where(*own)


def _belongs() -> sa.ColumnElement[bool]:
    """Whose a profile is, as `profiles.by_account` has it: one without an account belongs to the address it went to."""
    by_address = sa.and_(Profile.account.is_(None), Profile.email == Account.email)
    return sa.or_(Profile.account == Account.id, by_address)


def _uri() -> sa.ColumnElement[str]:
    return Record.origin + "/r/" + Record.rec
