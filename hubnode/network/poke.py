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
from hubnode.network.node import Node, utcnow
from hubnode.records import log

LEASE = timedelta(seconds=30)


def due(session: Session, node: Node, now: datetime) -> bool:
    """Whether any poke is due: a look that needs no write lock."""
    return session.scalar(_due(session, node, now).limit(1)) is not None


def _due(session: Session, node: Node, now: datetime) -> sa.Select[int]:
    own = log.own(session)
    rested = own.changed_at + timedelta(seconds=node.settings.poke_coalesce_s) <= now
    unaware = (Peer.told_size < own.size, Peer.acked_size < own.size)
    return sa.select(Peer.id).where(sa.literal(rested), Peer.state == "active", Peer.poke_due_at <= now, *unaware)


def claim(session: Session, node: Node, now: datetime, limit: int) -> list[str]:
    """Origins that don't know yet how far our log has grown, once it has rested for the coalescing pause."""
    chosen = _due(session, node, now).limit(limit).scalar_subquery()
    taken = sa.update(Peer).where(Peer.id.in_(chosen)).values(poke_due_at=now + LEASE)
    return list(session.scalars(taken.returning(Peer.origin)))


def poke(node: Node, origin: str) -> None:
    """Tell the hub at `origin` how far our log has grown; a lost poke costs it a poll interval, never data."""
    note = doors.checkpoint(node).body.decode()
    size = log.own(reading()).size
    try:
        peers.client(node, origin).poke(note)
    except ProtocolError as error:
        _failed(node, origin, error, utcnow())
        return
    with transaction() as session:
        chosen = sa.update(Peer).where(Peer.origin == origin)
        session.execute(chosen.values(told_size=size, poke_failures=0, poke_due_at=utcnow()))


def _failed(node: Node, origin: str, error: ProtocolError, now: datetime) -> None:
    """Try again later, and later each time: a hub that comes back polls by itself anyway."""
    with transaction() as session:
        peer = session.scalars(sa.select(Peer).where(Peer.origin == origin)).one()
        peer.poke_failures += 1
        seconds = min(5.0 * 2 ** min(peer.poke_failures - 1, 20), node.settings.backoff_max_s)
        if isinstance(error, PeerProblem) and error.retry_after is not None:
            seconds = float(error.retry_after)
        peer.poke_due_at = now + timedelta(seconds=seconds * uniform(0.8, 1.2))  # noqa: S311 - jitter, no secret
