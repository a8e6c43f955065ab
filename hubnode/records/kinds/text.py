"""Which texts a record may hold: bounded, visible, and legal in XML, JSON, HTML and iCalendar alike."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _

from hubnode.records.kinds.words import NOT_A_TEXT, Problem, too_long

LANGUAGES = ("de", "en", "da", "nds", "frr")
"""The languages a text may be given in; German comes first."""

# Controls, lone surrogates and non-characters are illegal in XML 1.0; the directional overrides (U+202A to 202E, U+2066
# to 2069) let a name read differently from what it is; soft hyphens and joiners have their use.
_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_ILLEGAL = _CONTROLS + "\ufeff\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff"
_PLANES = "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
ILLEGAL_IN_LINE = re.compile(f"[\t\n\r{_ILLEGAL}{_PLANES}]")
ILLEGAL_IN_PARAGRAPHS = re.compile(f"[\t\r{_ILLEGAL}{_PLANES}]")

BLANK = Problem("blank", _("Geben Sie einen Text ein oder lassen Sie das Feld ganz weg."))
ILLEGAL = Problem("characters", _("Entfernen Sie unsichtbare Steuerzeichen, zum Beispiel Tabulatoren."))
BROKEN_LINE = Problem("characters", _("Schreiben Sie den Text ohne Zeilenumbrüche und Tabulatoren."))


def flaw(text: object, longest: int, *, paragraphs: bool = False) -> Problem | None:
    """What is wrong with `text` as a line (or, with `paragraphs`, as lines ended by U+000A); None if nothing is."""
    if type(text) is not str:
        return NOT_A_TEXT
    if len(text) > longest:
        return too_long(len(text) - longest)
    if not text or text.isspace():
        return BLANK
    # str.isprintable is about ten times faster than the pattern and never says yes to an illegal character.
    if text.isprintable() or (paragraphs and text.replace("\n", "").isprintable()):
        return None
    if paragraphs:
        return ILLEGAL if ILLEGAL_IN_PARAGRAPHS.search(text) else None
    return BROKEN_LINE if ILLEGAL_IN_LINE.search(text) else None


def tidy(text: str, *, paragraphs: bool = False) -> str:
    """What a person typed or pasted, as a record keeps it: one kind of line end, no tabs, no controls."""
    text = (
        text.replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\t", " ")
        .replace("\u2028", "\n")
        .replace("\u2029", "\n")
    )
    if not paragraphs:
        text = " ".join(text.split("\n"))
    return ILLEGAL_IN_PARAGRAPHS.sub("", text).strip()
