"""German words become tokens: equal for what people mean as one word, different for what they don't."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from hubnode.search.analysis import ANALYSIS_VERSION, Language, current, read

WORD = current().word


@pytest.mark.parametrize(
    "words",
    [
        "Förderung fördern gefördert Förderer",
        "Digitalisierung digitalisieren digitalisierte",
        "Arzt Ärzte Ärztin",
        "Fahrrad Fahrräder",
        "Bürger Bürgerin Bürger*innen Bürger:in BürgerInnen Buerger",
        "Straße Strasse",
        "Kita Kitas",
        "Ehrenamt ehrenamtlich",
    ],
)
def test_forms_of_a_word_are_one_token(words: str) -> None:
    assert len({WORD(word).token for word in words.split()}) == 1


@pytest.mark.parametrize("words", ["Förderung Forderung", "Bürger Burg", "Gründer Grund", "Schule Schulung"])
def test_words_that_only_look_alike_stay_apart(words: str) -> None:
    assert len({WORD(word).token for word in words.split()}) == len(words.split())


@pytest.mark.parametrize(
    ("compound", "parts"),
    [
        ("Verwaltungsdigitalisierung", "Verwaltung Digitalisierung"),
        ("Onlinezugangsgesetz", "Online Zugang Gesetz"),
        ("Lastenräder", "Last Rad"),
        ("Hochwasserfrühwarnung", "Frühwarnung"),
        ("Schul-IT", "Schule IT"),
        ("RufbusApp", "Rufbus App"),
    ],
)
def test_compounds_have_their_parts(compound: str, parts: str) -> None:
    word = WORD(compound)
    assert {WORD(part).token for part in parts.split()} <= set(word.inside)


@pytest.mark.parametrize("word", ["Verwaltung", "Beratung", "Wirtschaft", "Information", "Musterlund", "xyzxyzxyz"])
def test_words_that_are_no_compounds_stay_whole(word: str) -> None:
    assert WORD(word).parts == ()


def test_what_nobody_writes_is_bounded() -> None:
    word = WORD("a" * 100_000)
    assert len(word.token) <= 64
    assert all(len(spelling) <= 64 for spelling in (*word.written, *word.folded))


def test_an_operators_words_are_understood(tmp_path: Path) -> None:
    (tmp_path / "lexicon.txt").write_text("# Eigenes\nKlönschnack Trecker\n", "utf-8")
    (tmp_path / "synonyms.txt").write_text("KTR; Kreistreckerrunde\n", "utf-8")
    language = read(tmp_path)
    assert language.word("Treckerklönschnack").parts == ("treck", language.stem("kloenschnack"))
    assert ("Kreistreckerrunde", (language.word("Kreistreckerrunde").token,)) in language.synonyms(("ktr",))
    assert language.version != ANALYSIS_VERSION


def test_a_broken_line_is_named_and_the_others_hold(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "lexicon.txt").write_text("Trecker\nTrecker; 17 <b>\n", "utf-8")
    (tmp_path / "synonyms.txt").write_text("nur eins\nKTR; Treckerrunde\n;;\n", "utf-8")
    with caplog.at_level(logging.WARNING, "hubnode.search"):
        language = read(tmp_path)
    assert [record.getMessage()[:30] for record in caplog.records] == [
        "lexicon.txt, line 2 is left ou",
        "synonyms.txt, line 1 is left o",
        "synonyms.txt, line 3 is left o",
    ]
    assert language.synonyms(("ktr",))


def test_a_file_that_is_no_text_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "lexicon.txt").write_bytes(b"\xff\xfe\x00Tr")
    with caplog.at_level(logging.WARNING, "hubnode.search"):
        assert read(tmp_path).version == ANALYSIS_VERSION
    assert "lexicon.txt" in caplog.text


def test_without_words_of_its_own_a_node_has_those_of_the_house(tmp_path: Path) -> None:
    assert read(tmp_path / "missing").version == Language().version == ANALYSIS_VERSION
