"""Figures with what they stand beside and the bar they have to hold; a table for people, JSON for programs."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from bench.processes import load_average

RESULTS = Path(__file__).with_name("results.json")
HEADS = ("Was", "Wert", "Einheit", "daneben", "Verhältnis", "Schwelle", "")
Bound = Literal["at least", "at most"]
SIGNS = {"at least": "≥", "at most": "≤"}


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure, or its ratio to the one beside it, has to hold."""

    bound: Bound
    value: float
    of: Literal["value", "ratio"] = "value"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one run."""

    part: str
    what: str
    value: float
    unit: str
    beside: float | None = None
    """The same of something known, measured in the same run."""
    known: str = ""
    """What that is."""
    bar: Bar | None = None

    @property
    def ratio(self) -> float | None:
        """The figure divided by the one beside it."""
        return self.value / self.beside if self.beside else None

    @property
    def held(self) -> bool | None:
        """Whether the bar is held; None where there is none."""
        if self.bar is None:
            return None
        judged = self.ratio if self.bar.of == "ratio" else self.value
        if judged is None:
            return False
        return judged >= self.bar.value if self.bar.bound == "at least" else judged <= self.bar.value

    def to_json(self) -> dict[str, Any]:
        """The figure for programs."""
        shown: dict[str, Any] = {"part": self.part, "what": self.what, "value": _round(self.value), "unit": self.unit}
        if self.beside is not None:
            shown |= {"beside": _round(self.beside), "known": self.known, "ratio": _round(self.ratio or 0.0)}
        if self.bar is not None:
            shown |= {"bar": f"{self.bar.of} {SIGNS[self.bar.bound]} {self.bar.value:g}", "held": self.held}
        return shown


def by_part(figures: Iterable[Figure]) -> list[Figure]:
    """The figures with those of one part together, parts and figures else in the order they came in."""
    found = list(figures)
    order = list(dict.fromkeys(figure.part for figure in found))
    return sorted(found, key=lambda figure: order.index(figure.part))


def table(figures: Sequence[Figure]) -> str:
    """The figures as aligned lines, one heading for each part."""
    rows = [_row(figure) for figure in figures]
    widths = [max(len(row[place]) for row in (HEADS, *rows)) for place in range(len(HEADS))]
    lines, part = [_line(HEADS, widths)], ""
    for figure, row in zip(figures, rows, strict=True):
        if figure.part != part:
            part = figure.part
            lines.append(f"\n{part}")
        lines.append(_line(row, widths))
    return "\n".join(lines)


def write(figures: Sequence[Figure], loads: Sequence[Sequence[float]], seconds: float, results: Path = RESULTS) -> None:
    """Keep the figures of a run, with the machine they were measured on, without naming it.

    They take the place of those that an earlier run has found for the same parts; the other parts stay as they were.
    """
    measured = {figure.part for figure in figures}
    runs = json.loads(results.read_text("utf-8"))["runs"] if results.is_file() else []
    for run in runs:
        run["figures"] = [figure for figure in run["figures"] if figure["part"] not in measured]
    kept = [*(run for run in runs if run["figures"]), summary(figures, loads, seconds)]
    results.write_text(json.dumps({"runs": kept}, indent=1, ensure_ascii=False) + "\n", "utf-8")


def summary(figures: Sequence[Figure], loads: Sequence[Sequence[float]], seconds: float) -> dict[str, Any]:
    """All figures, and what must be known to read them."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "cpus": os.cpu_count(),
        "load_average_before": list(loads[0]),
        "load_average_after": list(loads[-1]),
        "figures": [figure.to_json() for figure in figures],
    }


def conditions() -> str:
    """The machine and how busy it is, in one line."""
    load = ", ".join(f"{one:.1f}" for one in load_average())
    return f"Python {platform.python_version()}, {os.cpu_count()} Kerne, Last {load}"


def _row(figure: Figure) -> tuple[str, ...]:
    return (
        f"  {figure.what}",
        _shown(figure.value),
        figure.unit,
        f"{_shown(figure.beside)} {figure.known}".rstrip() if figure.beside is not None else "",
        _shown(figure.ratio) if figure.ratio is not None else "",
        _bar(figure.bar),
        {True: "gehalten", False: "VERFEHLT", None: ""}[figure.held],
    )


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    right = {1, 4, 5}
    parts = [
        text.rjust(width) if place in right else text.ljust(width)
        for place, (text, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(parts).rstrip()


def _bar(bar: Bar | None) -> str:
    if bar is None:
        return ""
    return f"{SIGNS[bar.bound]} {bar.value:g}" + ("-fach" if bar.of == "ratio" else "")


def _shown(value: float) -> str:
    """About three digits that count, in the German way: 12.345 and 0,125."""
    digits = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def _round(value: float) -> float:
    return round(value, 3) if value != int(value) else int(value)
