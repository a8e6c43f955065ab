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
    inside: tuple[str, ...]
    """The same, and after them the tokens of parts of parts."""
    written: tuple[str, ...]
    """Its spellings as they stand there, for a vocabulary; empty for stop words and single letters."""
    folded: tuple[str, ...]
    """The same folded, in the same order: what a typo or a beginning is compared with."""

    @property
    def deep(self) -> tuple[str, ...]:
        """The tokens of parts of parts."""
        return self.inside[len(self.parts) :]


def inner(typed: str) -> list[str]:
    """The words inside one that is written with hyphens, inner capitals or a gender form."""
    if typed.isalnum() and typed[1:].islower():
        return [typed]
    plain = _GENDER.sub("", typed) or typed
    return [piece for piece in _INNER.split(plain) if piece]
