"""The only writer of other hubs' records: applies a verified page of a log, whole or not at all (I5, I6, I16, I17)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import fold, pages, tree
from federation.entries import Entry, encode_line, parse_line
from federation.fold import Apply, Known, Refuse, State
from hubnode.db import insert_many
from hubnode.records import choices, indexing, kinds, log, removals, review, standing, statements
from hubnode.records.choosing import Choice
from hubnode.records.models import Log, LogEntry, LogPage, Quarantine, Record
from hubnode.records.standing import Stand

STATES = {
    "published": State.LIVE,
    "statement": State.LIVE,
    review.STATE: State.LIVE,
    "unread": State.PENDING,
    standing.UNTAKEN: State.LIVE,
    "withdrawn": State.WITHDRAWN,
    "erased": State.ERASED,
}


PENDING = json.dumps(standing.GONE)
"""The reason in the quarantine of a version whose text did not come."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a page changed."""

    records: int
    quarantined: int
    """Versions that could not be read."""
    statements: Sequence[Entry] = ()
    """What the hub says in this page about itself and others, for the network room to judge."""
    pending: int = 0
    """Versions whose texts did not come."""


@dataclass(slots=True)
class _Work:
    """What becomes of the records of one page, by id."""

    stands: dict[str, Stand]
    unread: dict[str, list[dict[str, Any]]]
    """Quarantine rows of versions that nothing readable has followed."""
    held: set[int]
    """Rows of records that were held already, and may have been shown."""
    last: int = -1
    """The number of the last entry looked at."""

    @property
    def quarantined(self) -> int:
        """Versions that could not be read."""
        return sum(map(len, self.unread.values())) - self.pending

    @property
    def pending(self) -> int:
        """Versions whose texts did not come; they wait in quarantine too."""
        return sum(row["reason"] == PENDING for rows in self.unread.values() for row in rows)


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
        choice = choices.of(session, held.origin)
        _store(session, held, page, choice, now)
        work = _fold(session, held, page.entries, choice, now)
        _write(session, held, work)
    held.edge, held.size, held.note, held.changed_at = page.state.edge.to_bytes(), page.state.size, page.note, now
    said = tuple(entry for entry in page.entries if entry.header.kind in statements.KINDS)
    return Applied(len(work.stands), work.quarantined, said, work.pending)


def refold(session: Session, held: Log, now: datetime) -> Applied:
    """Rebuild all records of one copy from its stored entries (I5). Part of the caller's transaction."""
    # Rows of revision 0 are of an earlier log (see `epochs`): what was erased there stays erased.
    listed = sa.and_(Record.origin == held.origin, ~Record.own, Record.rev > 0)
    old = session.scalars(sa.select(Record.id).where(listed)).all()
    marks = _marks(session, held, sa.true())
    indexing.hide(session, old)
    session.execute(sa.delete(Record).where(listed))
    session.execute(sa.delete(Quarantine).where(Quarantine.log == held.id))
    choice, total = choices.of(session, held.origin), Applied(0, 0)
    for start in range(0, held.size, pages.MAX_LINES):
        missing = untaken(session, held, start, pages.MAX_LINES)
        work = _fold(session, held, stored(session, held, start, pages.MAX_LINES), choice, now, missing)
        _carry_over(work, marks)
        _write(session, held, work)
        total = Applied(total.records + len(work.stands), total.quarantined + work.quarantined)
    review.hold(session, held)
    return total


def refold_records(session: Session, held: Log, recs: Collection[str], now: datetime) -> Applied:
    """Rebuild these records of one copy from its stored entries. Part of the caller's transaction."""
    of_these = sa.select(LogEntry).where(LogEntry.log == held.id, LogEntry.rec.in_(recs)).order_by(LogEntry.seq)
    rows = session.scalars(of_these.execution_options(populate_existing=True)).all()
    missing = {row.seq for row in rows if row.untaken}
    known = _known(session, held.origin, set(recs))
    choice, marks = choices.of(session, held.origin), _marks(session, held, Quarantine.rec.in_(recs))
    work = _fold(session, held, [_entry(row) for row in rows], choice, now, missing, anew=True)
    work.held = {record.id for record in known.values()}
    _carry_over(work, marks)
    _write(session, held, work)
    review.hold(session, held)
    return Applied(len(work.stands), work.quarantined)


def stored(session: Session, held: Log, after: int, limit: int) -> list[Entry]:
    """Entries of a log as stored here, checked again as they were when they came in."""
    from_store = (
        sa.select(LogEntry).where(LogEntry.log == held.id, LogEntry.seq >= after, LogEntry.seq < after + limit)
    ).order_by(LogEntry.seq)
    return [_entry(row) for row in session.scalars(from_store)]


def untaken(session: Session, held: Log, after: int, limit: int) -> set[int]:
    """The numbers of those entries of a copy whose bodies this hub has chosen not to keep."""
    numbers = sa.select(LogEntry.seq).where(LogEntry.log == held.id, LogEntry.untaken)
    return set(session.scalars(numbers.where(LogEntry.seq >= after, LogEntry.seq < after + limit)))


def _entry(row: LogEntry) -> Entry:
    return parse_line(encode_line(row.header, row.body, row.salt))


def _store(session: Session, held: Log, page: pages.Page, choice: Choice, now: datetime) -> None:
    edge, rows = state_of(held).edge, []
    for entry in page.entries:
        nodes, edge = tree.completed(edge, entry.leaf)
        rows.append(log.row(held.id, entry, nodes, untaken=not _kept(entry, choice)))
    insert_many(session, LogEntry, log.COLUMNS, rows)
    session.add(LogPage(log=held.id, size=page.state.size, note=page.note, received_at=now))


def _kept(entry: Entry, choice: Choice) -> bool:
    """Whether the body of an entry is stored here, if it has one."""
    header = entry.header
    return entry.body is None or header.kind in statements.KINDS or choice.takes(header.kind, entry.body)


def _fold(
    session: Session,
    held: Log,
    entries: Sequence[Entry],
    choice: Choice,
    now: datetime,
    missing: Collection[int] = (),
    *,
    anew: bool = False,
) -> _Work:
    """Follow every record of these entries from one stand to the next, or from the beginning where it is done `anew`.

    `missing` are the numbers of entries whose bodies were not taken.
    """
    before = {} if anew else _known(session, held.origin, {entry.header.id for entry in entries})
    work = _Work({}, {}, {record.id for record in before.values()}, entries[-1].header.seq if entries else -1)
    for step in fold.steps(entries, lambda rec: _as_known(before.get(rec))):
        entry, rec = step.entry, step.entry.header.id
        if isinstance(step.decision, Refuse):
            work.unread.setdefault(rec, []).append(_unread(held, entry, {"": [step.decision.reason]}, now))
        elif isinstance(step.decision, Apply):
            earlier = work.stands.get(rec) or (standing.as_held(before[rec]) if rec in before else None)
            stand = standing.after(earlier, entry, choice, untaken=entry.header.seq in missing)
            work.stands[rec] = stand
            work.unread[rec] = [_unread(held, entry, stand.unread, now)] if stand.unread else []
            if entry.header.op != "put":
                removals.take_back(session, held.id, entry.header.seq, rec, now)
        elif held.relisting:  # erased in an earlier log too: this one waits for its own receipt
            removals.take_back(session, held.id, entry.header.seq, rec, now)
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
        "passed_over_at": None,
    }


def _marks(session: Session, held: Log, which: sa.ColumnElement[bool]) -> dict[int, dict[str, Any]]:
    """What people and time have added to the quarantine: what a rebuild has to keep, by the number of the entry."""
    chosen = sa.select(Quarantine.seq, Quarantine.at, Quarantine.passed_over_at)
    kept = session.execute(chosen.where(Quarantine.log == held.id, which))
    return {seq: {"at": at, "passed_over_at": passed_over_at} for seq, at, passed_over_at in kept}


def _carry_over(work: _Work, marks: Mapping[int, dict[str, Any]]) -> None:
    for rows in work.unread.values():
        for row in rows:
            row.update(marks.get(row["seq"], {}))


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
        hidden = [pks[rec] for rec, one in work.stands.items() if not _in_index(one)]
        indexing.hide(session, [pk for pk in hidden if pk in work.held])
        indexing.show(session, shown, work.held)
        indexing.touch(session)
        _give_up(session, held, work)
        session.execute(sa.delete(Quarantine).where(Quarantine.log == held.id, Quarantine.rec.in_(work.stands)))
    if unread := [row for rows in work.unread.values() for row in rows]:
        session.execute(sa.insert(Quarantine), unread)


def _in_index(stand: Stand) -> bool:
    return stand.row["state"] == "published" and not stand.row["hidden"]


def _give_up(session: Session, held: Log, work: _Work) -> None:
    """What is no longer taken leaves no older version behind."""
    recs = [rec for rec, stand in work.stands.items() if stand.row["state"] == standing.UNTAKEN]
    if recs:
        log.give_up(session, held.id, sa.and_(LogEntry.rec.in_(recs), LogEntry.seq <= work.last))


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
