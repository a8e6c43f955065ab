"""Accidents that really happen to machines: processes that stop, wrong clocks, full disks, bad links, power cuts."""

from __future__ import annotations

import glob
import os
import random
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hubnode.demo.nodes import Node, wait_until_answering
from tests.journeys import writing
from tests.journeys.conftest import SPEED, Network, eventually
from tests.journeys.test_power_cuts import everything_is_equal

pytestmark = pytest.mark.journey

KILLS = int(os.environ.get("HUBNODE_TEST_KILLS", "10"))
"""Kills in a row; the deep check asks for a hundred."""
FAKETIME = sorted(glob.glob("/usr/lib/*/faketime/libfaketime.so.1"))
CLOCK_ONLY = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
"""For libfaketime: pauses take as long as they do, and files, also what Python has compiled, are as old as they are."""
BATCH = 5


def processes(node: Node, part: str) -> list[int]:
    """A part of a node, with all that it has started."""
    found = [node._running[part].pid]
    for pid in found:
        for file in glob.glob(f"/proc/{pid}/task/*/children"):
            with open(file, encoding="ascii") as children:
                found.extend(map(int, children.read().split()))
    return found


@contextmanager
def halted(node: Node) -> Iterator[None]:
    """Stop all processes of a node where they are (SIGSTOP), as a machine that hangs."""
    pids = [pid for part in ("web", "worker") for pid in processes(node, part)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@contextmanager
def started_with(network: Network, node: Node, **environment: str) -> Iterator[None]:
    """Run a node with other settings of its surroundings, and as usual afterwards."""
    node.stop()
    node.environment = {**SPEED, **environment}
    node.start()
    wait_until_answering([node])
    try:
        yield
    finally:
        node.stop()
        node.environment = dict(SPEED)
        node.start()
        wait_until_answering(network.nodes)


def test_a_hub_that_hangs_holds_up_nobody_and_catches_up(network: Network) -> None:
    """It accepts connections and answers nothing: worse than being down."""
    record = writing.organisation("Amt Hänger")
    with halted(network.rendsburg):
        network.publish(network.wilster, record)
        assert eventually(lambda: network.finds(network.hennstedt, "Hänger", record["id"]))
    assert eventually(lambda: network.finds(network.rendsburg, "Hänger", record["id"]), 60)
    everything_is_equal(network)


@pytest.mark.skipif(not FAKETIME, reason="libfaketime is not installed (apt-get install faketime)")
@pytest.mark.parametrize("shift", ["+20m", pytest.param("-4m", marks=pytest.mark.deep)])
def test_a_hub_with_a_wrong_clock_still_gives_and_takes(network: Network, shift: str) -> None:
    """Its clock is far outside of what signatures allow; order and content do not depend on it."""
    there, here = writing.organisation(f"Amt Zeitsprung {shift[1:]}"), writing.organisation(f"Amt Uhrwerk {shift[1:]}")
    with started_with(network, network.rendsburg, LD_PRELOAD=FAKETIME[-1], FAKETIME=shift, **CLOCK_ONLY):
        network.publish(network.wilster, here)
        assert eventually(lambda: network.finds(network.rendsburg, "Uhrwerk", here["id"]), 30)
        network.publish(network.rendsburg, there)
        assert eventually(lambda: network.finds(network.wilster, "Zeitsprung", there["id"]), 30)
    everything_is_equal(network)


def test_a_disk_that_is_full_stops_the_copying_and_loses_nothing(network: Network) -> None:
    """The worker may not make any file larger; pages are still served, and with room again all arrives."""
    node = network.hennstedt
    (worker,) = {node._running["worker"].pid}
    records = [writing.organisation(f"Amt Vollplatte {number}") for number in range(BATCH)]
    before = resource.prlimit(worker, resource.RLIMIT_FSIZE)
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        network.publish(network.wilster, *records)
        assert eventually(lambda: network.finds(network.rendsburg, "Vollplatte", records[0]["id"]), 60)
        assert not network.finds(node, "Vollplatte", records[0]["id"])
    finally:
        resource.prlimit(worker, resource.RLIMIT_FSIZE, before)
    assert eventually(lambda: network.finds(node, "Vollplatte", records[0]["id"]), 60)
    everything_is_equal(network)


def test_a_reserve_of_disk_that_is_reached_is_told_and_kept(network: Network) -> None:
    """With less room than is to stay free, nothing is copied, everything is served, and the doctor says why."""
    record = writing.organisation("Amt Reserve")
    with started_with(network, network.hennstedt, HUBNODE_DISK_RESERVE_MB="1000000000"):
        network.publish(network.wilster, record)
        assert eventually(lambda: network.hub(network.hennstedt, network.wilster.origin)["last_error"] == "no-room")
        assert not network.finds(network.hennstedt, "Reserve", record["id"])
    assert eventually(lambda: network.finds(network.hennstedt, "Reserve", record["id"]))


def test_a_link_that_drops_half_of_everything_costs_time_only(network: Network) -> None:
    """Every request between hubs is lost with a chance of one half, in both directions."""
    draw = random.Random(7)  # noqa: S311 - no secret

    def lost(_method: str, path: str) -> bool:
        return path.startswith("/apl/") and draw.random() < 0.5

    records = {node.key: writing.organisation(f"Amt Funkloch {node.key}") for node in network.nodes}
    for node in network.nodes:  # whoever has just been started asks the others before it writes
        network.publish(node, writing.organisation(f"Amt Vor dem Funkloch {node.key}"))
    with (
        network.between["wilster"].dropping(lost),
        network.between["hennstedt"].dropping(lost),
        network.between["rendsburg"].dropping(lost),
    ):
        for node in network.nodes:
            network.publish(node, records[node.key])
        for node in network.nodes:
            for record in records.values():
                assert eventually(lambda node=node, record=record: network.finds(node, "Funkloch", record["id"]), 60)
    everything_is_equal(network)


@pytest.mark.deep
def test_power_cuts_at_random_moments(network: Network) -> None:
    """Any process of any hub dies without warning, again and again, while all of them publish."""
    draw = random.Random(os.environ.get("HUBNODE_TEST_SEED", "11"))  # noqa: S311 - no secret
    running: list[tuple[Node, object]] = []
    for number in range(KILLS):
        node = draw.choice(network.nodes)
        part = draw.choice(["web", "worker"])
        file = writing.write(network.folder, [writing.organisation(f"Amt Blitz {number}-{one}") for one in range(20)])
        publishing = draw.choice(network.nodes).run("publish", file)
        running.append((node, publishing))
        eventually(lambda: False, draw.random())
        node.kill(part)
        node.start(part)
        publishing.wait(60)
    wait_until_answering(network.nodes)
    everything_is_equal(network)
