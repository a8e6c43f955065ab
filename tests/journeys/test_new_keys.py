"""Keys that change while everything is under way, with real processes: nobody is refused, and nobody restarts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from hubnode.demo.commands import CommandFailed
from hubnode.demo.nodes import Node, refuse_ended
from tests.journeys import writing
from tests.journeys.conftest import Network, eventually

pytestmark = pytest.mark.journey


def signer(node: Node) -> str:
    """The id of the key that signs at a hub."""
    name: str = json.loads((node.folder / "keys/signing.json").read_text("ascii"))["id"]
    return name


@contextmanager
def load(network: Network) -> Iterator[list[str]]:
    """All hubs publish, one record after the other, while the block runs; their names."""
    stop, published = threading.Event(), list[str]()

    def publish(node: Node) -> None:
        while not stop.is_set():
            record = writing.organisation(f"Amt Dauerlast {len(published)}")
            network.publish(node, record)
            published.append(record["id"])

    threads = [threading.Thread(target=publish, args=(node,)) for node in network.nodes[:2]]
    for thread in threads:
        thread.start()
    try:
        yield published
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_a_rotation_under_load_costs_no_message(network: Network) -> None:
    """Two hubs publish all the time; both change their key; nothing that any hub asked for was refused."""
    changing = network.nodes[:2]
    before = {node.key: signer(node) for node in changing}
    for proxy in network.between.values():
        proxy.refused.clear()
    with load(network) as published:
        assert eventually(lambda: len(published) >= 4)
        for node in changing:
            network.operator.run(node, "key", "rotate")
        assert eventually(lambda: all(signer(node) != before[node.key] for node in changing), 60)
        so_far = len(published)
        assert eventually(lambda: len(published) >= so_far + 4)
    network.settle()
    assert [refusal for proxy in network.between.values() for refusal in proxy.refused] == []
    refuse_ended(network.nodes)
    for node in network.nodes:
        assert all(network.hub(node, other.origin)["last_error"] is None for other in network.nodes)


def accepted(network: Network, record: dict[str, Any]) -> bool:
    """Whether Wilster may publish this by now."""
    try:
        network.publish(network.wilster, record)
    except CommandFailed:
        return False
    return True


def test_who_was_away_for_the_whole_overlap_comes_back_without_help(network: Network) -> None:
    """The key that Rendsburg knows is over when it returns; what it had missed is there, and so is the new key."""
    network.settle()
    network.rendsburg.stop()
    network.operator.run(network.wilster, "key", "rotate", "--overlap-hours", "0")
    record = writing.organisation("Amt Rückkehr")
    # A card is looked at once a minute at most: after another change just now, the only hub left refuses the new key.
    assert eventually(lambda: accepted(network, record), 90)
    assert eventually(lambda: network.finds(network.hennstedt, "Rückkehr", record["id"]))
    network.rendsburg.start()
    assert eventually(lambda: network.finds(network.rendsburg, "Rückkehr", record["id"]), 60), network.status(
        network.rendsburg
    )
    network.settle()
