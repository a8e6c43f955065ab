"""The drawings of the status page as numbers: templates put them into SVG, the style sheet gives them colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, floor, log10
from typing import Literal, NamedTuple

from hubnode.network.lag import Hour

TARGET_S = 60
"""Seconds within which a publication is to arrive everywhere."""
NEAR_TARGET_S = 10
"""From this delay on the target is drawn; below, a line that fits it in would leave the delays flat on the ground."""
INTERVALS = 5
Unit = Literal["s", "min", "h"]
UNITS: Sequence[tuple[Unit, int]] = (("s", 1), ("min", 60), ("h", 3600))


class Box(NamedTuple):
    """Where in a drawing the values stand, in its own units; `bottom` is zero."""

    left: float
    top: float
    right: float
    bottom: float


SPARK = Box(2, 3, 116, 25)
CHART = Box(48, 14, 512, 190)


class Dot(NamedTuple):
    """A place in a drawing."""

    x: float
    y: float

    def __str__(self) -> str:
        return f"{self.x:g},{self.y:g}"


@dataclass(frozen=True, slots=True)
class Curve:
    """Values over the hours; where hours without any lie between two values, no line joins them."""

    lines: Sequence[str]
    """Points of each stretch of at least two hours."""
    areas: Sequence[str]
    """The paths of the same stretches, closed along the ground."""
    dots: Sequence[Dot]
    """Hours that stand alone."""
    last: Dot | None


class Slowest(NamedTuple):
    """The hub whose publications took longest in one hour; the worst of them, in seconds."""

    hour: Hour
    origin: str
    worst_s: float


@dataclass(frozen=True, slots=True)
class Axis:
    """Grid lines from zero to `top_s` in even steps, numbered in a unit that keeps the numbers small."""

    unit: Unit
    top_s: float
    ticks: Sequence[tuple[float, float]]
    """Number and height of each line, from the ground up."""
    target: float | None
    """The height of the target; None where it lies far above."""


@dataclass(frozen=True, slots=True)
class Delays:
    """The delay of the slowest hub, hour by hour."""

    axis: Axis
    curve: Curve
    marks: Sequence[tuple[float, Hour]]
    """Where along the ground which hour begins."""
    slowest: Sequence[Slowest]
    """Only of hours in which something came, oldest first."""

    @property
    def worst(self) -> Slowest:
        """The slowest of all, the latest where several are."""
        return max(reversed(self.slowest), key=lambda one: one.worst_s)


class Piece(NamedTuple):
    """A piece of a bar, from where on and how wide, in percent of the longest bar."""

    name: str
    amount: int
    x: float
    width: float


def spark(day: Sequence[Hour]) -> Curve:
    """One hub's day, small; its worst hour reaches the top."""
    values = [hour.worst_s for hour in day]
    return curve(values, max((value for value in values if value), default=1), SPARK)


def curve(values: Sequence[float | None], top: float, box: Box) -> Curve:
    """`values` from the left to the right of `box`, `top` at its upper edge."""
    step = (box.right - box.left) / max(1, len(values) - 1)
    placed = [
        Dot(round(box.left + number * step, 1), _height(value, top, box)) if value is not None else None
        for number, value in enumerate(values)
    ]
    stretches = [[dot for dot in run if dot] for known, run in groupby(placed, key=bool) if known]
    joined = [stretch for stretch in stretches if len(stretch) > 1]
    return Curve(
        lines=[" ".join(map(str, stretch)) for stretch in joined],
        areas=[_closed(stretch, box) for stretch in joined],
        dots=[stretch[0] for stretch in stretches if len(stretch) == 1],
        last=stretches[-1][-1] if stretches else None,
    )


def delays(days: Mapping[str, Sequence[Hour]]) -> Delays | None:
    """The chart of the slowest hub of each hour; None where nothing came in all these hours."""
    hours = list(zip(*days.values(), strict=True))
    slowest = [_slowest(tuple(days), hour) for hour in hours]
    known = [one for one in slowest if one]
    if not known:
        return None
    scale = axis(max(one.worst_s for one in known))
    drawn = curve([one.worst_s if one else None for one in slowest], scale.top_s, CHART)
    step = (CHART.right - CHART.left) / (len(hours) - 1)
    marked = [*range(0, len(hours) - 3, 6), len(hours) - 1]
    marks = [(round(CHART.left + number * step, 1), hours[number][0]) for number in marked]
    return Delays(scale, drawn, marks, known)


def axis(worst_s: float) -> Axis:
    """An axis that holds `worst_s`, at least one second high; with the target where that leaves the values readable."""
    near = worst_s >= NEAR_TARGET_S
    reach = max(worst_s, 1.0, TARGET_S * 1.05 if near else 0)
    unit, size = next(((unit, size) for unit, size in reversed(UNITS) if reach > 2 * size and reach > 600), UNITS[0])
    step = _even(reach / size / INTERVALS)
    count = ceil(reach / size / step - 1e-9)
    top_s = step * count * size
    ticks = [(round(step * number, 9), _height(step * number * size, top_s, CHART)) for number in range(count + 1)]
    return Axis(unit, top_s, ticks, _height(TARGET_S, top_s, CHART) if near else None)


def bar(counts: Mapping[str, int], most: int) -> list[Piece]:
    """The pieces of one bar in the order of `counts`, without the empty ones; `most` is as wide as it gets."""
    pieces: list[Piece] = []
    so_far = 0
    for name, count in counts.items():
        if count:
            pieces.append(Piece(name, count, round(100 * so_far / most, 2), round(100 * count / most, 2)))
        so_far += count
    return pieces


def _slowest(origins: Sequence[str], hours: Sequence[Hour]) -> Slowest | None:
    known = [
        Slowest(hour, origin, hour.worst_s)
        for origin, hour in zip(origins, hours, strict=True)
        if hour.worst_s is not None
    ]
    return max(known, key=lambda one: one.worst_s, default=None)


def _even(step: float) -> float:
    """The next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** floor(log10(step))
    return next(factor * power for factor in (1, 2, 5, 10) if step <= factor * power * (1 + 1e-9))


def _height(value: float, top: float, box: Box) -> float:
    return round(box.bottom - value / top * (box.bottom - box.top), 1)


def _closed(stretch: Sequence[Dot], box: Box) -> str:
    first, last = stretch[0], stretch[-1]
    return f"M{first.x:g},{box.bottom:g} L{' '.join(map(str, stretch))} L{last.x:g},{box.bottom:g} Z"
