"""The index: words, prefixes, facets and levels, with the same answers on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from hubnode import search
from hubnode.db import db, engine_options, reading, transaction
from hubnode.search.analysis import fold, tokens
from tests.migrated import migrate

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PUBLIC, NETWORK, HUB = 0, 1, 2


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


DOCUMENTS = [
    document(
        1, "Bürgerbus mit Rufbus-App", "Fahrten auf Bestellung", facets=[("topic", "on-demand-transport", "public")]
    ),
    document(
        2, "Parkplatzsensoren", "Sensoren melden freie Plätze; Bürgerbus", facets=[("topic", "parking", "public")]
    ),
    document(3, "Telemedizin", "Videosprechstunde", kind="expertise", origin="https://hennstedt.example"),
    document(
        4,
        "Koordination",
        kind="expertise",
        text=[("public", "Koordination", ""), ("network", "Wiebke Musterfrau", ""), ("hub", "", "Durchwahl 4711")],
        facets=[("topic", "parking", "network")],
    ),
    document(5, "Entwurf der Haushaltsstelle", level="network", text=[("network", "Haushaltsstelle", "")]),
    document(
        6,
        "Sprechstunde",
        kind="event",
        starts_at=NOW + timedelta(days=3),
        ends_at=NOW + timedelta(days=3, hours=2),
    ),
    document(7, "Rückblick", kind="event", starts_at=NOW - timedelta(days=3), ends_at=NOW - timedelta(days=2)),
]


def application(url: str) -> Iterator[Flask]:
    """An application whose index holds `DOCUMENTS`."""
    migrate(url)
    app = Flask("search")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    db.init_app(app)
    with app.app_context():
        with transaction() as session:
            search.index(session, DOCUMENTS)
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Flask]:
    """The index on SQLite."""
    yield from application(f"sqlite:///{tmp_path / 'hub.db'}")


@pytest.fixture
def postgresql(postgres_url: str) -> Iterator[Flask]:
    """The index on PostgreSQL."""
    yield from application(postgres_url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def index(request: pytest.FixtureRequest) -> Flask:
    """The index, once on each database."""
    app: Flask = request.getfixturevalue(request.param)
    return app


def found(text: str = "", level: int = PUBLIC, **asked: object) -> list[int]:
    """Numbers found, in order."""
    query = search.Query(level=level, text=text, **asked)  # type: ignore[arg-type]
    return list(search.find(reading(), query).docs)


@pytest.mark.usefixtures("index")
def test_words_are_found_whatever_their_spelling_of_umlauts_and_case() -> None:
    assert set(found("bürgerbus")) == set(found("BUERGERBUS")) == {1, 2}


@pytest.mark.usefixtures("index")
def test_the_title_weighs_more_than_the_text() -> None:
    assert found("bürgerbus", sort="relevance") == [1, 2]


@pytest.mark.usefixtures("index")
def test_the_beginning_of_a_word_is_enough() -> None:
    assert found("parkpl") == [2]
    assert found("ruf bürger") == [1]


@pytest.mark.usefixtures("index")
def test_all_words_must_match() -> None:
    assert found("parkplatz telemedizin") == []


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize(
    "text", ['"', "AND", "NEAR(a b)", "h0:x", "a*b'c\"; DROP TABLE record", "()", "-", "🙂", "\x00"]
)
def test_the_query_language_of_a_database_is_just_text(text: str) -> None:
    assert found(text) == []


@pytest.mark.usefixtures("index")
def test_a_query_without_end_is_answered_calmly() -> None:
    assert found("bürgerbus " * 500) != []
    assert found("x" * 100_000) == []


@pytest.mark.usefixtures("index")
def test_what_a_viewer_may_not_see_is_not_matched_counted_or_offered() -> None:
    assert found("musterfrau") == found("haushaltsstelle") == found("4711") == []
    assert found("musterfrau", NETWORK) == [4]
    assert found("4711", NETWORK) == []
    assert found("4711", HUB) == [4]
    hits = search.find(reading(), search.Query(level=PUBLIC, counted=("topic", "kind")))
    assert hits.counts["topic"] == {"on-demand-transport": 1, "parking": 1}
    assert hits.total == 6
    wider = search.find(reading(), search.Query(level=NETWORK, counted=("topic",)))
    assert wider.counts["topic"] == {"on-demand-transport": 1, "parking": 2}
    assert wider.total == 7


@pytest.mark.usefixtures("index")
def test_a_facet_narrows_and_is_still_counted_as_if_it_did_not() -> None:
    asked = search.Query(level=PUBLIC, facets={"kind": ["project"]}, counted=("kind", "hub"))
    hits = search.find(reading(), asked)
    assert sorted(hits.docs) == [1, 2]
    assert hits.counts["kind"] == {"project": 2, "expertise": 2, "event": 2}
    assert hits.counts["hub"] == {"https://wilster.example": 2}


@pytest.mark.usefixtures("index")
def test_values_of_one_facet_add_up_and_facets_narrow_each_other() -> None:
    assert set(found(facets={"kind": ["project", "event"]})) == {1, 2, 6, 7}
    assert found(facets={"kind": ["project"], "topic": ["parking"]}) == [2]


@pytest.mark.usefixtures("index")
def test_events_are_found_by_when_they_are() -> None:
    assert found(from_time=NOW, sort="soonest", facets={"kind": ["event"]}) == [6]
    assert found(from_time=NOW, sort="soonest") == [6, 4, 3, 2, 1], "what never ends comes after what has a day"
    assert found(until_time=NOW) == [7]


@pytest.mark.usefixtures("index")
def test_lists_are_sorted_and_paged() -> None:
    assert found() == [7, 6, 4, 3, 2, 1]
    assert found(sort="title")[:2] == [1, 4]
    assert found(limit=2, offset=2) == [4, 3]
    assert found(limit=2, offset=20) == []


@pytest.mark.usefixtures("index")
def test_a_document_indexed_again_replaces_what_stood_there() -> None:
    with transaction() as session:
        search.index(session, [document(1, "Ganz anders")])
    assert found("bürgerbus") == [2]
    assert found("anders") == [1]


@pytest.mark.usefixtures("index")
def test_a_removed_document_is_gone_with_its_words() -> None:
    with transaction() as session:
        search.remove(session, [1, 3])
    assert found("rufbus") == found("telemedizin") == []
    assert found() == [7, 6, 4, 2]


def test_folding_writes_umlauts_out_and_drops_accents() -> None:
    assert fold("Bürgerbüro Größe Café ÄÖÜ") == "buergerbuero groesse cafe aeoeue"


def test_tokens_are_bounded_ascii_words() -> None:
    assert tokens("Schul-IT & E-Akte 4.0!") == ["schul", "it", "e", "akte", "4", "0"]
    assert all(len(token) <= 64 for token in tokens("x" * 1000))
