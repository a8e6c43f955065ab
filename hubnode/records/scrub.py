"""Clearing the database files of what was deleted: a deleted row is gone for queries, not yet for whoever reads bytes.

On SQLite four things keep deleted text, and each has its remedy, in this order: free cells and pages (`secure_delete`
overwrites them, see `hubnode.db`), the segments of the text index (`optimize` merges them without what was deleted),
copies that cells leave behind when pages are rebalanced (`VACUUM` writes every page anew), and the write-ahead log
(`wal_checkpoint(TRUNCATE)`). On PostgreSQL rows are vacuumed; docs/betrieb.md says what its files keep, and until when.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import sqlalchemy as sa

from hubnode.db import clear_files, reading, transaction
from hubnode.records import attachments, removals
from hubnode.records.media_models import Media, MediaUse
from hubnode.records.models import LogEntry, Quarantine, Record, RecordVersion, Reference
from hubnode.records.removal_models import Scrub
from hubnode.search.engines import engine_of
from hubnode.search.models import SearchDoc, SearchEntry, SearchFacet, SearchTerm

TABLES = (
    LogEntry,
    Record,
    RecordVersion,
    Reference,
    Quarantine,
    SearchDoc,
    SearchFacet,
    SearchEntry,
    SearchTerm,
    Media,
    MediaUse,
)
"""Where text of records stands, beside the text index."""
REST = 30
"""A scrub is followed by a rest this many times as long, so that a large database is not rewritten all day."""


def scrub(now: datetime, rest: int = REST) -> bool:
    """Clear the files of everything deleted until now; answers whether they are clear.

    They are not after a rest that has not ended, or while somebody reads an older state: then it is tried again.
    Transactions of its own.
    """
    wanted = due(now, rest)
    if wanted is None:
        return not pending()
    attachments.sweep(now)  # what a process left that was killed between deleting a row and its file
    reading().rollback()  # our own look at an older state would hold the write-ahead log
    began = time.monotonic()
    with transaction() as session:
        engine_of(session).purge(session)
    clear = clear_files([model.__tablename__ for model in TABLES] + ["search_text"])
    took = int((time.monotonic() - began) * 1000)
    with transaction() as session:
        session.execute(sa.update(Scrub).where(Scrub.id == 1).values(tried_at=now, took_ms=took))
        if clear:
            removals.scrubbed(session, wanted, now)
    return clear


def due(now: datetime, rest: int = REST) -> int | None:
    """The number up to which deletions are committed and not cleared; None where all is clear or it is time to rest."""
    state = reading().execute(sa.select(Scrub.wanted, Scrub.done, Scrub.tried_at, Scrub.took_ms)).one()
    if state.wanted <= state.done:
        return None
    if state.tried_at is not None and now < state.tried_at + rest * timedelta(milliseconds=state.took_ms):
        return None
    return int(state.wanted)


def pending() -> bool:
    """Whether anything deleted may still stand in the files."""
    return bool(reading().scalar(sa.select(Scrub.wanted > Scrub.done)))
