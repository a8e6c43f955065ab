"""One run of one schedule: do what it says, heal everything, and look whether the promises were kept."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

from tests.simulation import checks, operators
from tests.simulation.founding import founded
from tests.simulation.schedule import Schedule
from tests.simulation.world import World

LONG_ENOUGH_S = 4400.0
"""Longer than any pause that a hub may make before it tries again."""
ROUNDS = 8
LOOKS = 4
"""Looks of every hub in one round: one fetches, one clears files, one sends what follows from it."""
PAUSE_S = 7.0
"""Longer than the pause between two looks at the smaller chores."""
SLOWER = 4
"""Each further round waits so many times longer: a clock that was wrong by days leaves long pauses behind."""


@dataclass(frozen=True)
class Outcome:
    """What came of one schedule."""

    schedule: Schedule
    trace: tuple[str, ...]
    findings: tuple[str, ...]
    causes: tuple[str, ...] = ()


def run(schedule: Schedule) -> Outcome:
    """Run one schedule from the beginning of its world to the last check."""
    before = random.getstate()
    world = World(schedule, founded(schedule.hubs))
    try:
        world.begin()
        world.run(schedule.steps)
        heal(world)
        checks.check(world)
    except Exception as error:
        world.found(f"the run ended with {error!r}", error)
    finally:
        world.end()
        random.setstate(before)
    return Outcome(schedule, tuple(world.trace), tuple(world.findings), tuple(world.causes))


def heal(world: World) -> None:
    """Mend all links, right all clocks, start what is down, and wait until nobody has anything left to do."""
    world.note("heal")
    for machine in world.machines.values():
        machine.fuse, machine.offset = None, timedelta(0)
        if not machine.up:
            machine.start()
    world.network.mend()
    for number in range(ROUNDS):
        world.elapse(LONG_ENOUGH_S * SLOWER ** min(number, 3))
        if any(_works(world) for _ in range(LOOKS)):
            return
    world.found("the hubs do not come to rest")


def _works(world: World) -> bool:
    """Let every operator and every worker look once; whether they have come to rest."""
    operators.make_good(world)
    for machine in world.machines.values():
        world.work(machine)
    world.elapse(PAUSE_S)
    world.watch.look()
    return world.watch.settled()
