"""What the tests of the simulation share."""

from __future__ import annotations

import pytest

from hubnode.work import collector
from tests.simulation.founding import founded


@pytest.fixture(scope="session", autouse=True)
def ready() -> None:
    """Found the usual world before any test puts a fault in, and collect garbage as rarely as a node does."""
    founded(3)
    collector.calm()
