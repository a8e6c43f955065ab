"""Wilster with the records of all five hubs, for all tests of this folder that only read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.five import Five
from tests.hubnode.hubs import close
from tests.migrated import migrate


@pytest.fixture(scope="package")
def five(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Five]:
    """The demo hubs; on a port of their own, since tests of this folder serve Wilster."""
    folder = tmp_path_factory.mktemp("five")
    migrate(f"sqlite:///{folder / 'template.db'}")
    hubs = Five(folder, folder / "template.db", 5961)
    yield hubs
    for one in hubs.hubs.values():
        close(one)
