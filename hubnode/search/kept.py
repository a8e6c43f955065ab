"""Totals and facet counts of lists without words, kept while nothing changed: counting costs more than finding."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from weakref import WeakKeyDictionary

import sqlalchemy as sa

Counts = tuple[int, Mapping[str, Mapping[str, int]]]
"""How many records a list has, and of each counted facet how many carry which value."""
ENTRIES = 64


class Kept:
    """The counts of one state of one database; the least used go first, another state throws all away."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._state = -1
        self._counts: OrderedDict[Hashable, Counts] = OrderedDict()

    def get(self, state: int, key: Hashable, count: Callable[[], Counts]) -> Counts:
        """What is kept for `key` in this state, or else what `count` finds."""
        with self._lock:
            if state != self._state:
                self._counts.clear()
                self._state = state
            if (kept := self._counts.get(key)) is not None:
                self._counts.move_to_end(key)
                return kept
        counted = count()
        with self._lock:
            if state == self._state:
                self._counts[key] = counted
                if len(self._counts) > ENTRIES:
                    self._counts.popitem(last=False)
        return counted


_of_databases: WeakKeyDictionary[sa.Engine, Kept] = WeakKeyDictionary()


def kept_for(engine: sa.Engine) -> Kept:
    """What this process keeps for one database."""
    return _of_databases.setdefault(engine, Kept())
