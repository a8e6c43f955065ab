"""An index of its own for a test, on SQLite or PostgreSQL, and what to put into it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from flask import Flask

from hubnode import search
from hubnode.db import db, engine_options, reading, transaction
from tests.migrated import migrate

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PUBLIC, NETWORK, HUB = 0, 1, 2
LEVELS = ("public", "network", "hub")


def document(number: int, head: str, body: str = "", **changes: object) -> search.Document:
    """A public project of Wilster, newer the higher its number."""
    values: dict[str, object] = {
        "doc": number,
        "kind": "project",
        "origin": "https://wilster.example",
        "level": "public",
        "title": head,
        "changed_at": NOW + timedelta(minutes=number),
        "starts_at": None,
        "ends_at": None,
        "text": [("public", head, body)],
        "facets": [],
    }
    return search.Document(**(values | changes))  # type: ignore[arg-type]


@contextmanager
def index(url: str, documents: Iterable[search.Document] = ()) -> Iterator[Flask]:
    """An application whose index holds `documents`."""
    migrate(url)
    app = Flask("search")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    db.init_app(app)
    with app.app_context():
        with transaction() as session:
            search.index(session, documents)
        yield app
        db.session.remove()
        db.engine.dispose()


def hits(text: str, level: int = PUBLIC, **asked: object) -> search.Hits:
    """What the search answers, the most relevant first."""
    return search.find(reading(), search.Query(**({"level": level, "text": text, "sort": "relevance"} | asked)))  # type: ignore[arg-type]
