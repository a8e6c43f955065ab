"""The worker: looks for what is due, does it in threads, one task for each hub, so that a slow one holds up nobody."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import Flask

from hubnode.db import reading, transaction
from hubnode.network import doors, poke, pull
from hubnode.network.node import Node, current_node, utcnow

THREADS = 8
SWEEP_EVERY = timedelta(minutes=5)
log = logging.getLogger("hubnode.work")

Task = Callable[[Node, str], object]


class Worker:
    """The background of one node."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._busy: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._next_sweep = utcnow()

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what has begun is finished first."""
        with self._app.app_context():
            tick = current_node().settings.tick_s
            pull.resume(utcnow())
        with ThreadPoolExecutor(THREADS, thread_name_prefix="hub") as pool:
            while not stop.is_set():
                try:
                    self._look(pool, utcnow())
                except sa.exc.OperationalError as error:
                    log.warning("the database did not answer: %s", type(error).__name__)
                stop.wait(tick)

    def _look(self, pool: ThreadPoolExecutor, now: datetime) -> None:
        """Claim what is due and hand it to the threads."""
        with self._app.app_context():
            node = current_node()
            due = self._claimed(now)
            if now >= self._next_sweep:
                self._next_sweep = now + SWEEP_EVERY
                doors.sweep_nonces(now)
        for what, task, origin in due:
            with self._lock:
                if (what, origin) in self._busy:
                    continue
                self._busy.add((what, origin))
            pool.submit(self._do, what, task, node, origin)

    @staticmethod
    def _claimed(now: datetime) -> list[tuple[str, Task, str]]:
        """What this worker may do now; the write lock is taken only when there is something to claim."""
        if not reading().scalar(sa.select(sa.or_(pull.due(now), poke.due(now)))):
            return []
        with transaction() as session:
            return [
                *(("pull", pull.pull, origin) for origin in pull.claim(session, now, THREADS)),
                *(("poke", poke.poke, origin) for origin in poke.claim(session, now, THREADS)),
            ]

    def _do(self, what: str, task: Task, node: Node, origin: str) -> None:
        try:
            with self._app.app_context():
                task(node, origin)
        except Exception:
            # A fault of ours, not of the peer: it is told, the lease runs out, and the task is tried again.
            log.exception("%s %s failed", what, origin)
        finally:
            with self._lock:
                self._busy.discard((what, origin))
