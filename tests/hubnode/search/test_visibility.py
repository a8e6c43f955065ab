"""Canaries: each word is found, counted, completed, offered, marked as a reason and compared only where it may be seen.

For every viewer, every level of a record and every level of a field, on both databases.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from flask import Flask

from hubnode import search
from hubnode.db import reading
from tests.hubnode.search.stage import LEVELS, document, hits, index

HIDDEN = "https://hennstedt.example"
PAIRS = [(record, text) for record, text in itertools.product(range(3), range(3)) if text >= record]
"""(level of the record, level of the field): a field is never wider than its record."""
CANARIES = {
    (0, 0): "Zeisigwald",
    (0, 1): "Kiebitzkoppel",
    (0, 2): "Uhuhorst",
    (1, 1): "Dohlenwarft",
    (1, 2): "Wachtelgeest",
    (2, 2): "Rohrdommel",
}
COMMON = "Vogelwarte"


@pytest.fixture(scope="module")
def canaries(shared_url: str) -> Iterator[Flask]:
    """A record for each pair with a word that nobody else has, twin records for comparing, and a hidden hub's."""
    documents = [_document(number, pair) for number, pair in enumerate(PAIRS, 1)]
    documents += [_document(number + 100, pair) for number, pair in enumerate(PAIRS, 1)]
    documents.append(document(300, f"{COMMON} Seeadlerhof", origin=HIDDEN))
    with index(shared_url, documents) as app:
        yield app


def _document(number: int, pair: tuple[int, int]) -> search.Document:
    record, field = (LEVELS[level] for level in pair)
    text = [(record, COMMON, ""), (field, "", f"Hier singt {CANARIES[pair]} laut")]
    if record == field:
        text = [(record, COMMON, f"Hier singt {CANARIES[pair]} laut")]
    facets = [("topic", CANARIES[pair].lower(), field)]
    return document(number, COMMON, level=record, text=text, facets=facets)


pytestmark = pytest.mark.usefixtures("canaries")
EVERY = pytest.mark.parametrize("pair", PAIRS)
VIEWERS = pytest.mark.parametrize("level", range(3))


@VIEWERS
@EVERY
def test_a_word_is_found_counted_and_given_as_reason_where_it_may_be_seen(pair: tuple[int, int], level: int) -> None:
    word, may = CANARIES[pair], pair[1] <= level
    number = PAIRS.index(pair) + 1
    answer = hits(word, level)
    assert (set(answer.docs), answer.total) == (({number, number + 100}, 2) if may else (set(), 0))
    assert answer.understood.corrected == {}
    assert all(match.words == (word,) for match in answer.matches.values())
    assert hits(f'"singt {word}"', level).total == (2 if may else 0)
    everything = hits(COMMON, level, counted=("topic", "kind"), limit=100)
    assert everything.counts["topic"].get(word.lower(), 0) == (2 if may else 0)
    assert everything.counts["kind"]["project"] == everything.total == len(everything.docs)
    assert not any(word in match.words for match in everything.matches.values())


@VIEWERS
@EVERY
def test_a_word_is_completed_and_repaired_where_it_may_be_seen(pair: tuple[int, int], level: int) -> None:
    word, may = CANARIES[pair], pair[1] <= level
    session = reading()
    assert search.suggest(session, word[:5], level) == ([word] if may else [])
    typo = word[:-3] + word[-2] + word[-3] + word[-1]
    answer = hits(typo, level)
    assert answer.understood.did_you_mean == (word if may else None)
    assert answer.total == (2 if may else 0)
    assert hits(word[:6], level, typing=True).total == (2 if may else 0)
    assert hits(word[:6], level).total == (2 if may else 0)


@VIEWERS
@EVERY
def test_a_record_excluded_by_a_word_does_not_tell_that_it_has_it(pair: tuple[int, int], level: int) -> None:
    word, may = CANARIES[pair], pair[1] <= level
    everything = hits(COMMON, level).total
    assert hits(f"{COMMON} -{word}", level).total == everything - (2 if may else 0)


@VIEWERS
@EVERY
def test_records_resemble_each_other_only_by_what_may_be_seen(pair: tuple[int, int], level: int) -> None:
    number, word = PAIRS.index(pair) + 1, CANARIES[pair]
    found = search.similar(reading(), number, level, limit=20)
    shown = {one.doc for one in found}
    assert (number + 100 in shown) == (pair[0] <= level)
    assert number not in shown
    assert any(word in one.words for one in found) == (pair[1] <= level)
    assert any(word.lower() in one.topics for one in found) == (pair[1] <= level)
    draft = search.similar_to_text(reading(), {"head": word, "body": ""}, (), level)
    assert {one.doc for one in draft} == ({number, number + 100} if pair[1] <= level else set())


def test_a_hub_that_is_not_shown_gives_nothing_away() -> None:
    without = {"without_hubs": (HIDDEN,)}
    assert hits("Seeadlerhof", 2).total == 1
    for text in ("Seeadlerhof", "Seeadlerhfo", "Seeadl"):
        answer = hits(text, 2, **without)
        assert (answer.total, answer.understood.corrected, answer.understood.did_you_mean) == (0, {}, None)
    assert search.suggest(reading(), "seeadl", 2, (HIDDEN,)) == []
    assert 300 not in {one.doc for one in search.similar(reading(), 1, 2, without_hubs=(HIDDEN,), limit=50)}
