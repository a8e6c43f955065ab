"""Records that resemble one: by topics and rare words, within what the viewer may see."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.search import narrowing, vocabulary
from hubnode.search.analysis import current
from hubnode.search.answers import Query, Similar
from hubnode.search.engines import at_once, engine_of
from hubnode.search.entries import Entry, analysed, seen, unpack
from hubnode.search.models import SearchDoc, SearchEntry, SearchFacet
from hubnode.search.narrowing import NEWEST, Matched
from hubnode.search.plan import Alternative, Group

WORDS = 12
"""Words that tell most about a record: those in its title, and of the others the rarest."""
CANDIDATES = 100
SHORTEST = 4
"""Letters of a word that tells something."""
RARE = 1_000
"""A word in so many records tells little."""
SHOWN = 4
"""Words given as the reason."""
IN_HEAD = 3.0
"""How much more a word in the title tells."""
TOPIC = 4.0
"""What a shared topic weighs, as much as a rare word."""
ENOUGH = 0.12
"""Who shares less does not resemble."""


@dataclass(frozen=True, slots=True)
class _Telling:
    """A word that tells something about a record."""

    written: str
    token: str
    tokens: frozenset[str]
    """The word itself and its parts."""
    weight: float


def similar(
    session: Session,
    doc: int,
    level: int,
    *,
    without_hubs: Sequence[str] = (),
    kinds: Sequence[str] | None = None,
    limit: int = 5,
) -> list[Similar]:
    """The records most like record `doc`, best first, never itself; reasons are words and topics this level may see.

    Empty too where this level may not see `doc`.
    """
    chosen = sa.select(SearchEntry.words).join(SearchDoc, SearchDoc.doc == SearchEntry.doc)
    packed = session.scalar(chosen.where(SearchEntry.doc == doc, SearchDoc.level <= level))
    if packed is None:
        return []
    carried = sa.select(SearchFacet.value).where(
        SearchFacet.doc == doc, SearchFacet.facet == "topic", SearchFacet.level <= level
    )
    query = Query(level=level, without_hubs=without_hubs, facets={"kind": kinds} if kinds is not None else {})
    return _like(session, unpack(packed), session.scalars(carried).all(), query, limit, doc)


def similar_to_text(
    session: Session,
    texts: Mapping[str, str],
    topics: Sequence[str],
    level: int,
    *,
    without_hubs: Sequence[str] = (),
    kinds: Sequence[str] | None = None,
    limit: int = 5,
) -> list[Similar]:
    """The same for a draft that is not indexed: `texts` has its ``head`` (title) and ``body`` (all else)."""
    entry = analysed([(0, texts.get("head", ""), texts.get("body", ""))], current())
    query = Query(level=level, without_hubs=without_hubs, facets={"kind": kinds} if kinds is not None else {})
    return _like(session, entry, topics, query, limit, None)


def _like(
    session: Session, entry: Entry, topics: Sequence[str], query: Query, limit: int, itself: int | None
) -> list[Similar]:
    if query.facets.get("kind") == ():
        return []
    telling = _telling(session, entry, query.level)
    most = sum(word.weight for word in telling) + TOPIC * len(topics)
    entries = _candidates(session, telling, topics, query)
    shared = _shared_topics(session, entries, topics, query.level)
    found = []
    for doc, other in entries.items():
        tokens = _tokens(other, query.level)
        words = [word for word in telling if not word.tokens.isdisjoint(tokens)]
        score = (sum(word.weight for word in words) + TOPIC * len(shared.get(doc, ()))) / most
        if doc != itself and score >= ENOUGH:
            reasons = tuple(word.written for word in words[:SHOWN])
            found.append(Similar(doc, round(score, 6), reasons, tuple(sorted(shared.get(doc, ())))))
    return sorted(found, key=lambda one: (-one.score, -one.doc))[:limit]


def _telling(session: Session, entry: Entry, level: int) -> list[_Telling]:
    """The words that tell most, best first; none that the vocabulary of this level has nowhere else."""
    word = current().word
    spellings = {one: word(one) for one in " ".join(entry.spellings[: level + 1]).split()}
    counted = vocabulary.counted(session, {folded for one in spellings.values() for folded in one.folded}, level)
    head = set(seen(entry, level).head.split())
    found: dict[str, _Telling] = {}
    for written, one in spellings.items():
        count = max((counted.get(folded, 0) for folded in one.folded), default=0)
        if len(one.token) < SHORTEST or one.token in found:
            continue
        tokens = frozenset((one.token, *(part for part in one.parts if len(part) > SHORTEST)))
        weight = math.log(1 + RARE / (1 + count)) * (IN_HEAD if one.token in head else 1.0)
        found[one.token] = _Telling(written, one.token, tokens, weight)
    return sorted(found.values(), key=lambda one: (-one.weight, one.written))[:WORDS]


def _candidates(session: Session, telling: Sequence[_Telling], topics: Sequence[str], query: Query) -> dict[int, Entry]:
    """Records that share a word or a topic: first those with words or parts of them in the title, then the newest.

    In the text only whole words count here: parts such as „Förderung“ stand in too many.
    """
    docs: dict[int, None] = {}
    for head in (True, False) if telling else ():
        tokens = [(one, token) for one in telling for token in (sorted(one.tokens) if head else (one.token,))]
        asked = [[Group(one.written, "", (Alternative((token,)),))] for one, token in tokens]
        matched = Matched(at_once(engine_of(session).match(asked, query.level, head=head)))
        chosen = narrowing.select(query, matched, SearchDoc.doc).order_by(*NEWEST).limit(CANDIDATES)
        docs |= dict.fromkeys(session.scalars(chosen))
    if topics:
        carried = (SearchFacet.facet == "topic", SearchFacet.value.in_(topics), SearchFacet.level <= query.level)
        about = SearchDoc.doc.in_(sa.select(SearchFacet.doc).where(*carried))  # from the topics to the records
        chosen = narrowing.select(query, None, SearchDoc.doc).where(about).order_by(*NEWEST).limit(CANDIDATES)
        docs |= dict.fromkeys(session.scalars(chosen))
    held = sa.select(SearchEntry.doc, SearchEntry.words).where(SearchEntry.doc.in_(list(docs)))
    return {doc: unpack(words) for doc, words in session.execute(held)}


def _tokens(entry: Entry, level: int) -> set[str]:
    return {token for column in seen(entry, level) for token in column.split()}


def _shared_topics(session: Session, docs: Iterable[int], topics: Sequence[str], level: int) -> dict[int, set[str]]:
    """Which of these topics each record carries, where this level may see it."""
    chosen = sa.select(SearchFacet.doc, SearchFacet.value).where(
        SearchFacet.doc.in_(list(docs)),
        SearchFacet.facet == "topic",
        SearchFacet.value.in_(topics),
        SearchFacet.level <= level,
    )
    shared: dict[int, set[str]] = {}
    for doc, topic in session.execute(chosen):
        shared.setdefault(doc, set()).add(topic)
    return shared
