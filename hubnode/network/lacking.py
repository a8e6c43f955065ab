"""Texts that a hub has not given yet: it has no agreement with this one, or a later entry is still to come.

Their headers are held and proven; the records are pending and not shown. So that they come once they are given, the hub
is asked again: soon after each of its pokes, and otherwise a few times a day. Each line is proven by the leaf held.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.entries import Entry
from federation.errors import ProtocolError
from hubnode.db import reading, transaction
from hubnode.network import media, rechoosing
from hubnode.network.models import Peer
from hubnode.network.node import Node
from hubnode.network.pull import TEXTS_EVERY
from hubnode.records import rechoosing as stretches
from hubnode.records import replica
from hubnode.records.models import Log, LogEntry, Quarantine

LEASE = timedelta(seconds=90)
STRETCH = 200
"""Entries that are asked for at once."""


def count(origin: str) -> int:
    """How many records of this hub are pending here, because their texts have not come."""
    held = reading().scalar(sa.select(Log).join(Peer, Peer.log == Log.id).where(Peer.origin == origin))
    return len(_missing(reading(), held)) if held is not None else 0


def due(now: datetime) -> sa.ColumnElement[bool]:
    """That a hub is to be asked again, as a condition."""
    return sa.exists(_due(now))


def claim(session: Session, now: datetime, limit: int) -> list[str]:
    """Origins to ask again, each claimed by pushing its due time: of two workers only one gets it."""
    chosen = _due(now).limit(limit).scalar_subquery()
    taken = sa.update(Peer).where(Peer.id.in_(chosen)).values(again_due_at=now + LEASE)
    return list(session.scalars(taken.returning(Peer.origin)))


def ask(node: Node, origin: str) -> int:
    """Ask for what is missing and apply what comes; answers how many texts came. Raises nothing a peer can cause."""
    came, lacks = 0, True
    try:
        for stretch in list(_stretches(origin)):
            came += _applied(node, origin, _asked(node, origin, stretch))
        lacks = count(origin) > 0
    except ProtocolError:
        pass  # it does not answer, or not as it should: it is asked again like everything else
    with transaction() as session:
        again = node.clock() + TEXTS_EVERY if lacks else None
        session.execute(sa.update(Peer).where(Peer.origin == origin).values(again_due_at=again))
    return came


def _due(now: datetime) -> sa.Select[int]:
    return sa.select(Peer.id).where(Peer.state == "active", Peer.again_due_at <= now)


def _missing(session: Session, held: Log) -> Sequence[int]:
    """The numbers of the puts without a text that nothing has followed: they are in quarantine, as pending ones are."""
    at = sa.and_(LogEntry.log == Quarantine.log, LogEntry.seq == Quarantine.seq)
    bare = (LogEntry.op == "put", LogEntry.body.is_(None), ~LogEntry.untaken)
    chosen = sa.select(Quarantine.seq).join(LogEntry, at).where(Quarantine.log == held.id, *bare)
    return session.scalars(chosen.order_by(Quarantine.seq)).all()


def _stretches(origin: str) -> Iterator[tuple[str, int, list[bytes]]]:
    """Log id, first number and leaves of each run of neighbours that is to be asked for."""
    session = reading()
    session.rollback()
    held = session.scalar(sa.select(Log).join(Peer, Peer.log == Log.id).where(Peer.origin == origin))
    if held is None or held.state != "active":
        return
    run: list[int] = []
    missing = _missing(session, held)
    for here, after in pairwise([*missing, -1]):
        run.append(here)
        if after != here + 1 or len(run) == STRETCH:
            yield held.log_id, run[0], stretches.leaves(session, held, run[0], run[-1] + 1)
            run = []


def _asked(node: Node, origin: str, stretch: tuple[str, int, list[bytes]]) -> dict[int, Entry]:
    log_id, first, leaves = stretch
    return {seq: one for seq, one in rechoosing.asked(node, origin, log_id, first, leaves).items() if one.body}


def _applied(node: Node, origin: str, given: dict[int, Entry]) -> int:
    """Put these texts where their headers are and read the records anew. A transaction of its own, if any came."""
    if not given:
        return 0
    now = node.clock()
    with transaction() as session:
        peer = session.scalars(sa.select(Peer).where(Peer.origin == origin).with_for_update()).one()
        held = session.get_one(Log, peer.log)
        if peer.state != "active" or held.log_id != next(iter(given.values())).header.log:
            return 0
        bare = sa.select(LogEntry).where(LogEntry.log == held.id, LogEntry.seq.in_(given), LogEntry.body.is_(None))
        rows = session.scalars(bare).all()
        for row in rows:
            row.body, row.salt = given[row.seq].body_bytes, given[row.seq].salt
        session.flush()
        replica.refold_records(session, held, {row.rec for row in rows}, now)
        media.want(session, node, origin, now)
        return len(rows)
