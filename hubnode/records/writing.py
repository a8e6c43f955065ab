"""Versions of own records as they are written: log, tree edge, rows and index together, in the caller's transaction.

What belongs to a person comes through the gate of `profiles`: `put` is the only maker of a `Put`, and nothing else can
be published.
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
from hubnode.records import attachments, indexing, kinds, log, profiles, removals, statements
from hubnode.records.errors import Gone, NotFound
from hubnode.records.models import LogEntry, Record, RecordVersion, own_record
from hubnode.records.profiles import Owner

LEVELS = ("public", "network", "hub")
"""Who may see a record, widest first."""
SHARED = ("public", "network")
"""Levels that leave the hub; the others never enter the log (I7)."""


@dataclass(frozen=True, slots=True)
class Put:
    """A checked body that is to become its record's published version; `put` makes it."""

    record: Record
    checked: kinds.CheckedBody
    level: str


def put(session: Session, record: Record, checked: kinds.CheckedBody, level: str, owner: Owner | None = None) -> Put:
    """What `publish` takes; raises what `profiles.admit` does where its person has not agreed."""
    return Put(record, profiles.admit(session, record, checked, level, owner), level)


def publish(session: Session, puts: Sequence[Put], now: datetime) -> None:
    """Make these the published versions. Part of the caller's transaction."""
    for one in puts:
        one.record.rev += 1
    logged = [(one, change) for one in puts if (change := _change(one)) is not None]
    commitments = log.append(session, [change for _, change in logged], now)
    for (one, _), commitment in zip(logged, commitments, strict=True):
        one.record.bh = commitment
    shown = [_published(session, one, now) for one in puts]
    indexing.show(session, shown, before={one.record.id for one in puts if one.record.rev > 1})
    indexing.touch(session)


def _change(one: Put) -> log.Change | None:
    """What the log has to say of it: a version that is shared, or one that ends the sharing, or nothing."""
    if one.level in SHARED:
        wire = kinds.project(one.checked.kind, one.checked.body, "network", one.level)
        return log.Change("put", one.record, one.level, canonical.encode(wire))
    return log.Change("del", one.record) if one.record.bh is not None else None


def _published(session: Session, one: Put, now: datetime) -> indexing.Shown:
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


def withdraw(session: Session, record: Record, now: datetime) -> None:
    """Take a published record back, here and at all hubs; what it said stays as a draft."""
    record.rev += 1
    if record.bh is not None:
        log.append(session, [log.Change("del", record)], now)
    record.draft, record.draft_level = record.draft or record.body, record.draft_level or record.level
    record.state, record.bh, record.updated_at = "withdrawn", None, now
    record.draft_token += 1
    attachments.drafted(session, record, attachments.body_of(record.draft))
    indexing.hide(session, [record.id])
    indexing.touch(session)


def erase(session: Session, record: Record, now: datetime) -> None:
    """Erase a record with all its versions, here and at all hubs; the id never returns."""
    mine = log.own(session)
    logged = session.scalar(sa.select(LogEntry.seq).where(LogEntry.log == mine.id, LogEntry.rec == record.rec).limit(1))
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
    profiles.forget(session, record)


def forget_versions(session: Session, record: Record) -> None:
    """Delete the versions kept at home, and have the files cleared of them. Part of the caller's transaction."""
    removals.clear_home(session, log.own(session).id, record.rec)
    session.execute(sa.delete(RecordVersion).where(RecordVersion.record == record.id))


def new(origin: str, given: Mapping[str, Any], now: datetime) -> Record:
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


def own(session: Session, id: str | None, kind: str | None = None) -> Record:
    """The own record `id`, if it is of this kind; raises `NotFound` or `Gone`."""
    record = session.scalar(sa.select(Record).where(own_record(id)))
    if record is None or record.state == statements.STATE or (kind is not None and record.kind != kind):
        raise NotFound(id)
    if record.state == "erased":
        raise Gone(id)
    return record


def new_id(now: datetime) -> str:
    """A random ULID: unique without asking anybody, and saying nothing but when."""
    return str(ULID.from_datetime(now))
