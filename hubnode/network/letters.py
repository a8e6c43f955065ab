"""Directed messages to other hubs: put into the outbox with the change they belong to, and settled once, for good."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from marshmallow import Schema
from sqlalchemy.orm import Session
from ulid import ULID

from federation import canonical
from federation.letters import MAX_LETTERS, Letter
from hubnode.network import peers
from hubnode.network.letters_models import LetterIn, LetterOut, LetterRoute
from hubnode.records import log

LIFE = timedelta(days=14)
"""How long a letter is tried, unless its sender says otherwise."""
KEPT = timedelta(days=30)
"""How long it is remembered what became of a letter."""

State = Literal["accepted", "refused", "expired"]


class NoWay(Exception):
    """No letter can be sent there: the hub is not a member, or not any more."""


class LetterRefused(Exception):
    """A letter that is not taken; `reason` is the slug that its sender learns. What was done for it is undone."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a letter that this hub has sent."""

    id: str
    peer: str
    kind: str
    state: State
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """What a hub does with the letters of one kind, in the caller's transaction."""

    schema: Schema
    """What its body must be."""
    hear: Callable[[Session, Letter, datetime], None]
    """Acts on a letter that has come; raises `LetterRefused`. Nothing in its body is trusted."""
    settled: Callable[[Session, Outcome, datetime], None] | None = None
    """Learns what became of a letter that was sent."""


Kinds = Mapping[str, Kind]


def send(
    session: Session,
    to: str,
    kind: str,
    body: dict[str, Any],
    now: datetime,
    *,
    re: str | None = None,
    expires_in: timedelta = LIFE,
) -> str:
    """Put a letter into the outbox and answer its id; part of the caller's transaction.

    Raises `NoWay`, or what `federation.letters.Letter` raises for a letter that the protocol does not allow.
    """
    if peers.active(session, to) is None:
        raise NoWay(to)
    ours = log.own(session).origin
    letter = Letter(str(ULID.from_datetime(now)), ours, to, kind, re, now, now + expires_in, body)
    session.add(
        LetterOut(
            id=letter.id,
            peer=to,
            kind=kind,
            re=re,
            ts=now,
            expires=letter.expires,
            body=canonical.encode(body),
            state="waiting",
            attempts=0,
            due_at=now,
        )
    )
    if session.get(LetterRoute, to) is None:
        session.add(LetterRoute(peer=to, due_at=now, failures=0, batch=MAX_LETTERS))
    session.flush()
    return letter.id


def cancel(session: Session, ids: Sequence[str], now: datetime) -> None:
    """Send these letters no more, as far as they still wait; part of the caller's transaction. Nobody is told."""
    chosen = sa.update(LetterOut).where(LetterOut.id.in_(ids), LetterOut.state == "waiting")
    session.execute(chosen.values(state="cancelled", body=None, settled_at=now))


def settle(session: Session, kinds: Kinds, outcome: Outcome, now: datetime) -> None:
    """Note what became of a letter and tell its kind, once; part of the caller's transaction. Its body goes."""
    chosen = sa.update(LetterOut).where(LetterOut.id == outcome.id, LetterOut.state == "waiting")
    changed = chosen.values(state=outcome.state, reason=outcome.reason, body=None, settled_at=now)
    # The conditional update is the lock: a letter that has been settled or cancelled meanwhile is not settled again.
    first = session.scalar(changed.returning(LetterOut.id)) is not None
    kind = kinds.get(outcome.kind)
    if first and kind is not None and kind.settled is not None:
        kind.settled(session, outcome, now)


def expire(session: Session, kinds: Kinds, now: datetime) -> int:
    """Settle what could not be delivered in time; answers how many letters. Part of the caller's transaction."""
    waiting = sa.select(LetterOut.id, LetterOut.peer, LetterOut.kind)
    overdue = session.execute(waiting.where(LetterOut.state == "waiting", LetterOut.expires <= now)).all()
    for id, peer, kind in overdue:
        settle(session, kinds, Outcome(id, peer, kind, "expired"), now)
    return len(overdue)


def forget(session: Session, now: datetime) -> None:
    """Forget letters that can't come or go any more; part of the caller's transaction."""
    session.execute(sa.delete(LetterIn).where(LetterIn.forget_at < now))
    done = sa.and_(LetterOut.state != "waiting", LetterOut.settled_at < now - KEPT)
    session.execute(sa.delete(LetterOut).where(done))
