"""Threads of questions as pages show them, each with what is known to have happened to it, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from hubnode.db import reading
from hubnode.network import experts, questions
from hubnode.network.questions_models import Question, QuestionMessage
from hubnode.people.viewer import Viewer
from hubnode.records import log

Standing = Literal["open", "waiting", "delivered", "undelivered", "answered", "closed"]
MOST = 200
"""Threads in one list."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a thread."""

    by_asker: bool
    signed_as: str
    origin: str
    """The hub in which it was written."""
    text: str
    at: datetime
    sent: bool
    """Whether it went from here to another hub."""
    state: str
    state_at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class Thread:
    """One thread, to somebody who may see it."""

    id: str
    record: str
    """Global id of the record that it is about."""
    subject: str
    asker: str
    """Origin of the hub that asks."""
    expert: str
    """Origin of the hub that is asked."""
    asked_here: bool
    mine: bool
    """Whether this person has asked."""
    may_answer: bool
    looked_after: bool
    """Whether this person may close and delete it."""
    closed: bool
    standing: Standing
    since: datetime
    created_at: datetime
    messages: Sequence[Message]


def thread(viewer: Viewer, id: str) -> Thread:
    """One thread with its messages; raises `NotFound` for who may not see it."""
    return _view(viewer, questions.seen(reading(), viewer, id))


def asked_by(viewer: Viewer) -> list[Thread]:
    """What this person has asked, last changed first."""
    if viewer.visitor_id is not None:
        return _views(viewer, Question.visitor == viewer.visitor_id)
    return _views(viewer, Question.asker == viewer.account_id) if viewer.account_id is not None else []


def to_answer(viewer: Viewer) -> list[Thread]:
    """What this hub was asked, for those who answer, unanswered first, the longest waiting of them first."""
    if not viewer.may_publish:
        return []
    found = _views(viewer, sa.or_(~Question.asked_here, Question.peer.is_(None)))
    unanswered = sorted((one for one in found if one.standing == "open"), key=lambda one: one.since)
    return unanswered + [one for one in found if one.standing != "open"]


def to_me(viewer: Viewer) -> list[Thread]:
    """What was asked about the own profile, unanswered first; those who coordinate find it among all others."""
    if viewer.may_publish or viewer.account_id is None:
        return []
    found = _views(viewer, experts.about(viewer))
    return sorted(found, key=lambda one: one.standing != "open")


def asked_from_here(viewer: Viewer) -> list[Thread]:
    """What others of this hub have asked other hubs, for those who coordinate it, last changed first."""
    if not viewer.may_publish:
        return []
    others = sa.or_(Question.asker.is_(None), Question.asker != viewer.account_id)
    return _views(viewer, Question.asked_here.is_(True), Question.peer.is_not(None), others)


def unanswered(viewer: Viewer) -> int:
    """How many questions wait for an answer of this hub; 0 for who does not answer."""
    if not viewer.may_publish:
        return 0
    waiting = (Question.state == "open", sa.or_(~Question.asked_here, Question.peer.is_(None)))
    return reading().scalar(sa.select(sa.func.count()).select_from(Question).where(*waiting)) or 0


def _views(viewer: Viewer, *which: sa.ColumnElement[bool]) -> list[Thread]:
    chosen = sa.select(Question).where(*which).order_by(Question.changed_at.desc(), Question.id)
    return [_view(viewer, held) for held in reading().scalars(chosen.limit(MOST))]


def _view(viewer: Viewer, held: Question) -> Thread:
    session = reading()
    chosen = sa.select(QuestionMessage).where(QuestionMessage.question == held.id)
    rows = session.scalars(chosen.order_by(QuestionMessage.number)).all()
    ours = log.own(session).origin
    asker = held.home or (ours if held.asked_here else held.peer or ours)
    expert = held.peer or ours if held.asked_here else ours
    standing, since = _standing(held, rows)
    return Thread(
        id=held.id,
        record=held.record,
        subject=held.subject,
        asker=asker,
        expert=expert,
        asked_here=held.asked_here,
        mine=questions.is_asker(viewer, held),
        may_answer=questions.may_answer(session, viewer, held),
        looked_after=questions.looks_after(viewer, held),
        closed=held.state == "closed",
        standing=standing,
        since=since,
        created_at=held.created_at,
        messages=[_message(row, asker if row.by_asker else expert) for row in rows],
    )


def _message(row: QuestionMessage, origin: str) -> Message:
    return Message(
        by_asker=row.by_asker,
        signed_as=row.signed_as,
        origin=origin,
        text=row.text,
        at=row.at,
        sent=row.state in ("waiting", "delivered", "undelivered"),
        state=row.state,
        state_at=row.state_at,
        reason=row.reason,
    )


def _standing(held: Question, rows: Sequence[QuestionMessage]) -> tuple[Standing, datetime]:
    """What is known of a thread: nothing is called delivered or answered that has not arrived."""
    if held.state == "closed" or not rows:
        return "closed", held.changed_at
    last = rows[-1]
    if last.state == "undelivered":
        return "undelivered", last.state_at
    if last.state == "waiting":
        return "waiting", last.state_at
    if not last.by_asker:
        return "answered", last.state_at
    if held.asked_here and held.peer is not None:
        return "delivered", last.state_at
    return "open", last.state_at
