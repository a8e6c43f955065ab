"""Starts the processes of nodes from one that has loaded their code already: each start saves seconds of computing.

What is started is a process like any other: with its own session, environment and log, killed and waited for by number.
It is handed over to whoever asked, who has to be a subreaper (Linux).
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hubnode import lean
from hubnode.demo import nodes

STARTS = {"hubnode.serving": "serve", "hubnode.working": "work", "hubnode.whole": "run"}
"""What `python -m` of a module calls."""
LOADED = (*STARTS, "hubnode.app", "hubnode.cli")
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


class Born:
    """A process from the nursery."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._status: int | None = None

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._status = os.waitstatus_to_exitcode(status) if pid else None
        return self._status

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended; raises `subprocess.TimeoutExpired`."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(0.01)
        return status

    def terminate(self) -> None:
        """Ask it to end."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)


class Nursery:
    """The process that has loaded everything, and is asked for children."""

    def __init__(self) -> None:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        command = [sys.executable, "-OO", "-m", "tests.journeys.nursery", str(os.getpid())]
        environment = {**os.environ, **lean.ENVIRONMENT}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment)

    def begin(self, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> nodes.Process:
        """Start ``python -OO -m MODULE INSTANCE`` or ``hubnode …`` as it would start by itself."""
        if "LD_PRELOAD" in environment:  # what is to be loaded before everything else, such as another clock
            return nodes.begun(command, log, environment)
        asked = {"command": list(command), "log": str(log), "environment": dict(environment)}
        into, out = self._process.stdin, self._process.stdout
        if into is None or out is None:
            raise RuntimeError("the nursery has no pipes")
        into.write(json.dumps(asked) + "\n")
        into.flush()
        return Born(int(out.readline()))

    def close(self) -> None:
        """End the nursery; its children go on."""
        self._process.communicate()


def main() -> None:
    """Load the code, then fork for each line that is read."""
    for module in LOADED:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        asked = json.loads(line)
        reading, writing = os.pipe()
        between = os.fork()
        if between == 0:
            child = os.fork()
            if child:
                os.write(writing, str(child).encode())
                os._exit(0)
            _become(asked)
        os.waitpid(between, 0)  # now the child is the asker's
        print(os.read(reading, 32).decode(), flush=True)
        os.close(reading)
        os.close(writing)


def _become(asked: Mapping[str, Any]) -> None:
    """Be the process that was asked for, to its end."""
    status = 1
    try:
        _settle(asked)
        _do(asked["command"])
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _do(command: Sequence[str]) -> None:
    """What this command line says."""
    if "-m" in command:
        *_, module, instance = command
        getattr(importlib.import_module(module), STARTS[module])(Path(instance))
    else:
        importlib.import_module("hubnode.cli").main(command[1:], prog_name="hubnode")


def _settle(asked: Mapping[str, Any]) -> None:
    """A session, an environment and a log of its own; its end with the end of whoever asked."""
    os.setsid()
    parent = int(sys.argv[1])
    while os.getppid() != parent:
        time.sleep(0.001)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    os.environ.clear()
    os.environ.update(asked["environment"])
    log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for here, there in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(here, there)
    os.closerange(3, 256)
    random.seed()
    sys.argv[1:] = asked["command"][1:]


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    main()
