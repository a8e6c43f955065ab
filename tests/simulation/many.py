"""Many seeds over all cores, with a word now and then about how far it is."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor

from hubnode.work import collector
from tests.simulation import telling
from tests.simulation.run import run
from tests.simulation.schedule import draw

CHUNK = 5
REPORTS = 5
"""Failing seeds that are made small and told in full."""
EVERY_S = 10.0


def run_all(first: int, count: int, jobs: int) -> int:
    """Run `count` seeds from `first` on; tells the first failures, answers 1 if there was any."""
    begun = told = time.monotonic()
    failed: list[int] = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=collector.calm) as pool:
        seeds = range(first, first + count)
        for done, (seed, bad) in enumerate(zip(seeds, pool.map(fails, seeds, chunksize=CHUNK), strict=True), 1):
            if bad:
                failed.append(seed)
                print(f"seed {seed} fails", flush=True)
            if (now := time.monotonic()) - told > EVERY_S:
                told = now
                print(f"{done} of {count} seeds, {done / (now - begun):.1f} a second, {len(failed)} failed", flush=True)
        for text in pool.map(telling.failure, failed[:REPORTS]):
            print(text, flush=True)
    took = time.monotonic() - begun
    print(f"{count} seeds in {took:.0f} s, {count / took:.1f} a second, {len(failed)} failed: {failed[:50]}")
    return int(bool(failed))


def fails(seed: int) -> bool:
    """Whether the schedule of this seed breaks a promise."""
    return bool(run(draw(seed)).findings)
