"""What differs between the databases: how token text is kept and matched. Everything else is shared SQL."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

LEVEL_COUNT = 3
_SEPARATORS = re.compile("[^a-z0-9]+")
LevelTokens = tuple[tuple[str, str], ...]
"""For each level in order, the plain text of head and body that becomes visible at exactly that level."""


class Engine(Protocol):
    """A text index: matches tokens by prefix, all of them, within what a level may see."""

    create: tuple[str, ...]
    drop: tuple[str, ...]

    def insert(self, session: Session, rows: Sequence[tuple[int, LevelTokens]]) -> None:
        """Add token rows; part of the caller's transaction."""

    def delete(self, session: Session, docs: Sequence[int]) -> None:
        """Remove token rows; part of the caller's transaction."""

    def purge(self, session: Session) -> None:
        """Drop the words of deleted rows from the index itself; part of the caller's transaction."""

    def match(self, words: Sequence[str], level: int) -> sa.FromClause:
        """A table expression with columns ``doc`` and ``rank`` (smaller is better)."""


class Fts5:
    """SQLite: one FTS5 table, a head and a body column for each level; a column filter keeps levels apart."""

    create: tuple[str, ...] = (
        "CREATE VIRTUAL TABLE search_text USING fts5(h0, b0, h1, b1, h2, b2, tokenize = 'ascii')",
    )
    drop: tuple[str, ...] = ("DROP TABLE search_text",)

    def insert(self, session: Session, rows: Sequence[tuple[int, LevelTokens]]) -> None:
        """Add token rows; part of the caller's transaction."""
        values = [(doc, *(part for pair in texts for part in pair)) for doc, texts in rows]
        statement = "INSERT INTO search_text(rowid, h0, b0, h1, b1, h2, b2) VALUES (?, ?, ?, ?, ?, ?, ?)"
        session.connection().exec_driver_sql(statement, values)

    def delete(self, session: Session, docs: Sequence[int]) -> None:
        """Remove token rows; part of the caller's transaction."""
        session.connection().exec_driver_sql("DELETE FROM search_text WHERE rowid = ?", [(doc,) for doc in docs])

    def purge(self, session: Session) -> None:
        """Merge all segments: until then a deleted word stands in an older one. Part of the caller's transaction."""
        session.connection().exec_driver_sql("INSERT INTO search_text(search_text) VALUES('optimize')")

    def match(self, words: Sequence[str], level: int) -> sa.FromClause:
        """A table expression with columns ``doc`` and ``rank`` (smaller is better)."""
        columns = " ".join(f"h{number} b{number}" for number in range(level + 1))
        expression = f"{{{columns}}} : (" + " AND ".join(f'"{word}"*' for word in words) + ")"
        statement = sa.text(
            "SELECT rowid AS doc, bm25(search_text, 8, 1, 8, 1, 8, 1) AS rank "
            "FROM search_text WHERE search_text MATCH :expression"
        )
        found = statement.bindparams(expression=expression).columns(doc=sa.BigInteger, rank=sa.Float)
        # Materialized: the planner would else ask the index once for every record that the facets leave.
        return found.cte("matched").prefix_with("MATERIALIZED")


class TsVector:
    """PostgreSQL: one vector for each level, each with all that the level may see."""

    create: tuple[str, ...] = (
        "CREATE TABLE search_text (doc bigint PRIMARY KEY,"
        " v0 tsvector NOT NULL, v1 tsvector NOT NULL, v2 tsvector NOT NULL)",
        *(
            f"CREATE INDEX ix_search_text_v{number} ON search_text USING gin (v{number})"
            for number in range(LEVEL_COUNT)
        ),
    )
    drop: tuple[str, ...] = ("DROP TABLE search_text",)

    def insert(self, session: Session, rows: Sequence[tuple[int, LevelTokens]]) -> None:
        """Add token rows; part of the caller's transaction."""
        vector = "setweight(to_tsvector('simple', :h{0}), 'A') || setweight(to_tsvector('simple', :b{0}), 'B')"
        vectors = ", ".join(vector.format(number) for number in range(LEVEL_COUNT))
        statement = sa.text(f"INSERT INTO search_text(doc, v0, v1, v2) VALUES (:doc, {vectors})")  # noqa: S608 - our own text
        session.execute(statement, [self._row(doc, texts) for doc, texts in rows])

    @staticmethod
    def _row(doc: int, texts: LevelTokens) -> dict[str, Any]:
        row: dict[str, Any] = {"doc": doc}
        head, body = "", ""
        for number, (more_head, more_body) in enumerate(texts):
            head, body = f"{head} {_spaced(more_head)}".strip(), f"{body} {_spaced(more_body)}".strip()
            row[f"h{number}"], row[f"b{number}"] = head, body
        return row

    def delete(self, session: Session, docs: Sequence[int]) -> None:
        """Remove token rows; part of the caller's transaction."""
        session.execute(sa.text("DELETE FROM search_text WHERE doc = ANY(:docs)"), {"docs": list(docs)})

    def purge(self, session: Session) -> None:
        """Move what waits in the pending lists into the index, for VACUUM to see; part of the caller's transaction."""
        for number in range(LEVEL_COUNT):
            session.execute(sa.text(f"SELECT gin_clean_pending_list('ix_search_text_v{number}')"))

    def match(self, words: Sequence[str], level: int) -> sa.FromClause:
        """A table expression with columns ``doc`` and ``rank`` (smaller is better)."""
        expression = " & ".join(f"'{word}':*" for word in words)
        statement = sa.text(
            f"SELECT doc, -ts_rank(v{level}, CAST(:expression AS tsquery))::float8 AS rank "  # noqa: S608 - level is a number of ours
            f"FROM search_text WHERE v{level} @@ CAST(:expression AS tsquery)"
        )
        return statement.bindparams(expression=expression).columns(doc=sa.BigInteger, rank=sa.Float).subquery("matched")


def _spaced(text: str) -> str:
    """Words and nothing else: PostgreSQL's parser would see addresses and compounds where FTS5 sees words."""
    return _SEPARATORS.sub(" ", text)


ENGINES: dict[str, Engine] = {"sqlite": Fts5(), "postgresql": TsVector()}


def engine_of(session: Session) -> Engine:
    """The text index of this session's database."""
    return ENGINES[session.get_bind().dialect.name]
