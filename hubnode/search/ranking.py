"""How well a record answers: one rule in Python for both databases, over few candidates.

Title before text, whole words before parts of compounds, neighbours before strangers; the newer only where all else is
near equal. Nothing about a person, a hub or a reader weighs in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from hubnode.search.entries import Columns
from hubnode.search.plan import Alternative, Group

HEAD, HEAD_PARTS, BODY, BODY_PARTS = 6.0, 3.0, 1.5, 1.0
SHORT_HEAD = 4
"""Words of a title that weigh in full; each word of a longer one weighs less."""
ONE_COMPOUND, ONE_COMPOUND_BELOW = 1.2, 1.6
"""What two words gain that are one compound in the title, or in the text: „Wein Betriebe“ means the Weinbetrieb."""
BESIDE, BESIDE_BELOW = 0.5, 0.2
"""And what they gain beside each other."""
HALF_LIFE_DAYS = 730
FRESHNESS = 0.1
"""What the newest may gain on one that is endlessly old, as a share."""


class Candidate(NamedTuple):
    """A record that may answer: what its columns say to this viewer."""

    doc: int
    changed_at: datetime
    columns: Columns


class _Text(NamedTuple):
    """The columns with a blank on either side, and what a hit in the head weighs."""

    head: str
    head_parts: str
    body: str
    body_parts: str
    weight: float


def ranked(groups: Sequence[Group], candidates: Sequence[Candidate], rarity: Sequence[float]) -> list[int]:
    """Numbers of the candidates, best first: who has more of the words, then who has them better, then the newest.

    `rarity` weighs each group.
    """
    if not candidates:
        return []
    newest = max(one.changed_at for one in candidates)
    scored = []
    for one in candidates:
        met, score = _score(groups, _text(one.columns), rarity)
        age = (newest - one.changed_at).days
        fresh = 1 + FRESHNESS * 0.5 ** (age / HALF_LIFE_DAYS)
        scored.append((-met, -round(score * fresh, 9), -one.changed_at.timestamp(), -one.doc))
    return [-row[-1] for row in sorted(scored)]


def _text(columns: Columns) -> _Text:
    length = columns.head.count(" ") + 1
    weight = HEAD * 2 * SHORT_HEAD / (SHORT_HEAD + length) if length > SHORT_HEAD else HEAD
    head, head_parts, body, body_parts = (f" {column} " for column in columns)
    return _Text(head, head_parts, body, body_parts, weight)


def _score(groups: Sequence[Group], text: _Text, rarity: Sequence[float]) -> tuple[int, float]:
    met, total = 0, 0.0
    for group, rare in zip(groups, rarity, strict=True):
        best = 0.0
        for one in group.alternatives:
            if one.weight > best:
                best = max(best, one.weight * _fit(one, text))
        met += best > 0
        total += best * rare
    return met, total + _together(groups, text)


def _fit(one: Alternative, text: _Text) -> float:
    """Between 0 and 1, rising with where and how often the alternative stands."""
    if one.kind == "all":
        fits = [_saturated(_weight(f" {token} ", text, whole=True)) for token in one.tokens]
        return sum(fits) / len(fits) if all(fits) else 0.0
    phrase = f" {' '.join(one.tokens)} "
    return _saturated(_weight(phrase, text, whole=one.kind == "phrase"))


def _weight(piece: str, text: _Text, *, whole: bool) -> float:
    weight = BODY_PARTS * min(2, text.body_parts.count(piece)) + (HEAD_PARTS if piece in text.head_parts else 0.0)
    if whole:
        weight += (text.weight if piece in text.head else 0.0) + BODY * min(2, text.body.count(piece))
    return weight


def _saturated(weight: float) -> float:
    return weight / (weight + 2)


def _together(groups: Sequence[Group], text: _Text) -> float:
    """What two words gain by standing beside each other, or inside one compound."""
    single = [group.alternatives[0].tokens[0] for group in groups if len(group.alternatives[0].tokens) == 1]
    gained = 0.0
    for place, first in enumerate(single):
        for second in single[place + 1 :]:
            ahead, back = f" {first} {second} ", f" {second} {first} "
            if ahead in text.head_parts:
                gained += ONE_COMPOUND
            elif ahead in text.body_parts:
                gained += ONE_COMPOUND_BELOW
            elif back in text.head_parts or ahead in text.head:
                gained += BESIDE
            elif back in text.body_parts or ahead in text.body:
                gained += BESIDE_BELOW
    return gained
