"""What follows from a record's body: its place in the index, the records it names, its dates."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode import search
from hubnode.db import insert_many
from hubnode.records import attachments, kinds
from hubnode.records.models import Reference, Stamp


@dataclass(frozen=True, slots=True)
class Shown:
    """A record as it is to be shown from now on: what the index and the references are made of."""

    record: int
    origin: str
    kind: str
    level: str
    body: dict[str, Any]
    changed_at: datetime
    starts_at: datetime | None
    ends_at: datetime | None


def show(session: Session, shown: Sequence[Shown], before: Collection[int]) -> None:
    """Index these records and note what they name; part of the caller's transaction.

    `before` names those that may have been shown already: what stood there is replaced.
    """
    hide(session, [one.record for one in shown if one.record in before])
    search.index(session, [_document(one) for one in shown], fresh=True)
    references = [
        (one.record, field, target, kinds.level_of(one.kind, one.body, field.partition(".")[0], one.level))
        for one in shown
        for field, target in kinds.references(one.kind, one.body)
    ]
    insert_many(session, Reference, ("record", "field", "target", "level"), references)
    for one in shown:
        attachments.use(session, one.record, one.origin, one.kind, one.body, one.level)


def hide(session: Session, records: Sequence[int]) -> None:
    """Take records out of the index and out of all lists; part of the caller's transaction."""
    if not records:
        return
    search.remove(session, records)
    session.execute(sa.delete(Reference).where(Reference.record.in_(records)))
    attachments.unuse(session, records)


def _document(one: Shown) -> search.Document:
    kind = kinds.KINDS[one.kind]
    return search.Document(
        doc=one.record,
        kind=one.kind,
        origin=one.origin,
        level=one.level,
        title=_title(kind, one),
        changed_at=one.changed_at,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        text=texts(one.kind, one.body, one.level),
        facets=kinds.facets(one.kind, one.body, one.level),
    )


def texts(kind: str, body: dict[str, Any], level: str) -> list[tuple[str, str, str]]:
    """The words of a record as the index takes them: (level, head, body)."""
    return [(part.level, part.head, part.body) for part in kinds.search_text(kind, body, level)]


def _title(kind: kinds.Kind, one: Shown) -> str:
    """The title for sorting, as those see it who may see the least."""
    named = {name: one.body[name] for name in (*kind.named_from, kinds.CHOICES) if name in one.body}
    seen = kinds.project(one.kind, named, one.level, one.level)
    return next(iter(kind.headline(seen).values()), "")


def touch(session: Session) -> None:
    """Let every cache know that some record changed; part of the caller's transaction."""
    session.execute(sa.update(Stamp).where(Stamp.id == 1).values(value=Stamp.value + 1))
