"""Python's cycle collector, calmed for work in bulk: a page of a log makes many objects, and none in a cycle."""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 50_000, 20, 100
"""Objects made until the collector looks at the youngest, and how often that leads to a look at older ones."""


def calm() -> None:
    """Leave what is loaded by now out of every collection, and collect the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
