"""Which record names which file, kept in the transaction of the record; a file that no record names is let go (I16)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from federation import canonical
from hubnode.db import after_commit, before_commit, insert_many, reading, table_of, transaction
from hubnode.records import files, kinds
from hubnode.records.kinds.attachments import FIELD
from hubnode.records.media_models import Media, MediaUse
from hubnode.records.models import Record

UNUSED_FOR = timedelta(hours=24)
"""How long an uploaded file waits for the record it was uploaded for."""
CHUNK = 500
COLUMNS = ("record", "sha256", "draft", "origin", "level", "size", "type")
MISSING = _l("Diese Datei ist hier nicht (mehr) gespeichert. Fügen Sie sie noch einmal hinzu.")
_LOCK = 7_462_901
"""Number of the advisory lock that PostgreSQL holds for files; SQLite's write lock needs no number."""
File = tuple[str, str]
"""Origin and hash."""


def named(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The attachments in a body that may be a draft: those that say which file they are."""
    return [row for row in body.get(FIELD, ()) if {"sha256", "size", "type"} <= row.keys()]


def use(session: Session, record: int, origin: str, kind: str, body: Mapping[str, Any], level: str) -> None:
    """Note the files of a published version; part of the caller's transaction."""
    if FIELD in body:
        _insert(session, record, origin, body, level=kinds.level_of(kind, body, FIELD, level), draft=False)


def unuse(session: Session, records: Sequence[int]) -> None:
    """Forget the files of versions that are no longer shown; part of the caller's transaction."""
    _remove(session, sa.and_(MediaUse.record.in_(records), ~MediaUse.draft))


def drafted(session: Session, record: Record, body: Mapping[str, Any] | None) -> None:
    """Note the files of a draft, None where there is none any more; part of the caller's transaction."""
    _remove(session, sa.and_(MediaUse.record == record.id, MediaUse.draft))
    if body and FIELD in body:
        _insert(session, record.id, record.origin, body, level="hub", draft=True)


def _insert(session: Session, record: int, origin: str, body: Mapping[str, Any], *, level: str, draft: bool) -> None:
    rows = {row["sha256"]: row for row in named(body)}
    values = [(record, sha256, draft, origin, level, row["size"], row["type"]) for sha256, row in rows.items()]
    insert_many(session, MediaUse, COLUMNS, values)


def _remove(session: Session, chosen: sa.ColumnElement[bool]) -> None:
    gone = session.execute(sa.delete(MediaUse).where(chosen).returning(MediaUse.origin, MediaUse.sha256)).all()
    if gone:
        let_go(session, {(origin, sha256) for origin, sha256 in gone})


def let_go(session: Session, loose: set[File]) -> None:
    """Let go of those of these files that no record names when the transaction ends: row and bytes."""
    before_commit(session, partial(_release, loose=loose))


def _release(session: Session, loose: set[File]) -> None:
    gone: set[str] = set()
    for origin in {origin for origin, _ in loose}:
        hashes = sorted(sha256 for of, sha256 in loose if of == origin)
        for start in range(0, len(hashes), CHUNK):
            gone |= _released(session, origin, hashes[start : start + CHUNK])
    if gone:
        after_commit(session, partial(discard, gone))


def _released(session: Session, origin: str, hashes: Sequence[str]) -> set[str]:
    named_still = sa.exists().where(MediaUse.origin == origin, MediaUse.sha256 == Media.sha256)
    chosen = sa.delete(Media).where(Media.origin == origin, Media.sha256.in_(hashes), ~named_still)
    return set(session.scalars(chosen.returning(Media.sha256)))


def discard(hashes: Iterable[str]) -> None:
    """Remove the bytes of those of these files that are held for nobody any more. A transaction of its own."""
    loose, store = set(hashes), files.store()
    with transaction() as session:
        alone(session)
        held = sa.select(Media.sha256).where(Media.sha256.in_(loose), Media.state == "held")
        for sha256 in loose.difference(session.scalars(held)):
            store.remove(sha256)


def alone(session: Session) -> None:
    """Hold off everybody else who keeps or removes files, until the caller's transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def sweep(now: datetime) -> int:
    """Let go of uploads that no record came for, and of bytes that belong to no row; answers how many.

    What the second finds was left by a process that was killed between two steps. Transactions of its own.
    """
    gone: set[str] = set()
    if reading().scalar(sa.select(sa.exists().select_from(table_of(Media)))):
        with transaction() as session:
            named_still = sa.exists().where(MediaUse.origin == Media.origin, MediaUse.sha256 == Media.sha256)
            old = sa.delete(Media).where(Media.changed_at < now - UNUSED_FOR, ~named_still)
            gone = set(session.scalars(old.returning(Media.sha256)))
    lying = set(files.store().held())
    if lying:
        gone |= lying - set(reading().scalars(sa.select(Media.sha256).where(Media.state == "held")))
    if gone:
        discard(gone)
    return len(gone)


def lacking(session: Session, origin: str, body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(field, what to do) for each file that this body of ours names and that is not held as it says."""
    rows = named(body)
    if not rows:
        return
    chosen = sa.select(Media).where(Media.origin == origin, Media.state == "held")
    held = {one.sha256: one for one in session.scalars(chosen.where(Media.sha256.in_({r["sha256"] for r in rows})))}
    for place, row in enumerate(rows):
        found = held.get(row["sha256"])
        if found is None or (found.size, found.type) != (row["size"], row["type"]):
            yield f"{FIELD}.{place}.name", str(MISSING)


def body_of(content: bytes | None) -> Mapping[str, Any] | None:
    """The body that these bytes are; None for none."""
    found: Mapping[str, Any] | None = canonical.decode(content) if content else None
    return found
