"""Questions as letters: the shape of each kind, what a hub does when one comes, and what its sender learns."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from marshmallow import RAISE, Schema, ValidationError, fields
from sqlalchemy.orm import Session
from ulid import ULID

from federation.letters import Letter, is_letter_id
from hubnode.network import events, experts, questions
from hubnode.network.letters import Kind, LetterRefused, Outcome
from hubnode.network.questions_models import Question, QuestionMessage
from hubnode.people.viewer import Viewer
from hubnode.records import reading
from hubnode.records.kinds.text import flaw

MOST_THREADS = 1000
"""Threads of one hub that are kept at the same time."""
MOST_MESSAGES = 100
"""Messages of one thread."""
MEMBER = Viewer(level="network")
"""Who asks from another hub: about what such a person may see, a question is taken."""


class _Text(fields.String):
    """A text as a record may hold it: bounded, and without anything invisible."""

    def __init__(self, longest: int, *, paragraphs: bool = False) -> None:
        super().__init__(required=True)
        self._longest, self._paragraphs = longest, paragraphs

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        if flaw(value, self._longest, paragraphs=self._paragraphs) is not None:
            raise ValidationError("no such text")
        return str(super()._deserialize(value, attr, data, **more))


class _Id(fields.String):
    """A ULID."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        if not is_letter_id(value):
            raise ValidationError("no ULID")
        return str(super()._deserialize(value, attr, data, **more))


class ThreadBody(Schema):
    """``closed`` and ``withdrawn``: which thread."""

    class Meta:
        """Exactly these fields."""

        unknown = RAISE

    thread = _Id(required=True)


class MessageBody(ThreadBody):
    """``follow_up`` and ``answer``: what is said, and in which function."""

    signed_as = _Text(questions.SIGNED_AS)
    text = _Text(questions.TEXT, paragraphs=True)


class QuestionBody(MessageBody):
    """``question``: about which record, under which subject."""

    record = _Text(320)
    subject = _Text(questions.SUBJECT)


def _asked(session: Session, letter: Letter, now: datetime) -> None:
    """A question has come: it opens a thread, if its record is ours and may be seen there."""
    body = letter.body
    record = reading.by_uri(MEMBER, body["record"])
    if record is None or not record.own or record.kind not in questions.ASKABLE:
        raise LetterRefused("no-such-record")
    of_peer = sa.select(sa.func.count()).where(Question.peer == letter.sender)
    if session.scalar(of_peer.where(Question.thread == body["thread"])):
        raise LetterRefused("reused-thread")
    if (session.scalar(of_peer) or 0) >= MOST_THREADS:
        raise LetterRefused("full")
    opened = Question(
        id=str(ULID.from_datetime(now)),
        thread=body["thread"],
        peer=letter.sender,
        asked_here=False,
        record=record.uri,
        subject=body["subject"],
        state="open",
        created_at=now,
        changed_at=now,
    )
    session.add(opened)
    session.flush()
    _keep(session, opened, letter, now, by_asker=True)
    experts.tell(session, opened, now)


def _asked_on(session: Session, letter: Letter, now: datetime) -> None:
    """The asker writes on."""
    held = _thread(session, letter, asked_here=False)
    _keep(session, held, letter, now, by_asker=True)
    if held.state != "open":
        experts.tell(session, held, now)
    held.state, held.changed_at = "open", now


def _answered(session: Session, letter: Letter, now: datetime) -> None:
    """An answer has come; it must be one to a message of this thread that went out from here."""
    held = _thread(session, letter, asked_here=True)
    sent = sa.select(QuestionMessage.number).where(QuestionMessage.question == held.id, QuestionMessage.by_asker)
    if session.scalar(sent.where(QuestionMessage.id == letter.re)) is None:
        raise LetterRefused("unknown-question")
    _keep(session, held, letter, now, by_asker=False)
    held.state, held.changed_at = "answered", now


def _closed(session: Session, letter: Letter, now: datetime) -> None:
    """The other side has ended the thread."""
    held = _thread(session, letter)
    held.state, held.changed_at = "closed", now


def _withdrawn(session: Session, letter: Letter, now: datetime) -> None:
    """The other side has deleted the thread: it goes here too."""
    questions.remove(session, _thread(session, letter), now)


def _thread(session: Session, letter: Letter, *, asked_here: bool | None = None) -> Question:
    """The thread that this hub has with the sender of the letter, and with nobody else."""
    chosen = sa.select(Question).where(Question.peer == letter.sender, Question.thread == letter.body["thread"])
    held = session.scalar(chosen)
    if held is None or (asked_here is not None and held.asked_here != asked_here):
        raise LetterRefused("unknown-thread")
    return held


def _keep(session: Session, held: Question, letter: Letter, now: datetime, *, by_asker: bool) -> None:
    counted = sa.select(sa.func.count()).where(QuestionMessage.question == held.id)
    if (session.scalar(counted) or 0) >= MOST_MESSAGES:
        raise LetterRefused("full")
    session.add(
        QuestionMessage(
            question=held.id,
            id=letter.id,
            by_asker=by_asker,
            signed_as=letter.body["signed_as"],
            text=letter.body["text"],
            at=now,
            state="received",
            state_at=now,
        )
    )


def _settled(session: Session, outcome: Outcome, now: datetime) -> None:
    """A message that was sent from here has arrived, or never will."""
    sent = sa.update(QuestionMessage).where(QuestionMessage.id == outcome.id, QuestionMessage.state == "waiting")
    if outcome.state == "accepted":
        session.execute(sent.values(state="delivered", state_at=now))
    else:
        reason = outcome.reason or outcome.state
        session.execute(sent.values(state="undelivered", state_at=now, reason=reason))


def _withdrawal_settled(session: Session, outcome: Outcome, now: datetime) -> None:
    """Whoever runs this hub has to know that another one was never told to delete something."""
    if outcome.state != "accepted" and outcome.reason != "unknown-thread":
        events.tell(session, now, outcome.peer, "unheard")


QUESTION_KINDS = {
    "question": Kind(QuestionBody(), _asked, _settled),
    "follow_up": Kind(MessageBody(), _asked_on, _settled),
    "answer": Kind(MessageBody(), _answered, _settled),
    "closed": Kind(ThreadBody(), _closed),
    "withdrawn": Kind(ThreadBody(), _withdrawn, _withdrawal_settled),
}
"""The kinds of letters that carry questions."""
