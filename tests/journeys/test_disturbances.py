"""What happens on the way: hubs that are down, pokes that are lost, bytes that are changed."""

from __future__ import annotations

import pytest

from federation import routes
from tests.journeys import writing
from tests.journeys.conftest import Network, eventually

pytestmark = pytest.mark.journey


def test_a_hub_that_was_down_catches_up(network: Network) -> None:
    """The others go on meanwhile; when it is back it has everything, in order."""
    network.rendsburg.stop()
    records = [writing.organisation(f"Amt Nachzug {number}") for number in range(5)]
    for record in records:
        network.publish(network.wilster, record)
    assert eventually(lambda: network.finds(network.hennstedt, "Nachzug", records[-1]["id"]))
    network.rendsburg.start()
    assert eventually(lambda: network.finds(network.rendsburg, "Nachzug", records[-1]["id"]))
    network.settle()


def test_a_silent_hub_is_named_and_its_records_stay(network: Network) -> None:
    """Its copy answers; the state of the network says that it is down."""
    record = writing.organisation("Stadt Stillwasser")
    network.publish(network.rendsburg, record)
    network.settle()
    network.rendsburg.stop()
    assert eventually(lambda: network.hub(network.wilster, network.rendsburg.origin)["state"] == "down")
    assert network.finds(network.wilster, "Stillwasser", record["id"])
    network.rendsburg.start()
    assert eventually(lambda: network.hub(network.wilster, network.rendsburg.origin)["state"] == "ok")


def test_a_lost_poke_costs_time_and_nothing_else(network: Network) -> None:
    """No poke reaches Hennstedt; its next poll brings what is new."""
    with network.between["hennstedt"].dropping(lambda method, path: (method, path) == ("POST", routes.POKE)):
        record = writing.organisation("Amt Stupser")
        network.publish(network.wilster, record)
        assert eventually(lambda: network.finds(network.hennstedt, "Stupser", record["id"]))
    network.settle()


def test_a_lost_answer_is_asked_for_again(network: Network) -> None:
    """Every second request to Wilster gets no answer."""
    asked: list[str] = []

    def every_second(_method: str, path: str) -> bool:
        asked.append(path)
        return len(asked) % 2 == 1

    with network.between["wilster"].dropping(every_second):
        record = writing.organisation("Amt Wackelkontakt")
        network.publish(network.wilster, record)
        for node in (network.hennstedt, network.rendsburg):
            assert eventually(lambda node=node: network.finds(node, "Wackelkontakt", record["id"]))
    assert len(asked) > 2
    network.settle()


@pytest.mark.parametrize("what", ["a word", "a line less", "two lines swapped", "a line twice", "half a page"])
def test_bytes_changed_on_the_way_are_refused_and_fetched_again(network: Network, what: str) -> None:
    """Nothing of a page applies unless all of it is what its origin signed; once nobody disturbs, all arrives."""
    changed: list[str] = []
    names = ("Erstling", "Zweitling")

    def change(path: str, body: bytes) -> bytes:
        if not path.startswith(routes.ENTRIES) or b"Erstling" not in body:
            return body
        changed.append(path)
        return CHANGES[what](body)

    before = {node.key: network.status(node) for node in network.nodes}
    with network.between["wilster"].changing(change):
        records = [writing.organisation(f"Amt {name} {what}") for name in names]
        network.publish(network.wilster, *records)
        assert eventually(lambda: len(changed) >= 2)
        for node in (network.hennstedt, network.rendsburg):
            for name, record in zip(names, records, strict=True):
                assert not network.finds(node, name, record["id"])
            hub = network.hub(node, network.wilster.origin)
            assert hub["state"] in {"late", "refused"}
            assert hub["last_error"]
            assert _size(network.status(node), network.wilster.origin) == _size(
                before[node.key], network.wilster.origin
            )
    for node in (network.hennstedt, network.rendsburg):
        for name, record in zip(names, records, strict=True):
            assert eventually(lambda n=node, w=name, i=record["id"]: network.finds(n, w, i))
    network.settle()


def _swapped(body: bytes) -> bytes:
    lines = body.split(b"\n")
    return b"\n".join([lines[1], lines[0], *lines[2:]])


CHANGES = {
    "a word": lambda body: body.replace(b"Erstling", b"Falschwort", 1),
    "a line less": lambda body: body.split(b"\n", 1)[1],
    "two lines swapped": _swapped,
    "a line twice": lambda body: body.split(b"\n", 1)[0] + b"\n" + body,
    "half a page": lambda body: body[: len(body) // 2],
}


def _size(status: dict[str, list[dict[str, object]]], origin: str) -> object:
    return next(log["size"] for log in status["logs"] if log["origin"] == origin)
