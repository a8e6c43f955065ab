"""What the many applications of one test process share, because making it anew for each costs most of a test's time.

An application of a test is the same as any other in all that is shared here: the functions that Werkzeug compiles to
build the address of a route, and the SQL that SQLAlchemy compiles for SQLite.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import sqlalchemy as sa
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


def share_compiled(engine: sa.Engine) -> None:
    """Let all SQLite engines of this process compile a statement once."""
    if engine.dialect.name != "sqlite":
        return
    if not _first:
        _first.append(engine)
    engine.dialect, engine._compiled_cache = _first[0].dialect, _first[0]._compiled_cache
