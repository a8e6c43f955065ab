"""Where the bytes of files lie: `instance/media/<aa>/<sha256>`, under their hash and nothing else.

No name that a person or another hub has chosen ever becomes part of a path.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import current_app

EXTENSION = "hubnode.store"
SPARE = 256 * 1024 * 1024
"""Bytes of the disk that files leave free: the database needs them more."""
_CHUNK = 1 << 16


class NoRoom(Exception):
    """The disk is (nearly) full; nothing was kept."""


@dataclass(frozen=True, slots=True)
class Store:
    """The files of one node."""

    folder: Path

    def path(self, sha256: str, width: int = 0) -> Path:
        """Where the file with this hash lies, or its small version of `width`; it need not be there."""
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ValueError("a file is named by its SHA-256")
        return self.folder / sha256[:2] / (f"{sha256}.{width}" if width else sha256)

    @contextmanager
    def workplace(self, size: int = 0) -> Iterator[Path]:
        """A folder beside the files for what is not yet one of them; gone afterwards. Raises `NoRoom`."""
        arriving = self.folder / "arriving"
        arriving.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(arriving).free < SPARE + size:
            raise NoRoom("the disk is nearly full")
        with TemporaryDirectory(dir=arriving, ignore_cleanup_errors=True) as folder:
            yield Path(folder)

    def keep(self, part: Path, sha256: str, width: int = 0) -> None:
        """Make `part` the file with this hash, whole or not at all, whenever the power fails."""
        goal = self.path(sha256, width)
        goal.parent.mkdir(parents=True, exist_ok=True)
        _to_disk(part)
        part.replace(goal)
        _to_disk(goal.parent)

    def remove(self, sha256: str) -> None:
        """Remove the file and its small versions; nothing happens where there is none."""
        for path in self.path(sha256).parent.glob(sha256 + "*"):
            path.unlink(missing_ok=True)

    def held(self) -> Iterator[str]:
        """The hashes of all files that lie here."""
        for path in self.folder.glob("??/*"):
            if "." not in path.name:
                yield path.name


def store() -> Store:
    """The store of the node at work."""
    here: Store = current_app.extensions[EXTENSION]
    return here


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    made = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            made.update(chunk)
    return made.hexdigest()


def _to_disk(path: Path) -> None:
    """Wait until a file, or what a folder lists, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
