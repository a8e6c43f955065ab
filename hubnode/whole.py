"""A whole node in one service: the web process, and beside it the worker, forked once the code of both is loaded.

Started as ``python -m hubnode.whole INSTANCE``. What is loaded before the fork is memory that the processes share. The
worker ends with the web server; if it ends by itself, it is started again, as a process of its own.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from hubnode import app, lean, serving, working

PAUSE_S = 1.0
"""Seconds before a worker that ended by itself is started again."""
LOADED = (app.create_app, working.work)
"""What the two processes run: named here so that it is loaded before the fork."""
_PR_SET_PDEATHSIG = 1
log = logging.getLogger("hubnode.whole")


class Beside:
    """The worker beside the web server."""

    def __init__(self, instance: Path) -> None:
        self._instance = instance
        self._pid = self._fork()
        self._ending = threading.Event()

    def watch(self) -> None:
        """Keep a worker running until `end`; call it once, after which no fork may happen here."""
        threading.Thread(target=self._watch, name="worker", daemon=True).start()

    def end(self) -> None:
        """Let the worker finish what it has in hand, and wait for it."""
        self._ending.set()
        try:
            os.kill(self._pid, signal.SIGTERM)
            os.waitpid(self._pid, 0)
        except (ProcessLookupError, ChildProcessError):
            return  # it has ended already, and the watcher saw it

    def _watch(self) -> None:
        while not self._ending.is_set():
            try:
                _, status = os.waitpid(self._pid, 0)
            except ChildProcessError:
                return
            if self._ending.is_set():
                return
            log.error("the worker ended with status %s and is started again", status)
            time.sleep(PAUSE_S)
            # Not forked: by now this process has threads, whose locks a fork would copy as they are.
            self._pid = subprocess.Popen(lean.command("hubnode.working", self._instance)).pid  # noqa: S603 - our own

    def _fork(self) -> int:
        parent = os.getpid()
        pid = os.fork()
        if pid:
            return pid
        status = 1
        try:
            _end_with(parent)
            working.work(self._instance)
            status = 0
        finally:
            os._exit(status)


def _end_with(parent: int) -> None:
    """End when the parent does, however it ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)


def run(instance: Path) -> None:
    """Serve the node in `instance` and work for it until SIGTERM or Ctrl-C."""
    gc.collect()
    gc.freeze()
    worker = Beside(instance)
    worker.watch()
    try:
        serving.serve(instance)
    finally:
        worker.end()


if __name__ == "__main__":
    run(Path(sys.argv[1]))
