"""Delivering letters: in their order for each hub, again until they are answered, and never after they have expired."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import uniform

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import canonical
from federation.errors import PeerProblem, ProtocolError, Unreachable
from federation.letters import MAX_BATCH, MAX_LETTERS, Letter, Reply
from hubnode.db import reading, transaction
from hubnode.network import letters, peers, questions
from hubnode.network.letter_kinds import KINDS
from hubnode.network.letters import Outcome
from hubnode.network.letters_models import LetterOut, LetterRoute
from hubnode.network.models import Peer
from hubnode.network.node import Node

LEASE = timedelta(seconds=30)
"""Time after which another worker may deliver to the same hub; longer than one request may take."""
FIRST_PAUSE_S = 5.0
UNREADABLE = (400, 413, 422)
"""Answers that refuse the request as it is: another one of the same letters would fare no better."""
_ROOM = MAX_BATCH - len('{"letters":[]}') - MAX_LETTERS


def due(now: datetime) -> sa.ColumnElement[bool]:
    """That a letter is due, as a condition."""
    return sa.exists(_due(now))


def _due(now: datetime) -> sa.Select[str]:
    return (
        sa.select(LetterRoute.peer)
        .join(Peer, Peer.origin == LetterRoute.peer)
        .join(LetterOut, LetterOut.peer == LetterRoute.peer)
        .where(_waiting(now), _passable(now), Peer.state == "active")
    )


def _waiting(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(LetterOut.state == "waiting", LetterOut.due_at <= now, LetterOut.expires > now)


def _passable(now: datetime) -> sa.ColumnElement[bool]:
    """That a hub may be tried now: its pause is over, or it has answered a pull since it could not be reached."""
    answered = sa.select(Peer.id).where(Peer.origin == LetterRoute.peer, Peer.last_contact_at > LetterRoute.failed_at)
    return sa.or_(LetterRoute.due_at <= now, answered.correlate(LetterRoute).exists())


def claim(session: Session, now: datetime, limit: int) -> list[str]:
    """Origins to deliver to now, each claimed by pushing its due time: of two workers only one gets it."""
    chosen = _due(now).distinct().limit(limit).scalar_subquery()
    # The condition stands here once more: where two workers wait for one row, the second looks at the changed one.
    taken = sa.update(LetterRoute).where(LetterRoute.peer.in_(chosen), _passable(now))
    return list(session.scalars(taken.values(due_at=now + LEASE, failed_at=None).returning(LetterRoute.peer)))


def resume(now: datetime) -> None:
    """Give back what a killed process had claimed; a pause after a failure stays. A transaction of its own."""
    with transaction() as session:
        session.execute(sa.update(LetterRoute).where(LetterRoute.failures == 0).values(due_at=now))


def deliver(node: Node, origin: str) -> None:
    """Deliver one batch to the hub at `origin` and note what became of it; raises nothing that a peer can cause."""
    batch = _batch(node, origin, node.clock())
    if not batch:
        return
    try:
        replies = peers.client(node, origin).letters(batch)
    except ProtocolError as error:
        _failed(node, origin, batch, error, node.clock())
    else:
        _answered(node, origin, batch, replies, node.clock())


def tidy(node: Node, now: datetime) -> None:
    """Tell the senders of letters that could not be delivered, and forget what is over. A transaction of its own."""
    with transaction() as session:
        letters.expire(session, KINDS, now)
        letters.forget(session, now)
        questions.forget(session, now - timedelta(days=node.settings.questions_kept_days), now)


def _batch(node: Node, origin: str, now: datetime) -> list[Letter]:
    """The next letters in their order, as many as fit into one request; none for a hub that is no member now."""
    session = reading()
    route = session.get(LetterRoute, origin)
    if route is None or peers.active(session, origin) is None:
        return []
    chosen = sa.select(LetterOut).where(LetterOut.peer == origin, _waiting(now)).order_by(LetterOut.number)
    batch: list[Letter] = []
    room = _ROOM
    for row in session.scalars(chosen.limit(route.batch)):
        letter = _written(node, row)
        room -= len(letter.to_bytes())
        if room < 0:
            break
        batch.append(letter)
    return batch


def _written(node: Node, row: LetterOut) -> Letter:
    """The letter as it goes: each time the same."""
    body = canonical.decode(row.body or b"{}")
    return Letter(row.id, node.settings.base_url, row.peer, row.kind, row.re, row.ts, row.expires, body)


def _answered(node: Node, origin: str, batch: Sequence[Letter], replies: Sequence[Reply], now: datetime) -> None:
    with transaction() as session:
        for letter, reply in zip(batch, replies, strict=True):
            if reply.status == "again":
                _put_off(session, node, letter.id, now)
            else:
                outcome = Outcome(letter.id, origin, letter.kind, reply.status, reply.reason)
                letters.settle(session, KINDS, outcome, now)
        wider = sa.case((LetterRoute.batch * 2 > MAX_LETTERS, MAX_LETTERS), else_=LetterRoute.batch * 2)
        _route(session, origin, due_at=now, failures=0, failed_at=None, batch=wider, last_error=None)


def _put_off(session: Session, node: Node, id: str, now: datetime) -> None:
    """Let one letter come again later, and later each time; those after it go on."""
    row = session.scalars(sa.select(LetterOut).where(LetterOut.id == id)).one_or_none()
    if row is not None and row.state == "waiting":
        row.attempts += 1
        row.due_at = now + _pause(node, row.attempts)


def _failed(node: Node, origin: str, batch: Sequence[Letter], error: ProtocolError, now: datetime) -> None:
    with transaction() as session:
        if isinstance(error, PeerProblem) and error.answered in UNREADABLE:
            # Which letter it was is found by sending each alone; that one is put off, the others are delivered.
            if len(batch) == 1:
                _put_off(session, node, batch[0].id, now)
            _route(session, origin, due_at=now, batch=1, last_error=_slug(error))
            return
        failures = (session.scalar(sa.select(LetterRoute.failures).where(LetterRoute.peer == origin)) or 0) + 1
        pause = _pause(node, failures)
        if isinstance(error, PeerProblem) and error.retry_after is not None:
            pause = timedelta(seconds=error.retry_after)
        silent = now if isinstance(error, Unreachable) else None
        _route(session, origin, due_at=now + pause, failures=failures, failed_at=silent, last_error=_slug(error))


def _route(session: Session, origin: str, **values: object) -> None:
    session.execute(sa.update(LetterRoute).where(LetterRoute.peer == origin).values(**values))


def _pause(node: Node, failures: int) -> timedelta:
    seconds = min(FIRST_PAUSE_S * 2 ** min(failures - 1, 20), node.settings.backoff_max_s)
    return timedelta(seconds=seconds * uniform(0.8, 1.2))  # noqa: S311 - jitter, no secret


def _slug(error: ProtocolError) -> str:
    """What went wrong, as a slug and without a word that the other hub has chosen."""
    if isinstance(error, Unreachable):
        return f"unreachable:{error.reason}"
    return f"answered:{error.answered}" if isinstance(error, PeerProblem) else error.type
