"""How long a publication takes until each of four peers shows it: five hubs of the demo with the demo's settings."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Flask

from bench import corpus
from bench.figures import Bar, Figure
from bench.stage import Network
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.demo import visitor
from hubnode.demo.nodes import QUICK, NodeFailed
from hubnode.people.viewer import OPERATOR
from hubnode.records import service

PUBLICATIONS = 50
PATIENCE_S = 20.0
PAUSE_S = 0.02
"""Between two looks of one reader; half of it is in the figures on average."""
PART = "Sichtbar bei allen (vom Aufruf des Dienstes bis zum Atom-Feed des anderen Hubs)"


@dataclass(slots=True)
class Reader:
    """A feed reader at one hub, which asks again only for what changed."""

    feed: str
    etag: str = ""

    def until_shown(self, number: str, begun: float) -> float:
        """Seconds from `begun` until the feed names the record; raises `NodeFailed`."""
        while time.monotonic() < begun + PATIENCE_S:
            answer = visitor.get(self.feed, headers={"If-None-Match": self.etag} if self.etag else {})
            if answer.status == 200:
                self.etag = answer.headers.get("etag", "")
                if number in answer.text:
                    return time.monotonic() - begun
            time.sleep(PAUSE_S)
        raise NodeFailed(f"{self.feed} zeigt {number} nicht")


def measure(network: Network, publications: int = PUBLICATIONS) -> list[Figure]:
    """Publish one record after the other, each hub in its turn, and wait for it at the four others."""
    readers = {node.key: Reader(visitor.feed_address(node.origin)) for node in network.nodes}
    apps = {node.key: create_core(Settings.load(node.folder)) for node in network.nodes}
    times: list[float] = []
    with ThreadPoolExecutor(len(readers)) as eyes:
        for turn in range(publications):
            here = network.nodes[turn % len(network.nodes)]
            others = [reader for key, reader in readers.items() if key != here.key]
            times += _once(apps[here.key], corpus.another(here.origin, turn), others, eyes)
    return list(_figures(times, publications))


def _once(app: Flask, record: dict[str, Any], others: Sequence[Reader], eyes: ThreadPoolExecutor) -> list[float]:
    begun = time.monotonic()
    looks = [eyes.submit(reader.until_shown, record["id"], begun) for reader in others]
    with app.app_context():
        service.publish_all(OPERATOR, [record], datetime.now(UTC))
    return [look.result() for look in looks]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that is not exceeded by `share` of them (nearest rank)."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def _figures(times: Sequence[float], publications: int) -> Iterator[Figure]:
    waits = 1000 * (float(QUICK["HUBNODE_POKE_COALESCE_S"]) + float(QUICK["HUBNODE_TICK_S"]))
    known = "gewollte Pausen"
    yield Figure(PART, f"{publications} Veröffentlichungen: p50", 1000 * statistics.median(times), "ms", waits, known)
    p95 = 1000 * percentile(times, 0.95)
    yield Figure(PART, f"{publications} Veröffentlichungen: p95", p95, "ms", waits, known, Bar("at most", 999))
    yield Figure(PART, f"{publications} Veröffentlichungen: längste", 1000 * max(times), "ms", waits, known)
