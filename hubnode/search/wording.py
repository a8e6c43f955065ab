"""Answering a question with words: all of them first, fewer where too few records have all, the best in order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.search import narrowing, understanding
from hubnode.search.analysis import current
from hubnode.search.answers import Hits, Match, Query, Understood
from hubnode.search.engines import Asked, engine_of
from hubnode.search.entries import Entry, seen, unpack
from hubnode.search.models import SearchDoc, SearchEntry
from hubnode.search.narrowing import EXACT, NEWEST, Matched
from hubnode.search.plan import Alternative, Group, wanted
from hubnode.search.ranking import Candidate, ranked

CANDIDATES = 200
"""Records that are ranked; of more those with the words in the title first, and the newest."""
EXACTLY = 60
"""Of these so many that have the words exactly as they stand, wherever: the newest."""
ENOUGH = 10
"""Fewer records with all words than this are followed by those with some of them."""
LIVE = 6
"""Words that are combined when not all have to be met: the rarest."""
BROAD = 2_000
"""A word in so many records says little by itself."""
DOC = tuple(SearchDoc.__table__.c[name] for name in ("doc", "kind", "origin", "changed_at", "facets"))
REASONS = 8
"""Words given as the reason of a hit."""


def find(session: Session, query: Query) -> Hits:
    """Answer a query whose text isn't empty."""
    engine = engine_of(session)
    engine.begin(session)
    hits = _Question(session, query).answer()
    engine.end(session)
    return hits


class Doc(NamedTuple):
    """A record of the index, as far as ranking and counting need it."""

    doc: int
    kind: str
    hub: str
    changed_at: datetime
    facets: str


@dataclass(frozen=True, slots=True)
class _Answer:
    """What is asked for in the end, how many records that leaves, and the numbers of some."""

    asked: Asked
    groups: Sequence[Group]
    rarity: Sequence[float]
    total: int
    some: Sequence[Doc]
    first: Sequence[Doc] = ()
    """Those that have all words, where others follow."""

    @property
    def whole(self) -> bool:
        """Whether `some` are all."""
        return self.total == len(self.some)


class _Question:
    """One query on its way to an answer."""

    def __init__(self, session: Session, query: Query) -> None:
        self._session, self._query = session, query
        self._engine = engine_of(session)
        self._meaning = understanding.understand(
            session, query.text, query.level, current(), self._exists, typing=query.typing
        )
        excluded = [[group] for group in self._meaning.excluded]
        self._excluded = self._engine.match(excluded, query.level) if excluded else None

    def answer(self) -> Hits:
        """The hits."""
        groups = self._meaning.groups
        if not groups:
            return Hits((), 0, {})
        total, some = self._some([groups])
        answer = _Answer([groups], groups, [1.0] * len(groups), total, some)
        fewer = self._query.sort == "relevance" if self._query.fewer is None else self._query.fewer
        if fewer and total < ENOUGH and len(groups) > 1:
            answer = self._fewer(answer)
        docs, entries = self._page(answer)
        sampled = answer.total > EXACT
        counted = self._counts(answer, sampled=sampled)
        understood = self._understood(answer, total)
        reasons = self._reasons(groups, docs, entries) if self._query.reasons else {}
        return Hits(docs, answer.total, counted, understood, reasons, sampled)

    def _matched(self, asked: Asked, *, head: bool = False, sampled: bool = False) -> Matched:
        return Matched(self._engine.match(asked, self._query.level, head=head), self._excluded, sampled)

    def _exists(self, group: Group) -> bool:
        seen_here = narrowing.select(
            self._bare, Matched(self._engine.match([[group]], self._query.level)), sa.literal(1)
        )
        return self._session.scalar(seen_here.limit(1)) is not None

    @property
    def _bare(self) -> Query:
        """The same viewer, asking without facets."""
        return Query(level=self._query.level, without_hubs=self._query.without_hubs)

    def _counts(self, answer: _Answer, *, sampled: bool) -> Mapping[str, Mapping[str, int]]:
        """The counts asked for; of few records from what is known of them already."""
        query, counted = self._query, dict[str, Mapping[str, int]]()
        free = [facet for facet in query.counted if not query.facets.get(facet)] if answer.whole else []
        if free:
            counted |= narrowing.counts_of(((one.kind, one.hub, one.facets) for one in answer.some), free, query.level)
        rest = [facet for facet in query.counted if facet not in free]
        if rest:
            matched = self._matched(answer.asked, sampled=sampled)
            counted |= narrowing.counts(self._session, replace(query, counted=rest), matched)
        return {facet: counted[facet] for facet in query.counted}

    def _some(self, asked: Asked) -> tuple[int, Sequence[Doc]]:
        """How many records are left; and all of them, or where there are many a few."""
        chosen = narrowing.select(self._query, self._matched(asked), *DOC, sa.func.count().over())
        rows = self._session.connection().execute(chosen.limit(CANDIDATES)).all()
        return (rows[0][-1], [Doc(*row[:-1]) for row in rows]) if rows else (0, [])

    def _fewer(self, answer: _Answer) -> _Answer:
        """The same question without having to meet every group: one less, and so on, until enough is found."""
        counted = [self._count(group) for group in answer.groups]
        live = sorted((count, place) for place, count in enumerate(counted) if count)[:LIVE]
        groups = [answer.groups[place] for _, place in live]
        rarity = [math.log(1 + 100_000 / (count + 1)) for count, _ in live]
        asked, total, some = list(answer.asked), answer.total, answer.some
        for need in range(len(live) - (len(live) == len(answer.groups)), 0, -1):
            if 1 < need < len(live) - 2:
                continue
            asked += combinations(groups, need) if need > 1 else _single(groups, [count for count, _ in live])
            total, some = self._some(asked)
            if total >= ENOUGH:
                break
        return _Answer(asked, groups, rarity, total, some, answer.some)

    def _count(self, group: Group) -> int:
        matched = self._engine.match([[group]], self._query.level)
        few = sa.select(matched.c.doc).limit(BROAD).subquery()
        return self._session.scalar(sa.select(sa.func.count()).select_from(few)) or 0

    def _page(self, answer: _Answer) -> tuple[list[int], dict[int, Entry]]:
        """The page asked for, and the entries of those on it that are known already."""
        query = self._query
        if query.sort != "relevance":
            chosen = narrowing.select(query, self._matched(answer.asked), SearchDoc.doc)
            page = chosen.order_by(*narrowing.order(query)).offset(query.offset).limit(query.limit)
            return list(self._session.scalars(page)), {}
        candidates = self._candidates(answer)
        entries = self._entries([one.doc for one in candidates])
        best = self._ranked(answer, candidates, entries)
        docs = best[query.offset : query.offset + query.limit]
        if len(docs) < query.limit and answer.total > len(best):
            docs += self._beyond(answer, best, max(0, query.offset - len(best)), query.limit - len(docs))
        return docs, {doc: entries[doc] for doc in docs if doc in entries}

    def _candidates(self, answer: _Answer) -> list[Doc]:
        """The records to rank: all, or those that promise most."""
        if answer.whole:
            return list(answer.some)
        chosen = dict.fromkeys(answer.first)
        whole = ((answer.asked, True, CANDIDATES), (answer.asked, False, CANDIDATES))
        for asked, head, most in (*((one, False, EXACTLY) for one in _exactly(answer.groups)), *whole):
            if len(chosen) < CANDIDATES:
                more = narrowing.select(self._query, self._matched(asked, head=head), *DOC)
                rows = self._session.connection().execute(more.order_by(*NEWEST).limit(most))
                chosen |= dict.fromkeys(Doc(*row) for row in rows)
        return list(chosen)[:CANDIDATES]

    def _entries(self, docs: Sequence[int]) -> dict[int, Entry]:
        chosen = sa.select(SearchEntry.doc, SearchEntry.words).where(SearchEntry.doc.in_(docs))
        return {doc: unpack(words) for doc, words in self._session.execute(chosen)}

    def _ranked(self, answer: _Answer, docs: Sequence[Doc], entries: dict[int, Entry]) -> list[int]:
        level = self._query.level
        candidates = [
            Candidate(one.doc, one.changed_at, seen(entries[one.doc], level)) for one in docs if one.doc in entries
        ]
        return ranked(answer.groups, candidates, answer.rarity)

    def _beyond(self, answer: _Answer, best: Sequence[int], offset: int, limit: int) -> list[int]:
        """What follows the ranked ones: the newest."""
        rest = narrowing.select(self._query, self._matched(answer.asked), SearchDoc.doc)
        rest = rest.where(SearchDoc.doc.not_in(best)).order_by(*NEWEST)
        return list(self._session.scalars(rest.offset(offset).limit(limit)))

    def _understood(self, answer: _Answer, complete: int) -> Understood:
        meaning = self._meaning
        every = [set(map(id, groups)) for groups in answer.asked] if answer.total > complete else []
        return Understood(
            corrected=meaning.corrected,
            did_you_mean=understanding.rewritten(self._query.text, meaning.corrected),
            also=understanding.readable(meaning.groups),
            dropped=[one.written for one in meaning.groups if not all(id(one) in groups for groups in every)],
            complete=complete,
        )

    def _reasons(self, groups: Sequence[Group], docs: Sequence[int], entries: dict[int, Entry]) -> dict[int, Match]:
        """The words of each record that met the question."""
        missing = [doc for doc in docs if doc not in entries]
        if missing:
            entries = entries | self._entries(missing)
        tokens = wanted(groups)
        return {doc: Match(tuple(self._met(tokens, entries[doc]))) for doc in docs if doc in entries}

    def _met(self, tokens: frozenset[str], entry: Entry) -> list[str]:
        word = current().word
        met: list[str] = []
        for spelling in " ".join(entry.spellings[: self._query.level + 1]).split():
            found = word(spelling)
            if found.token in tokens or not tokens.isdisjoint(found.inside):
                met.append(spelling)
                if len(met) == REASONS:
                    break
        return list(dict.fromkeys(met))


def _exactly(groups: Sequence[Group]) -> Iterator[Asked]:
    """The narrowest readings of a question: its words as one compound or phrase, then each exactly as it stands."""
    first = [group.alternatives[0] for group in groups]
    if 1 < len(first) <= LIVE and all(len(one.tokens) == 1 for one in first):
        together = Alternative(tuple(one.tokens[0] for one in first), "phrase")
        yield [[replace(groups[0], alternatives=(together,))]]
    if any(len(group.alternatives) > 1 for group in groups):
        yield [[replace(group, alternatives=group.alternatives[:1]) for group in groups]]


def _single(groups: Sequence[Group], counted: Sequence[int]) -> list[tuple[Group, ...]]:
    """Each word by itself that is in few records, or else the rarest."""
    few: list[tuple[Group, ...]] = [(group,) for group, count in zip(groups, counted, strict=True) if count < BROAD]
    return few or [(groups[0],)]
