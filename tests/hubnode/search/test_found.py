"""Many records with the words of a question: the same answer, with counts from a sample, at a bounded cost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from hubnode import search
from hubnode.search import found
from tests.hubnode.search.stage import HUB, NETWORK, PUBLIC, document, hits, index

KINDS = ("project", "event", "report")
COUNTED = ("kind", "hub", "topic")
MANY = 600


def _document(number: int) -> search.Document:
    """Of every third kind and every fifth hub; each fourth for members only, and some of a topic that only they see."""
    return document(
        number,
        f"Rufbus {number}",
        "Fahrplan" if number % 2 else "Haltestelle",
        kind=KINDS[number % 3],
        origin=f"https://hub{number % 5}.example",
        level="network" if number % 4 == 0 else "public",
        text=[("network" if number % 4 == 0 else "public", f"Rufbus {number}", "Fahrplan" if number % 2 else "Halt")],
        facets=[("topic", "bus", "public"), ("topic", "intern", "network")],
    )


@pytest.fixture(scope="module")
def crowded(shared_url: str) -> Iterator[Flask]:
    """An index with many records that have the same word."""
    with index(shared_url, map(_document, range(1, MANY + 1))) as app:
        yield app


@pytest.fixture
def sampling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Records are many from 100 on, and about 200 of them are counted."""
    monkeypatch.setattr(found, "EXACT", 100)
    monkeypatch.setattr(found, "SAMPLE", 200)


ASKED = [
    ({}, PUBLIC),
    ({}, HUB),
    ({"sort": "newest"}, NETWORK),
    ({"sort": "title", "offset": 30}, PUBLIC),
    ({"offset": 190, "limit": 30}, NETWORK),
    ({"offset": 440, "limit": 30}, PUBLIC),
    ({"facets": {"kind": ["event"]}}, NETWORK),
    ({"facets": {"topic": ["bus"]}, "without_hubs": ["https://hub1.example"]}, PUBLIC),
]


@pytest.mark.usefixtures("crowded")
@pytest.mark.parametrize("text", ["Rufbus", "Rufbus -Fahrplan", "Rufbus Fahrplan"])
@pytest.mark.parametrize(("more", "level"), ASKED)
def test_a_sample_changes_no_hit_and_no_total(
    request: pytest.FixtureRequest, text: str, more: dict[str, object], level: int
) -> None:
    exact = hits(text, level, counted=COUNTED, **more)
    request.getfixturevalue("sampling")
    sampled = hits(text, level, counted=COUNTED, **more)
    assert (sampled.docs, sampled.total) == (exact.docs, exact.total)
    assert not exact.approximate
    assert sampled.approximate == (exact.total > 100)
    for facet, counts in exact.counts.items():
        assert sampled.counts[facet].keys() == counts.keys()
        for value, count in counts.items():
            assert sampled.counts[facet][value] == pytest.approx(count, rel=0.35, abs=8)


@pytest.mark.usefixtures("crowded", "sampling")
def test_a_sample_never_counts_what_the_viewer_may_not_see() -> None:
    assert "intern" not in hits("Rufbus", PUBLIC, counted=COUNTED).counts["topic"]
    assert "intern" in hits("Rufbus", NETWORK, counted=COUNTED).counts["topic"]
