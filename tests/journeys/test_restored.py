"""Databases are put back in time under real processes: afterwards no hub holds a wrong record, and nobody is frozen."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from hubnode.demo.nodes import Node, wait_until_answering
from tests.journeys import writing
from tests.journeys.conftest import Network, eventually

pytestmark = pytest.mark.journey


def back_up(network: Network, node: Node) -> Path:
    """A backup of a running node's database, made as the guide says."""
    copy = network.folder / f"{node.key}.backup"
    with (
        contextlib.closing(sqlite3.connect(node.folder / "hub.db")) as source,
        contextlib.closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
    return copy


def put_back(node: Node, copy: Path) -> None:
    """Stop the node and put the backup in the place of its database."""
    node.stop()
    for suffix in ("-wal", "-shm"):
        (node.folder / f"hub.db{suffix}").unlink(missing_ok=True)
    # Another file under the same name: those who type commands here may still hold the one before.
    part = node.folder / "hub.db.part"
    part.write_bytes(copy.read_bytes())
    part.replace(node.folder / "hub.db")


def changes(network: Network) -> tuple[list[str], str]:
    """Wilster publishes, revises and erases; answers what was published, and the erased number."""
    kept = [writing.organisation(f"Amt Zeitreise {number}") for number in range(5)]
    gone = writing.organisation("Amt Vergessen")
    network.publish(network.wilster, *kept, gone)
    network.publish(network.wilster, writing.organisation("Amt Zeitreise umbenannt", id=kept[0]["id"]))
    network.operator.run(network.wilster, "erase", gone["id"], "--yes")
    network.settle()
    return [record["id"] for record in kept], gone["id"]


def exported(network: Network, node: Node) -> set[str]:
    """The numbers of all own published records."""
    return {json.loads(line)["id"] for line in network.operator.run(node, "export").splitlines()}


def nobody_is_frozen(network: Network) -> bool:
    """Whether the log of each of the three is followed by the others; liars of other journeys may be frozen."""
    ours = {node.origin for node in network.nodes}
    said = [hub for node in network.nodes for hub in network.status(node)["hubs"] if hub["origin"] in ours]
    return len(said) == len(ours) ** 2 and not any(hub["state"] == "frozen" for hub in said)


def test_an_origin_from_an_old_backup_loses_nothing_and_goes_on(network: Network) -> None:
    """What the others hold of it comes back before its first write; wrong records afterwards: none, anywhere."""
    network.publish(network.wilster, writing.organisation("Amt Vor der Sicherung"))
    network.settle()
    copy = back_up(network, network.wilster)
    kept, gone = changes(network)
    put_back(network.wilster, copy)
    assert not set(kept) & exported(network, network.wilster)
    network.wilster.start()
    wait_until_answering(network.nodes)
    later = writing.organisation("Amt Nach der Sicherung")
    network.publish(network.wilster, later)
    network.settle()
    assert {*kept, later["id"]} <= exported(network, network.wilster)
    assert nobody_is_frozen(network)
    for node in network.nodes:
        network.operator.run(node, "verify")
        assert network.finds(node, "umbenannt", kept[0])
        assert not network.finds(node, "Vergessen", gone)


@pytest.mark.deep
def test_a_command_before_any_start_asks_too(network: Network) -> None:
    """The database that was put back says that all is well; the command does not believe it."""
    network.settle()
    copy = back_up(network, network.wilster)
    kept, _ = changes(network)
    put_back(network.wilster, copy)
    network.publish(network.wilster, writing.organisation("Amt Ohne Start"))
    assert set(kept) <= exported(network, network.wilster)
    network.wilster.start()
    wait_until_answering(network.nodes)
    network.settle()
    assert nobody_is_frozen(network)


@pytest.mark.deep
def test_all_hubs_start_at_once_and_one_of_them_is_old(network: Network) -> None:
    """Each waits for the others only as long as they need to answer."""
    network.settle()
    copy = back_up(network, network.wilster)
    kept, _ = changes(network)
    for node in network.nodes:
        node.stop()
    put_back(network.wilster, copy)
    for node in network.nodes:
        node.start()
    wait_until_answering(network.nodes)
    assert eventually(lambda: set(kept) <= exported(network, network.wilster))
    network.settle()
    assert nobody_is_frozen(network)


def test_a_receiver_from_an_old_backup_shows_nothing_that_was_erased_meanwhile(network: Network) -> None:
    """Before it has caught up it shows nothing at all of the others, afterwards exactly what they share."""
    stays, gone = writing.organisation("Amt Bleibstehen"), writing.organisation("Amt Verschwindibus")
    network.publish(network.wilster, stays, gone)
    network.settle()
    assert network.finds(network.rendsburg, "Verschwindibus", gone["id"])
    copy = back_up(network, network.rendsburg)
    network.operator.run(network.wilster, "erase", gone["id"], "--yes")
    network.settle()
    put_back(network.rendsburg, copy)
    with network.between["wilster"].dropping(lambda _method, _path: True):
        network.rendsburg.start()
        wait_until_answering([network.rendsburg])
        for _ in range(5):
            assert not network.finds(network.rendsburg, "Verschwindibus", gone["id"])
            assert not network.finds(network.rendsburg, "Bleibstehen", stays["id"])
    assert eventually(lambda: network.finds(network.rendsburg, "Bleibstehen", stays["id"]), patience=60.0)
    assert not network.finds(network.rendsburg, "Verschwindibus", gone["id"])
    network.settle()
    network.operator.run(network.rendsburg, "verify")
