"""Text to tokens: the same pure function feeds the index and the query, on both databases."""

from __future__ import annotations

import re
import unicodedata

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_WORD = re.compile(r"[a-z0-9]+")
MAX_TOKEN = 64
"""Longer runs of letters are nobody's word; they are cut, so that a token table stays bounded."""


def fold(text: str) -> str:
    """Lower case, umlauts written out, accents dropped: „Bürgerbüro“ and „Buergerbuero“ become the same."""
    lowered = unicodedata.normalize("NFC", text).lower().translate(_UMLAUTS)
    return "".join(sign for sign in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(sign))


def tokens(text: str) -> list[str]:
    """The words of `text`, folded, in their order; ASCII letters and digits only."""
    return [word[:MAX_TOKEN] for word in _WORD.findall(fold(text))]
