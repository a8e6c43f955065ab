"""Where hubs of the simulation live: their names, their settings, and a folder in memory."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from hubnode.config import Settings

NAMES = "ABCDEF"
MEMORY = Path("/dev/shm")  # noqa: S108 - a place in memory, where there is one


@cache
def scratch() -> Path:
    """A folder of this process, in memory where that is possible, gone at its end."""
    made = Path(tempfile.mkdtemp(prefix="simulation-", dir=MEMORY if MEMORY.is_dir() else None))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def settings_of(name: str, folder: Path) -> Settings:
    """The settings of hub `name` with its instance in `folder`."""
    return Settings(
        instance=folder,
        base_url=f"https://{name.lower()}.hub.example",
        name=f"Digital Hub {name}",
        place=name,
        secret_key="a secret of the simulation, long enough",
        focus_areas=("focus-admin",),
        contact_email="hub@example.org",
        mode="test",
    )
