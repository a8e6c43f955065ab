"""Where the index of a test lies: once on each database."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import sqlalchemy as sa

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'hub.db'}"


@pytest.fixture(scope="module", params=BOTH)
def shared_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a database for all tests of a file, which only read it."""
    if request.param == "postgresql":
        server = sa.make_url(request.getfixturevalue("postgres_server"))
        name = f"search_{os.getpid()}_{request.module.__name__.rpartition('.')[2]}"
        return server.set(database=name).render_as_string(hide_password=False)
    return f"sqlite:///{tmp_path_factory.mktemp('search') / 'hub.db'}"
