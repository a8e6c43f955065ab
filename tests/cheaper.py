"""What the many applications of one test process share, because making it anew for each costs most of a test's time.

An application of a test is the same as any other in all that is shared here: the routes that Werkzeug compiles, the
templates that Jinja compiles, and the SQL that SQLAlchemy compiles for SQLite. And what a test never needs is left out:
that files are on the disk before the machine loses its power, and that guessing a password is dear.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any, cast

import sqlalchemy as sa
from argon2 import PasswordHasher
from flask.templating import Environment
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

_routes: dict[tuple[object, ...], Mapping[str, Any]] = {}
MEMORY, ROOM = Path("/dev/shm"), 4 << 30  # noqa: S108 - each test makes folders of its own there
"""A file system in memory (Linux), and the free bytes there from which on tests use it."""
_first: list[sa.Engine] = []
dear: list[PasswordHasher] = []
"""What makes passwords dear outside of tests, once `cheap_passwords` has taken its place."""


def keep_in_memory() -> None:
    """Put the temporary files of this process and its children where no disk is, if there is room for all of them."""
    with suppress(OSError):
        if "TMPDIR" not in os.environ and shutil.disk_usage(MEMORY).free >= ROOM:
            os.environ["TMPDIR"] = str(MEMORY)
            tempfile.tempdir = None  # looked for anew


def share_routes() -> None:
    """Compile a route once for all applications of this process."""
    compile_rule = Rule.compile

    def shared(self: Rule) -> None:
        key = (type(self), self.rule, self.subdomain, self.host, self.merge_slashes, repr(self.defaults))
        if key not in _routes:
            compile_rule(self)
            kept = {name: getattr(self, name) for name in ("_parts", "_trace", "_converters")}
            _routes[key] = kept | {name: getattr(self, name).__func__ for name in ("_build", "_build_unknown")}
            return
        for name, value in _routes[key].items():
            setattr(self, name, value.__get__(self, None) if callable(value) else value)
        self.arguments.update(self._converters)

    cast(Any, Rule).compile = shared


class _Templates(BytecodeCache):
    """What Jinja has compiled in this process."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give back what was kept."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self._kept[bucket.key, bucket.checksum] = bucket.code


def share_templates() -> None:
    """Compile a template once for all applications of this process."""
    make, kept = Environment.__init__, _Templates()

    def with_kept(self: Environment, *args: Any, **options: Any) -> None:
        make(self, *args, **options)
        self.bytecode_cache = kept

    cast(Any, Environment).__init__ = with_kept


def share_static() -> None:
    """Read the static files once for all applications of this process: nothing writes them while tests run."""
    from hubnode.web import static_files  # here, so that tests of the protocol alone do not load the pages

    if not hasattr(static_files.load, "cache_info"):
        cast(Any, static_files).load = cache(static_files.load)


def write_lazily() -> None:
    """Leave it to the system when it writes: no test takes the power away, and a killed process loses nothing."""
    cast(Any, os).fsync = lambda file: None  # noqa: ARG005 - the signature of the real one

    @sa.event.listens_for(sa.Engine, "connect")
    def lazily(connection: Any, record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous=OFF")


def cheap_passwords() -> None:
    """Let a password cost a thousandth of its time and memory, but where a test puts the `dear` hasher back."""
    from hubnode.people import passwords  # here, so that tests of the protocol alone do not load the node

    if not dear:
        dear.append(passwords._hasher)
        cast(Any, passwords)._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def share_compiled(engine: sa.Engine) -> None:
    """Let all SQLite engines of this process compile a statement once."""
    if engine.dialect.name != "sqlite":
        return
    if not _first:
        _first.append(engine)
    engine.dialect, engine._compiled_cache = _first[0].dialect, _first[0]._compiled_cache
