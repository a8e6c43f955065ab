"""Asking the index: words and facets in, record numbers, a total and facet counts out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from hubnode.search.analysis import tokens
from hubnode.search.answers import Hits, Query, Sort, Understood
from hubnode.search.engines import engine_of
from hubnode.search.kept import Counts, kept_for
from hubnode.search.models import SearchDoc, SearchFacet

__all__ = ["Hits", "Query", "Sort", "find"]

COLUMNS: Mapping[str, Any] = {"kind": SearchDoc.kind, "hub": SearchDoc.origin}
"""Facets that every document has once, as a column of its own."""
MAX_WORDS = 24
"""Words of a query that count; what somebody pastes beyond that changes nothing."""


def find(session: Session, query: Query) -> Hits:
    """Answer `query`; an empty text finds everything that the facets leave."""
    words = tokens(query.text)[:MAX_WORDS]
    if query.text.strip() and not words:
        return Hits((), 0, {})
    matched = engine_of(session).match(words, query.level) if words else None
    total, counts = _counted(session, query, matched)
    page = _select(query, matched, SearchDoc.doc, skip=None).order_by(*_order(query, matched))
    docs = session.scalars(page.offset(query.offset).limit(query.limit)).all() if total else ()
    return Hits(docs, total, counts, Understood(complete=total))


def _counted(session: Session, query: Query, matched: sa.FromClause | None) -> Counts:
    """The total and the counts; those of lists without words and times recur, and are kept while nothing changes."""

    def count() -> Counts:
        total = session.scalar(_select(query, matched, sa.func.count(), skip=None)) or 0
        return total, _counts(session, query, matched)

    if query.state is None or matched is not None or query.from_time or query.until_time:
        return count()
    facets = tuple((facet, tuple(values)) for facet, values in sorted(query.facets.items()))
    key = (query.level, facets, tuple(query.without_hubs), tuple(query.counted))
    return kept_for(session.get_bind().engine).get(query.state, key, count)


def _select(query: Query, matched: sa.FromClause | None, *columns: Any, skip: str | None) -> sa.Select[Any]:
    """A select over all matching documents; the facet `skip` does not narrow."""
    statement = sa.select(*columns).select_from(SearchDoc).where(SearchDoc.level <= query.level)
    if matched is not None:
        statement = statement.join(matched, matched.c.doc == SearchDoc.doc)
    if query.without_hubs:
        statement = statement.where(SearchDoc.origin.not_in(query.without_hubs))
    if query.from_time is not None:
        statement = statement.where(SearchDoc.ends_at >= query.from_time)
    if query.until_time is not None:
        statement = statement.where(SearchDoc.ends_at < query.until_time)
    for facet, values in query.facets.items():
        if facet != skip and values:
            statement = statement.where(_carries(facet, values, query.level))
    return statement


def _carries(facet: str, values: Sequence[str], level: int) -> sa.ColumnElement[bool]:
    if facet in COLUMNS:
        one_of: sa.ColumnElement[bool] = COLUMNS[facet].in_(values)
        return one_of
    carried = aliased(SearchFacet)  # the counting statement joins the facets too, and must not take this for its own
    same = (carried.doc == SearchDoc.doc, carried.facet == facet, carried.value.in_(values), carried.level <= level)
    return sa.exists(sa.select(carried.doc).where(*same))


def _order(query: Query, matched: sa.FromClause | None) -> tuple[Any, ...]:
    newest = (SearchDoc.changed_at.desc(), SearchDoc.doc.desc())
    if query.sort == "relevance" and matched is not None:
        return (matched.c.rank, *newest)
    if query.sort == "soonest":
        return (SearchDoc.starts_at, *newest)
    if query.sort == "title":
        return (SearchDoc.title, *newest)
    return newest


def _counts(session: Session, query: Query, matched: sa.FromClause | None) -> dict[str, dict[str, int]]:
    """Counts of all facets asked for: columns by themselves, the rest in one statement, a chosen one in its own."""
    counts: dict[str, dict[str, int]] = {facet: {} for facet in query.counted}
    chosen = [facet for facet in query.counted if query.facets.get(facet) and facet not in COLUMNS]
    free = [facet for facet in query.counted if facet not in COLUMNS and facet not in chosen]
    for facet in query.counted:
        if facet in COLUMNS:
            column = COLUMNS[facet]
            counted = _select(query, matched, column, sa.func.count(), skip=facet).group_by(column)
            counts[facet] = dict(session.execute(counted).all())
    for skip, facets in [(None, free), *((facet, [facet]) for facet in chosen)]:
        if not facets:
            continue
        statement = (
            _select(query, matched, SearchFacet.facet, SearchFacet.value, sa.func.count(), skip=skip)
            .join(SearchFacet, SearchFacet.doc == SearchDoc.doc)
            .where(SearchFacet.facet.in_(facets), SearchFacet.level <= query.level)
            .group_by(SearchFacet.facet, SearchFacet.value)
        )
        for facet, value, count in session.execute(statement):
            counts[facet][value] = count
    return counts
