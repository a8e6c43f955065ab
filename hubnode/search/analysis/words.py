"""What a typed word becomes: its token, its parts, and the spellings by which it can be looked up."""

from __future__ import annotations

import re
from typing import NamedTuple

WORD = re.compile(r"[^\W_]+(?:(?:[*:/_]-?(?:in(?:nen)?)[^\W_]*)|(?:[-–][^\W_]+))*")
"""A word as people write it, with hyphens and gender forms: „Schul-IT“, „Bürger*innen“."""
_GENDER = re.compile(r"[*:/_]-?in(?:nen)?|(?<=[a-zäöüß])Innen\b")
_INNER = re.compile(r"[-–]|(?<=[a-zäöüß])(?=[A-ZÄÖÜ])")


class Word(NamedTuple):
    """One word of a text, analysed."""

    token: str
    """What the whole word is searched by."""
    parts: tuple[str, ...]
    """The tokens of the parts of a compound or of a hyphened word."""
    deep: tuple[str, ...]
    """The tokens of parts of parts."""
    spellings: tuple[tuple[str, str], ...]
    """(as written, folded): what a typo or a beginning is compared with; empty for stop words and single letters."""


def inner(typed: str) -> list[str]:
    """The words inside one that is written with hyphens, inner capitals or a gender form."""
    plain = _GENDER.sub("", typed) or typed
    return [piece for piece in _INNER.split(plain) if piece]
