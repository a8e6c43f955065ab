"""Everything a person sees is there in both languages."""

from __future__ import annotations

import io
from functools import cache

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from tests.house.places import ROOT

KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "_l": None}


@cache
def _said() -> set[object]:
    """Every message that code and templates say, in German."""
    methods, options = parse_mapping_cfg(io.StringIO((ROOT / "babel.cfg").read_text("utf-8")))
    return {
        message
        for _file, _line, message, _comments, _context in extract_from_dir(
            ROOT / "hubnode", methods, options, keywords=KEYWORDS
        )
    }


def _english() -> Catalog:
    with (ROOT / "hubnode/web/translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale="en")


def test_every_german_sentence_has_an_english_one() -> None:
    """A reader of the English pages never meets a German sentence of ours."""
    catalog = _english()
    translated = {message.id for message in catalog if message.id and not message.fuzzy and _full(message.string)}
    assert sorted(str(message) for message in _said() - translated) == []


def _full(text: object) -> bool:
    return all(text) if isinstance(text, tuple | list) else bool(text)


def test_the_catalog_has_no_sentence_that_nobody_says() -> None:
    """What was deleted from the pages is deleted here too."""
    assert sorted(str(message.id) for message in _english() if message.id and message.id not in _said()) == []


def test_placeholders_are_the_same_in_both_languages() -> None:
    """A translation with another placeholder would break the page."""
    broken = [str(message.id) for message in _english() if message.id and list(message.check())]
    assert broken == []
