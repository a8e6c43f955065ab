"""Taking compounds apart: dynamic programming over a lexicon, with linking elements, fewest parts first."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache

PREFIX = re.compile(
    r"ab|an|auf|aus|bei|da|dar|durch|ein|empor|ent|er|fest|fort|frei|fuer|ge|gegen|her|hin|hinter|in|kennen|los|mit|miss|nach|neben|nieder|ob|"
    r"ueber|um|un|unter|ur|ver|voll|vor|vorbei|weg|weiter|wider|wieder|zer|zu|zurueck|zusammen|be|einer|heraus|herein|hinaus|hinein|voraus|vorher|ander"
)
"""Beginnings that make no compound: „Verwaltung“ is not made of „ver“ and „Waltung“."""
SUFFIX = re.compile(
    r"s?(?:lich|isch|haft|schaft|chaft|heit|keit|igkeit|losig|losigkeit|sam|bar|los|ung|ier|ierung|isier|isierung|ist"
    r"|ismus|er|erin|innen|in|end|ling|chen|lein|iert|artig|weise|reich|voll|lichkeit|tum|tion|ation|taet|itaet|tor"
    r"|toren|lung|rung|nung|tung|dung|gung|chung|zung|sung)(?:e|en|er|es|em|s|n|ern|innen|in)?|[^aeiouy]*"
)
"""Endings that make no compound either."""
LINKS = ("s", "es", "n", "en", "er", "e", "ens", "nen")
SHORTEST = 3
SHORTEST_COMPOUND = 6
CACHE = 8_192
UNKNOWN = 4
"""A modifier that no lexicon knows has at least so many letters, and the known head one more."""


def _modifiers(words: Sequence[str]) -> dict[str, str]:
    """What each word looks like before another one: with a linking element, or without its ending."""
    forms = {word: word for word in words}
    for link in LINKS:
        for word in words:
            forms.setdefault(word + link, word)
    for ending, shortest in (("e", 5), ("en", 7)):
        for word in words:
            if word.endswith(ending) and len(word) >= shortest:
                forms.setdefault(word.removesuffix(ending), word)
    return forms


def _beginnings(modifiers: Mapping[str, str]) -> dict[str, str]:
    """The modifiers, and with nothing behind them all that one of them begins with."""
    begun = {form[:end]: "" for form in modifiers for end in range(SHORTEST, len(form))}
    return {**begun, **modifiers}


class Splitter:
    """Takes words apart by a lexicon of folded words."""

    def __init__(self, lexicon: Collection[str], stem: Callable[[str], str]) -> None:
        self._words = frozenset(word for word in lexicon if len(word) >= SHORTEST)
        self._stem = stem
        self._stems = frozenset(stem(word) for word in self._words)
        self._modifiers = _modifiers(sorted(self._words))
        self._begun = _beginnings(self._modifiers)
        self.deeper = lru_cache(CACHE)(self._deeper)
        """The parts of a word that the lexicon has as a whole too (Parkplatz: Park, Platz); for the index only."""

    def knows(self, word: str) -> bool:
        """Whether the lexicon has this word, in whatever form."""
        return word in self._words or self._stem(word) in self._stems

    def split(self, word: str) -> tuple[str, ...]:
        """The parts of a compound, folded, the last one as it stands; empty for every other word."""
        if len(word) < SHORTEST_COMPOUND or self.knows(word):
            return ()
        return self._parts(word) or self._with_unknown_head(word) or self._with_unknown_modifier(word)

    def _deeper(self, word: str) -> tuple[str, ...]:
        return self._parts(word) if len(word) >= SHORTEST_COMPOUND else ()

    def _parts(self, word: str) -> tuple[str, ...]:
        best: tuple[str, ...] = ()
        covers = self._covers(word)
        for start in sorted(covers)[1:]:
            before = covers[start]
            if (not best or len(before) + 1 < len(best)) and self._is_head(word[start:]):
                best = (*before, word[start:])
        return best

    def _covers(self, word: str) -> dict[int, tuple[str, ...]]:
        """For each place that known modifiers reach from the start: the fewest of them."""
        begun, last = self._begun, len(word) - SHORTEST + 1
        covers: dict[int, tuple[str, ...]] = {0: ()}
        for start in range(last):
            if (before := covers.get(start)) is None:
                continue
            for end in range(start + SHORTEST, last):
                if (base := begun.get(word[start:end])) is None:
                    break
                if base and (end not in covers or len(before) + 1 < len(covers[end])):
                    covers[end] = (*before, base)
        return covers

    def _is_head(self, piece: str) -> bool:
        if piece in self._words:
            return True
        return len(piece) >= 4 and self._stem(piece) in self._stems and not SUFFIX.fullmatch(piece)

    def _with_unknown_head(self, word: str) -> tuple[str, ...]:
        """The longest known modifier before a head that the lexicon lacks."""
        for end in range(len(word) - 5, UNKNOWN, -1):
            base = self._modifiers.get(word[:end])
            if base is None or len(base) < 5 or SUFFIX.fullmatch(word[end:]) or word[end - 1] == word[end]:
                continue
            return (*(self.split(base) or (base,)), word[end:])
        return ()

    def _with_unknown_modifier(self, word: str) -> tuple[str, ...]:
        """A long known head behind a modifier that the lexicon lacks."""
        for end in range(UNKNOWN, len(word) - UNKNOWN):
            modifier, head = word[:end], word[end:]
            if len(head) <= UNKNOWN or not self.knows(head) or PREFIX.fullmatch(modifier.removesuffix("s")):
                continue
            return (modifier[:-1] if modifier.endswith("s") and len(modifier) > 5 else modifier, head)
        return ()
