"""`python -m tests.simulation`: many seeds over all cores, or one seed again."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time

from hubnode.work import collector
from tests.simulation import shrink, telling
from tests.simulation.run import run
from tests.simulation.schedule import draw

REPORTS = 5
"""Failing seeds that are told in full."""
EVERY_S = 10.0


def main() -> int:
    """Run what the arguments say; 1 if a promise was broken."""
    asked = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    asked.add_argument("--seeds", type=int, default=200, help="how many seeds to run")
    asked.add_argument("--first", type=int, default=0, help="the first of them")
    asked.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    asked.add_argument("--seed", type=int, help="run this seed only, and tell everything that happens")
    asked.add_argument("--steps", help="with --seed: only these steps of its schedule, such as 0-3,7")
    asked.add_argument("--shrink", action="store_true", help="with --seed: the smallest schedule that fails")
    given = asked.parse_args()
    if given.seed is None:
        return _many(given.first, given.seeds, given.jobs)
    if given.shrink:
        text = telling.failure(given.seed)
        print(text or f"seed {given.seed} does not fail")
        return int(bool(text))
    kept = None if given.steps is None else shrink.read(given.steps.replace("none", ""))
    text, failed = telling.replay(given.seed, kept)
    print(text)
    return int(failed)


def _one(seed: int) -> tuple[int, bool]:
    return seed, bool(run(draw(seed)).findings)


def _many(first: int, count: int, jobs: int) -> int:
    """Run seeds on all cores, say how far it is, and tell the first failures made small."""
    begun = told = time.monotonic()
    failed: list[int] = []
    context = multiprocessing.get_context("forkserver")
    with context.Pool(jobs, initializer=collector.calm) as pool:
        for done, (seed, bad) in enumerate(pool.imap_unordered(_one, range(first, first + count), chunksize=5), 1):
            if bad:
                failed.append(seed)
                print(f"seed {seed} fails", flush=True)
            if (now := time.monotonic()) - told > EVERY_S:
                told = now
                print(f"{done} of {count} seeds, {done / (now - begun):.1f} a second, {len(failed)} failed", flush=True)
        for text in pool.imap(telling.failure, sorted(failed)[:REPORTS]):
            print(text, flush=True)
    took = time.monotonic() - begun
    print(f"{count} seeds in {took:.0f} s, {count / took:.1f} a second, {len(failed)} failed: {sorted(failed)[:50]}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
