"""The only writer of this hub's own records: draft, publish, revise, withdraw, erase.

Each function is one transaction: row, index, log entry and tree edge together, or nothing. Nothing is sent from here;
peers learn of it because our log has grown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from ulid import ULID

from federation import canonical
from hubnode.db import reading, transaction
from hubnode.people.viewer import Viewer
from hubnode.records import attachments, indexing, kinds, log, removals, statements
from hubnode.records.errors import Forbidden, Gone, NotFound, NotNow, Stale
from hubnode.records.models import LogEntry, Record, RecordVersion, own_record

LEVELS = ("public", "network", "hub")
CHUNK = 500
SHARED = ("public", "network")
"""Levels that leave the hub; the others never enter the log (I7)."""


class Incomplete(Exception):
    """A draft can't be published yet; `errors` maps each field to what is missing there."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(f"{len(errors)} fields need attention")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Draft:
    """What is being written, with the token that a later save must show."""

    id: str
    kind: str
    body: dict[str, Any]
    level: str
    token: int
    state: str
    rev: int
    saved_at: datetime | None = None
    """When the draft was saved last; None where the published version is what there is."""


def new_id(now: datetime) -> str:
    """A random ULID: unique without asking anybody, and saying nothing but when."""
    return str(ULID.from_datetime(now))


def save_draft(
    viewer: Viewer,
    kind: str,
    body: dict[str, Any],
    *,
    now: datetime,
    id: str | None = None,
    level: str = "hub",
    token: int | None = None,
) -> Draft:
    """Keep what is being written, complete or not; nothing of it is visible to anybody else.

    `token` is the one of the draft that the writer saw; raises `Stale` when another was saved since, `kinds.Invalid`
    when a field holds what no version could hold, `Forbidden`, `NotFound`.
    """
    _may_write(viewer)
    checked = kinds.check(kind, body, complete=False)
    _known_level(level)
    with transaction() as session:
        record = _for_draft(session, kind, id, level, now)
        if token is not None and token != record.draft_token:
            raise Stale(record.rec)
        record.draft, record.draft_level, record.draft_at = checked.canonical, level, now
        record.draft_token += 1
        session.flush()
        attachments.drafted(session, record, checked.body)
        return _draft(record)


def draft(viewer: Viewer, id: str) -> Draft:
    """What the writer of record `id` goes on with: the draft, or else the published version."""
    _may_write(viewer)
    return _draft(_own(reading(), id))


def discard_draft(viewer: Viewer, id: str) -> None:
    """Throw the draft away; the published version stays, and a record that never had one disappears."""
    _may_write(viewer)
    with transaction() as session:
        record = _own(session, id)
        attachments.drafted(session, record, None)
        if record.rev == 0 and record.state == "draft":
            session.delete(record)
            return
        record.draft, record.draft_level, record.handed_at = None, None, None
        record.draft_token += 1


def hand_over(viewer: Viewer, id: str, token: int, now: datetime) -> None:
    """Give the draft that the writer saw to those who publish; raises `Forbidden`, `NotFound`, `NotNow`, `Stale`."""
    _may_write(viewer)
    with transaction() as session:
        record = _own(session, id)
        if record.draft is None:
            raise NotNow(id)
        if record.draft_token != token:
            raise Stale(id)
        record.handed_at = now


def publish(viewer: Viewer, id: str, now: datetime, token: int | None = None) -> None:
    """Publish the draft of `id` as its next version.

    `token` is the one of the draft that the writer saw: another one is not published in its place. Raises `Incomplete`
    with everything that is missing, `Forbidden`, `NotFound`, `NotNow` when there is no draft, `Stale`.
    """
    _may_publish(viewer)
    seen = _own(reading(), id)
    if seen.draft is None:
        raise NotNow(id)
    if token is not None and token != seen.draft_token:
        raise Stale(id)
    token, checked = seen.draft_token, _complete(seen.kind, canonical.decode(seen.draft))
    with transaction() as session:
        record = _own(session, id)
        if record.draft_token != token:
            raise Stale(id)
        _refuse_lacking(session, [("", checked)])
        _publish(session, [_Put(record, checked, record.draft_level or record.level)], now)


def publish_all(viewer: Viewer, documents: list[dict[str, Any]], now: datetime) -> list[str]:
    """Publish many records in one transaction, all or none; answers their ids.

    Each document has ``kind``, ``visibility``, ``body`` and, when it must be a certain record, ``id``. Raises
    `Incomplete`, whose fields begin with the document's number.
    """
    _may_publish(viewer)
    checked = check_all(documents)
    with transaction() as session:
        _refuse_lacking(session, [(f"{number}.", body) for number, body in enumerate(checked)])
        records = _imported(session, documents, now)
        puts = [
            _Put(record, body, document["visibility"])
            for record, body, document in zip(records, checked, documents, strict=True)
        ]
        _publish(session, [one for one in puts if _differs(one)], now)
        return [record.rec for record in records]


def check_all(documents: list[dict[str, Any]]) -> list[kinds.CheckedBody]:
    """The bodies of `documents`, ready to publish; raises `Incomplete` with every error of every document."""
    checked, errors = [], {}
    for number, document in enumerate(documents):
        try:
            checked.append(_document(document))
        except Incomplete as problem:
            errors.update({f"{number}.{field}": texts for field, texts in problem.errors.items()})
    if errors:
        raise Incomplete(errors)
    return checked


def withdraw(viewer: Viewer, id: str, now: datetime) -> None:
    """Take a published record back, here and at all hubs; it can be published again."""
    _may_publish(viewer)
    with transaction() as session:
        record = _own(session, id)
        if record.state != "published":
            raise NotNow(id)
        record.rev += 1
        if record.bh is not None:
            log.append(session, [log.Change("del", record)], now)
        record.draft, record.draft_level = record.draft or record.body, record.draft_level or record.level
        record.state, record.bh, record.updated_at = "withdrawn", None, now
        record.draft_token += 1
        attachments.drafted(session, record, attachments.body_of(record.draft))
        indexing.hide(session, [record.id])
        indexing.touch(session)


def erase(viewer: Viewer, id: str, now: datetime) -> None:
    """Erase a record for good, with all its versions, here and at all hubs (GDPR Art. 17); the id never returns."""
    _may_publish(viewer)
    with transaction() as session:
        record = _own(session, id)
        mine = log.own(session)
        logged = session.scalar(
            sa.select(LogEntry.seq).where(LogEntry.log == mine.id, LogEntry.rec == record.rec).limit(1)
        )
        record.rev += 1
        if logged is not None:
            log.append(session, [log.Change("erase", record)], now)
        removals.clear_home(session, mine.id, record.rec)
        session.execute(sa.delete(RecordVersion).where(RecordVersion.record == record.id))
        record.state, record.body, record.draft, record.bh = "erased", None, None, None
        record.updated_at, record.draft_at, record.draft_level, record.handed_at = now, None, None, None
        record.starts_at = record.ends_at = None
        attachments.drafted(session, record, None)
        indexing.hide(session, [record.id])
        indexing.touch(session)


def versions(viewer: Viewer, id: str) -> list[tuple[int, str, datetime]]:
    """(revision, level, published at) of each version of an own record, newest first."""
    _may_write(viewer)
    record = _own(reading(), id)
    chosen = sa.select(RecordVersion).where(RecordVersion.record == record.id).order_by(RecordVersion.rev.desc())
    return [(version.rev, version.level, version.published_at) for version in reading().scalars(chosen)]


@dataclass(frozen=True, slots=True)
class _Put:
    """A checked body that is to become its record's published version."""

    record: Record
    checked: kinds.CheckedBody
    level: str


def _publish(session: Session, puts: Sequence[_Put], now: datetime) -> None:
    """Publish versions: log, tree edge, rows and index together; part of the caller's transaction."""
    for one in puts:
        one.record.rev += 1
    logged = [(one, change) for one in puts if (change := _change(one)) is not None]
    commitments = log.append(session, [change for _, change in logged], now)
    for (one, _), commitment in zip(logged, commitments, strict=True):
        one.record.bh = commitment
    shown = [_published(session, one, now) for one in puts]
    indexing.show(session, shown, before={one.record.id for one in puts if one.record.rev > 1})
    indexing.touch(session)


def _change(one: _Put) -> log.Change | None:
    """What the log has to say of it: a version that is shared, or one that ends the sharing, or nothing."""
    if one.level in SHARED:
        wire = kinds.project(one.checked.kind, one.checked.body, "network", one.level)
        return log.Change("put", one.record, one.level, canonical.encode(wire))
    return log.Change("del", one.record) if one.record.bh is not None else None


def _published(session: Session, one: _Put, now: datetime) -> indexing.Shown:
    record, checked, level = one.record, one.checked, one.level
    record.state, record.level, record.body = "published", level, checked.canonical
    if record.draft is not None:
        attachments.drafted(session, record, None)
    record.draft, record.draft_level, record.handed_at = None, None, None
    record.draft_token += 1
    record.updated_at, record.published_at = now, record.published_at or now
    record.starts_at, record.ends_at = kinds.KINDS[checked.kind].when(checked.body)
    record.was_public = record.was_public or level == "public"
    session.add(RecordVersion(record=record.id, rev=record.rev, level=level, body=checked.canonical, published_at=now))
    return indexing.Shown(
        record.id, record.origin, record.kind, level, checked.body, now, record.starts_at, record.ends_at
    )


def _refuse_lacking(session: Session, bodies: Sequence[tuple[str, kinds.CheckedBody]]) -> None:
    """Raise `Incomplete` where a body names a file that is not held; each field begins as its body's prefix says."""
    origin = log.own(session).origin
    found = [
        (prefix + field, words)
        for prefix, checked in bodies
        for field, words in attachments.lacking(session, origin, checked.body)
    ]
    if found:
        raise Incomplete({field: [words] for field, words in found})


def _document(document: dict[str, Any]) -> kinds.CheckedBody:
    if set(document) - {"id", "kind", "visibility", "body"} or document.get("kind") not in kinds.KINDS:
        raise Incomplete({"kind": ["a document has kind, visibility, body and perhaps id, and a known kind"]})
    if document.get("visibility") not in LEVELS:
        raise Incomplete({"visibility": [f"one of {', '.join(LEVELS)}"]})
    if "id" in document and not _is_ulid(document["id"]):
        raise Incomplete({"id": ["a ULID of 26 characters"]})
    return _complete(document["kind"], document.get("body"))


def _imported(session: Session, documents: Sequence[dict[str, Any]], now: datetime) -> list[Record]:
    """The record of each document: the one with its id, or a new one."""
    origin, asked = log.own(session).origin, [document["id"] for document in documents if "id" in document]
    held = {
        record.rec: record
        for start in range(0, len(asked), CHUNK)
        for record in session.scalars(_of(origin, asked[start : start + CHUNK]))
    }
    records = [held.get(document.get("id", "")) or _new(origin, document, now) for document in documents]
    for document, record in zip(documents, records, strict=True):
        if record.state == "erased":
            raise Gone(record.rec)
        if record.kind != document["kind"]:
            raise NotFound(record.rec)
    session.add_all(records)
    session.flush()
    return records


def _of(origin: str, ids: Sequence[str]) -> sa.Select[Record]:
    return sa.select(Record).where(Record.origin == origin, Record.rec.in_(ids))


def _differs(one: _Put) -> bool:
    """Whether publishing it would change anything."""
    record = one.record
    return record.state != "published" or record.level != one.level or record.body != one.checked.canonical


def _complete(kind: str, body: object) -> kinds.CheckedBody:
    try:
        return kinds.check(kind, body, complete=True)
    except kinds.Invalid as problem:
        raise Incomplete(problem.errors) from problem


def _is_ulid(text: object) -> bool:
    try:
        return isinstance(text, str) and str(ULID.from_str(text)) == text
    except ValueError:
        return False


def _for_draft(session: Session, kind: str, id: str | None, level: str, now: datetime) -> Record:
    """The record to draft: the one with this id, or a new one."""
    if id is not None and session.scalar(sa.select(Record.id).where(own_record(id))) is not None:
        return _own(session, id, kind)
    record = _new(log.own(session).origin, {"id": id, "kind": kind, "visibility": level}, now)
    session.add(record)
    return record


def _new(origin: str, given: Mapping[str, Any], now: datetime) -> Record:
    """A record without a version yet."""
    return Record(
        origin=origin,
        rec=given.get("id") or new_id(now),
        own=True,
        kind=given["kind"],
        state="draft",
        level=given["visibility"],
        rev=0,
        draft_token=0,
        was_public=False,
        created_at=now,
        updated_at=now,
    )


def _own(session: Session, id: str | None, kind: str | None = None) -> Record:
    record = session.scalar(sa.select(Record).where(own_record(id)))
    if record is None or record.state == statements.STATE or (kind is not None and record.kind != kind):
        raise NotFound(id)
    if record.state == "erased":
        raise Gone(id)
    return record


def _draft(record: Record) -> Draft:
    content = record.draft or record.body or b"{}"
    return Draft(
        record.rec,
        record.kind,
        canonical.decode(content),
        record.draft_level or record.level,
        record.draft_token,
        record.state,
        record.rev,
        record.draft_at if record.draft is not None else None,
    )


def _may_write(viewer: Viewer) -> None:
    if not viewer.may_write:
        raise Forbidden("only editors and coordinators write")


def _may_publish(viewer: Viewer) -> None:
    if not viewer.may_publish:
        raise Forbidden("only coordinators publish, withdraw and erase")


def _known_level(level: str) -> None:
    if level not in LEVELS:
        raise ValueError(f"no such level: {level}")
