"""What is the same in every new node and takes long to make: made once in a process, and given to each."""

from __future__ import annotations

import shutil
from pathlib import Path

from hubnode.web import compiled
from tests.migrated import sqlite_template


def prepared(folder: Path) -> Path:
    """The folder of a node before `hubnode init`: with an empty, migrated database and what others have compiled."""
    folder.mkdir(parents=True)
    shutil.copyfile(sqlite_template(), folder / "hub.db")
    pages = sqlite_template().parent / compiled.FOLDER
    pages.mkdir(exist_ok=True)
    (folder / compiled.FOLDER).symlink_to(pages)
    return folder
