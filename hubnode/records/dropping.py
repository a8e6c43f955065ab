"""Forgetting a whole copy: everything held of another hub's log, and all that was made of it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.records import indexing, removals
from hubnode.records.models import Log, LogEntry, LogPage, Quarantine, Record
from hubnode.records.review_models import Review

CHUNK = 500


def drop(session: Session, copy: Log) -> int:
    """Delete the entries, records and index rows of one copy; answers how many records there were to be shown.

    Part of the caller's transaction. The log itself stays known, empty: a contradiction once found is not forgotten.
    """
    if copy.own:
        raise ValueError("the own log is never dropped")
    records = sa.select(Record.id).where(Record.origin == copy.origin, ~Record.own)
    held = session.scalars(records).all()
    shown = session.scalar(
        sa.select(sa.func.count()).where(Record.origin == copy.origin, ~Record.own, Record.state == "published")
    )
    for start in range(0, len(held), CHUNK):
        chosen = held[start : start + CHUNK]
        indexing.hide(session, chosen)
        session.execute(sa.delete(Record).where(Record.id.in_(chosen)))
    for table in (Review, Quarantine, LogPage, LogEntry):
        session.execute(sa.delete(table).where(table.log == copy.id))
    copy.size, copy.edge, copy.note = 0, b"", ""
    removals.want_scrub(session)
    indexing.touch(session)
    return shown or 0
