"""How long it takes until two hubs know the same again after an hour without a connection and 1,000 changes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean

from bench import corpus
from bench.figures import Figure
from bench.members import Clock, Hub, hub
from hubnode.db import reading
from hubnode.network import doors, status
from hubnode.people.viewer import OPERATOR
from hubnode.records import service
from hubnode.work.loop import claimed

OUTAGE = timedelta(hours=1)
CHANGES = 1000
ROUNDS = 3
PATIENCE = timedelta(hours=2)
PART = "Nach einer Stunde ohne Verbindung und 1.000 Änderungen (echter Code, simulierte Zeit)"


def measure() -> list[Figure]:
    """Several outages in a row between the same two hubs; the interval between two polls stands beside."""
    with tempfile.TemporaryDirectory(prefix="hubnode-bench-") as folder:
        clock = Clock(datetime.now(UTC))
        pair = [hub(Path(folder) / str(number), Path(folder) / "template.db", number, clock) for number in (1, 2)]
        try:
            _acquaint(pair, clock)
            took = [_outage(pair, clock, number) for number in range(ROUNDS)]
            return list(_figures(took, pair[0].settings.poll_s))
        finally:
            for one in pair:
                one.close()


def _figures(took: Sequence[tuple[float, float]], poll_s: float) -> Iterator[Figure]:
    waited = [seconds for seconds, _ in took]
    yield Figure(PART, "Bis beide gleich sind, Mittel", mean(waited), "s", poll_s, "eine Abfragepause")
    yield Figure(PART, "Bis beide gleich sind, längstens", max(waited), "s", poll_s, "eine Abfragepause")
    yield Figure(PART, "Rechenzeit beider Hubs dafür", 1000 * mean(cpu_s for _, cpu_s in took), "ms")


def _acquaint(pair: Sequence[Hub], clock: Clock) -> None:
    for here, there in (pair, reversed(pair)):
        with there.at() as node:
            card = doors.own_card(node, reading())
        here.knows(card, there.answer, clock())
    _until_equal(pair, clock)


def _outage(pair: Sequence[Hub], clock: Clock, number: int) -> tuple[float, float]:
    """Seconds of simulated time, and of processor time, from the end of an outage until both are equal."""
    origin = pair[0]
    for one in pair:
        one.cable.cut = True
    changes = corpus.documents(origin.settings.base_url, CHANGES)
    ends = clock() + OUTAGE
    published = 0
    while clock() < ends:
        share = changes[published : published + 25]
        published += len(share)
        with origin.at():
            service.publish_all(OPERATOR, [_changed(document, number) for document in share], clock())
        for _ in range(9):
            _work(pair)
            clock.moved += timedelta(seconds=10)
    for one in pair:
        one.cable.cut = False
    return _until_equal(pair, clock)


def _changed(document: dict[str, object], number: int) -> dict[str, object]:
    body = document["body"]
    return {**document, "body": {**body, "last_confirmed_at": f"2026-06-{number + 1:02}"}}  # type: ignore[dict-item]


def _until_equal(pair: Sequence[Hub], clock: Clock) -> tuple[float, float]:
    begun, used = clock(), time.process_time()
    while not _equal(pair):
        if clock() - begun > PATIENCE:
            raise RuntimeError("the hubs do not become equal")
        clock.moved += timedelta(seconds=1)
        _work(pair)
    return (clock() - begun).total_seconds(), time.process_time() - used


def _work(pair: Sequence[Hub]) -> None:
    """Do what is due now, as the workers would."""
    for one in pair:
        with one.at() as node:
            due = claimed(node.clock())
            for task, origin in due:
                task.do(node, origin)


def _equal(pair: Sequence[Hub]) -> bool:
    held = []
    for one in pair:
        with one.at():
            held.append({log.origin: (log.root, log.digest) for log in status.held(reading())})
    return all(one == held[0] for one in held)
