"""Staff of two hubs want the one seat in an event of a third: registered, waiting, cancelled, moved up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ulid import ULID

from hubnode.demo.nodes import Node
from tests.hubnode.feeds.bodies import event
from tests.journeys import writing
from tests.journeys.conftest import Network, eventually
from tests.journeys.person import Person

pytestmark = pytest.mark.journey


def meeting(network: Network, node: Node) -> str:
    """A new event of `node` with one seat; its number."""
    lead, number = str(ULID()), str(ULID())
    on = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    when = {"starts_at": f"{on}T14:00", "ends_at": f"{on}T15:00"}
    body = event(registration="required", capacity=1, hosts=[f"{node.origin}/r/{lead}"], **when)
    network.publish(
        node,
        writing.organisation("Amt Warteliste", id=lead),
        {"id": number, "kind": "event", "visibility": "public", "body": body},
    )
    return number


def page(network: Network, who: Person, holder: Node, number: str) -> str:
    """Where somebody's own hub shows the event."""
    host = "" if who.node is holder else f"/{holder.origin.split('://')[1]}"
    return f"/termine{host}/{number}"


def join(who: Person, path: str) -> None:
    """Register, as soon as the own hub knows the event."""
    assert eventually(lambda: "Zum Termin anmelden" in who.words(path))
    answer = who.send("/anmeldungen" + path, who.form("/anmeldungen" + path))
    assert answer.status_code == 303


def test_the_last_seat_goes_to_the_next_when_the_first_cancels(network: Network) -> None:
    """All of it seen at the hubs of the two persons; and the address of nobody is at the hub of the event."""
    holder = network.rendsburg
    number = meeting(network, holder)
    first, second = network.anna(network.hennstedt), network.anna(network.wilster)
    at_first, at_second = page(network, first, holder, number), page(network, second, holder, number)
    join(first, at_first)
    assert eventually(lambda: "Sie sind angemeldet" in first.words(at_first))
    join(second, at_second)
    assert eventually(lambda: "Warteliste Platz 1" in second.words(at_second))
    organiser = network.anna(holder)
    listed = organiser.words(f"/anmeldungen/liste/{number}")
    assert listed.index("Hennstedt angemeldet") < listed.index("Wilster Warteliste Platz 1")
    assert "anna@hennstedt.example" not in organiser.read(f"/anmeldungen/liste/{number}")
    cancel = next(line for line in first.read("/anmeldungen").split('"') if line.endswith("/absagen"))
    assert first.send(cancel, first.form(cancel)).status_code == 303
    assert eventually(lambda: "Sie sind angemeldet" in second.words(at_second))
    assert "Hennstedt angemeldet" not in organiser.words(f"/anmeldungen/liste/{number}")
