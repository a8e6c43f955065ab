"""Hubs compare what one of them tells each: two notes that one honest log can't both have issued freeze its copy."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from random import choice, uniform

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import checkpoint as checkpoints
from federation import pages
from federation.errors import BadCheckpoint, Frozen, ProtocolError
from federation.witness import Seen
from hubnode.db import reading, transaction
from hubnode.network import behind, freezing, peers
from hubnode.network.models import Peer
from hubnode.network.node import Node
from hubnode.network.ownlog import Account
from hubnode.records import log, replica
from hubnode.records.models import Log

LEASE = timedelta(minutes=1)


def due(now: datetime) -> sa.ColumnElement[bool]:
    """That somebody should be asked about a third hub, as a condition."""
    return sa.exists(_due(now))


def _due(now: datetime) -> sa.Select[int]:
    waited = sa.or_(Peer.compare_due_at.is_(None), Peer.compare_due_at <= now)
    return sa.select(Peer.id).where(Peer.state == "active", Peer.last_contact_at.is_not(None), waited)


def claim(session: Session, now: datetime, limit: int) -> list[str]:
    """Origins to ask others about, each claimed by pushing its due time: of two workers only one gets it."""
    chosen = _due(now).limit(limit).scalar_subquery()
    taken = sa.update(Peer).where(Peer.id.in_(chosen)).values(compare_due_at=now + LEASE)
    return list(session.scalars(taken.returning(Peer.origin)))


def compare(node: Node, origin: str) -> None:
    """Ask one other hub what it holds of `origin`; raises nothing that a peer can cause."""
    others = sa.select(Peer.origin).where(Peer.state == "active", Peer.origin != origin, Peer.silent_since.is_(None))
    known = reading().scalars(others.order_by(Peer.origin)).all()
    if known:
        witness = choice(known)  # noqa: S311 - whom to ask is no secret
        try:
            seen = peers.client(node, witness).seen(origin)
        except ProtocolError:
            pass  # another one is asked next time
        else:
            behind.compare_cursors(node, [Account(witness, seen)])
            _judge(node, origin, seen)
    with transaction() as session:
        pause = timedelta(seconds=node.settings.poll_s * uniform(0.9, 1.1))  # noqa: S311 - jitter
        session.execute(sa.update(Peer).where(Peer.origin == origin).values(compare_due_at=node.clock() + pause))


def _judge(node: Node, origin: str, seen: Seen) -> None:
    """Compare a third hub's note with our copy; what its origin's own key has not signed says nothing."""
    if seen.checkpoint is None:
        return
    now = node.clock()
    with transaction() as session:
        peer = peers.active(session, origin)
        if peer is None:
            return
        held = session.get_one(Log, peer.log)
        try:
            signed = checkpoints.verify(seen.checkpoint, peers.keyset_of(peer), held.log_id, now)
            pages.check_history(replica.state_of(held), signed, partial(log.root_at, session, held))
        except BadCheckpoint:
            return
        except Frozen as contradiction:
            freezing.freeze(session, held, contradiction, now)
            return
        if signed.size > held.size and held.state == "active":
            peer.pull_due_at = min(peer.pull_due_at, now)
