"""Another log instead of one that can't be gone on with: what is kept of the one before, here and in copies.

Rows of an earlier log have revision 0 and no commitment: they wait for the new log to list them again. What was erased
stays erased, whatever the new log says.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import canonical, tree
from hubnode.records import indexing, kinds, log, removals, statements
from hubnode.records.models import Log, LogEntry, LogPage, Quarantine, Record
from hubnode.records.removal_models import Removal
from hubnode.records.review_models import Review

EMPTIED = (LogEntry, LogPage, Quarantine, Removal, Review)
"""What speaks of entries by their numbers, which now count anew."""


def begin_own(session: Session, statement: dict[str, Any], log_id: str, number: int, now: datetime) -> int:
    """Begin our own log again as `log_id`, and list everything that is shared in it; answers how many entries it has.

    First the `statement` that names it, then all other statements, what was erased, and the records as they stand. Part
    of the caller's transaction.
    """
    held = log.locked(session)
    return list_anew(session, held, "epoch", statement, log_id, number, listed(session, held), now)


def listed(session: Session, held: Log) -> set[str]:
    """The ids that the log has ever told of."""
    return set(session.scalars(sa.select(LogEntry.rec).where(LogEntry.log == held.id).distinct()))


def list_anew(
    session: Session,
    held: Log,
    kind: str,
    statement: dict[str, Any],
    log_id: str,
    number: int,
    told_of: set[str],
    now: datetime,
) -> int:
    """Empty our own log and list in it what `begin_own` says, after a first `statement` of `kind`; answers its size.

    Of what was erased, and of statements, only what it had `told_of`. Part of the caller's transaction.
    """
    _empty(session, held)
    held.log_id, held.epoch, held.state, held.evidence = log_id, number, "active", None
    held.edge, held.size = tree.CompactRange().to_bytes(), 0
    session.flush()
    said = list(session.scalars(_own(held, Record.state == statements.STATE)))
    statements.say(session, kind, statement, now)
    for record in (*said, *session.scalars(_own(held, Record.state == "erased"))):
        if record.state == statements.STATE or record.rec in told_of:
            _list(session, record)
    for record in session.scalars(_own(held, Record.state == "published", Record.level.in_(log.SHARED))):
        _list(session, record)
    held.changed_at = now
    return held.size


def _own(held: Log, *which: sa.ColumnElement[bool]) -> sa.Select[Record]:
    return sa.select(Record).where(Record.origin == held.origin, Record.own, *which).order_by(Record.id)


def _list(session: Session, record: Record) -> None:
    """Append a record as it stands, under its present revision and with the date of its last change."""
    change = log.Change("erase", record)
    if record.state == statements.STATE:
        change = log.Change("put", record, "network", record.body)
    elif record.body is not None:
        wire = kinds.project(record.kind, canonical.decode(record.body), "network", record.level)
        change = log.Change("put", record, record.level, canonical.encode(wire))
    [record.bh] = log.append(session, [change], record.updated_at)


def switch(session: Session, held: Log, log_id: str, number: int, now: datetime) -> None:
    """Let a copy follow another log of its origin from the beginning. Part of the caller's transaction.

    What is shown stays so until the new log has been read to its end; see `finish`.
    """
    _empty(session, held)
    of_copy = sa.update(Record).where(Record.origin == held.origin, ~Record.own)
    session.execute(of_copy.values(rev=0, bh=None))
    held.log_id, held.epoch, held.relisting = log_id, number, True
    held.size, held.edge, held.note, held.state, held.evidence = 0, b"", "", "active", None
    held.changed_at = now


def finish(session: Session, held: Log, now: datetime) -> int:
    """Drop what the new log of a copy has not listed again; answers how many records that were. Caller's transaction.

    They are withdrawn rather than forgotten: feeds in which they stood have to tell that they are gone.
    """
    held.relisting = False
    left = sa.and_(Record.origin == held.origin, ~Record.own, Record.rev == 0, Record.state != "erased")
    session.execute(sa.delete(Record).where(left, Record.state == statements.STATE))
    dropped = session.scalars(sa.select(Record.id).where(left, Record.state != "withdrawn")).all()
    gone = {"state": "withdrawn", "body": None, "unread_rev": None, "starts_at": None, "ends_at": None}
    session.execute(sa.update(Record).where(left, Record.state != "withdrawn").values(**gone, updated_at=now))
    indexing.hide(session, dropped)
    indexing.touch(session)
    if dropped:
        removals.want_scrub(session)
    return len(dropped)


def _empty(session: Session, held: Log) -> None:
    for model in EMPTIED:
        session.execute(sa.delete(model).where(model.log == held.id))
    removals.want_scrub(session)
