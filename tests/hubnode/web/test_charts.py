"""The drawings of the status page: what is joined, what is a gap, and what stands beside the grid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hubnode.network.lag import Hour
from hubnode.web import charts
from hubnode.web.charts import Box, Dot

BEGIN = datetime(2026, 11, 22, 0, tzinfo=UTC)
BOX = Box(0, 0, 30, 10)


def day(*worst: float | None) -> list[Hour]:
    """The hours of one hub, the last with these delays."""
    values = [None] * (24 - len(worst)) + list(worst)
    return [Hour(BEGIN + timedelta(hours=number), int(s is not None), s) for number, s in enumerate(values)]


def test_hours_in_which_nothing_came_are_gaps() -> None:
    drawn = charts.curve([1, 2, None, 4], top=4, box=BOX)
    assert drawn.lines == ["0,7.5 10,5"]
    assert drawn.areas == ["M0,10 L0,7.5 10,5 L10,10 Z"]
    assert drawn.dots == [Dot(30, 0)]
    assert drawn.last == Dot(30, 0)


def test_nothing_at_all_draws_nothing() -> None:
    drawn = charts.curve([None, None], top=1, box=BOX)
    assert (drawn.lines, drawn.areas, drawn.dots, drawn.last) == ([], [], [], None)
    assert charts.delays({}) is None
    assert charts.delays({"a": day()}) is None


def test_a_single_hour_of_a_hub_is_a_dot() -> None:
    drawn = charts.spark(day(0.4, None))
    assert drawn.lines == []
    assert drawn.dots == [drawn.last]


def test_a_delay_of_zero_stands_on_the_ground() -> None:
    drawn = charts.spark(day(0, 0))
    assert drawn.last == Dot(charts.SPARK.right, charts.SPARK.bottom)


def test_the_slowest_hub_of_each_hour_counts() -> None:
    drawn = charts.delays({"a": day(3, None, 8), "b": day(5, None, 2)})
    assert drawn is not None
    assert [(one.origin, one.worst_s) for one in drawn.slowest] == [("b", 5), ("a", 8)]
    assert drawn.worst.worst_s == 8
    assert [mark.begins.hour for _, mark in drawn.marks] == [0, 6, 12, 18, 23]
    assert len(drawn.curve.dots) == 2


@pytest.mark.parametrize(
    ("worst_s", "unit", "numbers", "target"),
    [
        (0, "s", [0, 0.2, 0.4, 0.6, 0.8, 1], False),
        (0.35, "s", [0, 0.2, 0.4, 0.6, 0.8, 1], False),
        (1, "s", [0, 0.2, 0.4, 0.6, 0.8, 1], False),
        (9.9, "s", [0, 2, 4, 6, 8, 10], False),
        (38, "s", [0, 20, 40, 60, 80], True),
        (66, "s", [0, 20, 40, 60, 80], True),
        (600, "s", [0, 200, 400, 600], True),
        (1500, "min", [0, 5, 10, 15, 20, 25], True),
        (3 * 3600, "h", [0, 1, 2, 3], True),
    ],
)
def test_the_scale_follows_the_delays(worst_s: float, unit: str, numbers: list[float], target: bool) -> None:
    """Few lines in even steps, small numbers; the target is drawn where it leaves the delays readable."""
    scale = charts.axis(worst_s)
    assert scale.unit == unit
    assert [number for number, _height in scale.ticks] == numbers
    assert scale.top_s >= worst_s
    assert (scale.target is not None) == target
    assert scale.ticks[0][1] == charts.CHART.bottom
    assert scale.ticks[-1][1] == charts.CHART.top


def test_the_target_stands_where_the_grid_says_sixty() -> None:
    scale = charts.axis(66)
    assert scale.target == dict(scale.ticks)[60]


def test_pieces_of_a_bar_follow_each_other() -> None:
    pieces = charts.bar({"project": 5, "expertise": 0, "event": 3}, most=16)
    assert [(piece.name, piece.amount) for piece in pieces] == [("project", 5), ("event", 3)]
    assert [(piece.x, piece.width) for piece in pieces] == [(0, 31.25), (31.25, 18.75)]
