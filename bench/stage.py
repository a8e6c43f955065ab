"""What the parts of the bench measure: an origin with 10,000 records and a hub that follows it; the five demo hubs."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import corpus, processes
from bench.speaking import Program, python
from hubnode.demo import visitor
from hubnode.demo.commands import Operator
from hubnode.demo.meeting import acquaint
from hubnode.demo.nodes import QUICK, Node, stop_all, wait_until_answering
from hubnode.demo.records import demo_hubs
from hubnode.demo.setup import nodes_for, open_network

RECORDS = 10_000
UNLIMITED = {"HUBNODE_API_PER_MINUTE": "1000000"}
"""Whoever measures asks more often than anybody may."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An origin that serves many records, and the folder of a hub that may pull them through the counting proxy."""

    origin: Node
    receiver: Node
    counter: Program
    operator: Operator
    documents: list[dict[str, Any]]
    folder: Path
    publishing_s: float

    def publish(self, documents: Sequence[dict[str, Any]]) -> None:
        """Publish at the origin as its operator would.

        The other hub answers meanwhile: a hub that can ask nobody what they hold of its log does not write.
        """
        file = self.folder / "documents.json"
        file.write_text(json.dumps(documents, ensure_ascii=False), "utf-8")
        self.receiver.start("web")
        try:
            wait_until_answering((self.receiver,))
            self.operator.run(self.origin, "publish", str(file))
        finally:
            self.receiver.stop()


@dataclass(frozen=True, slots=True)
class Network:
    """The five hubs of the demo, started and equal."""

    nodes: list[Node]


@contextmanager
def pair(count: int = RECORDS) -> Iterator[Pair]:
    """Two hubs that know each other; only the origin is running, with `count` records."""
    inner, outer, other = visitor.free_ports(3)
    with _folder() as folder, Operator() as operator:
        origin = Node("origin", folder / "origin", inner, outer, {**QUICK, **UNLIMITED})
        receiver = Node("receiver", folder / "receiver", other)
        try:
            for node in (origin, receiver):
                _initialise(operator, node)
                node.start("web")
            with python("counting", str(outer), str(inner)) as counter:
                wait_until_answering((origin, receiver))
                acquaint(operator, (origin, receiver))
                receiver.stop()
                documents = corpus.documents(origin.origin, count)
                made = Pair(origin, receiver, counter, operator, documents, folder, 0.0)
                begun = time.monotonic()
                made.publish(documents)
                took = time.monotonic() - begun
                yield Pair(origin, receiver, counter, operator, documents, folder, took)
        finally:
            stop_all((origin, receiver))


@contextmanager
def network() -> Iterator[Network]:
    """The five hubs of the demo on free ports, with their records; ended and removed afterwards."""
    with _folder() as folder:
        nodes = nodes_for(folder, visitor.free_ports(len(demo_hubs())))
        try:
            open_network(folder, nodes, lambda _text: None)
            yield Network(nodes)
        finally:
            stop_all(nodes)


def web(node: Node) -> list[int]:
    """The processes of a node that serve its pages."""
    return processes.below(os.getpid(), "granian", f":{node.port} ")


def whole(node: Node) -> list[int]:
    """All processes of a node that runs as one service."""
    return processes.below(os.getpid(), f":{node.port} ")


def _initialise(operator: Operator, node: Node) -> None:
    words = ["init", "--base-url", node.origin, "--port", str(node.port), "--mode", "demo", "--focus", "focus-admin"]
    operator.run(node, *words, "--name", f"Hub {node.key}", "--place", node.key, "--intro", "Ein Hub zum Messen.")
    node.fingerprint = operator.status([node])[node.key]["fingerprint"]


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="hubnode-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
