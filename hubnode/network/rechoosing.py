"""Carrying out what was chosen of a hub, in the background: from the end of its log to the start, a stretch at a time.

What is no longer taken is removed here; what is taken again is asked for once more. Each stretch is one transaction
with its place in the log, so a process that is killed goes on where it was. A hub that can't be asked holds up nothing
that can be done here: its stretches are passed and come again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import uniform

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import canonical
from federation.again import read_again
from federation.entries import Entry
from federation.errors import ProtocolError, Refused
from hubnode.db import reading, transaction
from hubnode.network import events, media, peers
from hubnode.network.choice_models import ChoiceChange
from hubnode.network.models import Peer
from hubnode.network.node import Node
from hubnode.network.pull import slug
from hubnode.records import rechoosing
from hubnode.records.models import Log

LEASE = timedelta(seconds=90)
"""Time after which another worker may go on; longer than one stretch may take."""
STRETCH = 200
"""Entries looked at in one transaction."""
STRETCHES_A_TURN = 25
PAUSE_S = 15.0
LONGEST_PAUSE_S = 3600.0
OPEN = ChoiceChange.done_at.is_(None)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The part of a log that comes next."""

    change: int
    log: int
    log_id: str
    first: int
    end: int
    asks: bool
    """Whether the hub is asked for what is missing."""


def due(now: datetime) -> sa.ColumnElement[bool]:
    """That some choice has not been carried out, as a condition."""
    return sa.exists(sa.select(ChoiceChange.id).where(OPEN, ChoiceChange.due_at <= now))


def claim(session: Session, now: datetime, limit: int) -> list[str]:
    """Origins about which something was chosen that is not carried out, each claimed by pushing its due time."""
    chosen = sa.select(ChoiceChange.id).where(OPEN, ChoiceChange.due_at <= now).limit(limit).scalar_subquery()
    taken = sa.update(ChoiceChange).where(ChoiceChange.id.in_(chosen)).values(due_at=now + LEASE)
    return list(session.scalars(taken.returning(ChoiceChange.origin)))


def resume(now: datetime) -> None:
    """Make due what a process that was killed has left behind. A transaction of its own."""
    with transaction() as session:
        session.execute(sa.update(ChoiceChange).where(OPEN, ChoiceChange.failures == 0).values(due_at=now))


def rechoose(node: Node, origin: str) -> None:
    """Carry out one turn of what was chosen of the hub at `origin`; raises nothing that the hub can cause."""
    for _ in range(STRETCHES_A_TURN):
        stretch = _next(origin)
        if stretch is None:
            return
        again, error = _given_again(node, origin, stretch)
        if not _settle(node, origin, stretch, again, error):
            return
    with transaction() as session:
        session.execute(sa.update(ChoiceChange).where(ChoiceChange.origin == origin, OPEN).values(due_at=node.clock()))


def _next(origin: str) -> _Stretch | None:
    """What is to be done next; None where nothing is."""
    session = reading()
    session.rollback()  # a new look: the stretch before was settled in a transaction of its own
    change = session.scalar(sa.select(ChoiceChange).where(ChoiceChange.origin == origin, OPEN))
    of_peer = sa.select(Peer.state, Log).join(Log, Log.id == Peer.log).where(Peer.origin == origin)
    found = session.execute(of_peer).first()
    if change is None or found is None:
        return None
    state, held = found
    end = min(change.remaining, held.size)
    asks = change.gaps == 0 and state == "active" and held.state == "active"
    return _Stretch(change.id, held.id, held.log_id, max(0, end - STRETCH), end, asks)


def _given_again(node: Node, origin: str, stretch: _Stretch) -> tuple[dict[int, Entry], str | None]:
    """The lines that this stretch lacks, as the hub gives them; or why it gives none."""
    session = reading()
    held = session.get_one(Log, stretch.log)
    missing = rechoosing.missing(session, held, stretch.first, stretch.end)
    if not missing:
        return {}, None
    if not stretch.asks:
        return {}, "waiting"
    leaves = rechoosing.leaves(session, held, missing[0], missing[-1] + 1)
    try:
        return asked(node, origin, stretch.log_id, missing[0], leaves), None
    except ProtocolError as error:
        return {}, slug(error)


def asked(node: Node, origin: str, log_id: str, first: int, leaves: list[bytes]) -> dict[int, Entry]:
    """The lines from `first` on, by number, asked for until all whose leaves are held have come.

    Raises what a hub that can't or does not give them raises.
    """
    talk = peers.client(node, origin)
    lines: list[Entry] = []
    while len(lines) < len(leaves):
        rest = leaves[len(lines) :]
        given = read_again(talk.entries_again(log_id, first + len(lines), len(rest)), rest)
        if not given:
            raise Refused("a page without the lines that were asked for")
        lines.extend(given)
    return {entry.header.seq: entry for entry in lines}


def _settle(node: Node, origin: str, stretch: _Stretch, again: dict[int, Entry], error: str | None) -> bool:
    """Keep what a stretch changes, with its place in the log; whether more is to be done at once."""
    now = node.clock()
    with transaction() as session:
        session.execute(sa.select(Peer.id).where(Peer.origin == origin).with_for_update())
        change = session.get(ChoiceChange, stretch.change, populate_existing=True)
        held = session.scalar(sa.select(Log).join(Peer, Peer.log == Log.id).where(Peer.origin == origin))
        if change is None or held is None or not _stands(change, held, stretch):
            return False
        settled = rechoosing.settle(session, held, stretch.first, stretch.end, again, now)
        media.want(session, node, origin, now)
        change.removed = _added(change.removed, settled.removed)
        change.restored = _added(change.restored, settled.restored)
        change.remaining, change.due_at = stretch.first, now + LEASE
        if error is not None:
            change.gaps, change.last_error = change.gaps + 1, error
        return stretch.first > 0 or _ended(session, change, now)


def _stands(change: ChoiceChange, held: Log, stretch: _Stretch) -> bool:
    """Whether this stretch is still what comes next, and of the same log."""
    next_end = min(change.remaining, held.size)
    return change.done_at is None and held.log_id == stretch.log_id and next_end == stretch.end


def _ended(session: Session, change: ChoiceChange, now: datetime) -> bool:
    """At the start of the log: done, or once more where the hub could not be asked. Nothing is left to do at once."""
    if change.gaps == 0:
        change.done_at, change.failures, change.last_error = now, 0, None
        counts = (sum(canonical.decode(one).values()) for one in (change.removed, change.restored))
        events.tell(session, now, change.origin, "rechosen", " ".join(map(str, counts)))
        return False
    change.remaining, change.gaps, change.failures = change.size, 0, change.failures + 1
    seconds = min(PAUSE_S * 2 ** min(change.failures - 1, 20), LONGEST_PAUSE_S)
    change.due_at = now + timedelta(seconds=seconds * uniform(0.8, 1.2))  # noqa: S311 - jitter, no secret
    return False


def _added(before: bytes, more: Counter[str]) -> bytes:
    """Counts by kind, with more of them."""
    return canonical.encode(dict(Counter(canonical.decode(before)) + more))
