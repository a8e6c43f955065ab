"""The interface for programs: a page of 100 records beside the same page by ORM and marshmallow, in the same run.

Measured warm (the page is kept), joined (another page each time, of records whose bytes are kept), rendered (nothing is
kept: the first walk through the list) and as 304.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection

from bench import processes
from bench.figures import Bar, Figure
from bench.pages import Cost, Target, cost
from bench.speaking import ROOT
from bench.stage import Pair, web
from hubnode.config import Settings
from hubnode.demo import visitor
from hubnode.demo.nodes import Node

PART = "Schnittstelle für Programme, Seite mit 100 Einträgen"
LIST = "/api/v1/records?limit=100"
WALKED = 15
"""Pages of a walk: fewer records than are kept."""
SHAPES = ("limit=100", "limit=99", "limit=98", "limit=97")
"""Pages that are all different, of records that are the same."""


def measure(pair: Pair) -> list[Figure]:
    """With all the records of `pair`."""
    node = pair.origin
    here = f"http://{visitor.HOST}:{node.port}"
    with _naive(node) as (address, pids):
        naive = cost(address, Target("", "/records?limit=100"), lambda: pids)
        naive_walk = _walk(address, pids, [f"/records?limit=100&offset={100 * page}" for page in range(WALKED)])
    rendered = _walk_by_cursor(here, web(node), SHAPES[0])
    joined = [_walk_by_cursor(here, web(node), shape) for shape in SHAPES[1:]]
    tag = visitor.get(here + LIST).headers["etag"]
    warm = cost(here, Target("", LIST), lambda: web(node))
    same = cost(here, Target("", LIST, {"If-None-Match": tag}, 304), lambda: web(node))
    known, bar = "ORM und marshmallow", Bar("at least", 5, "ratio")
    least = min(joined, key=lambda one: one.cpu_ms)
    return [
        Figure(PART, "bereitgehalten", warm.per_second, "je s", naive.per_second, known, bar),
        Figure(PART, "bereitgehalten: CPU", warm.cpu_ms, "ms", naive.cpu_ms, known),
        Figure(PART, "aus Stücken: CPU", least.cpu_ms, "ms", naive_walk.cpu_ms, known),
        Figure(PART, "nichts bereitgehalten: CPU", rendered.cpu_ms, "ms", naive_walk.cpu_ms, known),
        Figure(PART, "unverändert, 304: CPU", same.cpu_ms, "ms", bar=Bar("at most", 1.5)),
        Figure(PART, "unverändert, 304", same.per_second, "je s"),
    ]


def _walk_by_cursor(here: str, pids: Sequence[int], shape: str) -> Cost:
    """Page after page by the cursor, each asked for once."""
    path = f"/api/v1/records?{shape}"

    def following(body: bytes) -> str:
        return f"{path}&cursor={json.loads(body)['next']}"

    connection = HTTPConnection(here.split("://")[1], timeout=30)
    used, begun, asked = processes.cpu_s(pids), time.monotonic(), path
    for _ in range(WALKED):
        asked = following(_get(connection, asked))
    return _cost(pids, used, begun)


def _walk(address: str, pids: Sequence[int], paths: Sequence[str]) -> Cost:
    connection = HTTPConnection(address.split("://")[1], timeout=30)
    _get(connection, paths[0])
    used, begun = processes.cpu_s(pids), time.monotonic()
    for path in paths:
        _get(connection, path)
    return _cost(pids, used, begun)


def _cost(pids: Sequence[int], used: float, begun: float) -> Cost:
    return Cost(WALKED / (time.monotonic() - begun), 1000 * (processes.cpu_s(pids) - used) / WALKED)


def _get(connection: HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return body


@contextmanager
def _naive(node: Node) -> Iterator[tuple[str, list[int]]]:
    """The usual way, its address and its processes."""
    (port,) = visitor.free_ports(1)
    threads = str(Settings.load(node.folder).threads)
    command = [sys.executable, "-m", "bench.naive", str(port), threads, str(node.folder)]
    server = subprocess.Popen(command, cwd=ROOT)
    try:
        address = f"http://{visitor.HOST}:{port}"
        while not _answers(address):
            if server.poll() is not None:
                raise RuntimeError("the naive server did not start")
        yield address, processes.tree(server.pid)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)


def _answers(address: str) -> bool:
    try:
        return visitor.get(address + "/records?limit=1", timeout=1.0).status == 200
    except visitor.NoAnswer:
        time.sleep(0.05)
        return False
