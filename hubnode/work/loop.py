"""The worker: looks for what is due, does it in threads, one task for each hub, so that a slow one holds up nobody."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, cast

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from hubnode.db import UTCDateTime, reading, transaction
from hubnode.mail import outbox
from hubnode.network import (
    asking,
    auditing,
    comparing,
    doors,
    erasure,
    joining,
    keys,
    lacking,
    media,
    membership,
    moving,
    poke,
    postman,
    pull,
    quarantine,
    receipts,
    rechoosing,
    recovery,
)
from hubnode.network.node import Node, current_node
from hubnode.network.signing_in import ending, tending
from hubnode.network.taking_part import tending as registrations
from hubnode.people import audit, barriers, feed_keys, invitations, recovering
from hubnode.push import delivering, distributing, mailing, websub
from hubnode.records import imports, reindexing, retention, scrub
from hubnode.records.log import NotWritable

THREADS = 8
PUSHING = 16
"""Threads that wait for subscribers, who may be slow: none of them keeps this hub from the others."""
log = logging.getLogger("hubnode.work")


@dataclass(frozen=True, slots=True)
class Task:
    """Work for one other hub: when it is due, how it is claimed, and what it is."""

    name: str
    due: Callable[[datetime], sa.ColumnElement[bool]]
    claim: Callable[[Session, datetime, int], list[str]]
    """Claims at most so many and answers their origins: of two workers only one gets each."""
    do: Callable[[Node, str], object]
    pushing: bool = False
    """Whether it sends to subscribers, in threads of their own."""


@dataclass(frozen=True, slots=True)
class Chore:
    """Work for this node itself, from time to time; it must not matter when two workers do it."""

    name: str
    every: timedelta
    do: Callable[[Node, datetime], object]


TASKS = (
    Task("pull", pull.due, pull.claim, pull.pull),
    Task("poke", poke.due, poke.claim, poke.poke),
    Task("media", media.due, media.claim, media.fetch),
    Task("ask", asking.ask_due, asking.claim_asks, asking.ask),
    Task("answer", joining.answer_due, joining.claim_answers, joining.answer),
    Task("receipts", receipts.due, receipts.claim, receipts.send),
    Task("lacking", lacking.due, lacking.claim, lacking.ask),
    Task("rechoose", rechoosing.due, rechoosing.claim, rechoosing.rechoose),
    Task("compare", comparing.due, comparing.claim, comparing.compare),
    Task("audit", auditing.due, auditing.claim, auditing.audit),
    Task("letters", postman.due, postman.claim, postman.deliver),
    Task("sign-outs", ending.due, ending.claim, lambda node, number: ending.tell(node, int(number), node.clock())),
    Task(
        "resets",
        recovering.due,
        recovering.claim,
        lambda node, number: recovering.answer(int(number), node.clock(), secret=node.settings.secret_key),
    ),
    Task(
        "mail",
        outbox.due,
        outbox.claim,
        lambda node, number: outbox.deliver(node.settings, int(number), node.clock()),
    ),
    Task("webhooks", delivering.due, delivering.claim, delivering.deliver, pushing=True),
    Task("websub", distributing.due, distributing.claim, distributing.do, pushing=True),
    Task("digests", mailing.due, mailing.claim, mailing.send, pushing=True),
)
CHORES = (
    Chore("media", timedelta(minutes=5), media.tend),
    Chore("nonces", timedelta(minutes=5), lambda node, now: doors.sweep_nonces(now)),  # noqa: ARG005 - one shape
    Chore("joining", timedelta(hours=1), lambda node, now: joining.sweep(now)),  # noqa: ARG005 - one shape
    Chore("leaving", timedelta(seconds=5), lambda node, now: membership.finish_leaving(now)),  # noqa: ARG005 - one shape
    Chore("scrub", timedelta(seconds=1), lambda node, now: scrub.scrub(now)),  # noqa: ARG005 - one shape
    Chore("recovery", timedelta(seconds=1), lambda node, now: recovery.settle(node)),  # noqa: ARG005 - one shape
    Chore("erasures", timedelta(minutes=10), lambda node, now: erasure.chase(now)),  # noqa: ARG005 - one shape
    Chore("letters", timedelta(minutes=1), postman.tidy),
    Chore("keys", timedelta(seconds=5), keys.tend),
    Chore("moves", timedelta(seconds=5), moving.follow),
    Chore("people", timedelta(hours=1), lambda node, now: _tidy_people(now)),  # noqa: ARG005 - one shape
    Chore("audit", timedelta(hours=12), lambda node, now: audit.sweep(now, node.settings.audit_days)),
    Chore("barriers", timedelta(hours=12), lambda node, now: barriers.sweep(now, node.settings.barriers_kept_days)),
    Chore("signing in", timedelta(minutes=10), tending.tend),
    Chore("registrations", timedelta(seconds=10), registrations.tend),
    Chore("profiles", timedelta(minutes=10), lambda node, now: retention.tend(now)),  # noqa: ARG005 - one shape
    Chore("websub", timedelta(minutes=10), lambda node, now: websub.tidy(now)),  # noqa: ARG005 - one shape
    Chore("digests", timedelta(minutes=10), lambda node, now: mailing.tend(now)),  # noqa: ARG005 - one shape
    Chore("imports", timedelta(minutes=10), lambda node, now: imports.tidy(now)),  # noqa: ARG005 - one shape
    Chore("search", timedelta(seconds=2), lambda node, now: reindexing.tend()),  # noqa: ARG005 - one shape
)


def _tidy_people(now: datetime) -> None:
    """Forget links and letters whose time is over."""
    invitations.tidy(now)
    feed_keys.tidy(now)
    recovering.sweep(now)
    outbox.tidy(now)


class Worker:
    """The background of one node."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._busy: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._next: dict[str, datetime] = {}

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what has begun is finished first."""
        with self._app.app_context():
            node = current_node()
            tick = node.settings.tick_s
            begin(node)
        with (
            ThreadPoolExecutor(THREADS, thread_name_prefix="hub") as pool,
            ThreadPoolExecutor(PUSHING, thread_name_prefix="push") as pushing,
        ):
            while not stop.is_set():
                try:
                    self._look(pool, pushing)
                except sa.exc.OperationalError as error:
                    log.warning("the database did not answer: %s", type(error).__name__)
                stop.wait(tick)

    def _look(self, pool: ThreadPoolExecutor, pushing: ThreadPoolExecutor) -> None:
        """Claim what is due and hand it to the threads."""
        with self._app.app_context():
            node = current_node()
            now = node.clock()
            due = claimed(now)
        for chore in CHORES:
            if now >= self._next.get(chore.name, now):
                self._next[chore.name] = now + chore.every
                self._submit(pool, chore.name, "", partial(chore.do, node, now))
        for task, origin in due:
            self._submit(pushing if task.pushing else pool, task.name, origin, partial(task.do, node, origin))

    def _submit(self, pool: ThreadPoolExecutor, what: str, origin: str, do: Callable[[], object]) -> None:
        """Hand over one piece of work unless the same is under way."""
        with self._lock:
            if (what, origin) in self._busy:
                return
            self._busy.add((what, origin))
        pool.submit(self._do, what, origin, do)

    def _do(self, what: str, origin: str, do: Callable[[], object]) -> None:
        try:
            with self._app.app_context():
                do()
        except NotWritable:
            log.info("%s waits until the others have said what they hold of our log", what)
        except Exception:
            # A fault of ours, not of the peer: it is told, the lease runs out, and the task is tried again.
            log.exception("%s %s failed", what, origin)
        finally:
            with self._lock:
                self._busy.discard((what, origin))


def begin(node: Node) -> None:
    """Take up what a worker before this one has left: nothing is published until the others were asked, all is due."""
    recovery.begin(node)
    pull.resume(node.clock())
    quarantine.learned(node.clock())
    rechoosing.resume(node.clock())
    receipts.resume(node.clock())
    postman.resume(node.clock())
    delivering.resume(node.clock())
    distributing.resume(node.clock())


@cache
def _due() -> sa.Select[Any]:
    """Of each task whether something of it is due at ``now``, built once: a worker asks this many times a second."""
    now = cast(datetime, sa.bindparam("now", type_=UTCDateTime()))  # every condition only compares with it
    columns: list[Any] = [sa.type_coerce(task.due(now), sa.Boolean()) for task in TASKS]
    return sa.select(*columns)


def claimed(now: datetime) -> list[tuple[Task, str]]:
    """What this worker may do now; the write lock is taken only when there is something to claim."""
    due = [task for task, is_due in zip(TASKS, reading().execute(_due(), {"now": now}).one(), strict=True) if is_due]
    if not due:
        return []
    with transaction() as session:
        return [(task, origin) for task in due for origin in task.claim(session, now, THREADS)]
