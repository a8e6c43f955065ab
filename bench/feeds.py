"""Feeds by format, warm and as 304, and the change feed read from its beginning, with the memory that this takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import orjson
from ulid import ULID

from bench import processes
from bench.corpus import EPOCH_MS
from bench.figures import Bar, Figure
from bench.pages import Target, cost
from bench.stage import Pair, web
from hubnode.demo import visitor

EVENTS = 1000
PASSES = 10
"""Times that the change feed is read whole: with 10,000 records these are 100,000 changes."""
PART = "Feeds"
BARS = {
    ("atom", 200): Bar("at most", 5),
    ("atom", 304): Bar("at most", 1.5),
    ("rss", 304): Bar("at most", 1.5),
    ("json", 304): Bar("at most", 1.5),
    ("csv", 304): Bar("at most", 1.5),
    ("ics", 200): Bar("at most", 100),
    ("ics", 304): Bar("at most", 1.5),
}
"""CPU milliseconds for one answer."""


def measure(pair: Pair) -> list[Figure]:
    """With all the records of `pair`, and `EVENTS` events beside them."""
    pair.publish([_event(pair.origin.origin, number) for number in range(EVENTS)])
    return [*_formats(pair), *_changes(pair)]


def _formats(pair: Pair) -> Iterator[Figure]:
    here = f"http://{visitor.HOST}:{pair.origin.port}"
    for form in ("atom", "rss", "json", "csv", "ics"):
        path = f"/feeds/{'termine' if form == 'ics' else 'alle'}.{form}"
        tag = visitor.get(here + path).headers["etag"]
        for status, headers in ((200, {}), (304, {"If-None-Match": tag})):
            found = cost(here, Target("", path, headers, status), lambda: web(pair.origin))
            what = f"{form}, {status}"
            yield Figure(PART, f"{what}: CPU", found.cpu_ms, "ms", bar=BARS.get((form, status)))
            yield Figure(PART, what, found.per_second, "je s")


def _changes(pair: Pair) -> Iterator[Figure]:
    """Read to the end `PASSES` times; a second walk must need no more memory than the first."""
    pids = web(pair.origin)
    _walk(pair)
    before, used, begun = processes.pss_mb(pids), processes.cpu_s(pids), time.monotonic()
    lines = sum(_walk(pair) for _ in range(PASSES))
    took, cpu = time.monotonic() - begun, processes.cpu_s(pids) - used
    yield Figure(PART, "Änderungen gelesen", lines / took, "je s")
    yield Figure(PART, "Änderungen gelesen: CPU je 1000", 1000 * cpu * 1000 / lines, "ms")
    grown = processes.pss_mb(pids) - before
    count = f"{lines:,}".replace(",", ".")
    yield Figure(PART, f"Speicher, den {count} Änderungen hinterlassen", grown, "MB", bar=Bar("at most", 5))


def _walk(pair: Pair) -> int:
    """The number of changes from the beginning to the end of the feed."""
    cursor, more, lines = "", True, 0
    connection = HTTPConnection(visitor.HOST, pair.origin.port, timeout=120)
    while more:
        connection.request("GET", f"/feeds/aenderungen.ndjson?limit=10000&ab={cursor}")
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"the change feed answered {answer.status}")
        last = b""
        for line in answer:
            lines, last = lines + 1, line
        end = orjson.loads(last)
        cursor, more, lines = end["cursor"], end["more"], lines - 1
    return lines


def _event(origin: str, number: int) -> dict[str, Any]:
    """A document for `hubnode publish`."""
    day, hour = number % 28 + 1, number % 10 + 8
    body = {
        "title": {"de": f"Sprechstunde {number}"},
        "summary": {"de": "Fragen zur digitalen Verwaltung, mit und ohne Anmeldung."},
        "topics": ["focus-admin"],
        "license": "CC-BY-4.0",
        "format": "consultation_hour",
        "attendance_mode": "onsite",
        "starts_at": f"2027-01-{day:02}T{hour:02}:00",
        "ends_at": f"2027-01-{day:02}T{hour:02}:45",
        "timezone": "Europe/Berlin",
        "status": "scheduled",
        "location": {"name": "Rathaus", "place": "Musterau"},
        "registration": "none",
        "audience": ["citizens"],
        "hosts": [f"{origin}/r/01JD8Z0000000000000000000A"],
        "accessibility": {"de": "Stufenloser Zugang"},
    }
    ulid = ULID.from_timestamp((EPOCH_MS + 10**9 + number) / 1000)
    return {"id": str(ulid), "kind": "event", "visibility": "public", "body": body}
