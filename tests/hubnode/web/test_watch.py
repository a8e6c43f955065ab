"""The watch list on the desk: what others have newly shared on the own focus."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub, carry, close, make_hub, pin
from tests.hubnode.web.browsing import Browser

PANEL = ".//section[@aria-labelledby='schwerpunkt']"


@pytest.fixture
def rendsburg(tmp_path: Path, template: Path, hub: Hub) -> Iterator[Hub]:
    """Another hub that Wilster knows."""
    other = make_hub(tmp_path / "rendsburg", template, "Rendsburg", 5992)
    pin(hub, other)
    yield other
    close(other)


def test_foreign_records_on_the_own_focus_are_listed_with_a_link_to_all(hub: Hub, rendsburg: Hub, bob: Browser) -> None:
    rendsburg.publish("project", project("Online-Anträge", topics=["ozg"]))
    rendsburg.publish("project", project("Nur im Verbund", topics=["it-cooperation"]), level="network")
    rendsburg.publish("project", project("Parkplätze", topics=["parking-sensors"]))
    hub.publish("project", project("Unser eigenes", topics=["ozg"]))
    carry(rendsburg, hub)
    bob.open("/redaktion")
    seen = bob.text(PANEL)
    assert "Online-Anträge" in seen
    assert "Nur im Verbund" in seen
    assert "Parkplätze" not in seen
    assert "Unser eigenes" not in seen
    assert bob.open(bob.page.xpath(f"{PANEL}//p/a/@href")[0]).status_code == 200
    listed = bob.text()
    assert "Online-Anträge" in listed
    assert "Unser eigenes" not in listed


def test_without_anything_on_the_own_focus_there_is_no_such_list(hub: Hub, rendsburg: Hub, bob: Browser) -> None:
    rendsburg.publish("project", project("Parkplätze", topics=["parking-sensors"]))
    carry(rendsburg, hub)
    bob.open("/redaktion")
    assert not bob.page.xpath(PANEL)
