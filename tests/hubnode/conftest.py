"""Two hubs that know each other: Wilster and Rendsburg, each with its own database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from migrations.runner import upgrade
from tests.hubnode.hubs import Hub, close, make_hub, pin


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated SQLite file to copy: migrating for each test would cost most of its time."""
    path = tmp_path_factory.mktemp("template") / "hub.db"
    upgrade(f"sqlite:///{path}")
    return path


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
