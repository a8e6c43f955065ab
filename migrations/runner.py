"""Bringing a database to the newest revision: one transaction, all or nothing, in a process of its own.

SQLite can't alter most things in place, so Alembic rebuilds tables. With foreign keys enforced, dropping the old one
would cascade into its children: they are switched off before the transaction and checked before it ends.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

HERE = Path(__file__).parent


def config() -> Config:
    """Alembic's settings, without a file."""
    made = Config()
    made.set_main_option("script_location", str(HERE))
    return made


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` to `revision`; on an error it stays as it was."""
    _run(url, lambda made: command.upgrade(made, revision))


def downgrade(url: str, revision: str) -> None:
    """Take the database at `url` back to `revision`; tables that it did not have are lost."""
    _run(url, lambda made: command.downgrade(made, revision))


def _run(url: str, action) -> None:  # type: ignore[no-untyped-def]  # alembic's command functions share no type
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            sqlite = connection.dialect.name == "sqlite"
            if sqlite:
                _raw(connection, "PRAGMA foreign_keys=OFF")
            made = config()
            made.attributes["connection"] = connection
            with connection.begin():
                action(made)
                if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
                    raise sa.exc.IntegrityError("foreign keys broken by a migration", None, ValueError(str(broken)))
            if sqlite:
                _raw(connection, "PRAGMA foreign_keys=ON")
    finally:
        engine.dispose()


def _raw(connection: sa.Connection, statement: str) -> None:
    """Run a statement outside any transaction, as PRAGMAs need it."""
    dbapi = connection.connection.dbapi_connection
    if dbapi is None:
        raise RuntimeError("the connection is closed")
    dbapi.execute(statement)
