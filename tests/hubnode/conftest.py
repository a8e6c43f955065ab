"""Two hubs that know each other: Wilster and Rendsburg, each with its own database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hubnode.hubs import Hub, close, make_hub, pin
from tests.migrated import sqlite_template


@pytest.fixture(scope="session")
def template() -> Path:
    """An empty, migrated SQLite file to copy: migrating for each test would cost most of its time."""
    return sqlite_template()


@pytest.fixture
def wilster(tmp_path: Path, template: Path) -> Iterator[Hub]:
    """The hub in Wilster."""
    hub = make_hub(tmp_path / "wilster", template, "Wilster", 5991)
    yield hub
    close(hub)


@pytest.fixture
def rendsburg(tmp_path: Path, template: Path, wilster: Hub) -> Iterator[Hub]:
    """The hub in Rendsburg; it and Wilster have pinned each other."""
    hub = make_hub(tmp_path / "rendsburg", template, "Rendsburg", 5992)
    pin(hub, wilster)
    pin(wilster, hub)
    yield hub
    close(hub)
