"""Migrated databases without migrating each: one of each kind is migrated once in a process, and copied."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

import sqlalchemy as sa

from migrations.runner import upgrade


def migrate(url: str) -> None:
    """Make the empty database at `url` as the migrations would."""
    address = sa.make_url(url)
    if address.get_backend_name() == "sqlite":
        shutil.copyfile(sqlite_template(), str(address.database))
        return
    server = address.set(database="postgres").render_as_string(hide_password=False)
    template = _postgresql_template(server)
    _server_does(server, f'DROP DATABASE IF EXISTS "{address.database}"')
    _server_does(server, f'CREATE DATABASE "{address.database}" TEMPLATE "{template}"')


@cache
def sqlite_template() -> Path:
    """A migrated SQLite file, to copy."""
    folder = Path(tempfile.mkdtemp(prefix="template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "hub.db"
    upgrade(f"sqlite:///{path}")
    return path


@cache
def _postgresql_template(server: str) -> str:
    name = f"hub_template_{os.getpid()}"
    _server_does(server, f'CREATE DATABASE "{name}"')
    upgrade(sa.make_url(server).set(database=name).render_as_string(hide_password=False))
    return name


def _server_does(server: str, statement: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
