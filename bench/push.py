"""How many webhooks one worker delivers in a second, and what each costs; requests.post, and nothing else, beside."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import requests

from bench import corpus, processes
from bench.figures import Bar, Figure
from bench.speaking import Program, python
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.demo import visitor
from hubnode.demo.commands import Operator
from hubnode.demo.nodes import Node, NodeFailed
from hubnode.people.viewer import OPERATOR
from hubnode.push import webhooks

RECORDS, SUBSCRIBERS = 1_000, 5
BARE = 1_000
LEAST = 100
PATIENCE_S = 300
PART = "Webhooks zustellen"


def measure(records: int = RECORDS, subscribers: int = SUBSCRIBERS) -> list[Figure]:
    """The real worker of a node delivers everything to each subscriber, signed and in order."""
    port, inner = visitor.free_ports(2)
    with tempfile.TemporaryDirectory(prefix="hubnode-bench-") as folder, Operator() as operator:
        node = Node("push", Path(folder) / "push", inner)
        with python("taker", str(port)) as taker:
            bare = _bare(port, BARE)
            expected = _prepare(node, operator, Path(folder), port, records, subscribers)
            return list(_figures(_delivered(node, taker, BARE, expected), bare, expected))


def _figures(found: tuple[float, float], bare: float, expected: int) -> Iterator[Figure]:
    seconds, cpu_s = found
    what = f"{expected} Zustellungen an {SUBSCRIBERS} Empfänger"
    yield Figure(PART, what, expected / seconds, "je s", bare, "requests.post", Bar("at least", LEAST))
    yield Figure(PART, "Rechenzeit des Arbeiters je Zustellung", 1000 * cpu_s / expected, "ms")


def _bare(port: int, number: int) -> float:
    """Deliveries in a second of a loop that does nothing but post the same size."""
    body = json.dumps({"type": "record.put", "data": "x" * 1_500})
    begun = time.monotonic()
    with requests.Session() as session:
        for _ in range(number):
            session.post(f"http://127.0.0.1:{port}/", body, timeout=10).raise_for_status()
    return number / (time.monotonic() - begun)


def _prepare(node: Node, operator: Operator, folder: Path, port: int, records: int, subscribers: int) -> int:
    """A node with records and subscribers that want them all; answers how many messages that makes."""
    words = ["init", "--base-url", node.origin, "--port", str(node.port), "--mode", "demo", "--focus", "focus-admin"]
    operator.run(node, *words, "--name", "Hub Messen", "--place", "Messen", "--intro", "Ein Hub zum Messen.")
    file = folder / "documents.json"
    made = corpus.documents(node.origin, 2 * records)
    found = [one for one in made if one["visibility"] == "public" and one["kind"] != "expertise"][:records]
    file.write_text(json.dumps(found, ensure_ascii=False), "utf-8")
    operator.run(node, "publish", str(file))
    settings = Settings.load(node.folder, {})
    with create_core(settings).app_context():
        for number in range(subscribers):
            url, now = f"http://127.0.0.1:{port}/{number}", datetime.now(UTC)
            webhooks.make(settings, f"Empfänger {number}", url, "/feeds/alle.atom", now, by=OPERATOR, whole=True)
    return subscribers * len(found)


def _delivered(node: Node, taker: Program, before: int, expected: int) -> tuple[float, float]:
    """Seconds, and seconds of processor time, from the first delivery to the last."""
    node.start("worker")
    try:
        _until(taker, before + 1)
        pids = processes.below(_own(), "hubnode.working")
        begun, used, first = time.monotonic(), processes.cpu_s(pids), _taken(taker)
        _until(taker, before + expected)
        seconds, cpu_s = time.monotonic() - begun, processes.cpu_s(pids) - used
        share = expected / (before + expected - first)
        return seconds * share, cpu_s * share
    finally:
        node.stop()


def _own() -> int:
    return int(Path("/proc/self").resolve().name)


def _until(taker: Program, number: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while _taken(taker) < number:
        if time.monotonic() > deadline:
            raise NodeFailed(f"only {_taken(taker)} of {number} were delivered")
        time.sleep(0.02)


def _taken(taker: Program) -> int:
    return int(taker.ask()["taken"])
