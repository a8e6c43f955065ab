"""Asking the index: words and facets in, record numbers, a total and facet counts out."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.search import wording
from hubnode.search.answers import Hits, Query, Sort, Understood
from hubnode.search.kept import Counts, kept_for
from hubnode.search.models import SearchDoc
from hubnode.search.narrowing import beyond, counts, order, select

__all__ = ["Hits", "Query", "Sort", "find"]


def find(session: Session, query: Query) -> Hits:
    """Answer `query`; an empty text finds everything that the facets leave, a text without any word finds nothing."""
    if query.text.strip():
        return wording.find(session, query)
    total, counted = _counted(session, query)
    page = select(query, None, SearchDoc.doc).order_by(*order(query)).offset(query.offset).limit(query.limit)
    if query.after is not None:
        page = page.where(beyond(query, query.after))
    docs = session.scalars(page).all() if total else ()
    return Hits(docs, total, counted, Understood(complete=total))


def _counted(session: Session, query: Query) -> Counts:
    """The total and the counts; those of lists without times recur, and are kept while nothing changes."""

    def count() -> Counts:
        total = session.scalar(select(query, None, sa.func.count())) or 0
        return total, counts(session, query, None)

    if query.state is None or query.from_time or query.until_time:
        return count()
    facets = tuple((facet, tuple(values)) for facet, values in sorted(query.facets.items()))
    key = (query.level, facets, tuple(query.without_hubs), tuple(query.counted))
    return kept_for(session.get_bind().engine).get(query.state, key, count)
