"""The database: the declarative base, the only place that commits, and what SQLite needs to be safe."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Session

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "busy_timeout=30000",
    "foreign_keys=ON",
    "wal_autocheckpoint=4000",
    "secure_delete=ON",
    "cache_size=-1024",
)
_writing: ContextVar[bool] = ContextVar("writing", default=False)
SPARE = 64 * 1024 * 1024
"""Bytes that stay free on the disk while files are rewritten."""
ENDING = "ending"
"""Where a session remembers what its transaction has to do at its end."""


class Base(DeclarativeBase):
    """The base of every table."""

    metadata = sa.MetaData(naming_convention=NAMES)


db = SQLAlchemy(model_class=Base)
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """A point in time: aware in, aware out, kept as UTC. A naive one is refused."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """The UTC time without its zone, as both databases keep it."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a point in time needs its zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """The aware time in UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


@sa.event.listens_for(sa.Engine, "connect")
def _prepare(connection: Any, record: Any) -> None:  # noqa: ARG001 - SQLAlchemy's signature
    """Give every SQLite connection WAL, real deletes and explicit transactions.

    ``secure_delete`` overwrites what is deleted: an erased text must not survive in free pages.
    """
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.execute("PRAGMA " + pragma)


@sa.event.listens_for(sa.Engine, "begin")
def _begin(connection: sa.Connection) -> None:
    """Take SQLite's write lock at the start of a write, so that what was read can't change before it is written.

    Given to the driver as it is: every fourth statement of a node is this one, and it has neither values nor rows.
    """
    if connection.dialect.name != "sqlite":
        return
    how = "BEGIN IMMEDIATE" if _writing.get() else "BEGIN"
    try:
        cast(sqlite3.Connection, connection.connection.dbapi_connection).execute(how)
    except sqlite3.OperationalError as busy:
        raise sa.exc.OperationalError(how, None, busy, hide_parameters=True) from busy


@dataclass
class _Ending:
    """What is to be done around the commit of one transaction."""

    before: list[Callable[[Session], None]] = field(default_factory=list)
    after: list[Callable[[], None]] = field(default_factory=list)


@contextmanager
def transaction() -> Iterator[Session]:
    """One write transaction: all of it is kept, or, when an error leaves the block, nothing.

    Transactions do not nest: the service owns it, and helpers work in the caller's. No hashing of passwords and no
    request to anybody inside: it holds SQLite's only write lock.
    """
    if _writing.get():
        raise RuntimeError("transactions do not nest: the caller already holds one")
    session = db.session()
    session.rollback()  # ends a read transaction, which could not become a write transaction safely
    token = _writing.set(True)
    ending = session.info[ENDING] = _Ending()
    try:
        yield session
        for do in ending.before:
            do(session)
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        _writing.reset(token)
        del session.info[ENDING]
    for done in ending.after:
        done()


def before_commit(session: Session, do: Callable[[Session], None]) -> None:
    """Do this as the last thing in the caller's transaction, when all that it writes has been written."""
    session.info[ENDING].before.append(do)


def after_commit(session: Session, do: Callable[[], None]) -> None:
    """Do this once the caller's transaction is kept, and not at all if it is not: what can't be rolled back."""
    session.info[ENDING].after.append(do)


def reading() -> Session:
    """The session of this request or task, for reads only."""
    return db.session()


def glance(statement: str) -> Any:
    """The one value that a statement of ours finds, or None: a sixth of what it costs through SQLAlchemy.

    For what is asked with every request and is often all that is asked. Sees what is committed, and nothing of a
    transaction that is open here.
    """
    raw = db.engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute(statement)
        row = cursor.fetchone()
    finally:
        raw.close()
    return row[0] if row is not None else None


def table_of(model: type[Base]) -> sa.Table:
    """The table of `model`: statements over thousands of rows have no need of the unit of work."""
    return Base.metadata.tables[model.__tablename__]


def insert_many(
    session: Session, model: type[Base], columns: Sequence[str], rows: Sequence[tuple[Any, ...]], replace: str = ""
) -> None:
    """Insert `rows` of these columns; part of the caller's transaction.

    On SQLite they go to the driver as they are: binding thousands of values through SQLAlchemy costs more than
    inserting them. `replace` is what follows ``ON CONFLICT``, where there may be one.
    """
    if not rows:
        return
    table = table_of(model)
    conflict = f" ON CONFLICT {replace}" if replace else ""
    head = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES "  # noqa: S608 - our own names
    if session.get_bind().dialect.name != "sqlite":
        statement = sa.text(head + "(" + ", ".join(f":{name}" for name in columns) + ")" + conflict)
        typed = statement.bindparams(*(sa.bindparam(name, type_=table.c[name].type) for name in columns))
        session.connection().execute(typed, [dict(zip(columns, row, strict=True)) for row in rows])
        return
    moments = [place for place, name in enumerate(columns) if isinstance(table.c[name].type, UTCDateTime)]
    plain = [_with_texts(row, moments) for row in rows] if moments else list(rows)
    session.connection().exec_driver_sql(head + "(" + ", ".join("?" * len(columns)) + ")" + conflict, plain)


def _with_texts(row: tuple[Any, ...], moments: Sequence[int]) -> tuple[Any, ...]:
    """The row with its points in time as SQLAlchemy keeps them on SQLite."""
    values = list(row)
    for place in moments:
        if values[place] is not None:
            values[place] = _text(values[place])
    return tuple(values)


def _text(moment: datetime) -> str:
    """A point in time as SQLAlchemy keeps it on SQLite."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def clear_files(tables: Sequence[str]) -> bool:
    """Write the files anew without what was deleted; answers False where that has to wait.

    It waits for whoever still reads an older state, and for room on the disk.

    Must be called outside every transaction. SQLite rewrites the whole file: a page keeps copies of cells that were
    moved to another one when pages were rebalanced, and ``secure_delete`` does not reach those. Then the write-ahead
    log, which holds older pages, is emptied. PostgreSQL vacuums `tables`.
    """
    if _writing.get():
        raise RuntimeError("files are cleared outside transactions")
    if db.engine.dialect.name != "sqlite":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in tables:
                connection.exec_driver_sql(f"VACUUM {table}")
        return True
    raw = db.engine.raw_connection()
    try:
        return _rewritten(raw.cursor())
    except sqlite3.OperationalError:  # busy, or the disk is full: nothing is lost, and it is tried again
        return False
    finally:
        raw.close()


def _rewritten(cursor: Any) -> bool:
    # While it waits for readers a checkpoint holds up every writer: better come again.
    cursor.execute("PRAGMA busy_timeout=2000")
    try:
        if not _room(Path(cursor.execute("PRAGMA database_list").fetchone()[2])):
            return False
        cursor.execute("VACUUM")
        [busy, _frames, _moved] = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
    finally:
        cursor.execute("PRAGMA busy_timeout=30000")


def _room(database: Path) -> bool:
    """Whether the disk can take the copy that VACUUM makes and the write-ahead log of it; a full disk helps nobody."""
    return shutil.disk_usage(database.parent).free > 2 * database.stat().st_size + SPARE


def in_transaction() -> bool:
    """Whether a write transaction is open here."""
    return _writing.get()


def engine_options(url: str) -> dict[str, Any]:
    """What the engine needs for `url`; statements in error messages never carry their values."""
    if url.startswith("sqlite"):
        return {"hide_parameters": True, "connect_args": {"check_same_thread": False, "timeout": 30}}
    return {"hide_parameters": True, "pool_pre_ping": True, "connect_args": {"prepare_threshold": None}}
