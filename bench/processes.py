"""What the kernel says of running processes: processor time and memory, of a process with all it started."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """A process and all its descendants."""
    found = [pid]
    for process in found:
        found.extend(_children(process))
    return found


def below(pid: int, *words: str) -> list[int]:
    """Descendants of `pid` whose command line holds all of `words`, each with its own descendants, none twice."""
    roots = [process for process in tree(pid)[1:] if all(word in _command(process) for word in words)]
    return list(dict.fromkeys(process for root in roots for process in tree(root)))


def cpu_s(pids: Iterable[int]) -> float:
    """Seconds of processor time that these processes have used so far, in user and kernel mode."""
    return sum(sum(map(int, _stat(pid)[11:13])) * TICK_S for pid in pids)


def pss_mb(pids: Iterable[int]) -> float:
    """Megabytes that these processes hold; a page shared by n processes counts for 1/n in each (Linux, PSS)."""
    return sum(_pss_kb(pid) for pid in pids) / 1000


def load_average() -> list[float]:
    """Runnable processes, averaged over 1, 5 and 15 minutes."""
    return [round(one, 2) for one in os.getloadavg()]


def _children(pid: int) -> Iterator[int]:
    for file in (PROC / str(pid) / "task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread may end while it is looked at
            yield from map(int, file.read_text().split())


def _command(pid: int) -> str:
    """The command line, or nothing of a process that has ended meanwhile."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return (PROC / str(pid) / "cmdline").read_text("utf-8", "replace").replace("\0", " ")
    return ""


def _stat(pid: int) -> list[str]:
    """The fields after the name, which may hold spaces; user and kernel ticks are the 12th and 13th of them."""
    return (PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(") ")[2].split()


def _pss_kb(pid: int) -> float:
    lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    return next(float(line.split()[1]) * 1.024 for line in lines if line.startswith("Pss:"))
