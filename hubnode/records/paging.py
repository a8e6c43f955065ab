"""Lists read page after page by programs: the numbers of records, their versions, and where the next page begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from hubnode import search
from hubnode.db import reading as session
from hubnode.people.viewer import Viewer
from hubnode.records.models import Record
from hubnode.records.reading import Browse, levels_of, of_shown, query_of


@dataclass(frozen=True, slots=True)
class Following:
    """Where a page ends. In a list without words that is a record, in one ranked by words how many came before."""

    place: search.Place | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """One page: the numbers of its records, how many the whole list has, and where the next one begins, if any."""

    docs: Sequence[int]
    total: int
    following: Following | None


@dataclass(frozen=True, slots=True)
class Version:
    """What decides which bytes show a record to a level: equal versions look the same."""

    rev: int
    commitment: str | None
    level: str
    updated_at: datetime


def page(viewer: Viewer, browse: Browse, after: Following | None) -> Page:
    """The page of `browse` after `after`, or the first; of lists without words none is met twice, whatever changes."""
    after = after or Following()
    query = replace(
        query_of(viewer, replace(browse, counted=(), page=1)), offset=after.offset, after=after.place, reasons=False
    )
    hits = search.find(session(), replace(query, limit=query.limit + 1))
    docs, more = hits.docs[: query.limit], len(hits.docs) > query.limit
    following = _end(query, docs) if more else None
    return Page(docs, hits.total, following)


def _end(query: search.Query, docs: Sequence[int]) -> Following:
    if query.text.strip():
        return Following(offset=query.offset + len(docs))
    return Following(search.place_of(session(), docs[-1]))


def versions(viewer: Viewer, docs: Sequence[int]) -> dict[int, Version]:
    """The present versions of those of these records that `viewer` may see, without their contents."""
    columns = (Record.id, Record.rev, Record.bh, Record.level, Record.updated_at)
    seen = (Record.state == "published", Record.level.in_(levels_of(viewer)), of_shown())
    rows = session().execute(sa.select(*columns).where(Record.id.in_(docs), *seen))
    return {doc: Version(rev, commitment, level, changed) for doc, rev, commitment, level, changed in rows}
