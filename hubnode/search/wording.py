"""Answering a question with words: all of them first, fewer where too few records have all, the best in order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.search import narrowing, understanding
from hubnode.search.analysis import current
from hubnode.search.answers import Hits, Match, Query, Understood
from hubnode.search.engines import Asked, engine_of
from hubnode.search.entries import Entry, seen_packed, unpack
from hubnode.search.found import Doc, Found, Seeking
from hubnode.search.models import SearchDoc, SearchEntry
from hubnode.search.narrowing import NEWEST
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
REASONS = 8
"""Words given as the reason of a hit."""


def find(session: Session, query: Query) -> Hits:
    """Answer a query whose text isn't empty."""
    engine = engine_of(session)
    engine.begin(session)
    hits = _Question(session, query).answer()
    engine.end(session)
    return hits


@dataclass(frozen=True, slots=True)
class _Answer:
    """What is asked for in the end, and the records that it leaves."""

    groups: Sequence[Group]
    rarity: Sequence[float]
    found: Found
    first: Sequence[Doc] = ()
    """Those that have all words, where others follow."""


class _Question:
    """One query on its way to an answer."""

    def __init__(self, session: Session, query: Query) -> None:
        self._session, self._query = session, query
        self._meaning = understanding.understand(
            session, query.text, query.level, current(), Seeking(session, query, ()).exists, typing=query.typing
        )
        self._seeking = Seeking(session, query, self._meaning.excluded)

    def answer(self) -> Hits:
        """The hits."""
        groups = self._meaning.groups
        if not groups:
            return Hits((), 0, {})
        complete = self._seeking.find([groups])
        answer = _Answer(groups, [1.0] * len(groups), complete)
        fewer = self._query.sort == "relevance" if self._query.fewer is None else self._query.fewer
        if fewer and complete.total < ENOUGH and len(groups) > 1:
            answer = self._fewer(answer)
        docs, entries = self._page(answer)
        found = answer.found
        understood = self._understood(found, complete.total)
        reasons = self._reasons(groups, docs, entries) if self._query.reasons else {}
        return Hits(docs, found.total, found.counts(), understood, reasons, approximate=not found.whole)

    def _fewer(self, answer: _Answer) -> _Answer:
        """The same question without having to meet every group: one less, and so on, until enough is found."""
        counted = [self._seeking.count(group, BROAD) for group in answer.groups]
        live = sorted((count, place) for place, count in enumerate(counted) if count)[:LIVE]
        groups = [answer.groups[place] for _, place in live]
        rarity = [math.log(1 + 100_000 / (count + 1)) for count, _ in live]
        asked, found = list(answer.found.asked), answer.found
        for need in range(len(live) - (len(live) == len(answer.groups)), 0, -1):
            if 1 < need < len(live) - 2:
                continue
            asked += combinations(groups, need) if need > 1 else _single(groups, [count for count, _ in live])
            found = self._seeking.find(asked)
            if found.total >= ENOUGH:
                break
        return _Answer(groups, rarity, found, answer.found.docs())

    def _page(self, answer: _Answer) -> tuple[list[int], dict[int, bytes]]:
        """The page asked for, and the packed entries of those on it that are known already."""
        query = self._query
        if query.sort != "relevance":
            page = self._others(answer).order_by(*narrowing.order(query)).offset(query.offset).limit(query.limit)
            return list(self._session.scalars(page)), {}
        candidates = _candidates(answer)
        entries = self._entries([one.doc for one in candidates])
        best = self._ranked(answer, candidates, entries)
        docs = best[query.offset : query.offset + query.limit]
        if len(docs) < query.limit and answer.found.total > len(best):
            rest = self._others(answer).where(SearchDoc.doc.not_in(best)).order_by(*NEWEST)
            rest = rest.offset(max(0, query.offset - len(best))).limit(query.limit - len(docs))
            docs += self._session.scalars(rest)
        return docs, {doc: entries[doc] for doc in docs if doc in entries}

    def _others(self, answer: _Answer) -> sa.Select[Any]:
        return narrowing.select(self._query, self._seeking.matched(answer.found.asked), SearchDoc.doc)

    def _entries(self, docs: Sequence[int]) -> dict[int, bytes]:
        """The packed entries; the numbers go into the statement, for binding hundreds takes longer than reading."""
        if not docs:
            return {}
        numbers = ", ".join(str(int(doc)) for doc in docs)
        statement = f"SELECT doc, words FROM {SearchEntry.__tablename__} WHERE doc IN ({numbers})"  # noqa: S608 - numbers
        return {row[0]: row[1] for row in self._session.connection().exec_driver_sql(statement)}

    def _ranked(self, answer: _Answer, docs: Sequence[Doc], entries: dict[int, bytes]) -> list[int]:
        level = self._query.level
        held = ((one, entries[one.doc]) for one in docs if one.doc in entries)
        candidates = [Candidate(one.doc, one.changed_at, seen_packed(packed, level)) for one, packed in held]
        return ranked(answer.groups, candidates, answer.rarity)

    def _understood(self, found: Found, complete: int) -> Understood:
        meaning = self._meaning
        every = [set(map(id, groups)) for groups in found.asked] if found.total > complete else []
        return Understood(
            corrected=meaning.corrected,
            did_you_mean=understanding.rewritten(self._query.text, meaning.corrected),
            also=understanding.readable(meaning.groups),
            dropped=[one.written for one in meaning.groups if not all(id(one) in groups for groups in every)],
            complete=complete,
        )

    def _reasons(self, groups: Sequence[Group], docs: Sequence[int], entries: dict[int, bytes]) -> dict[int, Match]:
        """The words of each record that met the question."""
        missing = [doc for doc in docs if doc not in entries]
        if missing:
            entries = entries | self._entries(missing)
        tokens = wanted(groups)
        return {doc: Match(tuple(self._met(tokens, unpack(entries[doc])))) for doc in docs if doc in entries}

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


def _candidates(answer: _Answer) -> list[Doc]:
    """The records to rank: all, or those that promise most."""
    found = answer.found
    if found.total <= CANDIDATES:
        return found.docs()
    chosen = dict.fromkeys(answer.first)
    whole = ((found.asked, True, CANDIDATES), (found.asked, False, CANDIDATES))
    for asked, head, most in (*((one, False, EXACTLY) for one in _exactly(answer.groups)), *whole):
        if len(chosen) < CANDIDATES:
            chosen |= dict.fromkeys(found.newest(asked, most, head=head))
    return list(chosen)[:CANDIDATES]


def _exactly(groups: Sequence[Group]) -> Iterator[Asked]:
    """The narrowest readings of a question: its words as one compound or phrase, then each exactly as it stands."""
    first = [group.alternatives[0] for group in groups]
    if 1 < len(first) <= LIVE and all(len(one.tokens) == 1 for one in first):
        together = Alternative(tuple(one.tokens[0] for one in first), "phrase")
        joined = (one for one in groups[0].alternatives[1:] if all(one in group.alternatives for group in groups))
        yield [[replace(groups[0], alternatives=(together, *joined))]]
    if any(len(group.alternatives) > 1 for group in groups):
        yield [[replace(group, alternatives=group.alternatives[:1]) for group in groups]]


def _single(groups: Sequence[Group], counted: Sequence[int]) -> list[tuple[Group, ...]]:
    """Each word by itself that is in few records, or else the rarest."""
    few: list[tuple[Group, ...]] = [(group,) for group, count in zip(groups, counted, strict=True) if count < BROAD]
    return few or [(groups[0],)]
