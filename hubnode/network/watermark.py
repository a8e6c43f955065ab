"""A small file beside the database that remembers how far it had come: a database behind it was restored.

It holds the largest own log that was ever signed for others, and the change counter of the records. Both only grow in
the life of a database. Losing the file costs certainty, never data.
"""

from __future__ import annotations

import fcntl
import json
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.records.models import Log, Stamp

FILE = "watermark.json"
_lock = threading.Lock()
_written: dict[Path, Mark] = {}


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the database had come."""

    log: str = ""
    """The own log id."""
    size: int = 0
    """The largest size of it that was signed for others."""
    epoch: int = 0
    """The number of the statement that named this log id."""
    stamp: int = 0
    """The change counter of the records when a page of another hub was applied last."""


def read(folder: Path) -> Mark:
    """What the file in `folder` remembers; nothing where it is missing or can't be read."""
    try:
        kept: dict[str, Any] = json.loads((folder / FILE).read_text("ascii"))
        mark = Mark(**{name: kept[name] for name in asdict(Mark())})
    except (OSError, ValueError, KeyError, TypeError):
        return Mark()
    numbers = (mark.size, mark.epoch, mark.stamp)
    return mark if isinstance(mark.log, str) and all(type(number) is int for number in numbers) else Mark()


def signed(folder: Path, held: Log, size: int) -> None:
    """Remember that a note for `size` entries of the own log was signed for others."""
    log_id, epoch = held.log_id, held.epoch
    known = _written.get(folder, Mark())
    if known.log == log_id and known.size >= size:
        return

    def grown(mark: Mark) -> Mark:
        if mark.log == log_id:
            return replace(mark, size=max(mark.size, size))
        newer = not mark.log or epoch > mark.epoch
        return replace(mark, log=log_id, size=size, epoch=epoch) if newer else mark

    _change(folder, grown)


def applied(folder: Path, session: Session) -> None:
    """Remember that records of other hubs have changed; call it after the transaction."""
    stamp = stamp_of(session)
    _change(folder, lambda mark: replace(mark, stamp=max(mark.stamp, stamp)))


def noticed(folder: Path, session: Session) -> None:
    """Begin to count from this database on, once what follows from its being restored has been noted in it."""
    stamp = stamp_of(session)
    _change(folder, lambda mark: replace(mark, stamp=stamp))


def stamp_of(session: Session) -> int:
    """The change counter of the records."""
    return session.scalar(sa.select(Stamp.value).where(Stamp.id == 1)) or 0


def _change(folder: Path, change: Callable[[Mark], Mark]) -> None:
    """Change the file, complete or not at all; one process after the other."""
    with _lock, (folder / f".{FILE}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = read(folder)
        after = change(before)
        if after != before:
            part = folder / f".{FILE}.part"
            part.write_text(json.dumps(asdict(after)), "ascii")
            part.replace(folder / FILE)
        _written[folder] = after
