"""Texts that a record may hold, and what becomes of what people paste."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubnode.records.kinds import text, tidy


@given(st.text(max_size=60), st.booleans())
def test_what_is_accepted_is_visible_and_survives_xml(said: str, paragraphs: bool) -> None:
    if text.flaw(said, 50, paragraphs=paragraphs) is not None:
        return
    assert said.strip()
    assert len(said) <= 50
    assert paragraphs or "\n" not in said
    assert ElementTree.fromstring(f"<a>{said.replace('&', '').replace('<', '').replace(']]>', '')}</a>").tag == "a"  # noqa: S314


@pytest.mark.parametrize(
    "bad", list("\x00\x07\x1b\x7f\x85\u2028\u2029\u202e\u2066\ufeff\ufffe\uffff\ud800\udfff\U0001ffff\t\r")
)
def test_illegal_characters_are_refused_in_lines_and_paragraphs(bad: str) -> None:
    for paragraphs in (False, True):
        problem = text.flaw(f"a{bad}b", 50, paragraphs=paragraphs)
        assert problem is not None
        assert problem.code == "characters"


@pytest.mark.parametrize("good", ["Größe", "a\u00a0b", "Silben\u00adtrennung", "👩‍🚒", "„Zitat“", "שלום", "a\u200fb"])
def test_unusual_but_legal_characters_pass(good: str) -> None:
    assert text.flaw(good, 50) is None


@pytest.mark.parametrize("blank", ["", " ", "\n", "\u00a0", "\u2003 "])
def test_blank_is_not_a_text(blank: str) -> None:
    problem = text.flaw(blank, 50, paragraphs=True)
    assert problem is not None
    assert problem.code == "blank"


def test_too_long_says_by_how_much() -> None:
    one, many = text.flaw("x" * 51, 50), text.flaw("x" * 70, 50)
    assert one is not None
    assert many is not None
    assert str(one.words) == "Kürzen Sie den Text um ein Zeichen."
    assert str(many.words) == "Kürzen Sie den Text um 20 Zeichen."


@given(st.text(max_size=60), st.booleans())
def test_what_is_tidied_is_legal_unless_nothing_is_left(said: str, paragraphs: bool) -> None:
    left = tidy(said, paragraphs=paragraphs)
    assert not left or text.flaw(left, 1000, paragraphs=paragraphs) is None
    assert tidy(left, paragraphs=paragraphs) == left


def test_pasted_text_keeps_its_paragraphs_where_there_may_be_some() -> None:
    assert tidy(" eins\r\n\r\nzwei\tdrei\x0b ", paragraphs=True) == "eins\n\nzwei drei"
    assert tidy("eins\r\nzwei") == "eins zwei"
