"""What stands beside the search: the same corpus in FTS5 as it comes, and in PostgreSQL's German configuration."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from typing import Protocol

import sqlalchemy as sa

from bench.search.texts import Record

_WORD = re.compile(r"\w+")


class Plain(Protocol):
    """A text index as a database brings it."""

    name: str

    def ask(self, text: str, *, typing: bool = False) -> list[int]:
        """Numbers of the first ten records, the best first."""


class Unicode61:
    """FTS5 with its usual tokeniser and ranking; all words, the last one a beginning while typing."""

    name = "FTS5 unicode61"

    def __init__(self, records: Sequence[Record]) -> None:
        self._connection = sqlite3.connect(":memory:")
        self._connection.execute("CREATE VIRTUAL TABLE plain USING fts5(head, body)")
        rows = [(number, *_texts(record)) for number, record in enumerate(records, 1)]
        self._connection.executemany("INSERT INTO plain(rowid, head, body) VALUES (?, ?, ?)", rows)

    def ask(self, text: str, *, typing: bool = False) -> list[int]:
        """Numbers of the first ten records, the best first."""
        words = [f'"{word}"' for word in _WORD.findall(text)]
        if not words:
            return []
        expression = " AND ".join(words) + ("*" if typing else "")
        found = "SELECT rowid FROM plain WHERE plain MATCH ? ORDER BY bm25(plain, 8, 1), rowid LIMIT 10"
        return [row[0] for row in self._connection.execute(found, (expression,))]


class German:
    """PostgreSQL's `german` configuration, with title before text."""

    name = "PostgreSQL german"

    def __init__(self, url: str, records: Sequence[Record]) -> None:
        self._engine = sa.create_engine(url)
        vector = "setweight(to_tsvector('german', :head), 'A') || setweight(to_tsvector('german', :body), 'C')"
        rows = [dict(zip(("doc", "head", "body"), (n, *_texts(one)), strict=True)) for n, one in enumerate(records, 1)]
        with self._engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE plain (doc int PRIMARY KEY, v tsvector NOT NULL)")
            connection.execute(sa.text(f"INSERT INTO plain VALUES (:doc, {vector})"), rows)  # noqa: S608 - our own text
            connection.exec_driver_sql("CREATE INDEX ON plain USING gin (v)")

    def ask(self, text: str, *, typing: bool = False) -> list[int]:
        """Numbers of the first ten records, the best first."""
        asked = "websearch_to_tsquery('german', :text)"
        if typing and (words := _WORD.findall(text)):
            text, asked = " & ".join(f"{word}:*" for word in words), "to_tsquery('german', :text)"
        found = f"SELECT doc FROM plain, {asked} q WHERE v @@ q ORDER BY ts_rank(v, q, 1) DESC, doc LIMIT 10"  # noqa: S608 - our own text
        with self._engine.connect() as connection:
            return list(connection.scalars(sa.text(found), {"text": text}))

    def close(self) -> None:
        """Let go of the server."""
        self._engine.dispose()


def _texts(record: Record) -> tuple[str, str]:
    body = (record["summary"], record["body"], record["org"], record["place"])
    return "\n".join((record["title"], *record["topics"])), "\n".join(body)
