"""Where the processor time of a process goes, by part of the code, at about 2 % of extra time.

A timer of the kernel interrupts after each millisecond of processor time; the time since the last interruption counts
for the innermost frame that the table knows. Python notices an interruption only between two of its own steps: a long
step of the database counts in full, for whoever called it.
"""

from __future__ import annotations

import signal
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import FrameType, TracebackType
from typing import Self

EVERY_S = 0.001
Place = tuple[str, str]
"""End of a file's path, and a function in it, or empty for all of it."""


class Sampler:
    """Use it as a context, in the main thread; `seconds` then holds the processor time by name."""

    def __init__(self, table: Sequence[tuple[Place, str]], rest: str) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._table, self._rest = table, rest
        self._known: dict[Place, str | None] = {}
        self._last = 0.0

    def __enter__(self) -> Self:
        signal.signal(signal.SIGPROF, self._sample)
        self._last = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        self._sample(0, None)

    def us_each(self, items: int) -> Mapping[str, int]:
        """Microseconds of processor time for each of `items`, by name."""
        most_first = sorted(self.seconds.items(), key=lambda one: -one[1])
        return {name: round(1e6 * taken / items) for name, taken in most_first}

    def _sample(self, _number: int, frame: FrameType | None) -> None:
        now = time.process_time()
        while frame is not None and (name := self._name(frame)) is None:
            frame = frame.f_back
        self.seconds[self._rest if frame is None else name or self._rest] += now - self._last
        self._last = now

    def _name(self, frame: FrameType) -> str | None:
        code = frame.f_code
        place = (code.co_filename, code.co_name)
        if place not in self._known:
            self._known[place] = next(
                (name for (file, word), name in self._table if place[0].endswith(file) and word in ("", place[1])), None
            )
        return self._known[place]
