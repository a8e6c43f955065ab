"""The only writer of other hubs' records: applies a verified page of a log, whole or not at all (I5, I6, I16, I17)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import fold, pages, tree
from federation.entries import Entry, encode_line, parse_line
from federation.fold import Apply, Known, Refuse, State
from hubnode.db import insert_many
from hubnode.records import indexing, kinds, log, standing, statements
from hubnode.records.models import Log, LogEntry, LogPage, Quarantine, Record
from hubnode.records.standing import Stand

STATES = {
    "published": State.LIVE,
    "statement": State.LIVE,
    "unread": State.PENDING,
    "withdrawn": State.WITHDRAWN,
    "erased": State.ERASED,
}


@dataclass(frozen=True, slots=True)
class Applied:
    """What a page changed."""

    records: int
    quarantined: int
    statements: Sequence[Entry] = ()
    """What the hub says in this page about itself and others, for the network room to judge."""


@dataclass(slots=True)
class _Work:
    """What becomes of the records of one page, by id."""

    stands: dict[str, Stand]
    unread: dict[str, list[dict[str, Any]]]
    """Quarantine rows of versions that nothing readable has followed."""
    held: set[int]
    """Rows of records that were held already, and may have been shown."""

    @property
    def quarantined(self) -> int:
        """Versions that could not be read."""
        return sum(map(len, self.unread.values()))


def state_of(held: Log) -> pages.ReplicaState:
    """What this node holds of another hub's log, as the protocol library needs it."""
    edge = tree.CompactRange.from_bytes(held.edge) if held.edge else tree.CompactRange()
    return pages.ReplicaState(held.origin, held.log_id, edge, held.note)


def apply(session: Session, held: Log, page: pages.Page, now: datetime) -> Applied:
    """Apply a verified page: cursor, tree edge, entries, records and index. Part of the caller's transaction.

    The page must begin where the copy ends: a page that another worker applied meanwhile changes nothing.
    """
    if page.state.size - len(page.entries) != held.size:
        return Applied(0, 0)
    work = _Work({}, {}, set())
    if page.entries:
        _store(session, held, page, now)
        work = _fold(session, held, page.entries, now)
        _write(session, held, work)
    held.edge, held.size, held.note, held.changed_at = page.state.edge.to_bytes(), page.state.size, page.note, now
    said = tuple(entry for entry in page.entries if entry.header.kind in statements.KINDS)
    return Applied(len(work.stands), work.quarantined, said)


def refold(session: Session, held: Log, now: datetime) -> Applied:
    """Rebuild all records of one copy from its stored entries (I5). Part of the caller's transaction."""
    old = session.scalars(sa.select(Record.id).where(Record.origin == held.origin, ~Record.own)).all()
    indexing.hide(session, old)
    session.execute(sa.delete(Record).where(Record.origin == held.origin, ~Record.own))
    session.execute(sa.delete(Quarantine).where(Quarantine.log == held.id))
    total = Applied(0, 0)
    for start in range(0, held.size, pages.MAX_LINES):
        work = _fold(session, held, stored(session, held, start, pages.MAX_LINES), now)
        _write(session, held, work)
        total = Applied(total.records + len(work.stands), total.quarantined + work.quarantined)
    return total


def stored(session: Session, held: Log, after: int, limit: int) -> list[Entry]:
    """Entries of a log as stored here, checked again as they were when they came in."""
    from_store = (
        sa.select(LogEntry).where(LogEntry.log == held.id, LogEntry.seq >= after, LogEntry.seq < after + limit)
    ).order_by(LogEntry.seq)
    return [_entry(row) for row in session.scalars(from_store)]


def _entry(row: LogEntry) -> Entry:
    return parse_line(encode_line(row.header, row.body, row.salt))


def _store(session: Session, held: Log, page: pages.Page, now: datetime) -> None:
    edge, rows = state_of(held).edge, []
    for entry in page.entries:
        nodes, edge = tree.completed(edge, entry.leaf)
        rows.append(log.row(held.id, entry, nodes))
    insert_many(session, LogEntry, log.COLUMNS, rows)
    session.add(LogPage(log=held.id, size=page.state.size, note=page.note, received_at=now))


def _fold(session: Session, held: Log, entries: Sequence[Entry], now: datetime) -> _Work:
    """Follow every record of these entries from one stand to the next."""
    before = _known(session, held.origin, {entry.header.id for entry in entries})
    work = _Work({}, {}, {record.id for record in before.values()})
    for step in fold.steps(entries, lambda rec: _as_known(before.get(rec))):
        entry, rec = step.entry, step.entry.header.id
        if isinstance(step.decision, Refuse):
            work.unread.setdefault(rec, []).append(_unread(held, entry, {"": [step.decision.reason]}, now))
        elif isinstance(step.decision, Apply):
            earlier = work.stands.get(rec) or (standing.as_held(before[rec]) if rec in before else None)
            stand = work.stands[rec] = standing.after(earlier, entry)
            work.unread[rec] = [_unread(held, entry, stand.unread, now)] if stand.unread else []
            if entry.header.op == "erase":
                log.forget(session, held.id, rec)
    return work


def _unread(held: Log, entry: Entry, reason: dict[str, list[str]], now: datetime) -> dict[str, Any]:
    header = entry.header
    told = json.dumps({path: [str(text) for text in texts] for path, texts in reason.items()}, ensure_ascii=False)
    return {
        "log": held.id,
        "seq": header.seq,
        "rec": header.id,
        "rev": header.rev,
        "kind": header.kind,
        "reason": told[:2000],
        "at": now,
    }


def _known(session: Session, origin: str, recs: set[str]) -> dict[str, Record]:
    chosen = sa.select(Record).where(Record.origin == origin, ~Record.own, Record.rec.in_(recs))
    return {record.rec: record for record in session.scalars(chosen)}


def _as_known(record: Record | None) -> Known | None:
    return None if record is None else Known(record.rev, STATES[record.state], record.kind)


def _write(session: Session, held: Log, work: _Work) -> None:
    """Write rows, index and quarantine of one page."""
    if work.stands:
        _upsert(session, [stand.row for stand in work.stands.values()])
        found = sa.select(Record.rec, Record.id).where(Record.origin == held.origin, Record.rec.in_(work.stands))
        pks = dict(session.execute(found).all())
        shown = [_shown(held, pks[rec], one.row, one.shown) for rec, one in work.stands.items() if one.shown]
        hidden = [pks[rec] for rec, one in work.stands.items() if one.row["state"] != "published"]
        indexing.hide(session, [pk for pk in hidden if pk in work.held])
        indexing.show(session, shown, work.held)
        indexing.touch(session)
        session.execute(sa.delete(Quarantine).where(Quarantine.log == held.id, Quarantine.rec.in_(work.stands)))
    if unread := [row for rows in work.unread.values() for row in rows]:
        session.execute(sa.insert(Quarantine), unread)


def _shown(held: Log, pk: int, row: dict[str, Any], checked: kinds.CheckedBody) -> indexing.Shown:
    return indexing.Shown(
        pk, held.origin, checked.kind, row["level"], checked.body, row["updated_at"], row["starts_at"], row["ends_at"]
    )


def _upsert(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert or replace record rows."""
    changed = (name for name in standing.COLUMNS if name not in ("origin", "rec", "own", "created_at"))
    renewed = ", ".join(f"{name} = excluded.{name}" for name in changed)
    values = [tuple(row[name] for name in standing.COLUMNS) for row in rows]
    insert_many(session, Record, standing.COLUMNS, values, replace=f"(origin, rec) DO UPDATE SET {renewed}")
    session.expire_all()
