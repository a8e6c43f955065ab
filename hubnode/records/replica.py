"""The only writer of other hubs' records: applies a verified page of a log, whole or not at all (I5, I6, I16, I17)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from federation import fold, pages, tree
from federation.encoding import parse_timestamp
from federation.entries import Entry, encode_line, parse_line
from federation.fold import Apply, Known, Refuse, State
from hubnode.db import table_of
from hubnode.records import indexing, kinds, log
from hubnode.records.models import Log, LogEntry, LogPage, Quarantine, Record

RANK = {"public": 0, "network": 1}
INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
STATES = {"published": State.LIVE, "unread": State.PENDING, "withdrawn": State.WITHDRAWN, "erased": State.ERASED}


@dataclass(frozen=True, slots=True)
class Applied:
    """What a page changed."""

    records: int
    quarantined: int


@dataclass(slots=True)
class _Work:
    """What becomes of the records of one page: rows to write, bodies to show, records to hide, versions not read."""

    rows: dict[str, dict[str, Any]]
    shown: dict[str, kinds.CheckedBody]
    hidden: list[str]
    unread: list[dict[str, Any]]
    before: set[int]
    """Rows of records that were held already, and may have been shown."""


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
    work = _Work({}, {}, [], [], set())
    if page.entries:
        _store(session, held, page)
        work = _fold(session, held, page.entries, now)
        _write(session, held, work)
    held.edge, held.size, held.note, held.changed_at = page.state.edge.to_bytes(), page.state.size, page.note, now
    return Applied(len(work.rows), len(work.unread))


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
        total = Applied(total.records + len(work.rows), total.quarantined + len(work.unread))
    return total


def stored(session: Session, held: Log, after: int, limit: int) -> list[Entry]:
    """Entries of a log as stored here, checked again as they were when they came in."""
    from_store = (
        sa.select(LogEntry).where(LogEntry.log == held.id, LogEntry.seq >= after, LogEntry.seq < after + limit)
    ).order_by(LogEntry.seq)
    return [_entry(row) for row in session.scalars(from_store)]


def _entry(row: LogEntry) -> Entry:
    return parse_line(encode_line(row.header, row.body, row.salt))


def _store(session: Session, held: Log, page: pages.Page) -> None:
    edge, rows = state_of(held).edge, []
    for entry in page.entries:
        nodes, edge = tree.completed(edge, entry.leaf)
        rows.append(log.row(held.id, entry, nodes))
    session.connection().execute(sa.insert(table_of(LogEntry)), rows)
    session.add(LogPage(log=held.id, size=page.state.size, note=page.note))


def _fold(session: Session, held: Log, entries: Sequence[Entry], now: datetime) -> _Work:
    """Decide every entry, keep the last word on each record, and read the bodies that have to be shown."""
    before = _known(session, held.origin, {entry.header.id for entry in entries})
    work = _Work({}, {}, [], [], {record.id for record in before.values()})
    last: dict[str, Entry] = {}
    for step in fold.steps(entries, lambda rec: _as_known(before.get(rec))):
        if isinstance(step.decision, Apply):
            last[step.entry.header.id] = step.entry
        elif isinstance(step.decision, Refuse):
            work.unread.append(_unread(held, step.entry, {"": [step.decision.reason]}, now))
    for rec, entry in last.items():
        _decide(work, held, rec, entry, before.get(rec), now)
        if entry.header.op == "erase":
            log.forget(session, held.id, rec)
    return work


def _decide(work: _Work, held: Log, rec: str, entry: Entry, before: Record | None, now: datetime) -> None:
    header = entry.header
    if header.op != "put":
        work.rows[rec] = _row(held, entry, before, state="withdrawn" if header.op == "del" else "erased")
        work.hidden.append(rec)
        return
    try:
        checked = _checked(entry)
    except _CantRead as problem:
        work.unread.append(_unread(held, entry, problem.reason, now))
        if before is None or before.body is None or RANK[header.vis] > RANK.get(before.level, 0):
            work.rows[rec] = _row(held, entry, before, state="unread")
            work.hidden.append(rec)
        else:
            work.rows[rec] = _kept(held, entry, before)
        return
    work.rows[rec] = _row(held, entry, before, state="published", body=entry.body_bytes, checked=checked)
    work.shown[rec] = checked


class _CantRead(Exception):
    """A signed body that this version can't read, with the reason by field."""

    def __init__(self, reason: dict[str, list[str]]) -> None:
        super().__init__("the body can't be read")
        self.reason = reason


def _checked(entry: Entry) -> kinds.CheckedBody:
    """The body, read by the kind's own schema; raises `_CantRead`."""
    if entry.body is None:
        raise _CantRead({"": ["gone"]})
    try:
        return kinds.check(entry.header.kind, entry.body, received=True)
    except kinds.Invalid as problem:
        raise _CantRead(problem.errors) from problem


def _row(
    held: Log,
    entry: Entry,
    before: Record | None,
    *,
    state: str,
    body: bytes | None = None,
    checked: kinds.CheckedBody | None = None,
) -> dict[str, Any]:
    header, ts = entry.header, parse_timestamp(entry.header.ts)
    starts_at, ends_at = kinds.KINDS[checked.kind].when(checked.body) if checked else (None, None)
    return {
        "origin": held.origin,
        "rec": header.id,
        "own": False,
        "kind": header.kind,
        "state": state,
        "level": header.vis,
        "rev": header.rev,
        "bh": header.bh if header.op == "put" else None,
        "body": body,
        "draft_token": 0,
        "created_at": before.created_at if before else ts,
        "published_at": (before.published_at if before else None) or ts,
        "updated_at": ts,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "unread_rev": header.rev if state == "unread" else None,
        "was_public": bool(before and before.was_public) or (state == "published" and header.vis == "public"),
    }


def _kept(held: Log, entry: Entry, before: Record) -> dict[str, Any]:
    """The row of a record whose newer version can't be read: the older copy stays, and says so."""
    row = _row(held, entry, before, state="published", body=before.body)
    return row | {
        "level": before.level,
        "updated_at": before.updated_at,
        "starts_at": before.starts_at,
        "ends_at": before.ends_at,
        "unread_rev": entry.header.rev,
    }


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
    if work.rows:
        _upsert(session, list(work.rows.values()))
        found = sa.select(Record.rec, Record.id).where(Record.origin == held.origin, Record.rec.in_(work.rows))
        pks = dict(session.execute(found).all())
        shown = [_shown(held, pks[rec], work.rows[rec], checked) for rec, checked in work.shown.items()]
        if work.hidden:
            indexing.hide(session, [pks[rec] for rec in work.hidden])
        indexing.show(session, shown, work.before)
        indexing.touch(session)
        session.execute(sa.delete(Quarantine).where(Quarantine.log == held.id, Quarantine.rec.in_(work.rows)))
    if work.unread:
        session.execute(sa.insert(Quarantine), work.unread)


def _shown(held: Log, pk: int, row: dict[str, Any], checked: kinds.CheckedBody) -> indexing.Shown:
    return indexing.Shown(
        pk, held.origin, checked.kind, row["level"], checked.body, row["updated_at"], row["starts_at"], row["ends_at"]
    )


def _upsert(session: Session, rows: list[dict[str, Any]]) -> None:
    """Insert or replace record rows."""
    insert = INSERTS[session.get_bind().dialect.name](table_of(Record))
    changed = {name: insert.excluded[name] for name in rows[0] if name not in ("origin", "rec", "own", "created_at")}
    session.connection().execute(insert.on_conflict_do_update(index_elements=["origin", "rec"], set_=changed), rows)
    session.expire_all()
