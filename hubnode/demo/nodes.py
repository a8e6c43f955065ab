"""Real nodes as processes on this machine: started, watched, stopped and, for tests, killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hubnode import lean
from hubnode.demo import visitor
from hubnode.demo.visitor import HOST

PARTS = {"node": "hubnode.whole", "web": "hubnode.serving", "worker": "hubnode.working"}
"""What `hubnode start`, `run` and `worker` become once they have checked the settings; five are up sooner without."""
WHOLE = ("node",)
APART = ("web", "worker")
QUICK = {"HUBNODE_POKE_COALESCE_S": "0.2", "HUBNODE_TICK_S": "0.1", "HUBNODE_POLL_S": "30"}
"""Settings of nodes that somebody is looking at: a publication is passed on after a blink."""


class Process(Protocol):
    """A process that was started here."""

    pid: int

    def poll(self) -> int | None:
        """How it ended; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended; raises `subprocess.TimeoutExpired`."""

    def terminate(self) -> None:
        """Ask it to end."""


Begin = Callable[[Sequence[str], Path, Mapping[str, str]], Process]
"""Starts a command; what it prints goes to the file; the mapping is its whole environment."""


def begun(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A command as a process of its own, which ends when the thread that started it ends."""
    with log.open("ab") as file:
        return subprocess.Popen(
            [*_dying_with_parent(), *command],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            start_new_session=True,
        )


class NodeFailed(Exception):
    """A node did not start, or ended by itself; the message holds its last words."""


@dataclass(slots=True)
class Node:
    """One node in its folder: a web server and a worker, in one service or apart, and their logs."""

    key: str
    folder: Path
    port: int
    public_port: int | None = None
    """Where others reach it, when something stands before it."""
    environment: Mapping[str, str] = field(default_factory=lambda: dict(QUICK))
    fingerprint: str = ""
    parts: tuple[str, ...] = APART
    """What `start` starts when it is not told: `WHOLE`, or both parts `APART`, of which each can be killed alone."""
    begin: Begin = begun
    """How its parts are started."""
    _running: dict[str, Process] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """The address at which it is reached, and its name in the network."""
        return f"http://{HOST}:{self.public_port or self.port}"

    def start(self, *parts: str) -> None:
        """Start `parts`, or all; returns before they are ready. Call it from the main thread only.

        The processes end when the thread that started them ends, so that nothing is left behind by a crash.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for part in parts or self.parts:
            command = lean.command(PARTS[part], self.folder)
            self._running[part] = self.begin(command, self.log(part), self._environment())

    def run(self, *arguments: str) -> Process:
        """Start one `hubnode` command of this node as a process of its own; what it prints goes to `commands.log`."""
        command = [_command(), "--instance", str(self.folder), *arguments]
        return self.begin(command, self.log("commands"), self._environment())

    def _environment(self) -> dict[str, str]:
        return {**lean.ENVIRONMENT, **os.environ, **self.environment}

    def log(self, part: str) -> Path:
        """The file that takes what `part` prints."""
        return self.folder / f"{part}.log"

    def last_words(self, part: str, lines: int = 12) -> str:
        """The end of the log of `part`."""
        file = self.log(part)
        return "\n".join(file.read_text("utf-8", "replace").splitlines()[-lines:]) if file.exists() else ""

    def ask_to_stop(self) -> None:
        """Tell all processes to finish what they do; returns at once."""
        for process in self._running.values():
            if process.poll() is None:
                process.terminate()

    def stop(self, *parts: str, patience: float = 10.0) -> None:
        """End `parts`, or all, and wait for it; what does not end in time is killed."""
        ending = [(part, self._running.pop(part)) for part in parts or tuple(self._running) if part in self._running]
        for _, process in ending:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + patience
        for _, process in ending:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            _kill_group(process)

    def kill(self, *parts: str) -> None:
        """End `parts`, or all, without any warning (SIGKILL), as a power cut would."""
        for part in parts or tuple(self._running):
            if part in self._running:
                _kill_group(self._running.pop(part))

    def missing(self) -> list[str]:
        """Parts that are not running."""
        return [part for part in self.parts if part not in self._running or self._running[part].poll() is not None]

    def ended(self) -> list[str]:
        """Parts that were started and have ended by themselves."""
        return [part for part, process in self._running.items() if process.poll() is not None]


def kill(process: Process) -> None:
    """End a command without any warning, with all it started."""
    _kill_group(process)


def _kill_group(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _command() -> str:
    """The `hubnode` command beside this Python."""
    return str(Path(sys.executable).parent / "hubnode")


def _dying_with_parent() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def wait_until_answering(nodes: Iterable[Node], patience: float = 60.0) -> None:
    """Return when every node answers; raises `NodeFailed` with the last words of the one that does not."""
    waiting = list(nodes)
    deadline = time.monotonic() + patience
    while waiting:
        refuse_ended(waiting)
        waiting = [node for node in waiting if not visitor.answers(node.origin)]
        if waiting and time.monotonic() > deadline:
            node = waiting[0]
            raise NodeFailed(f"{node.key} antwortet nicht unter {node.origin}.\n{node.last_words(node.parts[0])}")
        time.sleep(0.05 if waiting else 0)


def refuse_ended(nodes: Iterable[Node]) -> None:
    """Raise `NodeFailed` with the last words of a process that has ended by itself."""
    for node in nodes:
        for part in node.ended():
            raise NodeFailed(f"{node.key}: {part} hat sich beendet. Zuletzt:\n{node.last_words(part)}")


def stop_all(nodes: Iterable[Node]) -> None:
    """End all processes of all nodes, side by side."""
    nodes = list(nodes)
    for node in nodes:
        node.ask_to_stop()
    for node in nodes:
        node.stop()
