"""A small client for load: a few connections that each ask again as soon as they are answered, for a bounded time."""

from __future__ import annotations

import http.client
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

CONNECTIONS = 4
SECONDS = 2.5
MOST = 4_000
"""Requests after which a load ends early."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back under load."""

    requests: int
    seconds: float
    statuses: Counter[int]

    @property
    def per_second(self) -> float:
        """Requests answered in a second."""
        return self.requests / self.seconds


def load(url: str, headers: Mapping[str, str] | None = None, *, seconds: float = SECONDS) -> Answered:
    """Ask for `url` over and over on `CONNECTIONS` connections."""
    begun = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        each = [pool.submit(_asked, url, headers or {}, begun + seconds) for _ in range(CONNECTIONS)]
        statuses = sum((one.result() for one in each), Counter[int]())
    return Answered(statuses.total(), time.monotonic() - begun, statuses)


def _asked(url: str, headers: Mapping[str, str], until: float) -> Counter[int]:
    place = urlsplit(url)
    target = f"{place.path or '/'}?{place.query}" if place.query else place.path or "/"
    statuses: Counter[int] = Counter()
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    try:
        while time.monotonic() < until and statuses.total() < MOST / CONNECTIONS:
            connection.request("GET", target, headers=dict(headers))
            answer = connection.getresponse()
            answer.read()
            statuses[answer.status] += 1
    finally:
        connection.close()
    return statuses
