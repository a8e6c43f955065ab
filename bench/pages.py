"""Pages and feeds under load: requests a second and processor time, beside the least that Flask can answer."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

from bench import processes
from bench.figures import Figure
from bench.load import load
from bench.speaking import ROOT
from bench.stage import Network, Pair, web
from hubnode.config import Settings
from hubnode.demo import visitor
from hubnode.demo.nodes import Node

WARM_S = 0.5


@dataclass(frozen=True, slots=True)
class Target:
    """One address to ask for, and the status that must come back."""

    what: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Cost:
    """What one request costs."""

    per_second: float
    cpu_ms: float


def measure_network(network: Network) -> list[Figure]:
    """At the size of the demo."""
    node = network.nodes[0]
    return list(_figures("Seiten und Feeds, Daten der Demo", node, "Online-Dienste"))


def measure_pair(pair: Pair) -> list[Figure]:
    """With all the records of `pair`."""
    count = f"{len(pair.documents):,}".replace(",", ".")
    part = f"Seiten und Feeds, {count} Datensätze"
    return list(_figures(part, pair.origin, "Deichmeldungen"))


def _figures(part: str, node: Node, words: str) -> Iterator[Figure]:
    """Ask at the node's own port: nothing stands between."""
    here = f"http://{visitor.HOST}:{node.port}"
    with _bare(Settings.load(node.folder).threads) as (address, pids):
        least = cost(address, Target("", "/"), lambda: pids)
    yield Figure(part, "Flask, nur „ok“", least.per_second, "je s")
    yield Figure(part, "Flask, nur „ok“: CPU", least.cpu_ms, "ms")
    for target in _targets(here, words):
        found = cost(here, target, lambda: web(node))
        yield Figure(part, target.what, found.per_second, "je s", least.per_second, "Flask")
        yield Figure(part, f"{target.what}: CPU", found.cpu_ms, "ms", least.cpu_ms, "Flask")


def _targets(here: str, words: str) -> list[Target]:
    announced = visitor.feed_address(here)
    feed = "/" + announced.split("/", 3)[3]
    etag = visitor.get(here + feed).headers["etag"]
    return [
        Target("Startseite", "/"),
        Target("Projektseite", _own_project(here)),
        Target("Expertise suchen", f"/expertise?q={quote(words)}"),
        Target("Überall suchen", f"/suche?q={quote(words)}"),
        Target("Atom, 200", feed),
        Target("Atom, 304", feed, {"If-None-Match": etag}, 304),
    ]


def _own_project(here: str) -> str:
    """The page of a project of this hub: the first one of its list."""
    found = re.search(r"/projekte/[0-9A-Z]{26}(?=\")", visitor.get(f"{here}/projekte").text)
    if found is None:
        raise RuntimeError("no project of this hub is listed")
    return found[0]


def cost(here: str, target: Target, pids: Callable[[], Iterable[int]]) -> Cost:
    """What asking for `target` over and over costs these processes."""
    load(here + target.path, target.headers, seconds=WARM_S)
    serving = list(pids())
    used = processes.cpu_s(serving)
    answered = load(here + target.path, target.headers)
    used = processes.cpu_s(serving) - used
    if set(answered.statuses) != {target.status}:
        raise RuntimeError(f"{target.path} answered {dict(answered.statuses)}")
    return Cost(answered.per_second, 1000 * used / answered.requests)


@contextmanager
def _bare(threads: int) -> Iterator[tuple[str, list[int]]]:
    """The least server, its address and its processes."""
    (port,) = visitor.free_ports(1)
    server = subprocess.Popen([sys.executable, "-m", "bench.bare", str(port), str(threads)], cwd=ROOT)
    try:
        address = f"http://{visitor.HOST}:{port}"
        while not _answers(address):
            if server.poll() is not None:
                raise RuntimeError("the bare server did not start")
        yield address, processes.tree(server.pid)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)


def _answers(address: str) -> bool:
    try:
        return visitor.get(address, timeout=1.0).status == 200
    except visitor.NoAnswer:
        os.sched_yield()
        return False
