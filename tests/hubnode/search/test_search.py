"""The index: words, prefixes, facets and levels, with the same answers on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from hubnode import search
from hubnode.db import reading, transaction
from hubnode.search.analysis import fold, tokens
from tests.hubnode.search import stage
from tests.hubnode.search.stage import HUB, NETWORK, NOW, PUBLIC, document

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


@pytest.fixture(scope="module")
def index(shared_url: str) -> Iterator[Flask]:
    """The index with `DOCUMENTS`, once on each database, for tests that only ask."""
    with stage.index(shared_url, DOCUMENTS) as app:
        yield app


@pytest.fixture
def own_index(url: str) -> Iterator[Flask]:
    """The same for a test that changes it."""
    with stage.index(url, DOCUMENTS) as app:
        yield app


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


@pytest.mark.usefixtures("own_index")
def test_a_document_indexed_again_replaces_what_stood_there() -> None:
    with transaction() as session:
        search.index(session, [document(1, "Ganz anders")])
    assert found("bürgerbus") == [2]
    assert found("anders") == [1]


@pytest.mark.usefixtures("own_index")
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


def test_words_that_more_may_see_than_their_record_are_refused(url: str) -> None:
    leaking = document(1, "Rufbus", level="network", text=[("network", "Rufbus", ""), ("public", "", "Fahrplan")])
    with stage.index(url), pytest.raises(ValueError, match="may not see the record"), transaction() as session:
        search.index(session, [leaking])
