"""Records of another hub that are held back, because entries that changed them were signed by a key in other hands.

What is held back is derived from the numbers of the doubtful entries: a rebuild of the copy gives the same again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import canonical, tree
from hubnode.records import indexing, kinds, log, statements
from hubnode.records.models import Log, LogEntry, LogPage, Record
from hubnode.records.review_models import Review

STATE = "review"
"""The state of a record that is held back; no read path shows it."""
LISTED = 200


@dataclass(frozen=True, slots=True)
class Doubt:
    """One doubtful entry, for the person who has to decide."""

    seq: int
    op: str
    kind: str
    rec: str
    title: str
    at: str
    """When the entry says that it was written; for people."""


def open_for(session: Session, held: Log, first: int, until: int, key_id: str, since: datetime, now: datetime) -> int:
    """Put the entries from `first` to before `until` under review; answers how many records that hides.

    Part of the caller's transaction. A review that is open already grows.
    """
    row = session.get(Review, held.id)
    if row is None:
        row = Review(log=held.id, first=first, until=until, key_id=key_id, since=since, learned_at=now)
        session.add(row)
    row.first, row.until, row.since = min(row.first, first), max(row.until, until), min(row.since, since)
    session.flush()
    return hold(session, held)


def of(session: Session, held: Log) -> Review | None:
    """The open review of a copy, if there is one."""
    return session.get(Review, held.id)


def hold(session: Session, held: Log) -> int:
    """Hide the records whose present version is in doubt; answers how many. Part of the caller's transaction."""
    review = of(session, held)
    if review is None:
        return 0
    # A record with a newer version that can't be read shows an older one, which may be the doubtful one.
    made_so = sa.or_(LogEntry.rev == Record.rev, Record.unread_rev.is_not(None))
    doubtful = _entries(held, review).where(LogEntry.rec == Record.rec, made_so).exists()
    shown = sa.select(Record.id).where(Record.origin == held.origin, ~Record.own, Record.state == "published", doubtful)
    numbers = session.scalars(shown).all()
    if numbers:
        session.execute(sa.update(Record).where(Record.id.in_(numbers)).values(state=STATE))
        indexing.hide(session, numbers)
        indexing.touch(session)
        session.expire_all()
    return len(numbers)


def held_back(session: Session, held: Log) -> list[str]:
    """The ids of the records that are held back."""
    chosen = sa.select(Record.rec).where(Record.origin == held.origin, ~Record.own, Record.state == STATE)
    return list(session.scalars(chosen))


def close(session: Session, held: Log) -> None:
    """Forget the review; its records must be folded again. Part of the caller's transaction."""
    session.execute(sa.delete(Review).where(Review.log == held.id))


def cut(session: Session, held: Log, size: int) -> None:
    """Shorten a copy to its first `size` entries, where a page ended; its records must be folded again.

    Part of the caller's transaction.
    """
    if held.own:
        raise ValueError("the own log is never shortened")
    edge = tree.range_at(size, log.node_of(session, held.id)) if size else tree.CompactRange()
    session.execute(sa.delete(LogPage).where(LogPage.log == held.id, LogPage.size > size))
    session.execute(sa.delete(LogEntry).where(LogEntry.log == held.id, LogEntry.seq >= size))
    note = session.scalar(sa.select(LogPage.note).where(LogPage.log == held.id, LogPage.size == size))
    held.size, held.edge, held.note = size, edge.to_bytes(), note or ""
    session.flush()
    session.expire_all()


def doubts(session: Session, held: Log) -> Sequence[Doubt]:
    """The doubtful entries about records, in their order; at most `LISTED`."""
    review = of(session, held)
    if review is None:
        return []
    chosen = _entries(held, review).add_columns(LogEntry).order_by(LogEntry.seq).limit(LISTED)
    found = [_doubt(row) for _, row in session.execute(chosen)]
    return [one for one in found if one.kind not in statements.KINDS]


def _entries(held: Log, review: Review) -> sa.Select[int]:
    return sa.select(LogEntry.seq).where(
        LogEntry.log == held.id, LogEntry.seq >= review.first, LogEntry.seq < review.until
    )


def _doubt(row: LogEntry) -> Doubt:
    header = canonical.decode(row.header)
    return Doubt(row.seq, row.op, header["kind"], row.rec, _title(header["kind"], row.body), header["ts"])


def _title(kind: str, body: bytes | None) -> str:
    """What the entry calls its record, where it can be read."""
    if body is None or kind not in kinds.KINDS:
        return ""
    try:
        return next(iter(kinds.KINDS[kind].headline(canonical.decode(body)).values()), "")
    except (AttributeError, KeyError, TypeError, ValueError):
        return ""
