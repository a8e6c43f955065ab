"""Texts and times as feeds write them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from hubnode.feeds.text import clean, in_language, one_line, rfc3339


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_whatever_somebody_typed_becomes_well_formed_xml(text: str) -> None:
    """Controls, lone surrogates and non-characters are dropped; what is left is what the parser gives back."""
    element = etree.Element("p")
    element.text = clean(text)
    assert (etree.fromstring(etree.tostring(element)).text or "") == clean(text)
    clean(text).encode()


def test_only_forbidden_characters_are_dropped() -> None:
    """Umlauts, dashes, emoji and tabs stay; a newline of any system becomes one of ours."""
    assert (
        clean("Größe – „Spaß“ 🚲\tda\r\nund\rdort\x00\x0b\ufffe\ud800\u2028hier")
        == "Größe – „Spaß“ 🚲\tda\nund\ndort\nhier"
    )


def test_a_title_is_one_line() -> None:
    """Line breaks and runs of spaces become one space."""
    assert one_line(" Tag der\n\toffenen \x07 Tür ") == "Tag der offenen Tür"


def test_the_wanted_language_comes_first_and_any_is_better_than_none() -> None:
    """A text that is there only in English is given in English, and said to be."""
    assert in_language({"en": "Fair", "de": "Markt"}, "de") == ("de", "Markt")
    assert in_language({"en": "Fair"}, "de") == ("en", "Fair")
    assert in_language({"de": " \x01 ", "en": "Fair"}, "de") == ("en", "Fair")
    assert in_language({}, "de") == ("de", "")


def test_times_are_in_utc_and_whole_seconds() -> None:
    """Whatever zone the time came in."""
    assert rfc3339(datetime(2026, 7, 1, 14, 0, 9, 999, ZoneInfo("Europe/Berlin"))) == "2026-07-01T12:00:09Z"
    assert rfc3339(datetime(2026, 12, 1, 14, tzinfo=UTC)) == "2026-12-01T14:00:00Z"
