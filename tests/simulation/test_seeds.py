"""Whatever a schedule mixes, when all is healed every promise is kept; `make check-deep` runs more of them."""

from __future__ import annotations

import os

import pytest

from tests.simulation import telling
from tests.simulation.run import run
from tests.simulation.schedule import draw

CHUNK = 2
CHUNKS = int(os.environ.get("HUBNODE_TEST_SEEDS", "24")) // CHUNK


@pytest.mark.simulation
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_promise_is_kept_in_the_end(chunk: int) -> None:
    """A seed that fails is made small, told step by step, and named with the command that repeats it."""
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        if run(draw(seed)).findings:
            pytest.fail(telling.failure(seed), pytrace=False)
