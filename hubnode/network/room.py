"""Room on this node's own disk: with too little of it nothing more is copied, and what is here is still served."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from hubnode.config import Settings

MB = 1_000_000


class NoRoom(Exception):
    """There is too little free space to copy anything."""


@dataclass(frozen=True, slots=True)
class Room:
    """Free space where this node keeps its data, and how much of it must stay free; bytes."""

    free: int
    reserve: int

    @property
    def enough(self) -> bool:
        """Whether anything may be copied."""
        return self.free >= self.reserve


def of(settings: Settings) -> Room:
    """The room that there is now."""
    return Room(shutil.disk_usage(settings.instance).free, settings.disk_reserve_mb * MB)


def require(settings: Settings) -> Room:
    """The room that there is; raises `NoRoom` where the reserve has been reached."""
    room = of(settings)
    if not room.enough:
        raise NoRoom(f"{room.free // MB} MB are free, {settings.disk_reserve_mb} MB are kept free")
    return room
