"""What the many applications of one test process share, because making it anew for each costs most of a test's time.

An application of a test is the same as any other in all that is shared here: the functions that Werkzeug compiles to
build the address of a route, the templates that Jinja compiles, and the SQL that SQLAlchemy compiles for SQLite.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import sqlalchemy as sa
from flask.templating import Environment
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

_builders: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}
_first: list[sa.Engine] = []


def share_routes() -> None:
    """Compile the builder of a route once for all applications of this process."""
    compile_builder = Rule._compile_builder

    def shared(self: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (self.rule, tuple(self._trace), repr(self.defaults), append_unknown)
        if key not in _builders:
            _builders[key] = compile_builder(self, append_unknown)
        return _builders[key]

    cast(Any, Rule)._compile_builder = shared


class _Templates(BytecodeCache):
    """What Jinja has compiled in this process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give back what was kept."""
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


def share_templates() -> None:
    """Compile a template once for all applications of this process."""
    make, kept = Environment.__init__, _Templates()

    def with_kept(self: Environment, *args: Any, **options: Any) -> None:
        make(self, *args, **options)
        self.bytecode_cache = kept

    cast(Any, Environment).__init__ = with_kept


def share_compiled(engine: sa.Engine) -> None:
    """Let all SQLite engines of this process compile a statement once."""
    if engine.dialect.name != "sqlite":
        return
    if not _first:
        _first.append(engine)
    engine.dialect, engine._compiled_cache = _first[0].dialect, _first[0]._compiled_cache
