"""What a question finds: typos, synonyms, phrases, exclusions, unfinished words, fewer words; and what it says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from hubnode import search
from hubnode.db import reading
from hubnode.search.analysis.language import BUILT_IN
from tests.hubnode.search.stage import HUB, document, hits, index

TEXTS = {
    1: ("Verwaltungsdigitalisierung im Amt", "Gemeinsame Abläufe."),
    2: ("Umsetzung des Onlinezugangsgesetzes", "Anträge ohne Papier."),
    3: ("Bürgerbus mit Rufbus-App", "Fahrten auf Bestellung für Senioren."),
    4: ("Parkplatzsensoren am Strand", "Sensoren melden freie Plätze."),
    5: ("Telemedizin in der Praxis", "Sprechstunde per Video, elektronische Akte."),
    6: ("Digitale Verwaltung", "Die Verwaltung lernt, ihre Abläufe zu ordnen."),
    7: ("Kita und Verein", "Eine Akte, die niemand elektronische nennt."),
    8: ("Haus am Deich", "Alles über Teegebühren und Kekse."),
    9: ("Gebühren am Hafen", "Auch für Tea, nicht für Kekse."),
    10: ("Zwei Feste", "Die Blumentage."),
    11: ("Drei Feste", "Die Blumentagebuchsammlungen."),
}


@pytest.fixture(scope="module")
def found(shared_url: str) -> Iterator[Flask]:
    """An index with `TEXTS`."""
    with index(shared_url, [document(number, *text) for number, text in TEXTS.items()]) as app:
        yield app


pytestmark = pytest.mark.usefixtures("found")


def test_a_compound_is_found_by_its_parts_and_the_other_way_round() -> None:
    assert hits("Verwaltung digitalisieren").docs[0] == 1
    assert set(hits("Digitalisierung").docs) == {1}
    assert hits("Parkplatzsensor").docs == [4]
    assert hits("Sensor Parkplatz").docs[0] == 4


@pytest.mark.parametrize("question", ["Tee Gebühr", "Tee Gebühren", "tee gebuehr"])
def test_two_words_find_the_compound_of_both_though_no_lexicon_takes_it_apart(question: str) -> None:
    assert hits("Teegebühr").docs == [8]
    assert BUILT_IN.word("Teegebühr").parts == ()
    answer = hits(question)
    assert (answer.docs[0], answer.understood.complete, answer.understood.corrected) == (8, 1, {})


def test_of_the_words_that_begin_so_the_nearest_comes_first() -> None:
    assert hits("Blumenta", typing=True).docs == [10, 11]


def test_a_typo_is_repaired_and_said() -> None:
    answer = hits("Telemedizn")
    assert answer.docs == [5]
    assert answer.understood.corrected == {"Telemedizn": ("Telemedizin",)}
    assert answer.understood.did_you_mean == "Telemedizin"


def test_only_the_unknown_word_is_rewritten() -> None:
    assert hits("Bürgerbsu für Senioren").understood.did_you_mean == "Bürgerbus für Senioren"


def test_a_synonym_is_searched_as_well_and_said() -> None:
    answer = hits("OZG")
    assert answer.docs == [2]
    assert "Onlinezugangsgesetz" in answer.understood.also


def test_quoted_words_stand_beside_each_other() -> None:
    assert set(hits("elektronische Akte").docs) == {5, 7}
    assert hits('"elektronische Akte"').docs == [5]
    assert hits("„elektronische Akte“").docs == [5]


def test_a_minus_excludes() -> None:
    assert hits("Verwaltung -digital").docs == [1]
    assert set(hits("Abläufe").docs) == {1, 6}
    assert hits('Abläufe -"Digitale Verwaltung"').docs == [1]


def test_a_word_is_a_beginning_while_typing_and_as_the_last_resort_only() -> None:
    assert hits("Verwaltungsd", typing=True).docs == [1]
    assert set(hits("Verw", typing=True).docs) == {1, 6}
    assert hits("parkplatzs", typing=True).docs == [4]
    assert hits("digital").docs == [6]
    assert hits("Parkpl").docs == [4]


def test_where_few_have_all_words_others_follow_and_it_is_said() -> None:
    answer = hits("Telemedizin Strand")
    assert (set(answer.docs), answer.understood.complete) == ({4, 5}, 0)
    assert set(answer.understood.dropped) == {"Telemedizin", "Strand"}
    whole = hits("Sensoren Strand")
    assert (whole.docs[0], whole.understood.complete) == (4, 1)
    assert hits("Telemedizin Strand", sort="newest").docs == []
    assert hits("Telemedizin Strand", fewer=False).total == 0


def test_each_hit_says_which_words_it_was_found_by() -> None:
    answer = hits("Digitalisierung")
    assert answer.matches[1].words == ("Verwaltungsdigitalisierung",)
    assert hits("Sprechstunde Praxis").matches[5].words == ("Praxis", "Sprechstunde")


def test_the_text_is_completed_from_words_that_are_there() -> None:
    session = reading()
    assert search.suggest(session, "tele", HUB) == ["Telemedizin"]
    assert search.suggest(session, "Praxis Tele", HUB) == ["Praxis Telemedizin"]
    assert search.suggest(session, "Telemedizin ", HUB) == search.suggest(session, "", HUB) == []
    assert search.suggest(session, "v", HUB) == []
    assert search.suggest(session, "Bürger", HUB) == ["Bürgerbus"]
    assert search.suggest(session, "tele", HUB, without_hubs=("https://wilster.example",)) == []


def test_similar_records_share_rare_words() -> None:
    [first, *_rest] = search.similar(reading(), 1, HUB)
    assert first.doc == 6
    assert "Verwaltungsdigitalisierung" in first.words
    draft = {"head": "Sensoren für Parkplätze", "body": "Freie Plätze melden"}
    assert search.similar_to_text(reading(), draft, (), HUB)[0].doc == 4
    assert search.similar(reading(), 99, HUB) == []


@pytest.mark.parametrize(
    ("text", "question", "marked"),
    [
        ("Verwaltungsdigitalisierung", "Digitalisierung", ["digitalisierung"]),
        ("Die Ärzte im Ort", "Arzt", ["Ärzte"]),
        ("das Onlinezugangsgesetz", "OZG", ["Onlinezugangsgesetz"]),
        ("Parkplatzsensoren", "Sensor Parkplatz", ["Parkplatzsensoren"]),
        ("Bürger*innen fragen", "Buerger", ["Bürger*innen"]),
        ("nichts davon", "Buerger", []),
        ("nichts", "", []),
    ],
)
def test_what_meets_the_question_is_marked(text: str, question: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in search.highlight(text, question)] == marked
