"""A whole node in one service: its worker comes back when it is killed, and all of it ends together."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubnode.demo import visitor
from hubnode.demo.commands import Operator
from hubnode.demo.nodes import WHOLE, Node, wait_until_answering
from tests.journeys.conftest import eventually
from tests.journeys.prepared import prepared


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Node]:
    """A node of its own, running as one service."""
    (port,) = visitor.free_ports(1)
    node = Node("alone", prepared(tmp_path / "alone"), port, parts=WHOLE)
    words = ["init", "--base-url", node.origin, "--port", str(port), "--mode", "test", "--focus", "focus-admin"]
    with Operator() as operator:
        operator.run(node, *words, "--name", "Hub Allein", "--place", "Allein", "--intro", "Ein Hub im Test.")
    node.start()
    try:
        wait_until_answering([node])
        yield node
    finally:
        node.kill()


def workers(node: Node) -> list[int]:
    """The processes that work in the background of this node: those that carry no name of the web server."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_text("utf-8", "replace")
        except OSError:
            continue
        if str(node.folder.resolve()) in command and ("hubnode.whole" in command or "hubnode.working" in command):
            found.append(int(entry.name))
    return found


def test_a_worker_that_is_killed_is_started_again_and_the_pages_stay(alone: Node) -> None:
    assert eventually(lambda: len(workers(alone)) == 1)
    (first,) = workers(alone)
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: workers(alone) not in ([], [first]))
    assert visitor.answers(alone.origin)
    assert alone.ended() == []


def test_the_end_of_the_service_is_the_end_of_its_worker(alone: Node) -> None:
    assert eventually(lambda: len(workers(alone)) == 1)
    alone.stop()
    assert workers(alone) == []
    assert not visitor.answers(alone.origin)
