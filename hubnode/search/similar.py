"""Records that resemble one: by topics and rare words, within what the viewer may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.search.answers import Similar
from hubnode.search.models import SearchDoc, SearchFacet


def similar(
    session: Session,
    doc: int,
    level: int,
    *,
    without_hubs: Sequence[str] = (),
    kinds: Sequence[str] | None = None,
    limit: int = 5,
) -> list[Similar]:
    """The records most like record `doc`, best first, never itself; reasons are words and topics this level may see."""
    carried = sa.select(SearchFacet.value).where(
        SearchFacet.doc == doc, SearchFacet.facet == "topic", SearchFacet.level <= level
    )
    topics = session.scalars(carried).all()
    return [one for one in _sharing(session, topics, level, without_hubs, kinds, limit + 1) if one.doc != doc][:limit]


def similar_to_text(
    session: Session,
    texts: Mapping[str, str],  # noqa: ARG001 - topics decide until words do
    topics: Sequence[str],
    level: int,
    *,
    without_hubs: Sequence[str] = (),
    kinds: Sequence[str] | None = None,
    limit: int = 5,
) -> list[Similar]:
    """The same for a draft that is not indexed: `texts` has its ``head`` (title) and ``body`` (all else)."""
    return _sharing(session, topics, level, without_hubs, kinds, limit)


def _sharing(
    session: Session,
    topics: Sequence[str],
    level: int,
    without_hubs: Sequence[str],
    kinds: Sequence[str] | None,
    limit: int,
) -> list[Similar]:
    shared = sa.select(SearchFacet.doc, SearchFacet.value).join(SearchDoc, SearchDoc.doc == SearchFacet.doc)
    shared = shared.where(SearchFacet.facet == "topic", SearchFacet.value.in_(topics), SearchFacet.level <= level)
    shared = shared.where(SearchDoc.level <= level, SearchDoc.origin.not_in(without_hubs))
    if kinds is not None:
        shared = shared.where(SearchDoc.kind.in_(kinds))
    of: dict[int, list[str]] = {}
    for doc, topic in session.execute(shared):
        of.setdefault(doc, []).append(topic)
    found = (Similar(doc, len(some) / len(topics), (), tuple(sorted(some))) for doc, some in of.items())
    return sorted(found, key=lambda one: (-one.score, -one.doc))[:limit]
