"""How good answers are: nDCG and recall of judged questions, reciprocal rank where one record is looked for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

FIRST = 10


def ndcg(grades: Mapping[str, int], found: Sequence[str]) -> float:
    """Normalised discounted cumulative gain of the first ten: 1 where the best stand first in the best order."""
    ideal = sorted(grades.values(), reverse=True)[:FIRST]
    return _gain([grades.get(name, 0) for name in found[:FIRST]]) / _gain(ideal)


def recall(grades: Mapping[str, int], found: Sequence[str]) -> float:
    """The share of right answers among the first ten, of as many as fit."""
    return sum(name in grades for name in found[:FIRST]) / min(len(grades), FIRST)


def reciprocal_rank(wanted: str, found: Sequence[str]) -> float:
    """1 where it stands first, ½ where second; 0 beyond the first ten."""
    return 1 / (found.index(wanted) + 1) if wanted in found[:FIRST] else 0.0


def _gain(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))
