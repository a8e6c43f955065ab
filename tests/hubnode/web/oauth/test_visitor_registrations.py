"""A visiting member registers for an event of the visited hub, in the name of the home hub."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from federation import signin
from hubnode.db import reading
from hubnode.network.letters_models import LetterOut
from hubnode.network.signing_in.models import HubConsent
from tests.hubnode.feeds.bodies import event
from tests.hubnode.hubs import Hub, carry
from tests.hubnode.network.taking_part.stage import rows
from tests.hubnode.web.oauth.conftest import Two

ON = (datetime.now(UTC) + timedelta(days=10)).date().isoformat()
FORM = ".//main//form[.//input[@name='name']]"


def publish(hub: Hub) -> str:
    """An event for the network, with one seat."""
    body = event(registration="required", capacity=1, starts_at=f"{ON}T14:00", ends_at=f"{ON}T15:00")
    return hub.publish("event", body, "network")


def test_the_seat_is_the_persons_and_the_home_hub_learns_of_it(two: Two) -> None:
    """And whoever is forgotten by the visited hub has no seat there any more."""
    alice, number = two.traveller("alice@hub.example"), publish(two.wilster)
    alice.visit()
    alice.away.open(f"/termine/{number}")
    [way] = alice.away.page.xpath(".//a[contains(., 'Zum Termin anmelden')]/@href")
    alice.away.open(way)
    assert "im Namen Ihres Hubs" in alice.away.text()
    alice.away.follow(alice.away.send(form=FORM, note="Rampe"))
    assert "Sie sind angemeldet" in alice.away.text(".//*[@id='anmeldung']")
    [row] = rows(two.wilster)
    assert (row.name, row.peer, row.account) == ("Alice", two.hennstedt.origin, None)
    with two.hennstedt.at():
        known = reading().scalars(sa.select(HubConsent.subject)).all()
    assert row.subject in known
    with two.wilster.at():
        [letter] = reading().scalars(sa.select(LetterOut).where(LetterOut.kind == "place"))
    assert b"Alice" not in (letter.body or b""), "the home hub knows the name"
    alice.away.open("/besuch")
    alice.away.send(form=".//form[@action='/besuch/vergessen']")
    [row] = rows(two.wilster)
    assert (row.state, row.name, row.visitor) == ("cancelled", "", None)


def test_for_an_event_of_another_hub_visitors_are_led_home(two: Two) -> None:
    """To the page of their own hub, where the event may be its own."""
    alice, number = two.traveller("alice@hub.example"), publish(two.hennstedt)
    carry(two.hennstedt, two.wilster)
    alice.visit()
    host = signin.host_part(two.hennstedt.origin)
    alice.away.open(f"/anmeldungen/termine/{host}/{number}")
    [way] = alice.away.page.xpath(".//main//a[contains(., 'Weiter bei')]/@href")
    assert way == f"{two.hennstedt.origin}/anmeldungen/termine/{number}"
    assert alice.home.open(way.removeprefix(two.hennstedt.origin)).status_code == 200
