"""Records that were public once and are no more: what feeds have to tell those who read them before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from hubnode.db import reading
from hubnode.records.models import Record
from hubnode.records.reading import of_shown, uri_of


@dataclass(frozen=True, slots=True)
class RecordGone:
    """A record that once was public and is no more."""

    uri: str
    origin: str
    kind: str
    rev: int
    gone_at: datetime
    starts_at: datetime | None = None
    """When an event was to begin; only where its last version was public and was withdrawn, not erased or narrowed."""


def gone_from_public(
    *, kinds: Sequence[str] = (), hubs: Sequence[str] = (), since: datetime, limit: int = 100
) -> list[RecordGone]:
    """Records that were public and have been withdrawn, erased or narrowed since `since`, newest first."""
    chosen = sa.select(Record).where(
        Record.was_public,
        sa.or_(Record.state.in_(("withdrawn", "erased")), Record.level != "public"),
        Record.updated_at >= since,
        of_shown(),
    )
    if kinds:
        chosen = chosen.where(Record.kind.in_(kinds))
    if hubs:
        chosen = chosen.where(Record.origin.in_(hubs))
    found = reading().scalars(chosen.order_by(Record.updated_at.desc(), Record.id.desc()).limit(limit))
    return [_gone(record) for record in found]


def _gone(record: Record) -> RecordGone:
    public = record.state == "withdrawn" and record.level == "public"
    starts_at = record.starts_at if public else None
    return RecordGone(uri_of(record), record.origin, record.kind, record.rev, record.updated_at, starts_at)
