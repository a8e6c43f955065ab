"""Real hubs forget: no byte of an erased record is left in any file, also when processes die in the middle of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from federation.proofs import verify_proof
from hubnode.demo import visitor
from hubnode.demo.nodes import Node, wait_until_answering
from tests.journeys import writing
from tests.journeys.conftest import Network, eventually

pytestmark = pytest.mark.journey

WORD = "Vergissmeinnicht"


def holding(folder: Path, word: str) -> list[str]:
    """The files of a node in which the word stands as bytes, in any case."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sorted(path.name for path in files if word.lower().encode() in path.read_bytes().lower())


def published(network: Network, node: Node, word: str) -> str:
    """A record that has the word in its title, in a field and in what is for the own hub only; known everywhere."""
    number = str(
        network.publish(
            node,
            writing.organisation(f"Amt {word}alt", agreement_ref=f"{word}-17"),
        )
    ).rpartition("/")[2]
    network.publish(node, writing.organisation(f"Amt {word}neu", id=number, agreement_ref=f"{word}-18"))
    network.settle()
    for one in network.nodes:
        assert network.finds(one, f"{word}neu", number)
        assert word in network.feed(one)
        assert holding(one.folder, word) != []
    return number


def ledger(network: Network, node: Node, number: str) -> dict[str, Any]:
    """What the node says of one erasure."""
    return next(one for one in json.loads(network.operator.run(node, "erasures", "--json")) if one["id"] == number)


def gone(network: Network, node: Node, number: str) -> bool:
    """Whether the record is cleared at home and confirmed by both others."""
    found = ledger(network, node, number)
    return bool(found["confirmed"] == len(found["hubs"]) == 2 and found["files_clear"])


def test_no_byte_of_an_erased_record_is_left_in_any_file(network: Network) -> None:
    node, word = network.wilster, f"{WORD}eins"
    number = published(network, node, word)
    network.operator.run(node, "erase", number, "--yes")
    assert eventually(lambda: gone(network, node, number), 60)
    assert {one.key: holding(one.folder, word) for one in network.nodes} == {one.key: [] for one in network.nodes}
    for one in network.nodes:
        assert not network.finds(one, f"{word}neu", number)
        assert word not in network.feed(one)
    assert visitor.get(f"{node.origin}/r/{number}").status == 410
    shown = verify_proof(network.operator.run(node, "erasures", "proof", number).strip().encode())
    assert shown.erased
    assert all(hub.receipt is not None and "files" in hub.receipt.scopes for hub in shown.hubs)


@pytest.mark.deep
def test_an_erasure_survives_workers_that_are_killed_at_any_moment(network: Network) -> None:
    """Before the page, after it, during the clearing, after the receipt was sent: it is confirmed all the same."""
    node, word = network.wilster, f"{WORD}zwei"
    number = published(network, node, word)
    network.operator.run(node, "erase", number, "--yes")
    for pause in (0.05, 0.2, 0.4, 0.8):
        for one in (network.hennstedt, network.rendsburg, node):
            one.kill("worker")
            one.start("worker")
        eventually(lambda: gone(network, node, number), pause)
    wait_until_answering(network.nodes)
    assert eventually(lambda: gone(network, node, number), 120)
    assert {one.key: holding(one.folder, word) for one in network.nodes} == {one.key: [] for one in network.nodes}


def test_a_hub_that_was_away_forgets_when_it_comes_back_and_confirms(network: Network) -> None:
    node, word = network.wilster, f"{WORD}drei"
    number = published(network, node, word)
    network.rendsburg.kill()
    network.operator.run(node, "erase", number, "--yes")
    assert eventually(lambda: ledger(network, node, number)["confirmed"] == 1, 60)
    assert holding(network.rendsburg.folder, word) != []
    network.rendsburg.start()
    wait_until_answering(network.nodes)
    assert eventually(lambda: gone(network, node, number), 60)
    assert holding(network.rendsburg.folder, word) == []


def test_a_withdrawn_record_stays_at_home_alone(network: Network) -> None:
    """Its home hub can go on with it; the others keep no byte of it."""
    node, word = network.wilster, f"{WORD}vier"
    number = published(network, node, word)
    anna = network.anna(node)
    anna.send(f"/redaktion/{number}/zurueckziehen", anna.form(f"/redaktion/{number}/zurueckziehen"))
    assert eventually(lambda: gone(network, node, number), 60)
    assert [one.key for one in network.nodes if holding(one.folder, word)] == [node.key]
    assert visitor.get(f"{node.origin}/r/{number}").status == 410
