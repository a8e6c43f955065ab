"""Once a day each copy is compared with its origin, record by record; what differs is rebuilt from the stored log."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import uniform

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.errors import ProtocolError
from federation.witness import Digest
from hubnode.db import reading, transaction
from hubnode.network import events, peers, witnessing
from hubnode.network.models import Peer
from hubnode.network.node import Node
from hubnode.records import replica
from hubnode.records.models import Log

EVERY = timedelta(hours=24)
AGAIN = timedelta(minutes=10)
"""When to try again where nothing could be compared: the hub did not answer, or the sizes differ just now."""
LEASE = timedelta(minutes=5)


def due(now: datetime) -> sa.ColumnElement[bool]:
    """That a copy should be compared, as a condition."""
    return sa.exists(_due(now))


def _due(now: datetime) -> sa.Select[int]:
    waited = sa.or_(Peer.digest_due_at.is_(None), Peer.digest_due_at <= now)
    return sa.select(Peer.id).where(Peer.state == "active", Peer.last_contact_at.is_not(None), waited)


def claim(session: Session, now: datetime, limit: int) -> list[str]:
    """Origins to compare with, each claimed by pushing its due time: of two workers only one gets it."""
    chosen = _due(now).limit(limit).scalar_subquery()
    taken = sa.update(Peer).where(Peer.id.in_(chosen)).values(digest_due_at=now + LEASE)
    return list(session.scalars(taken.returning(Peer.origin)))


def audit(node: Node, origin: str) -> bool | None:
    """Compare our copy of `origin` with its records, and mend it; whether they are equal, None where nobody can say.

    Raises nothing that a peer can cause.
    """
    log_id = reading().scalar(_copy(origin).with_only_columns(Log.log_id))
    try:
        theirs = peers.client(node, origin).digest(log_id or "")
    except ProtocolError:
        theirs = None
    with transaction() as session:
        peer = session.scalars(sa.select(Peer).where(Peer.origin == origin)).one()
        equal = _compared(session, peer, theirs, node.clock()) if theirs else None
        pause = AGAIN if equal is None else EVERY * uniform(0.9, 1.0)  # noqa: S311 - jitter
        peer.digest_due_at = node.clock() + pause
    return equal


def _copy(origin: str) -> sa.Select[Log]:
    return sa.select(Log).join(Peer, Peer.log == Log.id).where(Peer.origin == origin)


def _compared(session: Session, peer: Peer, theirs: Digest, now: datetime) -> bool | None:
    """Note whether the copy equals what its origin says; a copy of another size is pulled first."""
    held = session.get_one(Log, peer.log)
    if held.state != "active" or held.relisting:
        return None
    if (theirs.log_id, theirs.size) != (held.log_id, held.size):
        peer.pull_due_at = min(peer.pull_due_at, now)
        return None
    equal = _equal(session, held, theirs)
    if not equal:
        replica.refold(session, held, now)
        equal = _equal(session, held, theirs)
        _tell(session, peer, equal, now)
    if equal:
        peer.digest_matched_at, peer.digest_differs_at = now, None
    else:
        peer.digest_differs_at = peer.digest_differs_at or now
    return equal


def _equal(session: Session, held: Log, theirs: Digest) -> bool:
    session.flush()
    return not witnessing.digest_of(session, held).differs(theirs)


def _tell(session: Session, peer: Peer, mended: bool, now: datetime) -> None:
    """Say what was mended each time, and what can't be mended once."""
    if mended:
        events.tell(session, now, peer.origin, "mended")
    elif peer.digest_differs_at is None:
        events.tell(session, now, peer.origin, "differs")
