"""Memory of a node: web (supervisor and worker process) and background worker, which share what they have loaded."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from bench import processes
from bench.figures import Bar, Figure
from bench.stage import Network, web, whole
from hubnode.demo.nodes import Node

LIMIT_MB = 150
PART = "Speicher je Knoten (PSS; fünf Knoten auf einem Rechner teilen sich Bibliotheken)"


def measure(network: Network, when: str) -> list[Figure]:
    """Mean and largest of the five nodes, by kind of process."""
    return list(_figures(network, when))


def measure_web(node: Node, count: int) -> Figure:
    """What serves the pages of one node with many records, after load; no other node runs beside it."""
    what = f"{count:,}".replace(",", ".") + " Datensätze, ein Knoten, nach Last: Web"
    return Figure(PART, what, processes.pss_mb(web(node)), "MB")


def _figures(network: Network, when: str) -> Iterator[Figure]:
    held = [processes.pss_mb(whole(node)) for node in network.nodes]
    yield Figure(PART, f"{when}: Web und Arbeiter, größter", max(held), "MB", bar=Bar("at most", LIMIT_MB))
    yield Figure(PART, f"{when}: Web und Arbeiter, Mittel", statistics.mean(held), "MB")
