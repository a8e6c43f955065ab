"""Which records a question leaves: level, hubs, times and facets, with or without words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from hubnode.db import UTCDateTime
from hubnode.search.answers import Place, Query
from hubnode.search.models import SearchDoc, SearchFacet

COLUMNS: Mapping[str, Any] = {"kind": SearchDoc.kind, "hub": SearchDoc.origin}
"""Facets that every document has once, as a column of its own."""
FACETS = "\x1f"
FAR = datetime(9999, 1, 1, tzinfo=UTC)
"""Where what has no beginning stands among what has one: at the end, in every database."""
BEGINS = sa.func.coalesce(SearchDoc.starts_at, sa.literal(FAR, UTCDateTime))
NEWEST = (SearchDoc.changed_at.desc(), SearchDoc.doc.desc())


@dataclass(frozen=True, slots=True)
class Matched:
    """The records with the words of a question, and those without which it has to do."""

    found: sa.CTE
    excluded: sa.CTE | None = None
    times: float = 1
    """How many records each of these stands for, where they are a sample."""


def select(query: Query, matched: Matched | None, *columns: Any, skip: str | None = None) -> sa.Select[Any]:
    """A select over all matching documents; the facet `skip` does not narrow."""
    statement = sa.select(*columns).select_from(SearchDoc).where(SearchDoc.level <= query.level)
    if matched is not None:
        statement = _with_words(statement, matched)
    if query.without_hubs:
        statement = statement.where(SearchDoc.origin.not_in(query.without_hubs))
    if query.from_time is not None:
        lasting = sa.or_(SearchDoc.ends_at >= query.from_time, SearchDoc.ends_at.is_(None))
        statement = statement.where(lasting)
    if query.until_time is not None:
        statement = statement.where(SearchDoc.ends_at < query.until_time)
    for facet, values in query.facets.items():
        if facet != skip and values:
            statement = statement.where(_carries(facet, values, query.level))
    return statement


def _with_words(statement: sa.Select[Any], matched: Matched) -> sa.Select[Any]:
    statement = statement.join(matched.found, matched.found.c.doc == SearchDoc.doc)
    if matched.excluded is not None:
        statement = statement.where(SearchDoc.doc.not_in(sa.select(matched.excluded.c.doc)))
    return statement


def _carries(facet: str, values: Sequence[str], level: int) -> sa.ColumnElement[bool]:
    if facet in COLUMNS:
        one_of: sa.ColumnElement[bool] = COLUMNS[facet].in_(values)
        return one_of
    carried = aliased(SearchFacet)  # the counting statement joins the facets too, and must not take this for its own
    same = (carried.doc == SearchDoc.doc, carried.facet == facet, carried.value.in_(values), carried.level <= level)
    return sa.exists(sa.select(carried.doc).where(*same))


def order(query: Query) -> tuple[Any, ...]:
    """The order asked for, where relevance has no say: the newest come first among equals."""
    first: Mapping[str, Any] = {"soonest": BEGINS, "title": SearchDoc.title}
    return (first[query.sort], *NEWEST) if query.sort in first else NEWEST


def beyond(query: Query, place: Place) -> sa.ColumnElement[bool]:
    """That a record comes after `place` in the order asked for."""
    newer = sa.or_(
        SearchDoc.changed_at < place.changed_at,
        sa.and_(SearchDoc.changed_at == place.changed_at, SearchDoc.doc < place.doc),
    )
    first: Mapping[str, tuple[Any, Any]] = {
        "soonest": (BEGINS, place.starts_at or FAR),
        "title": (SearchDoc.title, place.title),
    }
    if query.sort not in first:
        return newer
    column, value = first[query.sort]
    return sa.or_(column > value, sa.and_(column == value, newer))


def place_of(session: Session, doc: int) -> Place:
    """Where this record stands; it must be in the index."""
    columns = (SearchDoc.title, SearchDoc.changed_at, SearchDoc.starts_at)
    return Place(doc, *session.execute(sa.select(*columns).where(SearchDoc.doc == doc)).one())


def counts(session: Session, query: Query, matched: Matched | None) -> dict[str, dict[str, int]]:
    """Counts of all facets asked for: of a list in the database, of records with the words in one reading of them."""
    count = _listed if matched is None else _read
    chosen = [facet for facet in query.counted if query.facets.get(facet)]
    free = [facet for facet in query.counted if facet not in chosen]
    counted: dict[str, dict[str, int]] = {facet: {} for facet in query.counted}
    for skip, facets in [(None, free), *((facet, [facet]) for facet in chosen)]:
        if facets:
            counted |= count(session, query, matched, facets, skip)
    return counted if matched is None or matched.times == 1 else scaled(counted, matched.times)


def _listed(
    session: Session, query: Query, matched: Matched | None, facets: Sequence[str], skip: str | None
) -> dict[str, dict[str, int]]:
    """Columns by themselves, the rest in one statement."""
    counted: dict[str, dict[str, int]] = {facet: {} for facet in facets}
    for facet in counted.keys() & COLUMNS.keys():
        column = COLUMNS[facet]
        statement = select(query, matched, column, sa.func.count(), skip=skip).group_by(column)
        counted[facet] = dict(session.execute(statement).all())
    rest = [facet for facet in facets if facet not in COLUMNS]
    if rest:
        statement = (
            select(query, matched, SearchFacet.facet, SearchFacet.value, sa.func.count(), skip=skip)
            .join(SearchFacet, SearchFacet.doc == SearchDoc.doc)
            .where(SearchFacet.facet.in_(rest), SearchFacet.level <= query.level)
            .group_by(SearchFacet.facet, SearchFacet.value)
        )
        for facet, value, count in session.execute(statement):
            counted[facet][value] = count
    return counted


def _read(
    session: Session, query: Query, matched: Matched | None, facets: Sequence[str], skip: str | None
) -> dict[str, dict[str, int]]:
    """Each record once, with all that it carries: a database groups strings slower than it reads them."""
    columns = SearchDoc.__table__.c
    chosen = select(query, matched, columns.kind, columns.origin, columns.facets, skip=skip)
    return counts_of(session.connection().execute(chosen).all(), facets, query.level)


def counts_of(rows: Sequence[Sequence[Any]], facets: Sequence[str], level: int) -> dict[str, dict[str, int]]:
    """The counts of these records, as this level may see them; each row ends with kind, hub and packed facets."""
    *_, kinds, hubs, packed = zip(*rows, strict=True) if rows else ((), (), ())
    counted: dict[str, dict[str, int]] = {facet: {} for facet in facets}
    for facet, values in (("kind", kinds), ("hub", hubs)):
        if facet in counted:
            counted[facet] = dict(Counter(values))
    carried = Counter(chain.from_iterable(one.split(FACETS) for one in packed if one))
    for pair, many in carried.items():
        facet, value = pair[1:].split("=", 1)
        if facet in counted and int(pair[0]) <= level:
            counted[facet][value] = counted[facet].get(value, 0) + many
    return counted


def scaled(counted: Mapping[str, Mapping[str, int]], by: float) -> dict[str, dict[str, int]]:
    """The counts, each so many times as large."""
    return {facet: {value: round(count * by) for value, count in values.items()} for facet, values in counted.items()}
