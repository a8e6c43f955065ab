"""Two hubs that write to each other, for tests of registration."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hubnode.network.pair import Pair, make_pair


@pytest.fixture
def pair(tmp_path: Path, template: Path) -> Iterator[Pair]:
    """Wilster and Rendsburg."""
    with make_pair(tmp_path, template) as made:
        yield made
