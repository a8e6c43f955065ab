"""Questions to an expert or about a project, at this hub or another: asked, answered, closed and deleted by people.

Only the asker, those who coordinate a hub, and at the asked hub the person whose profile it is about see a thread; for
everybody else it does not exist. What is written goes to the other hub as a letter, in the transaction that keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from ulid import ULID

from federation.letters import MAX_LIFE
from hubnode.db import transaction
from hubnode.network import experts, letters
from hubnode.network.questions_models import Question, QuestionMessage, QuestionQuota, VisitorQuota
from hubnode.people.viewer import Viewer
from hubnode.records.errors import Forbidden, NotFound
from hubnode.records.kinds.text import flaw, tidy
from hubnode.records.kinds.words import Problem
from hubnode.records.reading import RecordView

ASKABLE = ("project", "expertise")
"""Kinds of records about which somebody can be asked."""
SUBJECT, TEXT, SIGNED_AS = 120, 3000, 80
"""Characters of the longest subject, message and function; whatever they are, a letter with them is short enough."""
AN_HOUR = 10
"""Questions that one account may ask in an hour, further ones in the same thread included."""
HOUR = timedelta(hours=1)


class Unwritable(Exception):
    """What was typed can't be sent; `flaws` names each field with what is wrong, never with what was typed."""

    def __init__(self, flaws: Mapping[str, Problem]) -> None:
        super().__init__(", ".join(sorted(flaws)))
        self.flaws = flaws


class TooManyQuestions(Exception):
    """This account has asked enough for now; the next question is taken at `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until.isoformat(timespec="seconds"))
        self.until = until


@dataclass(frozen=True, slots=True)
class Written:
    """A message that may be sent; `write` makes it."""

    text: str
    signed_as: str
    subject: str = ""


def write(text: str, signed_as: str, subject: str | None = None) -> Written:
    """What was typed, tidied; raises `Unwritable`. Only a new question has a subject."""
    typed = {"text": tidy(text, paragraphs=True), "signed_as": tidy(signed_as)}
    longest = {"text": TEXT, "signed_as": SIGNED_AS, "subject": SUBJECT}
    if subject is not None:
        typed["subject"] = tidy(subject)
    found = {name: flaw(value, longest[name], paragraphs=name == "text") for name, value in typed.items()}
    if flaws := {name: problem for name, problem in found.items() if problem is not None}:
        raise Unwritable(flaws)
    return Written(**typed)


def ask(viewer: Viewer, record: RecordView, written: Written, now: datetime) -> str:
    """Ask about a record of this hub or another; answers the id of the thread. A transaction of its own.

    A visiting member asks in the name of the home hub, and only about what is this hub's own: about everything else
    the home hub itself can ask. Raises `NotFound` for a record about which nobody can be asked, `Forbidden` for who may
    not ask, `TooManyQuestions`, or `letters.NoWay` where the record's hub is no member.
    """
    if not viewer.may_ask or (viewer.visiting and not record.own):
        raise Forbidden(record.id)
    if record.kind not in ASKABLE:
        raise NotFound(record.id)
    with transaction() as session:
        _count(session, viewer, now)
        asked = Question(
            id=str(ULID.from_datetime(now)),
            thread=str(ULID.from_datetime(now)),
            peer=None if record.own else record.origin,
            asked_here=True,
            asker=viewer.account_id,
            visitor=viewer.visitor_id,
            home=viewer.home,
            record=record.uri,
            subject=written.subject,
            state="open",
            created_at=now,
            changed_at=now,
        )
        session.add(asked)
        session.flush()
        _say(session, asked, "question", written, now, record=record.uri, subject=written.subject)
        experts.tell(session, asked, now)
        return asked.id


def reply(viewer: Viewer, id: str, written: Written, now: datetime) -> None:
    """Write into a thread: its asker asks on, those who are asked answer. A transaction of its own.

    Raises `NotFound`, `Forbidden`, `TooManyQuestions` or `letters.NoWay`.
    """
    with transaction() as session:
        held = seen(session, viewer, id)
        if is_asker(viewer, held):
            _count(session, viewer, now)
            if held.state != "open":
                experts.tell(session, held, now)
            held.state = "open"
            _say(session, held, "follow_up", written, now)
        elif may_answer(session, viewer, held):
            held.state = "answered"
            _say(session, held, "answer", written, now)
        else:
            raise Forbidden(id)
        held.changed_at = now


def close(viewer: Viewer, id: str, now: datetime) -> None:
    """End a thread at both hubs; either side may write on later. A transaction of its own; raises `NotFound`."""
    with transaction() as session:
        held = looked_after(session, viewer, id)
        if held.state == "closed":
            return
        held.state, held.changed_at = "closed", now
        _tell(session, held, "closed", now)


def delete(viewer: Viewer, id: str, now: datetime) -> bool:
    """Delete a thread here and ask the other hub to do the same. A transaction of its own; raises `NotFound`.

    Answers False where the other hub can't be asked any more, since it is no member.
    """
    with transaction() as session:
        held = looked_after(session, viewer, id)
        told = _tell(session, held, "withdrawn", now)
        remove(session, held, now)
        return told


def seen(session: Session, viewer: Viewer, id: str) -> Question:
    """The thread, for who may see it; raises `NotFound` for everybody else."""
    held = session.get(Question, id)
    if held is None or not (looks_after(viewer, held) or experts.is_asked(session, viewer, held)):
        raise NotFound(id)
    return held


def looked_after(session: Session, viewer: Viewer, id: str) -> Question:
    """The thread, for who may close and delete it; raises `NotFound`, or `Forbidden` for who may only answer."""
    held = seen(session, viewer, id)
    if not looks_after(viewer, held):
        raise Forbidden(id)
    return held


def looks_after(viewer: Viewer, held: Question) -> bool:
    """Whether this person has asked, or coordinates this hub."""
    return is_asker(viewer, held) or viewer.may_publish


def is_asker(viewer: Viewer, held: Question) -> bool:
    """Whether this person has asked."""
    if viewer.visiting:
        return viewer.visitor_id == held.visitor
    return held.asker is not None and viewer.account_id == held.asker


def may_answer(session: Session, viewer: Viewer, held: Question) -> bool:
    """Whether this person answers: for the hub that was asked, or because the question is about the own profile."""
    if viewer.may_publish:
        return held.peer is None or not held.asked_here
    return experts.is_asked(session, viewer, held)


def remove(session: Session, held: Question, now: datetime) -> None:
    """Delete a thread with all its messages, and send none of them any more; part of the caller's transaction."""
    ids = session.scalars(sa.select(QuestionMessage.id).where(QuestionMessage.question == held.id)).all()
    letters.cancel(session, ids, now)
    session.execute(sa.delete(QuestionMessage).where(QuestionMessage.question == held.id))
    session.execute(sa.delete(Question).where(Question.id == held.id))


def forget(session: Session, before: datetime, now: datetime) -> None:
    """Delete threads in which nothing has happened since `before`; part of the caller's transaction."""
    for held in session.scalars(sa.select(Question).where(Question.changed_at < before)).all():
        remove(session, held, now)
    session.execute(sa.delete(QuestionQuota).where(QuestionQuota.began_at < now - HOUR))
    session.execute(sa.delete(VisitorQuota).where(VisitorQuota.began_at < now - HOUR))


def _say(session: Session, held: Question, kind: str, written: Written, now: datetime, **more: str) -> None:
    """Keep a message, and send it where the other side is another hub."""
    body = {"thread": held.thread, "signed_as": written.signed_as, "text": written.text, **more}
    last = sa.select(QuestionMessage.id).where(QuestionMessage.question == held.id)
    if kind == "answer":  # to the latest question; a further question is one to the latest message of anybody
        last = last.where(QuestionMessage.by_asker)
    re = session.scalar(last.order_by(QuestionMessage.number.desc()).limit(1))
    id = letters.send(session, held.peer, kind, body, now, re=re) if held.peer else str(ULID.from_datetime(now))
    session.add(
        QuestionMessage(
            question=held.id,
            id=id,
            by_asker=kind != "answer",
            signed_as=written.signed_as,
            text=written.text,
            at=now,
            state="waiting" if held.peer else "here",
            state_at=now,
        )
    )


def _tell(session: Session, held: Question, kind: str, now: datetime) -> bool:
    """Tell the other hub, if there is one; False where that is not possible."""
    if held.peer is None:
        return True
    first = sa.select(QuestionMessage.id).where(QuestionMessage.question == held.id)
    re = session.scalar(first.order_by(QuestionMessage.number).limit(1))
    try:
        letters.send(session, held.peer, kind, {"thread": held.thread}, now, re=re, expires_in=MAX_LIFE)
    except letters.NoWay:
        return False
    return True


def _quota(session: Session, viewer: Viewer) -> QuestionQuota | VisitorQuota:
    """What this person has used of the hour, held until the transaction ends; raises `Forbidden` for who is nobody."""
    if viewer.visitor_id is not None:
        chosen = sa.select(VisitorQuota).where(VisitorQuota.visitor == viewer.visitor_id).with_for_update()
        return session.scalar(chosen) or VisitorQuota(visitor=viewer.visitor_id)
    if viewer.account_id is None:
        raise Forbidden
    mine = sa.select(QuestionQuota).where(QuestionQuota.account == viewer.account_id).with_for_update()
    return session.scalar(mine) or QuestionQuota(account=viewer.account_id)


def _count(session: Session, viewer: Viewer, now: datetime) -> None:
    """Count one question of a person, or raise `TooManyQuestions`; deleting threads does not give any back."""
    held = _quota(session, viewer)
    if held not in session:
        held.began_at, held.used = now, 1
        session.add(held)
    elif held.began_at <= now - HOUR:
        held.began_at, held.used = now, 1
    elif held.used >= AN_HOUR:
        raise TooManyQuestions(held.began_at + HOUR)
    else:
        held.used += 1
