"""An index of its own with the corpus in it, on SQLite or PostgreSQL, in this process."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from flask import Flask

from bench.search.texts import Record
from hubnode import search
from hubnode.db import db, engine_options, reading, transaction
from migrations.runner import upgrade

BATCH = 500
COUNTED = ("kind", "hub", "topic", "geo", "year")
PUBLIC = 0


@dataclass(frozen=True, slots=True)
class Built:
    """What it took to index the corpus."""

    records: int
    cpu_ms_each: float
    kb_each: float


def document(number: int, record: Record) -> search.Document:
    """The record as the index takes it."""
    facets = [("topic", topic, "public") for topic in record["topics"]]
    facets += [("geo", record["place"], "public"), ("year", record["date"][:4], "public")]
    return search.Document(
        doc=number,
        kind=record["type"],
        origin=f"https://{record['hub']}.example",
        level="public",
        title=record["title"],
        changed_at=datetime.fromisoformat(record["date"]).replace(tzinfo=UTC),
        starts_at=None,
        ends_at=None,
        text=[("public", "\n".join((record["title"], *record["topics"])), _body(record))],
        facets=facets,
    )


def _body(record: Record) -> str:
    return "\n".join((record["summary"], record["body"], record["org"], record["place"]))


@contextmanager
def index(url: str) -> Iterator[None]:
    """A migrated database at `url`, in use by this process."""
    upgrade(url)
    app = Flask("bench")
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=engine_options(url))
    db.init_app(app)
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()


def fill(records: Iterable[Record]) -> tuple[Built, list[str]]:
    """Index these records; answers what it took of this process, and the name of each record in order."""
    names: list[str] = []
    cpu_s, before = 0.0, _size()
    numbered = enumerate(records, 1)
    while some := list(itertools.islice(numbered, BATCH)):
        documents = [document(number, record) for number, record in some]
        names += [record["id"] for _, record in some]
        began = time.process_time()
        with transaction() as session:
            search.index(session, documents, fresh=True)
        cpu_s += time.process_time() - began
    _tidy()
    return Built(len(names), 1000 * cpu_s / len(names), (_size() - before) / 1024 / len(names)), names


def ask(text: str, *, typing: bool = False, **more: Any) -> search.Hits:
    """What the product answers to somebody from outside, with counts."""
    asked = {"level": PUBLIC, "text": text, "sort": "relevance", "counted": COUNTED, "limit": 10, "typing": typing}
    return search.find(reading(), search.Query(**(asked | more)))


def _size() -> int:
    """Bytes of the tables that a search needs beside what any list needs."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            statement = "SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'search_%' OR name LIKE '%search_%'"
            try:
                return int(connection.execute(sa.text(statement)).scalar() or 0)
            except sa.exc.OperationalError:  # a SQLite without dbstat: then all of the file counts
                pages, size = (
                    connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("page_count", "page_size")
                )
                return int(pages or 0) * int(size or 0)
        names = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'search_%'"
        return int(connection.execute(sa.text(names)).scalar() or 0)


def _tidy() -> None:
    """What a database does by itself at night."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("INSERT INTO search_text(search_text) VALUES('optimize')")
            connection.exec_driver_sql("ANALYZE")
        else:
            connection.exec_driver_sql("VACUUM ANALYZE")
