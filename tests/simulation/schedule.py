"""Schedules: what happens in one run, drawn from a seed before anything runs, and readable as it stands."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from tests.simulation import garbling
from tests.simulation.origins import NAMES

LEVELS = ("public", "network", "hub")
KINDS = ("organisation", "project")
LIES = ("rewrite", "two-faces", "foreign-entry", "relayed-page", "other-keys", "resurrect", "unreadable", "false-name")
FATES = (
    *("lost", "answer-lost", "late", "late", "twice:first", "twice:second", "stale", "stale"),
    *("busy:503", "busy:429", "busy:500", "portal", "slow:1", "slow:3", "crawl:2"),
    *(f"garbled:{how}" for how in garbling.HOW),
)
JUMPS = (-40_000, -3600, -120, -20, 20, 120, 3600, 40_000)


@dataclass(frozen=True)
class Step:
    """One thing that happens."""

    what: str
    args: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join((self.what, *self.args))


@dataclass(frozen=True)
class Schedule:
    """What one seed says: how many hubs, which of them lies, and the steps in their order."""

    seed: int
    hubs: int
    liar: str
    """The hub that does not keep to the rules; empty where all do."""
    newcomer: str
    """The hub that knows nobody at the beginning; empty where there is none."""
    steps: tuple[Step, ...]

    def only(self, kept: Sequence[int]) -> Schedule:
        """The same schedule with these steps only."""
        return replace(self, steps=tuple(self.steps[number] for number in kept))


@dataclass
class _Draw:
    """What is drawn so far."""

    chance: random.Random
    hubs: Sequence[str]
    liar: str
    newcomer: str
    records: list[tuple[str, str]] = field(default_factory=list)
    """(record, hub) of what there is to be changed."""
    published: int = 0
    asked: int = 0
    backups: set[str] = field(default_factory=set)
    lie: str = ""

    def pair(self) -> tuple[str, str]:
        """Two hubs."""
        one, other = self.chance.sample(self.hubs, 2)
        return one, other

    def hub(self) -> str:
        """One hub."""
        return self.chance.choice(self.hubs)


def draw(seed: int) -> Schedule:
    """The schedule of `seed`: each mixes a few kinds of trouble, so that every two of them meet in some run."""
    chance = random.Random(seed)  # noqa: S311 - a schedule, no secret
    count = chance.choices((3, 4, 5), (42, 7, 1))[0]
    liar = NAMES[count - 1] if chance.random() < 0.35 else ""
    newcomer = NAMES[count] if chance.random() < 0.15 else ""
    draw = _Draw(chance, NAMES[:count] + newcomer, liar, newcomer, lie=chance.choice(LIES))
    trouble = chance.sample(sorted(TROUBLE), chance.randint(1, 3))
    more = ["lie"] * bool(liar) + ["join"] * bool(newcomer)
    weights = dict.fromkeys(WORK, 1.0) | {"publish": 2.0, "everybody": 2.0} | dict.fromkeys(trouble + more, 1.2)
    steps = [step for _ in range(3) for step in _publish(draw)]
    length = chance.randint(12, 22)
    while len(steps) < length:
        [what] = chance.choices(list(weights), list(weights.values()))
        steps += (WORK | TROUBLE | SPECIAL)[what](draw)
    return Schedule(seed, count, liar, newcomer, tuple(steps))


def _publish(draw: _Draw) -> list[Step]:
    draw.published += 1
    hub, name = draw.hub(), f"r{draw.published}"
    draw.records.append((name, hub))
    kind, [level] = draw.chance.choice(KINDS), draw.chance.choices(LEVELS, (6, 3, 1))
    return [Step("publish", (hub, name, kind, level))]


def _about(what: str) -> Callable[[_Draw], list[Step]]:
    def step(draw: _Draw) -> list[Step]:
        name, hub = draw.chance.choice(draw.records)
        return [Step(what, (hub, name))]

    return step


def _erase(draw: _Draw) -> list[Step]:
    """Erase a record; now and then it is spoken of again."""
    name, hub = one = draw.chance.choice(draw.records)
    if draw.chance.random() < 0.9 and len(draw.records) > 1:
        draw.records.remove(one)
    return [Step("erase", (hub, name))]


def _edit(draw: _Draw) -> list[Step]:
    name, hub = draw.chance.choice(draw.records)
    return [Step("edit", (hub, name, *draw.chance.choices(LEVELS, (6, 3, 2))))]


def _look(draw: _Draw) -> list[Step]:
    return [Step("work", (draw.hub(),))]


def _everybody(draw: _Draw) -> list[Step]:
    return [Step("everybody", ("".join(draw.chance.sample(draw.hubs, len(draw.hubs))),))]


def _wait(draw: _Draw) -> list[Step]:
    return [Step("wait", (draw.chance.choice(("3", "10", "60", "400", "400", "50000")),))]


def _break(draw: _Draw) -> list[Step]:
    return [Step(draw.chance.choice(("cut", "cut", "cut-requests", "cut-answers", "mend")), draw.pair())]


def _fate(draw: _Draw) -> list[Step]:
    return [Step("next", (*draw.pair(), draw.chance.choice(FATES)))]


def _fuse(draw: _Draw) -> list[Step]:
    return [Step("fuse", (draw.hub(), str(draw.chance.randint(1, 40))))]


def _restart(draw: _Draw) -> list[Step]:
    return [Step(draw.chance.choice(("restart", "down", "up")), (draw.hub(),))]


def _clock(draw: _Draw) -> list[Step]:
    return [Step("clock", (draw.hub(), str(draw.chance.choice(JUMPS))))]


def _lie(draw: _Draw) -> list[Step]:
    """Most of the time one lie told again; the rest of the world decides what comes of it."""
    return [Step("lie", (draw.liar, draw.lie if draw.chance.random() < 0.7 else draw.chance.choice(LIES)))]


def _backup(draw: _Draw) -> list[Step]:
    """A backup is of use to whoever has one already: then it is put back, more often than not."""
    hub = draw.hub()
    if hub in draw.backups and draw.chance.random() < 0.7:
        return [Step("restore", (hub,))]
    draw.backups.add(hub)
    return [Step("backup", (hub,))]


def _rotate(draw: _Draw) -> list[Step]:
    return [Step("rotate", (draw.hub(),))]


def _suspend(draw: _Draw) -> list[Step]:
    return [Step(draw.chance.choice(("suspend", "resume")), draw.pair())]


def _choose(draw: _Draw) -> list[Step]:
    return [Step("choose", (*draw.pair(), draw.chance.choice((*KINDS, "all"))))]


def _ask(draw: _Draw) -> list[Step]:
    """Somebody asks about a record; who is asked, and whether that is possible, the run will show."""
    draw.asked += 1
    return [Step("ask", (draw.hub(), draw.chance.choice(draw.records)[0], f"q{draw.asked}"))]


def _join(draw: _Draw) -> list[Step]:
    hub = draw.chance.choice([one for one in draw.hubs if one != draw.newcomer])
    return [draw.chance.choice((Step("invite", (hub, draw.newcomer)), Step("approve", (hub,))))]


WORK: dict[str, Callable[[_Draw], list[Step]]] = {
    "publish": _publish,
    "edit": _edit,
    "withdraw": _about("withdraw"),
    "erase": _erase,
    "work": _look,
    "everybody": _everybody,
    "wait": _wait,
}
TROUBLE: dict[str, Callable[[_Draw], list[Step]]] = {
    "break": _break,
    "fate": _fate,
    "fuse": _fuse,
    "restart": _restart,
    "clock": _clock,
    "backup": _backup,
    "rotate": _rotate,
    "suspend": _suspend,
    "choose": _choose,
    "ask": _ask,
}
SPECIAL: dict[str, Callable[[_Draw], list[Step]]] = {"lie": _lie, "join": _join}
