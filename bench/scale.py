"""What one hub pays for the others: a poll with nothing new and one publication, for 5, 50 and 500 hubs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import corpus
from bench.figures import Figure
from bench.members import Clock, Hub, Member, hub, member
from federation.routes import ENTRIES, EntriesQuery
from federation.signatures import DOCUMENT_TYPE, sign_request
from hubnode.db import reading
from hubnode.network import poke, pull
from hubnode.people.viewer import OPERATOR
from hubnode.records import log, service

SIZES = (5, 50, 500)
PART = "Kosten im Verbund, je anderem Hub (echter Code, simulierter Transport)"


@dataclass(frozen=True, slots=True)
class Cost:
    """What something took: processor time in seconds, requests, bytes."""

    cpu_s: float
    requests: int
    bytes: int


def measure() -> list[Figure]:
    """All sizes; the smallest stands beside the others."""
    costs = {size: _network(size) for size in SIZES}
    return [figure for size in SIZES for figure in _figures(size, costs[size], costs[SIZES[0]])]


def _figures(size: int, cost: tuple[Cost, Cost], smallest: tuple[Cost, Cost]) -> Iterator[Figure]:
    others, fewest = size - 1, SIZES[0] - 1
    for what, one, known in zip(("Abfrage ohne Neues", "Veröffentlichung"), cost, smallest, strict=True):
        beside = 1e6 * known.cpu_s / fewest
        known_as = f"bei {SIZES[0]} Hubs" if size != SIZES[0] else ""
        yield Figure(
            PART, f"{size} Hubs: {what}, CPU", 1e6 * one.cpu_s / others, "µs", beside if known_as else None, known_as
        )
        yield Figure(PART, f"{size} Hubs: {what}, Anfragen", one.requests / others, "")
        yield Figure(PART, f"{size} Hubs: {what}, Bytes", one.bytes / others, "B")


def _network(size: int) -> tuple[Cost, Cost]:
    """The cost of a poll of all others and of a publication to all others, for one hub among `size`."""
    clock = Clock(datetime.now(UTC))
    with tempfile.TemporaryDirectory(prefix="hubnode-bench-") as folder:
        one = hub(Path(folder) / "hub", Path(folder) / "template.db", 1, clock)
        try:
            others = [member(number, clock()) for number in range(size - 1)]
            for other in others:
                one.knows(other.card, other.answer, clock())
            _poll(one, others)  # what is looked at once only: cards, pools, caches
            return _cost(one, lambda: _poll(one, others)), _publication(one, others, clock)
        finally:
            one.close()


def _cost(one: Hub, do: Callable[[], float | None]) -> Cost:
    """What `do` costs this hub; what it returns is processor time that others would have paid."""
    before, used = (one.cable.traffic.requests, one.cable.traffic.bytes), time.process_time()
    foreign = do() or 0.0
    cpu_s = time.process_time() - used - foreign
    return Cost(cpu_s, one.cable.traffic.requests - before[0], one.cable.traffic.bytes - before[1])


def _poll(one: Hub, others: list[Member]) -> None:
    with one.at() as node:
        for other in others:
            turn = pull.pull(node, other.origin)
            if not turn.finished:
                raise RuntimeError(f"{other.origin} could not be pulled")


def _publication(one: Hub, others: list[Member], clock: Clock) -> Cost:
    """Publish a record, poke everybody, and answer everybody's pull; the signing of pulls is not this hub's work."""
    asked = [_pulls(one, other, clock) for other in others]
    served = [0]

    def all_of_it() -> None:
        with one.at() as node:
            document = corpus.documents(one.settings.base_url, 1)[0]
            service.publish_all(OPERATOR, [document], clock())
            for other in others:
                poke.poke(node, other.origin)
        for pulls in asked:
            for url, headers in pulls:
                answer = one.answer("GET", url, headers, b"")
                if answer.status != 200:
                    raise RuntimeError(f"a pull was answered {answer.status}")
                served[0] += len(answer.body) + sum(map(len, headers.values())) + len(url)

    cost = _cost(one, all_of_it)
    return Cost(cost.cpu_s, cost.requests + sum(map(len, asked)), cost.bytes + served[0])


def _pulls(one: Hub, other: Member, clock: Clock) -> list[tuple[str, dict[str, str]]]:
    """The two requests with which a member fetches one new entry and says that it has it, signed beforehand."""
    with one.at():
        held = log.own(reading())
        log_id, size = held.log_id, held.size
    signed = []
    for after in (size, size + 1):
        url = f"{one.settings.base_url}{ENTRIES}?{EntriesQuery(log_id, after).text}"
        headers = sign_request("GET", url, None, DOCUMENT_TYPE, other.key, other.origin, clock() + timedelta(seconds=1))
        signed.append((url, headers))
    return signed
