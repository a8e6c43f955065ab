"""Where the words of a question stand in a text: offsets of the original, for a page to mark."""

from __future__ import annotations

from functools import lru_cache

from hubnode.search.analysis import WORD, Language, current, fold
from hubnode.search.plan import plan, wanted

SHORTEST = 3


def highlight(text: str, query_text: str) -> list[tuple[int, int]]:
    """Start and end of each piece of `text` that meets a word of `query_text`, in order, without overlaps.

    Of a compound only the part that meets it is marked, where it can be told from the rest; synonyms are marked too.
    """
    language = current()
    tokens = _wanted(query_text, language)
    if not tokens:
        return []
    marks = (_mark(match.group(), tokens, language) for match in WORD.finditer(text))
    starts = (match.start() for match in WORD.finditer(text))
    return [(start + mark[0], start + mark[1]) for start, mark in zip(starts, marks, strict=True) if mark]


@lru_cache(64)
def _wanted(query_text: str, language: Language) -> frozenset[str]:
    return wanted(plan(query_text, language).groups)


def _mark(typed: str, tokens: frozenset[str], language: Language) -> tuple[int, int] | None:
    """Which piece of one word to mark; None where it meets nothing."""
    word = language.word(typed)
    if word.token in tokens:
        return 0, len(typed)
    met = [part for part in word.inside if part in tokens]
    if not met:
        return None
    if word.parts and all(part in tokens for part in word.parts):
        return 0, len(typed)
    return _place(typed, frozenset(met), language) or (0, len(typed))


def _place(typed: str, met: frozenset[str], language: Language) -> tuple[int, int] | None:
    """The first and longest piece of a word whose stem is one of these."""
    for start in range(len(typed) - SHORTEST + 1):
        for end in range(len(typed), start + SHORTEST - 1, -1):
            if language.stem(fold(typed[start:end])) in met:
                return start, end
    return None
