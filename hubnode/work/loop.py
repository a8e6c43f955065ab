"""The worker: looks for what is due, does it in threads, one task for each hub, so that a slow one holds up nobody.

What it does is listed in `hubnode.work.chores` and here; what of it there is to do is asked in one statement.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
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
    joining,
    lacking,
    media,
    poke,
    postman,
    pull,
    quarantine,
    receipts,
    rechoosing,
    recovery,
)
from hubnode.network.node import Node, current_node
from hubnode.network.signing_in import ending
from hubnode.people import recovering
from hubnode.push import delivering, distributing, mailing
from hubnode.records.log import NotWritable
from hubnode.work.chores import CHORES, Chore

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
            chores, due = look(now, whose_time_has_come(self._next, now))
        for chore in chores:
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
    """What there is to do at ``now`` of each task and of each chore that is looked at, in one row.

    Built once: a worker asks this many times a second. A chore that is not looked at costs the database nothing.
    """
    now = cast(datetime, sa.bindparam("now", type_=UTCDateTime()))  # every condition only compares with it
    columns: list[Any] = [sa.type_coerce(task.due(now), sa.Boolean()) for task in TASKS]
    for number, chore in enumerate(CHORES):
        asked = sa.bindparam(f"chore_{number}", type_=sa.Boolean())
        wanted = sa.true() if chore.wanted is None else chore.wanted(now)
        columns.append(sa.type_coerce(sa.case((asked, wanted), else_=sa.false()), sa.Boolean()))
    return sa.select(*columns)


def look(now: datetime, looked_at: Collection[str] = ()) -> tuple[list[Chore], list[tuple[Task, str]]]:
    """The chores of these names that have anything to do, and what this worker has claimed for itself.

    The write lock is taken only when there is something to claim.
    """
    asked = {f"chore_{number}": chore.name in looked_at for number, chore in enumerate(CHORES)}
    row = reading().execute(_due(), {"now": now, **asked}).one()
    wanted = [chore for chore, is_wanted in zip(CHORES, row[len(TASKS) :], strict=True) if is_wanted]
    due = [task for task, is_due in zip(TASKS, row, strict=False) if is_due]
    return wanted, _claimed(due, now) if due else []


def claimed(now: datetime) -> list[tuple[Task, str]]:
    """What this worker may do now for other hubs and for people, without any chore."""
    return look(now)[1]


def _claimed(due: Sequence[Task], now: datetime) -> list[tuple[Task, str]]:
    with transaction() as session:
        return [(task, origin) for task in due for origin in task.claim(session, now, THREADS)]


def whose_time_has_come(next_at: MutableMapping[str, datetime], now: datetime) -> list[str]:
    """The names of the chores to be looked at now; when each is looked at next is noted in `next_at`."""
    come = [chore for chore in CHORES if now >= next_at.get(chore.name, now)]
    next_at.update({chore.name: now + chore.every for chore in come})
    return [chore.name for chore in come]
