"""Own records that came back: after a restore from an old backup, other hubs return the entries that it lacks.

What returns is what was shared, so a record gets back its latest shared version; fields and records that never left
this hub, and were newer than the backup, are lost. What the backup holds of such fields is kept where it still fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import canonical, pages, tree
from federation.encoding import parse_timestamp
from federation.entries import Entry
from hubnode.db import insert_many
from hubnode.records import attachments, consents, indexing, kinds, log, profiles, removals, statements
from hubnode.records.models import Log, LogEntry, Record, RecordVersion, own_record


class CantReturn(Exception):
    """An own entry that this version of the software can't read: it was written by a newer one."""


@dataclass(slots=True)
class _Work:
    """What is to be shown, and no longer to be shown, once a page has been followed."""

    shown: dict[int, indexing.Shown] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)


def apply(session: Session, held: Log, page: pages.Page, now: datetime) -> int:
    """Append a verified page of the own log to it, and bring the own records up to it; answers how many entries.

    Part of the caller's transaction. A page that does not begin where the log ends changes nothing. Raises
    `CantReturn`.
    """
    if page.state.size - len(page.entries) != held.size:
        return 0
    _store(session, held, page.entries)
    work = _Work()
    for entry in page.entries:
        _follow(session, held, entry, work, now)
    indexing.hide(session, sorted(work.gone))
    indexing.show(session, list(work.shown.values()), before=set(work.shown))
    indexing.touch(session)
    held.edge, held.size, held.changed_at = page.state.edge.to_bytes(), page.state.size, now
    return len(page.entries)


def _store(session: Session, held: Log, entries: Sequence[Entry]) -> None:
    edge, rows = tree.CompactRange.from_bytes(held.edge), []
    for entry in entries:
        nodes, edge = tree.completed(edge, entry.leaf)
        rows.append(log.row(held.id, entry, nodes))
    insert_many(session, LogEntry, log.COLUMNS, rows)


def _follow(session: Session, held: Log, entry: Entry, work: _Work, now: datetime) -> None:
    """Let one record stand as its next entry says."""
    record = session.scalar(sa.select(Record).where(own_record(entry.header.id))) or _new(session, held, entry)
    header = entry.header
    record.rev, record.bh, record.updated_at = header.rev, header.bh, parse_timestamp(header.ts)
    work.shown.pop(record.id, None)
    if header.op == "put" and entry.body is not None:
        _put(session, record, entry, work)
        return
    work.gone.add(record.id)
    if header.op == "put":
        return  # superseded or taken back by a later entry
    removals.take_back(session, held.id, header.seq, record.rec, now)
    if header.op == "del":
        _withdraw(session, record, now)
    else:
        _erase(session, record)


def _new(session: Session, held: Log, entry: Entry) -> Record:
    header, ts = entry.header, parse_timestamp(entry.header.ts)
    record = Record(
        origin=held.origin,
        rec=header.id,
        own=True,
        kind=header.kind,
        state="withdrawn",
        level=header.vis,
        rev=0,
        draft_token=0,
        was_public=False,
        created_at=ts,
        updated_at=ts,
    )
    session.add(record)
    session.flush()
    return record


def _put(session: Session, record: Record, entry: Entry, work: _Work) -> None:
    header, ts = entry.header, parse_timestamp(entry.header.ts)
    record.published_at = record.published_at or ts
    if header.kind in statements.KINDS:
        record.state, record.body = statements.STATE, entry.body_bytes
        return
    checked = _read(session, record, entry)
    record.state, record.level, record.body = "published", header.vis, checked.canonical
    record.starts_at, record.ends_at = kinds.KINDS[checked.kind].when(checked.body)
    record.was_public = record.was_public or header.vis == "public"
    if record.kind == consents.KIND:
        profiles.returned(session, record, ts)
    version = RecordVersion(record=record.id, rev=header.rev, level=header.vis, body=checked.canonical, published_at=ts)
    session.merge(version)
    work.gone.discard(record.id)
    work.shown[record.id] = indexing.Shown(
        record.id, record.origin, record.kind, header.vis, checked.body, ts, record.starts_at, record.ends_at
    )


def _read(session: Session, record: Record, entry: Entry) -> kinds.CheckedBody:
    """The shared version with what the backup holds of fields that are not shared."""
    try:
        shared = kinds.check(record.kind, entry.body, received=True)
    except kinds.Invalid as problem:
        raise CantReturn(f"entry {entry.header.seq}: {problem}") from problem
    kept = _unshared(record, shared, entry.header.vis)
    if record.kind == consents.KIND:
        whole = consents.without(shared.body | kept, entry.header.vis, consents.scopes(session, record.id))
        kept = {name: value for name, value in kept.items() if name in whole}
    if not kept:
        return shared
    try:
        return kinds.check(record.kind, shared.body | kept, complete=False)
    except kinds.Invalid:
        return shared


def _unshared(record: Record, shared: kinds.CheckedBody, level: str) -> dict[str, object]:
    """What the version in the backup has for this hub alone, and would have for it alone in the version that came.

    A field whose shared part has not changed is kept as a whole, with the parts that are not shared.
    """
    if record.body is None:
        return {}
    before, came = canonical.decode(record.body), shared.body
    visible = kinds.project(record.kind, before, "network", record.level)
    same = {name: before[name] for name, seen in visible.items() if came.get(name) == seen != before[name]}
    own = {name: value for name, value in before.items() if name not in visible and name not in came}
    whole = came | same | own
    hidden = (name for name in own if kinds.level_of(record.kind, whole, name, level) not in log.SHARED)
    return same | {name: own[name] for name in hidden}


def _withdraw(session: Session, record: Record, now: datetime) -> None:
    """Withdraw as `service.withdraw` does: its author keeps it as a draft.

    Of a profile only what needs no consent is kept: the entry may stand for one that was withdrawn, of which the backup
    knows nothing.
    """
    record.draft, record.draft_level = record.draft or record.body, record.draft_level or record.level
    if record.kind == consents.KIND:
        consents.end(session, record.id, None, now)
        record.draft, record.body = _agreed(record.draft, record.draft_level), _agreed(record.body, record.level)
        session.execute(sa.delete(RecordVersion).where(RecordVersion.record == record.id))
        removals.want_scrub(session)
    record.state = "withdrawn"
    record.draft_token += 1
    attachments.drafted(session, record, attachments.body_of(record.draft))


def _agreed(content: bytes | None, level: str) -> bytes | None:
    """The body without anything that takes a consent."""
    return canonical.encode(consents.without(canonical.decode(content), level, {})) if content else None


def _erase(session: Session, record: Record) -> None:
    """Erase as `service.erase` does: no version, no draft, no text in the log, and the files are to be cleared."""
    removals.want_scrub(session)
    session.execute(sa.delete(RecordVersion).where(RecordVersion.record == record.id))
    record.state, record.body, record.draft, record.bh = "erased", None, None, None
    record.draft_at, record.draft_level, record.starts_at, record.ends_at = None, None, None, None
    attachments.drafted(session, record, None)
    profiles.forget(session, record)
