"""What a person reads of a run that went wrong: the smallest schedule, what happened, and how to see it again."""

from __future__ import annotations

from tests.simulation.run import Outcome, run
from tests.simulation.schedule import Schedule, draw
from tests.simulation.shrink import shrink, spelled


def failure(seed: int) -> str:
    """The report of a seed that fails, its schedule made as small as it still fails; empty if it does not fail."""
    schedule = draw(seed)
    if not run(schedule).findings:
        return ""
    kept = shrink(schedule, lambda smaller: bool(run(smaller).findings))
    return told(run(schedule.only(kept)), kept)


def told(outcome: Outcome, kept: list[int] | None = None) -> str:
    """One run as a text: the hubs, the steps with what came of them, the findings, and the command to repeat it."""
    schedule = outcome.schedule
    steps = f" --steps {spelled(kept) or 'none'}" if kept is not None else ""
    liar = f", {schedule.liar} lies" if schedule.liar else ""
    lines = [
        f"seed {schedule.seed}: {schedule.hubs} hubs{liar}",
        *(f"    {line}" for line in outcome.trace),
        *(f"  ✗ {finding}" for finding in outcome.findings),
        *(f"  {line}" for cause in outcome.causes[:1] for line in cause.splitlines()),
        f"  again: python -m tests.simulation --seed {schedule.seed}{steps}",
    ]
    return "\n".join(lines)


def replay(seed: int, kept: list[int] | None = None) -> tuple[str, bool]:
    """One seed, or some of its steps, once more: its text, and whether it failed."""
    schedule: Schedule = draw(seed)
    outcome = run(schedule if kept is None else schedule.only(kept))
    return told(outcome, kept), bool(outcome.findings)
