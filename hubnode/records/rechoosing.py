"""Carrying out a new choice on what is here already: one stretch of a copied log at a time, from its end to its start.

From the end, because the latest version of a record decides about all of them: when an older line is met, it is known
already whether its record is kept. A stretch gives up what is not taken any more and takes back what its origin has
given again; the records that this changes are rebuilt from their entries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.entries import Entry
from hubnode.records import choices, log, replica, review, standing, statements
from hubnode.records.choosing import Choice
from hubnode.records.models import Log, LogEntry, Record

TEXT = ("published", "unread", review.STATE)
"""States of a copy in which its text is kept here."""
FINAL = ("withdrawn", "erased", statements.STATE)
"""States in which there is no text to be chosen."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a stretch changed: records by kind whose text was removed here, or taken back."""

    removed: Counter[str]
    restored: Counter[str]


def missing(session: Session, held: Log, first: int, end: int) -> list[int]:
    """The numbers of the entries in this stretch whose bodies are not here and are to be taken now, in order."""
    choice = choices.of(session, held.origin)
    chosen = sa.select(LogEntry.seq, LogEntry.rec).where(_stretch(held, first, end), LogEntry.untaken)
    rows = session.execute(chosen.order_by(LogEntry.seq)).all()
    records = _records(session, held, {rec for _, rec in rows})
    given_up = _given_up(session, held, records.values(), end)
    return [seq for seq, rec in rows if rec not in given_up and _wanted(records.get(rec), choice)]


def leaves(session: Session, held: Log, first: int, end: int) -> list[bytes]:
    """The leaf hashes of this stretch, which prove its lines when they are given again."""
    nodes = sa.select(LogEntry.nodes).where(_stretch(held, first, end)).order_by(LogEntry.seq)
    return [of_one[:32] for of_one in session.scalars(nodes)]


def settle(session: Session, held: Log, first: int, end: int, again: Mapping[int, Entry], now: datetime) -> Settled:
    """Apply the choice to the entries from `first` to before `end`; part of the caller's transaction.

    `again` are lines that the origin has given once more, proven by their leaves.
    """
    choice = choices.of(session, held.origin)
    rows = session.scalars(sa.select(LogEntry).where(_stretch(held, first, end)).order_by(LogEntry.seq)).all()
    records = _records(session, held, {row.rec for row in rows})
    given_up = _given_up(session, held, records.values(), end)
    changed = {record.rec for record in records.values() if _shown_otherwise(record, choice)}
    alive = [(row, records[row.rec]) for row in rows if row.rec in records and records[row.rec].state not in FINAL]
    dropped = [row for row, record in alive if _no_longer_taken(row, record, choice)]
    restored = [row for row, record in alive if row.rec not in given_up and _restored(row, record, choice, again)]
    changed.update(row.rec for row in (*dropped, *restored))
    session.flush()
    if dropped:
        log.give_up(session, held.id, LogEntry.seq.in_([row.seq for row in dropped]))
    return _rebuilt(session, held, records, changed, now)


def _rebuilt(
    session: Session, held: Log, records: Mapping[str, Record], changed: Collection[str], now: datetime
) -> Settled:
    if not changed:
        return Settled(Counter(), Counter())
    before = {rec: records[rec].state for rec in changed}
    replica.refold_records(session, held, changed, now)
    after = _records(session, held, changed)
    removed = (one.kind for rec, one in after.items() if before[rec] in TEXT and one.state == standing.UNTAKEN)
    restored = (one.kind for rec, one in after.items() if before[rec] == standing.UNTAKEN and one.state in TEXT)
    return Settled(Counter(removed), Counter(restored))


def _stretch(held: Log, first: int, end: int) -> sa.ColumnElement[bool]:
    return sa.and_(LogEntry.log == held.id, LogEntry.seq >= first, LogEntry.seq < end)


def _records(session: Session, held: Log, recs: Collection[str]) -> dict[str, Record]:
    chosen = sa.select(Record).where(Record.origin == held.origin, ~Record.own, Record.rec.in_(recs))
    return {record.rec: record for record in session.scalars(chosen.execution_options(populate_existing=True))}


def _given_up(session: Session, held: Log, records: Collection[Record], end: int) -> set[str]:
    """Those of these records that are not taken by their latest version, which stands at `end` or later."""
    untaken = [record.rec for record in records if record.state == standing.UNTAKEN]
    later = sa.select(LogEntry.rec).where(LogEntry.log == held.id, LogEntry.seq >= end, LogEntry.rec.in_(untaken))
    return set(session.scalars(later)) if untaken else set()


def _wanted(record: Record | None, choice: Choice) -> bool:
    return record is not None and record.state not in FINAL and choice.taken.passes_kind(record.kind)


def _no_longer_taken(row: LogEntry, record: Record, choice: Choice) -> bool:
    return row.body is not None and not choice.takes(record.kind, orjson.loads(row.body))


def _restored(row: LogEntry, record: Record, choice: Choice, again: Mapping[int, Entry]) -> bool:
    """Take the body of this entry back if it has been given again and is taken; whether that was so."""
    entry = again.get(row.seq)
    if not row.untaken or entry is None or entry.body is None or not choice.takes(record.kind, entry.body):
        return False
    row.body, row.salt, row.untaken = entry.body_bytes, entry.salt, False
    return True


def _shown_otherwise(record: Record, choice: Choice) -> bool:
    """Whether the choice shows a record that is hidden, or hides one that is shown."""
    if record.state == "published" and record.body is not None:
        return record.hidden == choice.shows(record.kind, orjson.loads(record.body))
    return record.state in ("withdrawn", "erased") and record.hidden == choice.shows(record.kind, None)


def held_bodies(session: Session, held: Log, recs: Sequence[str]) -> dict[str, bytes]:
    """The latest body that is kept of each of these records."""
    chosen = sa.select(LogEntry.rec, LogEntry.body).where(LogEntry.log == held.id, LogEntry.rec.in_(recs))
    return {rec: body for rec, body in session.execute(chosen.order_by(LogEntry.seq)) if body is not None}
