"""One hub's machine: its files, its clock, its processes, and the ways in which they end."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import Flask

from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.db import db
from hubnode.network import watermark
from hubnode.network.node import Node, current_node
from hubnode.records.log import NotWritable
from hubnode.web import apl
from hubnode.work import loop
from hubnode.work.chores import Chore
from tests.cheaper import share_compiled

if TYPE_CHECKING:
    from tests.simulation.world import World

BEGINS = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CUT = ".cut"
FILES = ("hub.db", "hub.db-wal")
Errand = Callable[[Node], object]


class PowerCut(BaseException):
    """The machine is without power: nothing of the process goes on, as no `except Exception` would help either."""

    def __init__(self, machine: Machine, life: int) -> None:
        super().__init__(machine.name)
        self.machine, self.life = machine, life


@dataclass(eq=False)
class Machine:
    """One hub of the simulation."""

    world: World
    name: str
    settings: Settings
    honest: bool = True
    life: int = 0
    """How often it has been started."""
    offset: timedelta = timedelta(0)
    """How wrong its clock is."""
    fuse: int | None = None
    """SQL statements until the next power cut."""
    up: bool = False
    restored: bool = False
    """Whether an old backup was ever put in place of its files."""
    app: Flask = field(init=False)
    _engine: sa.Engine = field(init=False)
    _eyes: sqlite3.Connection | None = None
    _chores: dict[str, datetime] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """Its address."""
        return self.settings.base_url

    @property
    def database(self) -> Path:
        """Its database file."""
        return self.settings.instance / "hub.db"

    def clock(self) -> datetime:
        """What time this hub believes it is."""
        return BEGINS + timedelta(seconds=self.world.elapsed) + self.offset

    def start(self) -> None:
        """Start web process and worker on the files as they are."""
        self.wake()
        watermark._written.pop(self.settings.instance, None)  # a new process remembers nothing
        with self.at() as node:
            loop.begin(node)

    def wake(self) -> None:
        """Be there as if running for long: nothing is due but what the files say."""
        self.life += 1
        self.app = create_core(self.settings, clock=self.clock, wire=self.world.wire(self))
        self.app.register_blueprint(apl.blueprint)
        self.app.config["PROPAGATE_EXCEPTIONS"] = True
        with self.app.app_context():
            self._engine = db.engine
        share_compiled(self._engine)
        for event in ("begin", "before_cursor_execute"):  # transactions begin at the driver
            sa.event.listen(self._engine, event, self._burn)
        self.up, self._chores = True, {}

    def stop(self) -> None:
        """Stop everything; the files stay."""
        if self._eyes is not None:
            self._eyes.close()
            self._eyes = None
        if self.up:
            self.up, self.life = False, self.life + 1
            self._engine.dispose()

    def restart(self) -> None:
        """Come back after a power cut, with what the disk held at that moment."""
        self.stop()
        self.fuse = None
        if (cut := self.settings.instance / (FILES[0] + CUT)).exists():
            self._clear()
            for name in FILES:
                part = self.settings.instance / (name + CUT)
                if part.exists():
                    part.replace(self.settings.instance / name)
            assert not cut.exists()
        self.start()

    def back_up(self) -> None:
        """Keep a copy of the database as it is now."""
        with sqlite3.connect(self.database) as source, sqlite3.connect(self.backup) as copy:
            source.backup(copy)
        source.close()
        copy.close()

    @property
    def has_backup(self) -> bool:
        """Whether there is a copy to put back."""
        return self.backup.exists()

    def put_back(self) -> None:
        """Replace the database by the copy kept, and start."""
        self.stop()
        self._clear()
        shutil.copyfile(self.backup, self.database)
        self.restored = True
        self.start()

    @property
    def backup(self) -> Path:
        """Where the copy is kept."""
        return self.settings.instance.parent / f"{self.name}.backup"

    def _clear(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.database}{suffix}").unlink(missing_ok=True)

    def _burn(self, *_: Any) -> None:
        """Count a statement; at the last one the power goes, and the disk keeps what stands on it now."""
        if self.fuse is None:
            return
        self.fuse -= 1
        if self.fuse > 0:
            return
        self.fuse = None
        for name in FILES:
            path = self.settings.instance / name
            if path.exists():
                shutil.copyfile(path, f"{path}{CUT}")
        raise PowerCut(self, self.life)

    @contextmanager
    def at(self) -> Iterator[Node]:
        """Be at this hub, in an application context of its own."""
        with self.app.app_context():
            yield current_node()

    def look(self) -> None:
        """Let the worker look once for what is due, and do it; raises `PowerCut`."""
        for what, do in self._due():
            life = self.life
            try:
                with self.at() as node:
                    do(node)
            except PowerCut:
                raise
            except NotWritable:
                continue
            except Exception as error:
                if self.life == life:
                    self.world.found(f"{self.name}: {what} failed: {error!r}", error)
            if self.life != life:
                return

    def _due(self) -> list[tuple[str, Errand]]:
        with self.at() as node:
            now = node.clock()
            wanted, claimed = loop.look(now, loop.whose_time_has_come(self._chores, now))
        due: list[tuple[str, Errand]] = [(chore.name, partial(_chore, chore, now)) for chore in wanted]
        return due + [(f"{task.name} {origin}", partial(_task, task, origin)) for task, origin in claimed]

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the database as they are on disk, seen from outside the node; values by place, or in one mapping."""
        if self._eyes is None:
            self._eyes = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        given = values[0] if values and isinstance(values[0], dict) else values
        return self._eyes.execute(statement, given).fetchall()


def _chore(chore: Chore, now: datetime, node: Node) -> object:
    return chore.do(node, now)


def _task(task: loop.Task, origin: str, node: Node) -> object:
    return task.do(node, origin)
