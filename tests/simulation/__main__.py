"""`python -m tests.simulation`: many seeds over all cores, or one seed again."""

from __future__ import annotations

import argparse
import os
import sys

from tests.simulation import many, shrink, telling


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
        return many.run_all(given.first, given.seeds, given.jobs)
    if given.shrink:
        text = telling.failure(given.seed)
        print(text or f"seed {given.seed} does not fail")
        return int(bool(text))
    kept = None if given.steps is None else shrink.read(given.steps.replace("none", ""))
    text, failed = telling.replay(given.seed, kept)
    print(text)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
