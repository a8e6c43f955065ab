"""From the text of a question to groups of alternatives: what to look for, without a database.

Of each group one alternative must be met. "Quoted words" stand beside each other, a -word excludes; no other sign means
anything, so that the query languages of the databases stay out of reach.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from hubnode.search.analysis import WORD, Language, Word

MAX_CHARACTERS = 2_000
MAX_WORDS = 24
"""Words of a question that count; what somebody pastes beyond that changes nothing."""
_QUOTES = str.maketrans(dict.fromkeys("„“”‟«»", '"'))
_PIECE = re.compile(r'(?<!\w)(?P<minus>-?)"(?P<quoted>[^"]*)"|(?<!\S)-(?P<without>\w\S*)|(?P<bare>[^\s"]+)')
Kind = Literal["all", "phrase", "parts"]


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to meet a group: all tokens anywhere, beside each other, or as neighbouring parts of one compound."""

    tokens: tuple[str, ...]
    kind: Kind = "all"
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Group:
    """What one word of a question, or one quoted phrase, may be met by."""

    written: str
    folded: str
    """What spellings are compared with; empty for phrases, which are taken as they are."""
    alternatives: tuple[Alternative, ...]
    also: tuple[str, ...] = ()
    """Readable synonyms among the alternatives."""

    def add(self, more: Iterable[Alternative], also: Sequence[str] = ()) -> Group:
        """The same group with more alternatives."""
        known = {(one.tokens, one.kind) for one in self.alternatives}
        new = tuple(one for one in more if (one.tokens, one.kind) not in known)
        return replace(self, alternatives=self.alternatives + new, also=(*self.also, *also))


@dataclass(frozen=True, slots=True)
class Plan:
    """All groups must be met, and none of the excluded ones."""

    groups: tuple[Group, ...]
    excluded: tuple[Group, ...]


class _Item(NamedTuple):
    written: str
    word: Word


def plan(text: str, language: Language) -> Plan:
    """What to look for; without groups where the text has no words."""
    groups: list[Group] = []
    excluded: list[Group] = []
    words: list[_Item] = []
    for piece in _PIECE.finditer(text[:MAX_CHARACTERS].translate(_QUOTES)):
        items = _items(piece["quoted"] or piece["without"] or piece["bare"] or "", language)
        if piece["minus"] or piece["without"]:
            excluded += _phrase(items) if piece["quoted"] else _groups(items, language)
        elif piece["quoted"] is not None:
            groups += _phrase(items)
        else:
            words += items
    groups += _groups(words[: 2 * MAX_WORDS], language)
    if not groups:
        groups += [Group(one.written, "", (Alternative((one.word.token,)),)) for one in words]
    return Plan(_each_once(groups)[:MAX_WORDS], _each_once(excluded)[:MAX_WORDS])


def wanted(groups: Iterable[Group]) -> frozenset[str]:
    """Every token that meets one of these groups, alone or with others."""
    return frozenset(token for group in groups for one in group.alternatives for token in one.tokens)


def synonyms(tokens: tuple[str, ...], language: Language, weight: float) -> tuple[list[Alternative], list[str]]:
    """What else these tokens are called: as alternatives, and readable."""
    found = language.synonyms(tokens)
    return [Alternative(other, _kind("phrase", other), weight) for _, other in found], [term for term, _ in found]


def _items(text: str, language: Language) -> list[_Item]:
    return [_Item(typed, language.word(typed)) for typed in WORD.findall(text)][: 4 * MAX_WORDS]


def _phrase(items: Sequence[_Item]) -> list[Group]:
    tokens = tuple(item.word.token for item in items)
    if not tokens:
        return []
    return [Group(" ".join(item.written for item in items), "", (Alternative(tokens, _kind("phrase", tokens)),))]


def _groups(items: Sequence[_Item], language: Language) -> list[Group]:
    """A group for each word, or for the longest run of words that has a synonym; stop words are left out."""
    groups: list[Group] = []
    place = 0
    while place < len(items):
        run = _run(items, place, language)
        if len(run) > 1:
            groups.append(_of_run(run, language))
        elif run[0].word.written:
            groups.append(_of_word(run[0], language))
        place += len(run)
    return groups


def _run(items: Sequence[_Item], place: int, language: Language) -> Sequence[_Item]:
    for length in range(min(language.longest_synonym, len(items) - place), 1, -1):
        run = items[place : place + length]
        if language.synonyms(tuple(item.word.token for item in run)):
            return run
    return items[place : place + 1]


def _of_run(run: Sequence[_Item], language: Language) -> Group:
    tokens = tuple(item.word.token for item in run)
    apart = tuple(item.word.token for item in run if item.word.written)
    written = " ".join(item.written for item in run)
    group = Group(written, "", (Alternative(tokens, "phrase"), Alternative(apart, "all", 0.5)))
    return group.add(*synonyms(tokens, language, 0.8))


def _of_word(item: _Item, language: Language) -> Group:
    token, parts, deep = item.word.token, item.word.parts, item.word.deep
    alternatives = [Alternative((token,))]
    if not parts and len(deep) > 1:
        alternatives.append(Alternative(deep, "parts", 0.9))
    if len(parts) > 1:
        alternatives += [Alternative(parts, "parts", 0.9), Alternative(parts, "all", 0.5)]
    group = Group(item.written, item.word.folded[0], tuple(alternatives))
    return group.add(*synonyms((token,), language, 0.8))


def _kind(kind: Kind, tokens: Sequence[str]) -> Kind:
    return kind if len(tokens) > 1 else "all"


def _each_once(groups: Sequence[Group]) -> tuple[Group, ...]:
    return tuple({group.alternatives: group for group in reversed(groups)}.values())[::-1]
