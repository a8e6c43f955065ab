"""Measures, from outside, how long a publication takes until every hub shows it in its search and in its feed."""

from __future__ import annotations

import json
import math
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ulid import ULID

from hubnode.demo import visitor
from hubnode.demo.commands import Operator
from hubnode.demo.nodes import Node, NodeFailed
from hubnode.demo.setup import State, records_of

PATIENCE_S = 20.0
PAUSE_S = 0.03


def measure(nodes: Sequence[Node], folder: Path) -> dict[str, int]:
    """Publish one new record at every hub, one after the other, and wait for it at all the others.

    A figure is the time from typing the command until one other hub shows the record both on the result page of the
    search and in the Atom feed. Raises `NodeFailed` naming the hub that does not show it in time.
    """
    state = State.read(folder)
    feeds = {node.key: visitor.feed_address(node.origin) for node in nodes}
    seen: list[float] = []
    with Operator() as operator, ThreadPoolExecutor(len(nodes)) as eyes:
        operator.status(nodes)  # imports the node, so that the first figure is one of publishing
        for node in nodes:
            record = _new_record(node, records_of(node, nodes, state))
            file = node.folder / "check.json"
            file.write_text(json.dumps([record], ensure_ascii=False), "utf-8")
            begun = time.monotonic()
            published = operator.submit(node, "publish", str(file))
            looks = {
                other.key: eyes.submit(_until_visible, other, feeds[other.key], record["id"], begun) for other in nodes
            }
            published.result()
            times = {key: look.result() for key, look in looks.items()}
            seen += [taken for key, taken in times.items() if key != node.key]
        report = operator.status(nodes[:1])[nodes[0].key]
    return {
        "hubs": len(nodes),
        "records": sum(hub["records"] for hub in report["hubs"]),
        "visible_p50_ms": round(1000 * statistics.median(seen)),
        "visible_p95_ms": round(1000 * sorted(seen)[math.ceil(0.95 * len(seen)) - 1]),
    }


def _new_record(node: Node, records: list[dict[str, Any]]) -> dict[str, Any]:
    """A public record of this hub under a new number and a title with a word that occurs nowhere else."""
    model = next(one for one in records if one["visibility"] == "public" and "title" in one["body"])
    number = str(ULID())
    title = {"de": f"Prüfung {_word(number)} bei {node.key}"}
    return {**model, "id": number, "body": {**model["body"], "title": title}}


def _word(number: str) -> str:
    """A word made of a record's number, without digits, so that no analysis takes it apart."""
    return "q" + number[-12:].lower().translate(str.maketrans("0123456789", "bcdfghjkmn"))


def _until_visible(node: Node, feed: str, number: str, begun: float) -> float:
    """Seconds since `begun` until `node` shows the record; raises `NodeFailed` after the patience.

    Asks for the feed as a reader does, by its last ETag: looking must not slow down what is looked at.
    """
    search, tag, missing = f"{node.origin}/suche?q={_word(number)}", "", "feed"
    while time.monotonic() < begun + PATIENCE_S:
        status, tag, text = _look(feed, tag)
        if status == 200 and number in text:
            missing = "suche"
            break
        time.sleep(PAUSE_S)
    while missing == "suche" and time.monotonic() < begun + PATIENCE_S:
        if number in _look(search, "")[2]:
            return time.monotonic() - begun
        time.sleep(PAUSE_S)
    raise NodeFailed(f"{node.key} zeigt den neuen Datensatz nach {PATIENCE_S:.0f} s nicht: {missing}")


def _look(address: str, tag: str) -> tuple[int, str, str]:
    """Status, ETag and text of an answer; a hub that does not answer is asked again."""
    try:
        answer = visitor.get(address, headers={"If-None-Match": tag} if tag else None)
    except visitor.NoAnswer:
        return 0, tag, ""
    return answer.status, answer.headers.get("etag", tag), answer.text
