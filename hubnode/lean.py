"""How the two processes of a node are started so that they stay small; commands and the demo do it the same way."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

ENVIRONMENT: Mapping[str, str] = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TRIM_THRESHOLD_": "131072",
    "MALLOC_MMAP_THRESHOLD_": "131072",
}
"""For glibc: one heap for all threads, and what is free goes back to the system."""


def command(module: str, instance: Path) -> list[str]:
    """The command line of a process: without docstrings, which are a tenth of what a node holds in memory."""
    return [sys.executable, "-OO", "-m", module, str(instance)]
