"""Telling other hubs that our log has grown: what is due follows from sizes, so a crash can't lose it."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import uniform

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.errors import PeerProblem, ProtocolError
from hubnode.db import reading, transaction
from hubnode.network import doors, peers
from hubnode.network.models import Peer
from hubnode.network.node import Node
from hubnode.records import log
from hubnode.records.models import Log

LEASE = timedelta(seconds=30)


def due(now: datetime) -> sa.ColumnElement[bool]:
    """That a poke is due, as a condition: somebody does not know yet how far our log has grown."""
    return sa.exists(_due(now))


def _due(now: datetime) -> sa.Select[int]:
    unaware = sa.or_(sa.and_(Peer.told_size < Log.size, Peer.acked_size < Log.size), Peer.told_size < 0)
    return sa.select(Peer.id).where(
        Log.own, Log.state == "active", Peer.state == "active", Peer.poke_due_at <= now, unaware
    )


def claim(session: Session, now: datetime, limit: int) -> list[str]:
    """Origins to poke now, each claimed by pushing its due time: of two workers only one gets it."""
    chosen = _due(now).limit(limit).scalar_subquery()
    taken = sa.update(Peer).where(Peer.id.in_(chosen)).values(poke_due_at=now + LEASE)
    return list(session.scalars(taken.returning(Peer.origin)))


def poke(node: Node, origin: str) -> None:
    """Tell the hub at `origin` how far our log has grown; a lost poke costs it a poll interval, never data.

    The first publication is told at once; those that follow within the coalescing pause are told together, after it.
    """
    size = log.own(reading()).size
    note = doors.checkpoint(node).body.decode()
    try:
        peers.client(node, origin).poke(note)
    except ProtocolError as error:
        _failed(node, origin, error, node.clock())
        return
    with transaction() as session:
        chosen = sa.update(Peer).where(Peer.origin == origin)
        rest = timedelta(seconds=node.settings.poke_coalesce_s)
        session.execute(chosen.values(told_size=size, poke_failures=0, poke_due_at=node.clock() + rest))


def _failed(node: Node, origin: str, error: ProtocolError, now: datetime) -> None:
    """Try again later, and later each time, but never later than a poll: who was cut off hears of changes that soon."""
    with transaction() as session:
        peer = session.scalars(sa.select(Peer).where(Peer.origin == origin)).one()
        peer.poke_failures += 1
        seconds = min(5.0 * 2 ** min(peer.poke_failures - 1, 20), node.settings.poll_s, node.settings.backoff_max_s)
        if isinstance(error, PeerProblem) and error.retry_after is not None:
            seconds = float(error.retry_after)
        peer.poke_due_at = now + timedelta(seconds=seconds * uniform(0.8, 1.2))  # noqa: S311 - jitter, no secret
