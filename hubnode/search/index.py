"""Writing the index: rows come and go in the same transaction as the record they stand for (I16)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import insert_many
from hubnode.search.analysis import fold, plain
from hubnode.search.engines import LEVEL_COUNT, LevelTokens, engine_of
from hubnode.search.models import SearchDoc, SearchFacet

LEVELS = {"public": 0, "network": 1, "hub": 2}
CHUNK = 500
BETWEEN = "\x1f"
"""ASCII's own sign between units; no body may hold it."""
COLUMNS = ("doc", "kind", "origin", "level", "title", "changed_at", "starts_at", "ends_at")


@dataclass(frozen=True, slots=True)
class Document:
    """What the index has to know of one record."""

    doc: int
    kind: str
    origin: str
    level: str
    title: str
    changed_at: datetime
    starts_at: datetime | None
    ends_at: datetime | None
    text: Sequence[tuple[str, str, str]]
    """(level, head, body): the words that become visible at exactly that level."""
    facets: Sequence[tuple[str, str, str]]
    """(facet, value, level from which the value is visible)."""


def index(session: Session, documents: Iterable[Document], *, fresh: bool = False) -> None:
    """Put `documents` into the index, in place of what stood there; part of the caller's transaction.

    `fresh` promises that none of them stands there yet, which saves looking.
    """
    chosen = list(documents)
    if not chosen:
        return
    if not fresh:
        remove(session, [document.doc for document in chosen])
    insert_many(session, SearchDoc, COLUMNS, [_row(document) for document in chosen])
    facets = [facet for document in chosen for facet in _facets(document)]
    insert_many(session, SearchFacet, ("doc", "facet", "value", "level"), facets)
    engine_of(session).insert(session, [(document.doc, _tokens(document)) for document in chosen])


def remove(session: Session, docs: Sequence[int]) -> None:
    """Take records out of the index, words and all; part of the caller's transaction."""
    for start in range(0, len(docs), CHUNK):
        some = docs[start : start + CHUNK]
        engine_of(session).delete(session, some)
        session.execute(sa.delete(SearchFacet).where(SearchFacet.doc.in_(some)))
        session.execute(sa.delete(SearchDoc).where(SearchDoc.doc.in_(some)))


def _row(document: Document) -> tuple[object, ...]:
    return (
        document.doc,
        document.kind,
        document.origin,
        LEVELS[document.level],
        fold(document.title)[:160],
        document.changed_at,
        document.starts_at,
        document.ends_at,
    )


def _facets(document: Document) -> Iterator[tuple[int, str, str, int]]:
    """The record's facets, each value once, at its widest level, never wider than the record itself."""
    widest: dict[tuple[str, str], int] = {}
    for facet, value, level in document.facets:
        rank = LEVELS.get(level)
        if rank is not None and rank < widest.get((facet, value), LEVEL_COUNT):
            widest[facet, value] = rank
    narrowest = LEVELS[document.level]
    return ((document.doc, facet, value, max(rank, narrowest)) for (facet, value), rank in widest.items())


def _tokens(document: Document) -> LevelTokens:
    parts: list[tuple[str, str]] = [("", "")] * LEVEL_COUNT
    # One text for all levels: folding costs by the call, and nothing that people write holds the sign between them.
    words = iter(plain(BETWEEN.join(part for _, *both in document.text for part in both)).split(BETWEEN))
    for (level, _head, _body), head, body in zip(document.text, words, words, strict=False):
        if level in LEVELS:
            parts[LEVELS[level]] = (head, body)
    return tuple(parts)
