"""One spelling for what people write in several: case, umlauts, accents."""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "œ": "oe"})
_MARKS = re.compile("[\u0300-\u036f]+")
_TOKEN = re.compile(r"[a-z0-9]+")
MAX_TOKEN = 64
"""Longer runs of letters are nobody's word; they are cut, so that a token table stays bounded."""


def fold(text: str) -> str:
    """Lower case, umlauts written out, accents dropped: „Bürgerbüro“ and „Buergerbuero“ become the same."""
    if text.isascii():
        return text.lower()
    lowered = unicodedata.normalize("NFC", text).lower().translate(_LETTERS)
    return lowered if lowered.isascii() else _MARKS.sub("", unicodedata.normalize("NFKD", lowered))


def tokens(text: str) -> list[str]:
    """The words of `text`, folded, in their order; ASCII letters and digits only."""
    return [word[:MAX_TOKEN] for word in _TOKEN.findall(fold(text))]


def plain(text: str) -> str:
    """`text` folded, with every sign that is no ASCII letter or digit as an ASCII separator: what an index stores."""
    return fold(text).encode("ascii", "replace").decode("ascii")
