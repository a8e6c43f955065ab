"""From a folded word to its stem: families of words first, then two rules, then snowball's German stemmer."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping

import Stemmer

_IER = re.compile(
    r"^(.{3,}?)(is)?ier"
    r"(?:e|en|t|te|ten|tes|ter|tem|ung|ungen|end|ende|enden|er|ern|erin|bar|bare|baren)$"
)
"""Digitalisierung, digitalisieren, digitalisierte: the stemmer would keep them apart."""
_local = threading.local()


def stem(word: str, families: Mapping[str, str]) -> str:
    """The stem of a folded word; equal for the forms and derivations that people mean as one word."""
    if len(word) < 3 or word.isdigit():
        return word
    if (family := families.get(word)) is not None:
        return family
    if len(word) > 4 and word[-1] == "s" and word[-2] in "opay" and not word.endswith("los"):
        word = word[:-1]  # Autos, Workshops, Kitas, Handys
    if "ier" in word and (derived := _IER.match(word)) is not None:
        return f"{derived[1]}{derived[2] or ''}ier"
    return str(_stemmer().stemWord(word))


def _stemmer() -> Stemmer.Stemmer:
    """One for each thread: a stemmer keeps a state of its own."""
    stemmer: Stemmer.Stemmer | None = getattr(_local, "stemmer", None)
    if stemmer is None:
        stemmer = _local.stemmer = Stemmer.Stemmer("german", 0)  # no cache of its own: `Language.stem` has one
    return stemmer
