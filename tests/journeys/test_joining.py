"""A sixth hub joins five that know each other: two commands, and it holds everything that was ever published."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubnode.demo import visitor
from hubnode.demo.commands import CommandFailed, Operator
from hubnode.demo.meeting import acquaint, wait_until_equal
from hubnode.demo.nodes import Node, stop_all, wait_until_answering
from tests.journeys import writing
from tests.journeys.conftest import SPEED, Network, eventually
from tests.journeys.nursery import Nursery
from tests.journeys.prepared import prepared

pytestmark = pytest.mark.journey

OLD = {"eins": "Erste", "zwei": "Zweite", "drei": "Dritte", "vier": "Vierte", "fuenf": "Fünfte"}
NEW = "sechs"
PATIENCE = 120.0
"""Seconds in which a newcomer has to be complete."""


@pytest.fixture
def six(tmp_path: Path, nursery: Nursery) -> Iterator[Network]:
    """Five hubs that know each other and take one member's word, and a sixth that knows nobody."""
    trusting, asking = ({**SPEED, "HUBNODE_VOUCHES_NEEDED": needed} for needed in "10")
    ports = visitor.free_ports(len(OLD) + 1)
    nodes = [
        Node(key, prepared(tmp_path / key), port, None, asking if key == NEW else trusting, begin=nursery.begin)
        for key, port in zip((*OLD, NEW), ports, strict=True)
    ]
    with Operator() as operator:
        network = Network(nodes, {}, operator, tmp_path)
        try:
            for node in nodes:
                _begin(network, node)
            wait_until_answering(nodes, 180)
            acquaint(operator, nodes[:-1])
            yield network
        finally:
            stop_all(nodes)


def _begin(network: Network, node: Node) -> None:
    place = OLD.get(node.key, "Sechste")
    words = ["--name", f"Hub {place}", "--place", place, "--focus", "focus-admin", "--intro", "Ein Hub im Test."]
    words += ["--base-url", node.origin, "--port", str(node.port), "--mode", "test"]
    network.operator.run(node, "init", *words)
    node.fingerprint = network.status(node)["fingerprint"]
    node.start()


def test_a_sixth_hub_joins_with_two_commands_and_is_complete(six: Network) -> None:
    """One command where it is invited, one where it joins; history, search and the way back are all there."""
    *old, newcomer = six.nodes
    history = [six.publish(node, writing.organisation(f"Amt Vorgeschichte {node.key}")) for node in old]
    wait_until_equal(six.operator, old)
    began = time.monotonic()
    invited = ("--for", newcomer.origin, "--fingerprint", newcomer.fingerprint)
    invitation = six.operator.run(old[0], "peer", "invite", *invited).strip()
    six.operator.run(newcomer, "peer", "join", invitation, "--introduce")
    six.settle(PATIENCE)
    assert time.monotonic() - began < PATIENCE
    numbers = [address.rsplit("/", 1)[1] for address in history]
    assert all(six.finds(newcomer, "Vorgeschichte", number) for number in numbers)
    fresh = writing.organisation("Amt Neuzugang")
    six.publish(newcomer, fresh)
    for node in old:
        assert eventually(lambda node=node: six.finds(node, "Neuzugang", fresh["id"]))
        assert {hub["state"] for hub in six.status(node)["hubs"]} <= {"ok", "late"}
    with pytest.raises(CommandFailed, match="schon Mitglied"):
        six.operator.run(newcomer, "peer", "join", invitation)


def test_an_invitation_waits_for_a_person_and_a_suspended_hub_is_gone_within_a_second(network: Network) -> None:
    """The usual way, then suspended at one hub and resumed: nothing is lost, and nothing is shown meanwhile."""
    wilster, hennstedt = network.wilster, network.hennstedt
    record = writing.organisation("Amt Pausenzeichen")
    network.publish(hennstedt, record)
    network.settle()
    before = {log["origin"]: log["digest"] for log in network.status(wilster)["logs"]}
    shown = network.operator.run(wilster, "peer", "suspend", hennstedt.origin, "--dry-run")
    assert "würde" in shown
    assert network.finds(wilster, "Pausenzeichen", record["id"])
    network.operator.run(wilster, "peer", "suspend", hennstedt.origin)
    assert not network.finds(wilster, "Pausenzeichen", record["id"])
    assert network.hub(wilster, hennstedt.origin)["state"] == "suspended"
    network.publish(hennstedt, writing.organisation("Amt Zwischenzeit"))
    assert eventually(lambda: network.hub(hennstedt, wilster.origin)["state"] == "refused")
    network.operator.run(wilster, "peer", "resume", hennstedt.origin)
    assert network.finds(wilster, "Pausenzeichen", record["id"])
    network.settle()
    after = {log["origin"]: log["digest"] for log in network.status(wilster)["logs"]}
    assert {origin for origin in before if before[origin] != after[origin]} == {hennstedt.origin}


def test_a_newcomer_is_not_a_member_before_somebody_says_so(network: Network, tmp_path: Path, nursery: Nursery) -> None:
    """Invited, joined, seen, approved; and away again, so that the three are three."""
    [port] = visitor.free_ports(1)
    newcomer = Node("neu", prepared(tmp_path / "neu"), port, None, dict(SPEED), begin=nursery.begin)
    _begin(network, newcomer)
    try:
        wait_until_answering([newcomer], 120)
        invitation = network.operator.run(network.wilster, "peer", "invite").strip()
        network.operator.run(newcomer, "peer", "join", invitation)
        [request] = network.operator.run(network.wilster, "peer", "requests").splitlines()
        assert newcomer.fingerprint in request
        assert newcomer.origin not in {hub["origin"] for hub in network.status(network.wilster)["hubs"]}
        network.operator.run(network.wilster, "peer", "approve", request.split("\t")[0])
        assert eventually(lambda: network.hub(newcomer, network.wilster.origin)["state"] == "ok")
        network.operator.run(newcomer, "peer", "leave")
        assert eventually(lambda: network.hub(network.wilster, newcomer.origin)["state"] == "left")
        assert eventually(lambda: network.hub(newcomer, network.wilster.origin)["state"] == "left")
    finally:
        newcomer.stop()
