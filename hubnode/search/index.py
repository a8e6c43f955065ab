"""Writing the index: rows come and go in the same transaction as the record they stand for (I16)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import insert_many
from hubnode.search import vocabulary
from hubnode.search.analysis import current, fold
from hubnode.search.engines import engine_of
from hubnode.search.entries import LEVEL_COUNT, Entry, analysed, pack, unpack
from hubnode.search.models import SearchDoc, SearchEntry, SearchFacet
from hubnode.search.narrowing import FACETS

LEVELS = {"public": 0, "network": 1, "hub": 2}
CHUNK = 500
COLUMNS = ("doc", "kind", "origin", "level", "title", "changed_at", "starts_at", "ends_at", "facets")


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

    `fresh` promises that none of them stands there yet, which saves looking. `ValueError` for words that more people
    may see than the record.
    """
    chosen = list(documents)
    if not chosen:
        return
    if not fresh:
        remove(session, [document.doc for document in chosen])
    carried = [list(_facets(document)) for document in chosen]
    insert_many(session, SearchDoc, COLUMNS, [_row(one, facets) for one, facets in zip(chosen, carried, strict=True)])
    facets = [facet for of_one in carried for facet in of_one]
    insert_many(session, SearchFacet, ("doc", "facet", "value", "level"), facets)
    _insert_words(session, [(document.doc, _entry(document)) for document in chosen])


def remove(session: Session, docs: Sequence[int]) -> None:
    """Take records out of the index, words and all; part of the caller's transaction."""
    for start in range(0, len(docs), CHUNK):
        some = docs[start : start + CHUNK]
        _remove_words(session, some)
        session.execute(sa.delete(SearchFacet).where(SearchFacet.doc.in_(some)))
        session.execute(sa.delete(SearchDoc).where(SearchDoc.doc.in_(some)))


def renew(session: Session, texts: Iterable[tuple[int, Sequence[tuple[str, str, str]]]]) -> None:
    """Analyse these records anew, (number, text as in `Document`); the rest stays. Part of the caller's transaction."""
    language = current()
    entries = [(doc, analysed(_ranked(text), language)) for doc, text in texts]
    _remove_words(session, [doc for doc, _ in entries])
    _insert_words(session, entries)


def _insert_words(session: Session, entries: Sequence[tuple[int, Entry]]) -> None:
    engine_of(session).insert(session, entries)
    insert_many(session, SearchEntry, ("doc", "words"), [(doc, pack(entry)) for doc, entry in entries])
    vocabulary.change(session, (entry for _, entry in entries), 1)


def _remove_words(session: Session, docs: Sequence[int]) -> None:
    held = session.execute(sa.select(SearchEntry.doc, SearchEntry.words).where(SearchEntry.doc.in_(docs)))
    entries = [(doc, unpack(words)) for doc, words in held]
    if entries:
        engine_of(session).delete(session, entries)
        session.execute(sa.delete(SearchEntry).where(SearchEntry.doc.in_(docs)))
        vocabulary.change(session, (entry for _, entry in entries), -1)


def _row(document: Document, facets: Sequence[tuple[int, str, str, int]]) -> tuple[object, ...]:
    return (
        document.doc,
        document.kind,
        document.origin,
        LEVELS[document.level],
        fold(document.title)[:160],
        document.changed_at,
        document.starts_at,
        document.ends_at,
        FACETS.join(f"{level}{facet}={value}" for _, facet, value, level in facets),
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


def _entry(document: Document) -> Entry:
    least = LEVELS[document.level]
    if any((head or body) and LEVELS.get(level, least) < least for level, head, body in document.text):
        raise ValueError("words of a record would be seen by those who may not see the record")
    return analysed(_ranked(document.text), current())


def _ranked(text: Sequence[tuple[str, str, str]]) -> Iterator[tuple[int, str, str]]:
    return ((LEVELS[level], head, body) for level, head, body in text if level in LEVELS)
