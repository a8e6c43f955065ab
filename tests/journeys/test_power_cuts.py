"""Processes are killed without warning in the middle of their work; afterwards all logs fold to equal tables."""

from __future__ import annotations

import json
import time

import pytest

from federation import routes
from hubnode.demo.nodes import Node, kill, wait_until_answering
from tests.journeys import writing
from tests.journeys.conftest import Network, eventually

pytestmark = pytest.mark.journey

BATCH = 150


def verified(network: Network, node: Node) -> None:
    """Every log recomputed from its entries, every record from its log: raises where anything differs."""
    network.operator.run(node, "verify")


def everything_is_equal(network: Network) -> None:
    """All hubs hold the same, and what they hold follows from the logs."""
    network.settle()
    for node in network.nodes:
        verified(network, node)


@pytest.mark.parametrize(
    "share", [0.75, pytest.param(0.5, marks=pytest.mark.deep), pytest.param(0.95, marks=pytest.mark.deep)]
)
def test_a_publication_is_whole_or_not_at_all(network: Network, share: float) -> None:
    """Killed at different moments of publishing many records at once: all of them, or none."""
    node = network.wilster
    usual = _usual_time(network, node)
    names = [writing.organisation(f"Amt Schnitt{number}") for number in range(BATCH)]
    file = writing.write(network.folder, names)
    before = _exported(network, node)
    publishing = node.run("publish", file)
    time.sleep(share * usual)
    kill(publishing)
    published = _exported(network, node) - before
    assert published in (set(), {record["id"] for record in names})
    network.operator.run(node, "publish", file)
    assert _exported(network, node) - before == {record["id"] for record in names}
    everything_is_equal(network)


def test_a_pull_goes_on_where_it_was_cut(network: Network) -> None:
    """The worker of one hub and the web process of the other die again and again during a long pull."""
    network.hennstedt.kill("worker")
    for part in range(3):
        batch = [writing.organisation(f"Amt Strom {part}-{number}") for number in range(BATCH)]
        network.publish(network.wilster, *batch)
    for pause in (0.0, 0.1, 0.3):
        asked = _pulls(network, network.hennstedt)
        network.hennstedt.start("worker")
        assert eventually(lambda asked=asked: _pulls(network, network.hennstedt) > asked)
        time.sleep(pause)
        network.hennstedt.kill("worker")
        network.wilster.kill("web")
        network.wilster.start("web")
    network.hennstedt.start("worker")
    wait_until_answering(network.nodes)
    everything_is_equal(network)


def test_all_hubs_fall_at_once_and_come_back(network: Network) -> None:
    """Every process of every hub, in the middle of publishing and pulling."""
    batches = {
        node.key: [writing.organisation(f"Amt Sturz {node.key} {number}") for number in range(60)]
        for node in network.nodes
    }
    for node in network.nodes:
        network.publish(node, *batches[node.key])
    for node in network.nodes:
        node.kill()
    for node in network.nodes:
        node.start()
    wait_until_answering(network.nodes)
    everything_is_equal(network)
    last = batches["rendsburg"][-1]
    assert eventually(lambda: network.finds(network.wilster, "Sturz", last["id"]) or _has(network, last["id"]))


def _pulls(network: Network, node: Node) -> int:
    """How often `node` has asked Wilster for entries."""
    return sum(
        seen.path.startswith(routes.ENTRIES) and node.origin in str(seen.headers)
        for seen in list(network.between["wilster"].seen)
    )


def _exported(network: Network, node: Node) -> set[str]:
    """The numbers of all published records of a hub."""
    return {json.loads(line)["id"] for line in network.operator.run(node, "export").splitlines()}


def _has(network: Network, number: str) -> bool:
    return number in _exported(network, network.rendsburg)


_measured: dict[str, float] = {}


def _usual_time(network: Network, node: Node) -> float:
    """Seconds that publishing as many records takes here, from the start of the command, measured once."""
    if "publish" not in _measured:
        file = writing.write(network.folder, [writing.organisation(f"Amt Uhr{number}") for number in range(BATCH)])
        begun = time.monotonic()
        assert node.run("publish", file).wait() == 0
        _measured["publish"] = time.monotonic() - begun
    return _measured["publish"]
