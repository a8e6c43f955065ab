"""The agreement on the page of a hub: entered, refused, ended, told, and printed as a sheet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hubnode.db import reading
from hubnode.network import agreements
from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub, close, make_hub, pin
from tests.hubnode.web.browsing import PASSWORD, Browser

PAGE = "/verwaltung/hubs/127.0.0.1:5993"
ENTER, END = PAGE + "/vereinbaren", PAGE + "/aufkuendigen"


@pytest.fixture
def kiel(tmp_path: Path, template: Path, hub: Hub) -> Iterator[Hub]:
    """Another hub, pinned at Wilster without an agreement."""
    made = make_hub(tmp_path / "kiel", template, "Kiel", 5993)
    pin(hub, made, agreed=False)
    hub.publish("project", project("Nur für Mitglieder"), "network")
    yield made
    close(made)


@pytest.fixture
def alice(hub: Hub, kiel: Hub) -> Browser:
    """The administrator, on the page of the other hub."""
    browser = Browser(hub.app)
    browser.keep_signed_in("alice@wilster.example")
    browser.open(PAGE)
    return browser


def entered(hub: Hub, kiel: Hub) -> agreements.Agreement | None:
    """What stands at Wilster about Kiel."""
    with hub.at():
        reading().rollback()
        return agreements.of(reading(), kiel.origin)


def test_the_page_says_what_is_withheld_until_an_agreement_is_entered(hub: Hub, kiel: Hub, alice: Browser) -> None:
    assert "Einen unserer Einträge bekommt er nicht" in alice.text()
    fields: dict[str, Any] = {"vereinbarung": "AZ 12-34", "vereinbart_dash_am": "2026-11-01", "passwort": PASSWORD}
    alice.follow(alice.send(form=f".//form[@action='{ENTER}']", **fields))
    held = entered(hub, kiel)
    assert held is not None
    assert (held.reference, held.agreed_on.isoformat()) == ("AZ 12-34", "2026-11-01")
    assert "AZ 12-34" in alice.text()
    assert "bekommt er nicht" not in alice.text()
    alice.follow(alice.send(form=f".//form[@action='{END}']", passwort=PASSWORD))
    assert entered(hub, kiel) is None


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"vereinbarung": "", "passwort": PASSWORD}, "vereinbarung"),
        ({"vereinbarung": "AZ 1/26", "vereinbart_dash_am": "2999-01-01", "passwort": PASSWORD}, "vereinbart-am"),
        ({"vereinbarung": "AZ 1/26", "passwort": "falsch"}, "passwort-vereinbaren"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    hub: Hub, kiel: Hub, alice: Browser, typed: dict[str, Any], field: str
) -> None:
    answer = alice.send(form=f".//form[@action='{ENTER}']", **typed)
    assert answer.status_code == 422
    assert alice.page.xpath(f".//a[@href='#{field}']")
    assert entered(hub, kiel) is None


def test_the_sheet_names_both_hubs_and_is_for_administrators(alice: Browser, bob: Browser) -> None:
    assert alice.open(PAGE + "/vereinbarung").status_code == 200
    assert "Digital Hub Wilster" in alice.text()
    assert "Digital Hub Kiel" in alice.text()
    assert "Projekte: 1" in alice.text()
    assert bob.open(PAGE + "/vereinbarung").status_code == 403
