"""The only writer of this hub's own records: draft, publish, revise, withdraw, erase.

Each function is one transaction: row, index, log entry and tree edge together, or nothing. Nothing is sent from here;
peers learn of it because our log has grown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from ulid import ULID

from federation import canonical
from hubnode.db import reading, transaction
from hubnode.people.viewer import Viewer
from hubnode.records import indexing, kinds, log
from hubnode.records.errors import Forbidden, Gone, NotFound, NotNow, Stale
from hubnode.records.models import LogEntry, Record, RecordVersion

LEVELS = ("public", "network", "hub")
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
        record = (
            _create(session, kind, id or new_id(now), level, now) if _is_new(session, id) else _own(session, id, kind)
        )
        if token is not None and token != record.draft_token:
            raise Stale(record.rec)
        record.draft, record.draft_level = checked.canonical, level
        record.draft_token += 1
        session.flush()
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
        if record.rev == 0 and record.state == "draft":
            session.delete(record)
            return
        record.draft, record.draft_level = None, None
        record.draft_token += 1


def publish(viewer: Viewer, id: str, now: datetime) -> None:
    """Publish the draft of `id` as its next version.

    Raises `Incomplete` with everything that is missing, `Forbidden`, `NotFound`, `NotNow` when there is no draft.
    """
    _may_write(viewer)
    seen = _own(reading(), id)
    if seen.draft is None:
        raise NotNow(id)
    token, checked = seen.draft_token, _complete(seen.kind, canonical.decode(seen.draft))
    with transaction() as session:
        record = _own(session, id)
        if record.draft_token != token:
            raise Stale(id)
        put(session, record, checked, record.draft_level or record.level, now)


def publish_all(viewer: Viewer, documents: list[dict[str, Any]], now: datetime) -> list[str]:
    """Publish many records in one transaction, all or none; answers their ids.

    Each document has ``kind``, ``visibility``, ``body`` and, when it must be a certain record, ``id``. Raises
    `Incomplete`, whose fields begin with the document's number.
    """
    _may_write(viewer)
    checked = check_all(documents)
    with transaction() as session:
        return [_import(session, document, body, now) for document, body in zip(documents, checked, strict=True)]


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
    _may_write(viewer)
    with transaction() as session:
        record = _own(session, id)
        if record.state != "published":
            raise NotNow(id)
        record.rev += 1
        if record.bh is not None:
            log.append(session, op="del", record=record, now=now)
        record.draft, record.draft_level = record.draft or record.body, record.draft_level or record.level
        record.state, record.bh, record.updated_at = "withdrawn", None, now
        record.draft_token += 1
        indexing.hide(session, [record.id])
        indexing.touch(session)


def erase(viewer: Viewer, id: str, now: datetime) -> None:
    """Erase a record for good, with all its versions, here and at all hubs (GDPR Art. 17); the id never returns."""
    _may_write(viewer)
    with transaction() as session:
        record = _own(session, id)
        mine = log.own(session)
        logged = session.scalar(
            sa.select(LogEntry.seq).where(LogEntry.log == mine.id, LogEntry.rec == record.rec).limit(1)
        )
        record.rev += 1
        if logged is not None:
            log.forget(session, mine.id, record.rec)
            log.append(session, op="erase", record=record, now=now)
        session.execute(sa.delete(RecordVersion).where(RecordVersion.record == record.id))
        record.state, record.body, record.draft, record.bh = "erased", None, None, None
        record.updated_at = now
        record.starts_at = record.ends_at = None
        indexing.hide(session, [record.id])
        indexing.touch(session)


def versions(viewer: Viewer, id: str) -> list[tuple[int, str, datetime]]:
    """(revision, level, published at) of each version of an own record, newest first."""
    _may_write(viewer)
    record = _own(reading(), id)
    chosen = sa.select(RecordVersion).where(RecordVersion.record == record.id).order_by(RecordVersion.rev.desc())
    return [(version.rev, version.level, version.published_at) for version in reading().scalars(chosen)]


def put(session: Session, record: Record, checked: kinds.CheckedBody, level: str, now: datetime) -> None:
    """Make `checked` the record's published version; part of the caller's transaction."""
    record.rev += 1
    if level in SHARED:
        wire = kinds.project(checked.kind, checked.body, "network", level)
        record.bh = log.append(session, op="put", record=record, now=now, level=level, body=canonical.encode(wire))
    elif record.bh is not None:
        log.append(session, op="del", record=record, now=now)
        record.bh = None
    record.state, record.level, record.body = "published", level, checked.canonical
    record.draft, record.draft_level = None, None
    record.draft_token += 1
    record.updated_at, record.published_at = now, record.published_at or now
    record.starts_at, record.ends_at = kinds.KINDS[checked.kind].when(checked.body)
    record.was_public = record.was_public or level == "public"
    session.add(RecordVersion(record=record.id, rev=record.rev, level=level, body=checked.canonical, published_at=now))
    shown = indexing.Shown(
        record.id, record.origin, record.kind, level, checked.body, now, record.starts_at, record.ends_at
    )
    indexing.show(session, [shown], fresh=record.rev == 1)
    indexing.touch(session)


def _document(document: dict[str, Any]) -> kinds.CheckedBody:
    if set(document) - {"id", "kind", "visibility", "body"} or document.get("kind") not in kinds.KINDS:
        raise Incomplete({"kind": ["a document has kind, visibility, body and perhaps id, and a known kind"]})
    if document.get("visibility") not in LEVELS:
        raise Incomplete({"visibility": [f"one of {', '.join(LEVELS)}"]})
    if "id" in document and not _is_ulid(document["id"]):
        raise Incomplete({"id": ["a ULID of 26 characters"]})
    return _complete(document["kind"], document.get("body"))


def _import(session: Session, document: dict[str, Any], checked: kinds.CheckedBody, now: datetime) -> str:
    id = document.get("id") or new_id(now)
    new = _is_new(session, id)
    record = _create(session, checked.kind, id, document["visibility"], now) if new else _own(session, id, checked.kind)
    if record.body != checked.canonical or record.level != document["visibility"] or record.state != "published":
        put(session, record, checked, document["visibility"], now)
    return record.rec


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


def _is_new(session: Session, id: str | None) -> bool:
    if id is None:
        return True
    origin = log.own(session).origin
    return session.scalar(sa.select(Record.id).where(Record.origin == origin, Record.rec == id)) is None


def _create(session: Session, kind: str, id: str, level: str, now: datetime) -> Record:
    origin = log.own(session).origin
    record = Record(
        origin=origin,
        rec=id,
        own=True,
        kind=kind,
        state="draft",
        level=level,
        rev=0,
        created_at=now,
        updated_at=now,
        draft_token=0,
    )
    session.add(record)
    session.flush()
    return record


def _own(session: Session, id: str | None, kind: str | None = None) -> Record:
    record = session.scalar(sa.select(Record).where(Record.own, Record.rec == id))
    if record is None or (kind is not None and record.kind != kind):
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
    )


def _may_write(viewer: Viewer) -> None:
    if not viewer.may_publish:
        raise Forbidden("only coordinators publish")


def _known_level(level: str) -> None:
    if level not in LEVELS:
        raise ValueError(f"no such level: {level}")
