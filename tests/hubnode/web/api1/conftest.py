"""Wilster with the records of all five hubs, for all tests of this folder that only read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.five import Five


@pytest.fixture(scope="package")
def five(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Five]:
    """The demo hubs; on a port of their own, since tests of this folder serve Wilster."""
    hubs = Five(tmp_path_factory.mktemp("five"), 5961)
    yield hubs
    hubs.close()
