"""What both ends of a joining share: the rows of requests, when they are due, and how a failed one is tried again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import uniform
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.card import HubCard
from federation.errors import PeerProblem, ProtocolError, Unreachable
from hubnode.db import reading, transaction
from hubnode.network.joining_models import Joining
from hubnode.network.node import Node

LIFE = timedelta(days=14)
"""How long a request to join waits for a person."""
LEASE = timedelta(seconds=90)
MOST_OPEN = 100
"""Requests to join that are kept open at once, in each direction."""
OPEN = ("pending", "approved", "asking", "waiting")
"""States in which a request is not over."""


class CantJoin(Exception):
    """Nothing was sent, or nothing is decided.

    `reason` is ``own``, ``member``, ``suspended``, ``other-root``, ``fingerprint``, ``version``, ``too-many`` or
    ``unknown``.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Request:
    """A request to join, as an administrator sees it."""

    id: int
    origin: str
    name: str
    place: str
    focus: tuple[str, ...]
    contact: str
    fingerprint: str
    state: str
    invited: bool
    vouches: int
    via: str
    created_at: datetime
    expires_at: datetime
    last_error: str


def requests(direction: str = "in", states: Sequence[str] = ("pending", "approved")) -> list[Request]:
    """The requests to join of others (``in``) or of this hub (``out``) in these states, the oldest first."""
    chosen = sa.select(Joining).where(Joining.direction == direction, Joining.state.in_(states)).order_by(Joining.id)
    return [as_request(row) for row in reading().scalars(chosen)]


def due(direction: str, states: Sequence[str], now: datetime) -> sa.Select[Any]:
    """The rows about which the worker has something to send."""
    ready = (Joining.direction == direction, Joining.state.in_(states), Joining.due_at <= now, Joining.expires_at > now)
    return sa.select(Joining.id).where(*ready)


def claim(session: Session, due: sa.Select[Any], now: datetime, limit: int) -> list[str]:
    """Origins of rows that are `due`, each claimed by pushing its due time: of two workers only one gets it."""
    chosen = due.order_by(Joining.due_at).limit(limit).scalar_subquery()
    taken = sa.update(Joining).where(Joining.id.in_(chosen)).values(due_at=now + LEASE)
    return list(session.scalars(taken.returning(Joining.origin)))


def distrust(session: Session, origin: str) -> None:
    """End what was asked on the word of this hub alone: it is no active member any more. Caller's transaction."""
    asked = sa.update(Joining).where(Joining.via == origin, Joining.state.in_(("asking", "waiting")))
    session.execute(asked.values(state="expired", due_at=None))


def settle(number: int, state: str, why: str) -> None:
    """End a request in this state. A transaction of its own."""
    with transaction() as session:
        ended = sa.update(Joining).where(Joining.id == number, Joining.state.in_((*OPEN, "rejected")))
        session.execute(ended.values(state=state, due_at=None, last_error=why[:64]))


def again(node: Node, number: int, error: ProtocolError) -> None:
    """Try again later, and later each time. A transaction of its own."""
    with transaction() as session:
        row = session.get_one(Joining, number)
        row.failures += 1
        first = min(2.0, node.settings.poll_s / 10)
        seconds = min(first * 2 ** min(row.failures - 1, 20), node.settings.backoff_max_s)
        if isinstance(error, PeerProblem) and error.retry_after is not None:
            seconds = float(error.retry_after)
        row.due_at = node.clock() + timedelta(seconds=seconds * uniform(0.8, 1.2))  # noqa: S311 - jitter, no secret
        row.last_error = _slug(error)


def _slug(error: ProtocolError) -> str:
    if isinstance(error, Unreachable):
        return f"unreachable:{error.reason}"
    if isinstance(error, PeerProblem):
        return f"answered:{error.answered}:{error.problem_type}"[:64]
    return error.type


def as_request(row: Joining) -> Request:
    """What an administrator sees of a row."""
    card = HubCard.parse(row.card, row.root, origin=row.origin) if row.card else None
    return Request(
        id=row.id,
        origin=row.origin,
        name=card.name if card else "",
        place=card.place if card else "",
        focus=card.focus if card else (),
        contact=card.contact if card else "",
        fingerprint=row.root,
        state=row.state,
        invited=row.invitation is not None,
        vouches=row.vouches,
        via=row.via,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_error=row.last_error,
    )
