"""A visiting member takes something over in the name of the home hub: at home, where it is written."""

from __future__ import annotations

from federation import signin
from tests.hubnode.bodies import project
from tests.hubnode.hubs import carry
from tests.hubnode.web.oauth.conftest import Traveller, Two, local

BUTTON = "//a[contains(., 'Nachnutzen')]/@href"


def way_home(person: Traveller, id: str) -> list[str]:
    """Where the button on the page of a project of Wilster leads."""
    assert person.away.open(f"/projekte/{id}").status_code == 200
    return [str(address) for address in person.away.page.xpath(BUTTON)]


def test_the_button_leads_to_a_new_record_at_the_home_hub_with_its_source(two: Two) -> None:
    id = two.wilster.publish("project", project("Deichkamera"))
    carry(two.wilster, two.hennstedt)
    bob = two.traveller("bob@hub.example")
    assert way_home(bob, id) == []
    bob.visit()
    (address,) = way_home(bob, id)
    assert address.startswith(f"{two.hennstedt.origin}/redaktion/neu/nachnutzungen?")
    assert bob.home.open(local(address)).status_code == 200
    assert bob.home.page.xpath(
        f"//*[@value='{two.wilster.origin}/r/{id}'][@selected or @type='hidden' or @type='text']"
    )


def test_who_may_not_write_at_home_is_told_there(two: Two) -> None:
    id = two.wilster.publish("project", project("Deichkamera"))
    charlie = two.traveller()
    charlie.visit()
    (address,) = way_home(charlie, id)
    assert signin.host_part(two.hennstedt.origin) in address
    assert charlie.home.open(local(address)).status_code == 403
