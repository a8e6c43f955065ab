"""Making a failing schedule small: leave out what it fails without, in halves first, then one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.simulation.schedule import Schedule


def shrink(schedule: Schedule, fails: Callable[[Schedule], bool]) -> list[int]:
    """The numbers of steps that suffice to fail; without any one of them `fails` says no."""
    kept = list(range(len(schedule.steps)))
    size = max(1, len(kept) // 2)
    while True:
        smaller = _without_some(schedule, kept, size, fails)
        if len(smaller) < len(kept):
            kept = smaller
        elif size > 1:
            size //= 2
        else:
            return kept


def _without_some(schedule: Schedule, kept: Sequence[int], size: int, fails: Callable[[Schedule], bool]) -> list[int]:
    """Leave out every run of `size` steps that is not needed, from the end to the beginning."""
    left = list(kept)
    for start in range(len(kept) - size, -size, -size):
        tried = left[: max(0, start)] + left[max(0, start + size) :]
        if len(tried) < len(left) and fails(schedule.only(tried)):
            left = tried
    return left


def spelled(numbers: Sequence[int]) -> str:
    """Numbers as they are given on the command line: ``0-3,7``."""
    parts: list[str] = []
    for number in sorted(numbers):
        first, _, last = parts[-1].partition("-") if parts else ("", "", "")
        if parts and int(last or first) == number - 1:
            parts[-1] = f"{first}-{number}"
        else:
            parts.append(str(number))
    return ",".join(parts)


def read(text: str) -> list[int]:
    """The numbers that `spelled` wrote."""
    kept: list[int] = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        kept += range(int(first), int(last or first) + 1)
    return kept
