"""The only writer of this hub's own records: draft, publish, revise, withdraw, erase.

Each function is one transaction: row, index, log entry and tree edge together, or nothing. Nothing is sent from here;
peers learn of it because our log has grown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import canonical
from hubnode.db import reading, transaction
from hubnode.people import audit
from hubnode.people.viewer import Viewer
from hubnode.records import attachments, importing, kinds, lineage, log, notices, profiles, writing
from hubnode.records.errors import Forbidden, Incomplete, NotFound, NotNow, Stale, Unconfirmed
from hubnode.records.importing import Also, Imported
from hubnode.records.models import Record, RecordVersion, own_record
from hubnode.records.writing import Put, new_id

LEVELS = writing.LEVELS
__all__ = ["Incomplete", "new_id"]


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
        checked = profiles.carried(record, checked, complete=False)
        record.draft = checked.canonical
        profiles.refuse(session, record, checked.body, level, None)
        attachments.drafted(session, record, checked.body)
        return _draft(record)


def draft(viewer: Viewer, id: str) -> Draft:
    """What the writer of record `id` goes on with: the draft, or else the published version."""
    _may_write(viewer)
    record = writing.own(reading(), id)
    if not profiles.may_read(reading(), viewer, record):
        raise NotFound(id)
    return _draft(record)


def discard_draft(viewer: Viewer, id: str) -> None:
    """Throw the draft away; the published version stays, and a record that never had one disappears."""
    _may_write(viewer)
    with transaction() as session:
        record = writing.own(session, id)
        if record.rev == 0 and record.state == "draft":
            profiles.discard(session, record)
            return
        attachments.drafted(session, record, None)
        record.draft, record.draft_level, record.handed_at = None, None, None
        record.draft_token += 1


def hand_over(viewer: Viewer, id: str, token: int, now: datetime) -> None:
    """Give the draft that the writer saw to those who publish; raises `Forbidden`, `NotFound`, `NotNow`, `Stale`."""
    _may_write(viewer)
    with transaction() as session:
        record = writing.own(session, id)
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
    seen = writing.own(reading(), id)
    if seen.draft is None:
        raise NotNow(id)
    if token is not None and token != seen.draft_token:
        raise Stale(id)
    token, checked = seen.draft_token, importing.complete(seen.kind, canonical.decode(seen.draft))
    with transaction() as session:
        record = writing.own(session, id)
        if record.draft_token != token:
            raise Stale(id)
        _refuse_lacking(session, [("", checked)])
        notices.changed(session, record, now)
        put = _put(session, record, checked, record.draft_level or record.level)
        lineage.refuse_circles(session, [("", put)])
        writing.publish(session, [put], now)


def publish_all(
    viewer: Viewer, documents: Sequence[dict[str, Any]], now: datetime, *, also: Also | None = None
) -> list[str]:
    """Publish many records in one transaction, all or none; answers their ids.

    Each document has ``kind``, ``visibility``, ``body`` and, when it must be a certain record, ``id``. A profile that
    its person has not confirmed is kept as a draft, and the person is asked at the mail address in ``person``. `also`
    is told what became of each, as the last part of the transaction. Raises `Incomplete`, whose fields begin with the
    document's number.
    """
    _may_publish(viewer)
    checked = importing.check_all(documents)
    with transaction() as session:
        _refuse_lacking(session, [(f"{number}.", body) for number, body in enumerate(checked)])
        records = importing.records_of(session, documents, now)
        puts = []
        for number, (record, body, document) in enumerate(zip(records, checked, documents, strict=True)):
            if profiles.unconfirmed(session, record):
                importing.ask(session, viewer, record, body, document, f"{number}.", now)
            else:
                puts.append((f"{number}.", _put(session, record, body, document["visibility"], f"{number}.")))
        lineage.refuse_circles(session, puts)
        writing.publish(session, [one for _prefix, one in puts if importing.differs(one)], now)
        if also is not None:
            also(session, [Imported(record.rec, record.kind, record.state, record.rev) for record in records])
        return [record.rec for record in records]


def withdraw(viewer: Viewer, id: str, now: datetime, token: int | None = None) -> None:
    """Take a published record back, here and at all hubs; it can be published again. `token` as of `publish`."""
    _may_publish(viewer)
    with transaction() as session:
        record = writing.own(session, id)
        if token is not None and token != record.draft_token:
            raise Stale(id)
        if record.state != "published":
            raise NotNow(id)
        writing.withdraw(session, record, now)


def erase(viewer: Viewer, id: str, now: datetime) -> None:
    """Erase a record for good, with all its versions, here and at all hubs (GDPR Art. 17); the id never returns."""
    _may_publish(viewer)
    with transaction() as session:
        record = writing.own(session, id)
        notices.erased(session, record, now)
        writing.erase(session, record, now)
        audit.note(session, "record.erased", now, by=viewer, about=id)


def versions(viewer: Viewer, id: str) -> list[tuple[int, str, datetime]]:
    """(revision, level, published at) of each version of an own record, newest first."""
    _may_write(viewer)
    record = writing.own(reading(), id)
    chosen = sa.select(RecordVersion).where(RecordVersion.record == record.id).order_by(RecordVersion.rev.desc())
    return [(version.rev, version.level, version.published_at) for version in reading().scalars(chosen)]


def _put(session: Session, record: Record, checked: kinds.CheckedBody, level: str, prefix: str = "") -> Put:
    """What is to be published; raises `Incomplete` for what its person has not agreed to."""
    try:
        return writing.put(session, record, checked, level)
    except kinds.Invalid as problem:
        raise Incomplete({prefix + field: words for field, words in problem.errors.items()}) from problem
    except Unconfirmed as problem:
        if not prefix:
            raise
        raise Incomplete({f"{prefix}person": [str(importing.NOT_AGREED)]}) from problem


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


def _for_draft(session: Session, kind: str, id: str | None, level: str, now: datetime) -> Record:
    """The record to draft: the one with this id, or a new one."""
    if id is not None and session.scalar(sa.select(Record.id).where(own_record(id))) is not None:
        return writing.own(session, id, kind)
    record = writing.new(log.own(session).origin, {"id": id, "kind": kind, "visibility": level}, now)
    session.add(record)
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
