"""A partner gets every change, in order and signed, whatever becomes of the worker that delivers it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ulid import ULID

from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.demo import visitor
from hubnode.demo.commands import Operator
from hubnode.demo.nodes import Node, wait_until_answering
from hubnode.people.viewer import OPERATOR
from hubnode.push import webhooks
from tests.hubnode.push.subscribers import Subscriber
from tests.journeys import writing
from tests.journeys.conftest import SPEED, eventually

pytestmark = pytest.mark.journey
RECORDS = 60


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A node of its own, with more to deliver than fits between two kills; its worker is not running yet."""
    (port,) = visitor.free_ports(1)
    found = Node("push", tmp_path / "push", port, environment=dict(SPEED))
    words = ["init", "--base-url", found.origin, "--port", str(port), "--mode", "test", "--focus", "focus-admin"]
    with Operator() as operator:
        operator.run(found, *words, "--name", "Hub Allein", "--place", "Allein", "--intro", "Ein Hub im Test.")
        lead = str(ULID())
        records = [writing.project(f"Projekt {number}", f"{found.origin}/r/{lead}") for number in range(RECORDS - 1)]
        operator.run(found, "publish", writing.write(tmp_path, [writing.organisation("Amt", id=lead), *records]))
    found.start("web")
    try:
        wait_until_answering([found])
        yield found
    finally:
        found.kill()


@pytest.mark.deep
def test_a_worker_that_is_killed_again_and_again_loses_nothing(node: Node) -> None:
    with Subscriber().listening() as partner:
        with create_core(settings := Settings.load(node.folder, {})).app_context():
            now = datetime.now(UTC)
            _number, secret = webhooks.make(
                settings, "Partner", partner.url, "/feeds/alle.atom", now, by=OPERATOR, whole=True
            )
        for least in (5, 25, 45):
            node.start("worker")
            assert eventually(lambda least=least: len(partner.got) >= least)
            node.kill("worker")
        node.start("worker")
        assert eventually(lambda: len(set(partner.ids())) == RECORDS)
        messages = dict(zip(partner.ids(), partner.messages(secret), strict=True))
    first = list(dict.fromkeys(partner.ids()))
    assert first == sorted(first, key=lambda one: int(one.rpartition("_")[2])), "in their order"
    assert len({one["data"]["id"] for one in messages.values()}) == RECORDS
    assert len(partner.got) <= RECORDS + 3 * 20, "what repeats is at most a page for each kill"
