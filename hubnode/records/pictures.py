"""Pictures are opened by a process of their own, never by this one: here it is started, bounded and asked."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMEOUT_S = 30
CLEAN = "clean"
"""Name of the rewritten picture in the folder that was given."""
_one_at_a_time = threading.Lock()
"""A picture may take a gigabyte while it is open: never two of them at once in one process."""


class NoPicture(Exception):
    """The bytes are no picture that this hub takes; `reason` is ``pixels`` (too many) or ``unreadable``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of a picture once it was opened."""

    width: int
    height: int
    widths: tuple[int, ...]
    """The small versions in the folder, each in a file named by its width."""


def clean(source: Path, media_type: str, folder: Path) -> Picture:
    """Write `source` anew as `CLEAN` in `folder`, without metadata, and its small versions; raises `NoPicture`."""
    return _asked("clean", media_type, source, folder)


def shrink(source: Path, media_type: str, folder: Path) -> Picture:
    """Write the small versions of `source` into `folder`; raises `NoPicture`."""
    return _asked("shrink", media_type, source, folder)


def _asked(mode: str, media_type: str, source: Path, folder: Path) -> Picture:
    arguments = [sys.executable, "-I", "-OO", "-m", "hubnode.picturing", mode, media_type, str(source), str(folder)]
    with _one_at_a_time:
        try:
            done = subprocess.run(  # noqa: S603 - our own module; the name of the file is a hash or chance
                arguments,
                cwd=folder,
                env={},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise NoPicture("unreadable") from error
    return _answer(done)


def _answer(done: subprocess.CompletedProcess[bytes]) -> Picture:
    """What the process said; one that was ended by its limits said nothing."""
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        raise NoPicture("unreadable") from error
    if done.returncode or "refused" in answer:
        raise NoPicture(str(answer.get("refused", "unreadable")))
    return Picture(answer["width"], answer["height"], tuple(answer["widths"]))
