"""A record is written once and is known everywhere, and its author sees where it has arrived."""

from __future__ import annotations

import re

import pytest

from hubnode.demo import visitor
from tests.journeys import writing
from tests.journeys.conftest import Network, eventually
from tests.journeys.person import Person

pytestmark = pytest.mark.journey


def test_a_publication_is_found_at_every_hub(network: Network) -> None:
    """Search and feed of all three show it; one word of it is enough. How fast, `make demo-check` measures."""
    record = writing.organisation("Stadt Quellenthal")
    network.publish(network.wilster, record)
    for node in network.nodes:
        assert eventually(lambda node=node: network.finds(node, "Quellenthal", record["id"]))
        assert eventually(lambda node=node: record["id"] in network.feed(node))


def test_a_copy_names_its_home_and_leads_there(network: Network) -> None:
    """Whoever reads it at another hub sees whose it is."""
    record = writing.organisation("Amt Herkunft")
    network.publish(network.wilster, record)
    network.settle()
    host = network.wilster.origin.removeprefix("http://")
    page = visitor.get(f"{network.hennstedt.origin}/organisationen/{host}/{record['id']}")
    assert page.status == 200
    assert "Hub Wilster" in page.text
    assert f"{network.wilster.origin}/organisationen/{record['id']}" in page.text


def test_the_author_sees_where_it_has_arrived(network: Network) -> None:
    """Read from what the others have signed: 2 of 2, and 1 of 2 while one is away."""
    anna = network.anna(network.wilster)
    record = writing.organisation("Gemeinde Ankunft")
    network.publish(network.wilster, record)
    assert eventually(lambda: reach(anna, record["id"]) == (2, 2))
    network.rendsburg.stop()
    network.publish(network.wilster, {**record, "body": {**record["body"], "homepage": "https://ankunft.example"}})
    assert eventually(lambda: reach(anna, record["id"]) == (1, 2))
    network.rendsburg.start()
    assert eventually(lambda: reach(anna, record["id"]) == (2, 2))


def test_a_revision_replaces_the_copy_everywhere(network: Network) -> None:
    """The old text is found nowhere any more, the new one at every hub."""
    record = writing.organisation("Amt Altwort")
    network.publish(network.hennstedt, record)
    network.settle()
    network.publish(network.hennstedt, writing.organisation("Amt Neuwort", id=record["id"]))
    network.settle()
    for node in network.nodes:
        assert network.finds(node, "Neuwort", record["id"])
        assert not network.finds(node, "Altwort", record["id"])


def test_a_reader_who_asks_again_gets_nothing_twice(network: Network) -> None:
    """A feed that has not changed is answered with 304 and no body."""
    network.settle()
    address = visitor.feed_address(network.wilster.origin)
    first = visitor.get(address)
    second = visitor.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (second.status, second.body) == (304, b"")


def reach(anna: Person, number: str) -> tuple[int, int] | None:
    """What the record's page says: visible at so many of so many hubs."""
    said = re.search(r"[Ss]ichtbar bei (\d+) von (\d+)", anna.words(f"/organisationen/{number}"))
    return (int(said[1]), int(said[2])) if said else None
