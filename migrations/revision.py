"""Which revision a database is at, without loading Alembic: every start asks, few migrate."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

NEWEST = max(path.stem.partition("_")[0] for path in (Path(__file__).parent / "versions").glob("[0-9]*.py"))


class OldDatabase(Exception):
    """The database is not at the newest revision; `hubnode migrate` brings it there."""


def require_newest(engine: sa.Engine) -> None:
    """Raise `OldDatabase` unless the database is at the newest revision."""
    with engine.connect() as connection:
        known = sa.inspect(connection).has_table("alembic_version")
        found = connection.scalar(sa.text("SELECT version_num FROM alembic_version")) if known else None
    if found != NEWEST:
        raise OldDatabase(f"the database is at revision {found or 'none'}, not {NEWEST}; run: hubnode migrate")
