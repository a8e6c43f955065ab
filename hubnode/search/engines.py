"""What differs between the databases: how tokens are kept and matched. Everything else is shared.

Neither ranks and neither knows German: both match whole tokens and neighbours, within what a level may see.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.search.entries import LEVEL_COUNT, Columns, Entry
from hubnode.search.plan import Alternative, Group

Asked = Sequence[Sequence[Group]]
"""Any of these, and of it every group."""


class Engine(Protocol):
    """A text index: matches tokens and phrases within what a level may see."""

    create: tuple[str, ...]
    drop: tuple[str, ...]

    def insert(self, session: Session, rows: Sequence[tuple[int, Entry]]) -> None:
        """Add the tokens of these records; part of the caller's transaction."""

    def delete(self, session: Session, rows: Sequence[tuple[int, Entry]]) -> None:
        """Remove the tokens of these records, which must be those that went in; part of the caller's transaction."""

    def purge(self, session: Session) -> None:
        """Drop the words of deleted rows from the index itself; part of the caller's transaction."""

    def match(self, asked: Asked, level: int, *, head: bool = False) -> sa.TextualSelect:
        """A select of the column ``doc``; `head` looks at titles and topics only."""

    def begin(self, session: Session) -> None:
        """Tell the database that questions with words follow in this transaction."""

    def end(self, session: Session) -> None:
        """And that they are over."""


class Fts5:
    """SQLite: one FTS5 table with four columns for each level; a column filter keeps levels apart.

    It keeps no text of its own: what has to be taken out again is unpacked from the entry.
    """

    columns = tuple(f"{letter}{level}" for level in range(LEVEL_COUNT) for letter in "hpbq")
    create: tuple[str, ...] = (
        f"CREATE VIRTUAL TABLE search_text USING fts5({', '.join(columns)},"
        " content = '', columnsize = 0, tokenize = 'ascii')",
    )
    drop: tuple[str, ...] = ("DROP TABLE search_text",)

    def insert(self, session: Session, rows: Sequence[tuple[int, Entry]]) -> None:
        """Add the tokens of these records; part of the caller's transaction."""
        into = f"INSERT INTO search_text(rowid, {self._names})"
        self._write(session, f"{into} VALUES (?, {self._places})", rows)

    def delete(self, session: Session, rows: Sequence[tuple[int, Entry]]) -> None:
        """Remove the tokens of these records, which must be those that went in; part of the caller's transaction."""
        into = f"INSERT INTO search_text(search_text, rowid, {self._names})"
        self._write(session, f"{into} VALUES ('delete', ?, {self._places})", rows)

    _names = ", ".join(columns)
    _places = ", ".join("?" * len(columns))

    @staticmethod
    def _write(session: Session, statement: str, rows: Sequence[tuple[int, Entry]]) -> None:
        values = [(doc, *(text for columns in entry.columns for text in columns)) for doc, entry in rows]
        if values:
            session.connection().exec_driver_sql(statement, values)

    def purge(self, session: Session) -> None:
        """Merge all segments: until then a deleted word stands in an older one. Part of the caller's transaction."""
        session.connection().exec_driver_sql("INSERT INTO search_text(search_text) VALUES('optimize')")

    def match(self, asked: Asked, level: int, *, head: bool = False) -> sa.TextualSelect:
        """A select of the column ``doc``; `head` looks at titles and topics only."""
        letters = "hp" if head else "hpbq"
        columns = " ".join(f"{letter}{number}" for number in range(level + 1) for letter in letters)
        expression = f"{{{columns}}} : ({_joined(asked, ' AND ', ' OR ', _fts5)})"
        found = sa.text("SELECT rowid AS doc FROM search_text WHERE search_text MATCH :expression")
        return found.bindparams(sa.bindparam("expression", expression, unique=True)).columns(doc=sa.BigInteger)

    def begin(self, session: Session) -> None:
        """Nothing to tell."""

    def end(self, session: Session) -> None:
        """Nothing to tell."""


def at_once(found: sa.TextualSelect | sa.Select[Any]) -> sa.CTE:
    """A match as a table: the planner would else ask the index once for every record that the facets leave."""
    return found.cte().prefix_with("MATERIALIZED")


def _fts5(one: Alternative) -> str:
    if one.kind == "phrase":
        return f'"{" ".join(one.tokens)}"'
    return "(" + " AND ".join(f'"{token}"' for token in one.tokens) + ")"


class TsVector:
    """PostgreSQL: for each level a vector of all that it may see, and one of titles and topics.

    A level without words of its own has none: whoever may see more looks at the lower ones as well.
    """

    create: tuple[str, ...] = (
        "CREATE TABLE search_text (doc bigint PRIMARY KEY,"
        " v0 tsvector, v1 tsvector, v2 tsvector, t0 tsvector, t1 tsvector, t2 tsvector)",
        *(
            f"CREATE INDEX ix_search_text_{name} ON search_text USING gin ({name}) WHERE {name} IS NOT NULL"
            for name in ("v0", "v1", "v2", "t0", "t1", "t2")
        ),
    )
    drop: tuple[str, ...] = ("DROP TABLE search_text",)

    def insert(self, session: Session, rows: Sequence[tuple[int, Entry]]) -> None:
        """Add the tokens of these records; part of the caller's transaction."""
        names = [f"{letter}{level}" for letter in "vt" for level in range(LEVEL_COUNT)]
        places = ", ".join(f"CAST(:{name} AS tsvector)" for name in names)
        statement = sa.text(f"INSERT INTO search_text(doc, {', '.join(names)}) VALUES (:doc, {places})")  # noqa: S608 - our own names
        values = [{"doc": doc} | _vectors(entry) for doc, entry in rows]
        if values:
            session.execute(statement, values)

    def delete(self, session: Session, rows: Sequence[tuple[int, Entry]]) -> None:
        """Remove the tokens of these records; part of the caller's transaction."""
        docs = [doc for doc, _ in rows]
        session.execute(sa.text("DELETE FROM search_text WHERE doc = ANY(:docs)"), {"docs": docs})

    def purge(self, session: Session) -> None:
        """Move what waits in the pending lists into the index, for VACUUM to see; part of the caller's transaction."""
        for name in ("v0", "v1", "v2", "t0", "t1", "t2"):
            session.execute(sa.text(f"SELECT gin_clean_pending_list('ix_search_text_{name}')"))

    def match(self, asked: Asked, level: int, *, head: bool = False) -> sa.TextualSelect:
        """A select of the column ``doc``; `head` looks at titles and topics only."""
        expression: sa.BindParameter[str] = sa.bindparam(
            "expression", _joined(asked, " & ", " | ", _tsquery), unique=True
        )
        letter = "t" if head else "v"
        vectors = " OR ".join(f"{letter}{number} @@ CAST(:expression AS tsquery)" for number in range(level + 1))
        found = sa.text(f"SELECT doc FROM search_text WHERE {vectors}").bindparams(expression)  # noqa: S608 - our own names
        return found.columns(doc=sa.BigInteger)

    def begin(self, session: Session) -> None:
        """No scan of the whole table: the planner takes it where few rows are asked for, and there it is slowest."""
        session.execute(sa.text("SET LOCAL enable_seqscan = off"))

    def end(self, session: Session) -> None:
        """As it was."""
        session.execute(sa.text("SET LOCAL enable_seqscan = on"))


def _tsquery(one: Alternative) -> str:
    between = " <-> " if one.kind == "phrase" else " & "
    return "(" + between.join(f"'{token}'" for token in one.tokens) + ")"


def _joined(asked: Asked, all_of: str, any_of: str, alternative: Any) -> str:
    """The question in the language of a database. Tokens are letters and digits: nothing in them has to be escaped."""
    either = (
        all_of.join(f"({any_of.join(alternative(one) for one in _ways(group))})" for group in groups)
        for groups in asked
    )
    return any_of.join(f"({one})" for one in either)


def _ways(group: Group) -> Iterator[Alternative]:
    """The alternatives to match: whether parts are neighbours is for the ranking to say."""
    return (one for one in group.alternatives if one.kind != "parts")


_SPAN = 5_400
"""Positions of one level; PostgreSQL knows 16,383."""


def _vectors(entry: Entry) -> dict[str, str | None]:
    vectors: dict[str, str | None] = {}
    seen: dict[str, list[int]] = {}
    head: dict[str, list[int]] = {}
    for level, columns in enumerate(entry.columns):
        _place(columns[:2], level * _SPAN, head)
        _place(columns, level * _SPAN, seen)
        vectors[f"v{level}"] = _vector(seen) if any(columns) else None
        vectors[f"t{level}"] = _vector(head) if any(columns[:2]) else None
    return vectors


def _place(columns: Columns | Sequence[str], start: int, places: dict[str, list[int]]) -> None:
    """Note where each token stands; between columns lies one free place, so that no phrase crosses it."""
    place, last = start, start + _SPAN - 2
    for text in columns:
        for token in text.split():
            place = min(place + 1, last)
            places.setdefault(token, []).append(place)
        place += 1


def _vector(places: dict[str, list[int]]) -> str:
    return " ".join(f"'{token}':{','.join(map(str, where[:200]))}" for token, where in places.items())


ENGINES: dict[str, Engine] = {"sqlite": Fts5(), "postgresql": TsVector()}


def engine_of(session: Session) -> Engine:
    """The text index of this session's database."""
    return ENGINES[session.get_bind().dialect.name]
