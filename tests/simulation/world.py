"""One world under test: its machines, its network, its time, and what was noticed while it went on."""

from __future__ import annotations

import itertools
import random
import shutil
import traceback
from collections.abc import Sequence
from pathlib import Path

from tests.simulation import actions, lies, watch
from tests.simulation.ledger import Ledger
from tests.simulation.machine import Machine, PowerCut
from tests.simulation.network import Network, SimulatedWire
from tests.simulation.origins import NAMES, scratch, settings_of
from tests.simulation.schedule import Schedule, Step

STEP_S = 1.0
_numbers = itertools.count(1)


class World:
    """A world from its beginning: hubs as they lie in a folder, which is copied."""

    def __init__(self, schedule: Schedule, place: Path) -> None:
        self.schedule = schedule
        self.elapsed = 0.0
        self.trace: list[str] = []
        self.findings: list[str] = []
        self.causes: list[str] = []
        """Where in the code an unexpected error came from; for the reader, not part of the trace."""
        self.ledger = Ledger(schedule.seed)
        self.network = Network(self)
        self.watch = watch.Watch(self)
        self.lies = lies.Lies(self)
        self._steps: list[Step] = []
        self._depth = 0
        self.folder = scratch() / f"world-{next(_numbers)}"
        shutil.copytree(place, self.folder)
        self.machines = {name: self._machine(name) for name in NAMES[: schedule.hubs] + schedule.newcomer}

    def _machine(self, name: str) -> Machine:
        return Machine(self, name, settings_of(name, self.folder / name), honest=name != self.schedule.liar)

    @property
    def honest(self) -> list[Machine]:
        """The hubs that keep to the rules."""
        return [one for one in self.machines.values() if one.honest]

    def wire(self, machine: Machine) -> SimulatedWire:
        """The way out of one machine."""
        return SimulatedWire(self.network, machine)

    def elapse(self, seconds: float) -> None:
        """Let time go on, everywhere."""
        self.elapsed += seconds

    def note(self, text: str) -> None:
        """Write one line into the trace."""
        self.trace.append("  " * self._depth + text)

    def found(self, text: str, error: BaseException | None = None) -> None:
        """Note that something is not as it must be."""
        if text not in self.findings:
            self.findings.append(text)
        if error is not None:
            self.causes.append("".join(traceback.format_exception(error)))

    def begin(self) -> None:
        """Begin with all hubs running."""
        random.seed(self.schedule.seed)
        for machine in self.machines.values():
            machine.wake()

    def end(self) -> None:
        """Stop all hubs and remove their files."""
        for machine in (*self.machines.values(), *self.network.diverted.values()):
            machine.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, steps: Sequence[Step]) -> None:
        """Do the steps, one after the other; some happen while a request of an earlier one is under way."""
        self._steps = list(reversed(steps))
        while self._steps:
            self._step(self._steps.pop())

    def meanwhile(self, count: int) -> None:
        """Do the next few steps now, inside a request."""
        for _ in range(count):
            if self._steps and self._depth < 4:
                self._step(self._steps.pop())

    def _step(self, step: Step) -> None:
        self.elapse(STEP_S)
        self.note(str(step))
        self._depth += 1
        try:
            actions.perform(self, step)
        except PowerCut as cut:
            self.recover(cut)
        finally:
            self._depth -= 1
        self.watch.look()

    def work(self, machine: Machine) -> None:
        """Let the worker of one hub look once; a power cut ends it, and the hub comes back."""
        if not machine.up:
            return
        try:
            machine.look()
        except PowerCut as cut:
            self.recover(cut)

    def recover(self, cut: PowerCut) -> None:
        """Bring back the machine that lost its power, unless that has been done."""
        if cut.machine.life == cut.life:
            self.note(f"{cut.machine.name} loses power")
            cut.machine.restart()
            for one in self.ledger.records.values():
                if one.hub == cut.machine.name:
                    self.ledger.confirm(one, cut.machine)
