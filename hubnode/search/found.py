"""The records that a question leaves: all of them where they are few, else how many there are and some of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.search import narrowing
from hubnode.search.answers import Query
from hubnode.search.engines import Asked, at_once, engine_of
from hubnode.search.models import SearchDoc
from hubnode.search.narrowing import NEWEST, Matched
from hubnode.search.plan import Group

EXACT = 4_000
"""Up to so many records are read and counted one by one; of more the counts are scaled up from a sample."""
SAMPLE = 1_500
"""Of more records about so many are counted."""
_SHARES = 65_536
_SCATTER = 40_503
"""A record is in a sample by its number times this: neighbours, and every fifth, come as they would by lot."""
_TABLE = SearchDoc.__table__.c
_CHANGED: sa.ColumnElement[Any] = sa.type_coerce(_TABLE.changed_at, sa.types.NullType())
"""As the database has it, which sorts as well: making a time of it takes longer than reading the record."""
COLUMNS = (_TABLE.doc, _CHANGED.label("changed_at"), _TABLE.kind, _TABLE.origin, _TABLE.facets)
Counts = dict[str, dict[str, int]]


class Doc(NamedTuple):
    """A record of the index, as far as ranking needs it."""

    doc: int
    changed_at: datetime


@dataclass(frozen=True)
class Found:
    """What is left of a question within what the viewer may see and has chosen."""

    seeking: Seeking
    asked: Asked
    total: int
    rows: Sequence[Sequence[Any]] = ()
    """All of them, as in `COLUMNS`, where they are few."""

    @property
    def whole(self) -> bool:
        """Whether `rows` are all."""
        return self.total == len(self.rows)

    def docs(self) -> list[Doc]:
        """All of them, where they are few."""
        return [_doc(row) for row in self.rows]

    def newest(self, asked: Asked, most: int, *, head: bool = False) -> list[Doc]:
        """The newest of these that meet `asked` too, which asks for no less than the question does."""
        if not self.whole:
            return self.seeking.newest(asked, most, head=head)
        if asked is self.asked and not head:
            return [_doc(row) for row in self._by_age[:most]]
        met = self.seeking.met(asked, head=head)
        return [_doc(row) for row in islice((row for row in self._by_age if row[0] in met), most)]

    def counts(self) -> Counts:
        """The counts of all facets asked for."""
        query = self.seeking.query
        free = [facet for facet in query.counted if not query.facets.get(facet)] if self.whole else []
        counted = narrowing.counts_of(self.rows, free, query.level) if free else {}
        rest = [facet for facet in query.counted if facet not in free]
        if rest:
            counted |= self.seeking.counts(self.asked, rest, 0 if self.whole else self.total)
        return {facet: counted[facet] for facet in query.counted}

    @cached_property
    def _by_age(self) -> Sequence[Sequence[Any]]:
        return sorted(self.rows, key=_age, reverse=True)


@dataclass(frozen=True)
class Seeking:
    """One viewer's question to one database: what may be met at all, and what must not be."""

    session: Session
    query: Query
    excluded: tuple[Group, ...]

    def find(self, asked: Asked) -> Found:
        """What meets one of these."""
        total = self.with_words(asked)
        if total > EXACT and not self.plain:
            total = self.session.scalar(narrowing.select(self.query, self.matched(asked), sa.func.count())) or 0
        if total > EXACT:
            return Found(self, asked, total)
        rows = self._rows(narrowing.select(self.query, self.matched(asked), *COLUMNS)) if total else ()
        return Found(self, asked, len(rows), rows)

    @property
    def plain(self) -> bool:
        """Whether nothing but the words says what is found: then the index of words knows how many there are."""
        query = self.query
        times = query.from_time is not None or query.until_time is not None
        return not (self.excluded or times or query.without_hubs or any(query.facets.values()))

    def newest(self, asked: Asked, most: int, *, head: bool = False) -> list[Doc]:
        """The newest that meet one of these."""
        if self.plain and self.with_words(asked, head=head) > EXACT:
            chosen = narrowing.select(self.query, None, *COLUMNS[:2]).where(self._among(asked, head=head))
        else:
            chosen = narrowing.select(self.query, self.matched(asked, head=head), *COLUMNS[:2])
        return [_doc(row) for row in self._rows(chosen.order_by(*NEWEST).limit(most))]

    def _among(self, asked: Asked, *, head: bool) -> sa.ColumnElement[bool]:
        """That a record is one of those with the words, so that a database goes from the newest to older ones.

        The plus keeps it from going from the words to the records: so many would have to be looked up and sorted.
        """
        found = engine_of(self.session).match(asked, self.query.level, head=head)
        among: sa.ColumnElement[bool] = sa.literal_column("+search_doc.doc").in_(found)
        return among

    def with_words(self, asked: Asked, *, head: bool = False) -> int:
        """How many records have the words, whatever the viewer has chosen besides."""
        found = engine_of(self.session).match(asked, self.query.level, head=head)
        return self.session.scalar(sa.select(sa.func.count()).select_from(found.subquery())) or 0

    def met(self, asked: Asked, *, head: bool = False) -> Collection[int]:
        """The numbers of all records with these words, whatever the viewer has chosen besides."""
        found = engine_of(self.session).match(asked, self.query.level, head=head)
        return {row[0] for row in self._rows(found)}

    def count(self, group: Group, most: int) -> int:
        """How many records have this word, at most `most`, whatever the viewer has chosen besides."""
        found = engine_of(self.session).match([[group]], self.query.level)
        few = sa.select(found.subquery()).limit(most).subquery()
        return self.session.scalar(sa.select(sa.func.count()).select_from(few)) or 0

    def exists(self, group: Group) -> bool:
        """Whether the viewer may see a record with this word."""
        viewer = Query(level=self.query.level, without_hubs=self.query.without_hubs)
        found = Matched(at_once(engine_of(self.session).match([[group]], self.query.level)))
        return self.session.scalar(narrowing.select(viewer, found, sa.literal(1)).limit(1)) is not None

    def matched(self, asked: Asked, *, head: bool = False) -> Matched:
        """What meets one of these, before anything else narrows it."""
        engine, level = engine_of(self.session), self.query.level
        without = at_once(engine.match([[group] for group in self.excluded], level)) if self.excluded else None
        return Matched(at_once(engine.match(asked, level, head=head)), without)

    def counts(self, asked: Asked, facets: Sequence[str], total: int) -> Counts:
        """Counts of these facets: of all that meet one of these, or where `total` says how many, from a sample."""
        matched = self._sample(asked, total) if total else self.matched(asked)
        return narrowing.counts(self.session, replace(self.query, counted=facets), matched)

    def _sample(self, asked: Asked, total: int) -> Matched:
        """Some of so many records that meet one of these."""
        found = engine_of(self.session).match(asked, self.query.level).subquery()
        shares = max(1, min(_SHARES, _SHARES * SAMPLE // total))
        some = sa.select(found.c.doc).where(found.c.doc * _SCATTER % _SHARES < shares)
        return replace(self.matched(asked), found=at_once(some), times=_SHARES / shares)

    def _rows(self, chosen: sa.Executable) -> Sequence[Sequence[Any]]:
        return self.session.connection().execute(chosen).all()


def _age(row: Sequence[Any]) -> tuple[Any, int]:
    return row[1], row[0]


def _doc(row: Sequence[Any]) -> Doc:
    moment = datetime.fromisoformat(row[1]) if isinstance(row[1], str) else row[1]
    return Doc(row[0], moment.replace(tzinfo=UTC))
