"""The start page: true numbers, the hub's own focus first, and what a first start looks like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.five import Five
from tests.hubnode import bodies
from tests.hubnode.hubs import Hub, close, make_hub
from tests.hubnode.web.reading import links, titles, tree, words


@pytest.fixture
def empty(tmp_path: Path, template: Path) -> Iterator[Hub]:
    """A hub that was set up a moment ago."""
    hub = make_hub(tmp_path / "wilster", template, "Wilster", 5991, pages=True)
    yield hub
    close(hub)


def test_the_own_focus_comes_first(stranger: FlaskClient) -> None:
    """Its name is the heading, and other hubs stand on the map with links to their own pages."""
    answer = stranger.get("/")
    assert words(answer, "//main//h1").replace("\u00ad", "") == "Exzellente digitale Verwaltungsdienstleistungen"
    assert len(tree(answer).xpath("//ul[@class='hub-tilemap']//a")) == 5


def test_the_numbers_are_those_of_the_lists(stranger: FlaskClient) -> None:
    """A tile never promises what the list behind it does not hold."""
    tiles = words(stranger.get("/"), "//ul[@class='hub-tiles']")
    for path, word in (
        ("/expertise", "Personen und Teams"),
        ("/projekte", "Projekte"),
        ("/termine", "kommende Termine"),
        ("/foerderung", "Förderaufrufe"),
        ("/bedarfe", "Bedarfe"),
        ("/angebote", "Angebote"),
    ):
        listed = words(stranger.get(path), "//*[@id='anzahl']").split()[0]
        assert f"{listed} {word}" in tiles


def test_news_come_from_several_hubs(stranger: FlaskClient) -> None:
    """A hub that published much at once does not push the others away."""
    origins = {
        href.split("/")[2] if href.count("/") == 3 else "" for href in links(stranger.get("/"), "//*[@id='neu']//h3")
    }
    assert len(origins) >= 3


def test_news_of_one_kind(stranger: FlaskClient) -> None:
    """The chips are plain links, so a choice can be shared."""
    answer = stranger.get("/?neu=erfahrungen")
    assert titles(answer)
    assert all("/erfahrungen/" in href for href in links(answer, "//*[@id='neu']//h3"))


def test_a_silent_hub_is_named(stranger: FlaskClient) -> None:
    """With its state in words and since when."""
    assert "Hennstedt seit" in words(stranger.get("/"), "//ul[@class='hub-health']")


def test_a_first_start_says_what_comes_next(empty: Hub) -> None:
    """No tiles with zeros, but three steps."""
    answer = empty.app.test_client().get("/")
    assert "Hier fängt etwas an" in words(answer)
    assert "So geht es weiter" in words(answer)
    assert not tree(answer).xpath("//ul[@class='hub-tiles']")


def test_one_published_record_is_enough(empty: Hub) -> None:
    """From then on it is a normal page, also without other hubs."""
    empty.publish("project", bodies.project())
    answer = empty.app.test_client().get("/")
    assert "Neu in diesem Hub" in words(answer)
    assert "Es ist noch kein anderer Hub verbunden" in words(answer)
    assert titles(answer) == ["Parkplatzsensoren in der Innenstadt"]


@pytest.mark.parametrize("path", ["/projekte", "/termine", "/verbund"])
def test_empty_pages_help(empty: Hub, path: str) -> None:
    """An empty list says why and offers a way on."""
    answer = empty.app.test_client().get(path)
    assert answer.status_code == 200
    assert any(word in words(answer) for word in ("noch nichts veröffentlicht", "kein Termin", "Noch kein anderer Hub"))


def test_a_hub_beyond_the_map_is_named(five: Five) -> None:
    """Hubs of other Länder have no tile but a link below the map."""
    from dataclasses import replace

    from hubnode.network import peers
    from hubnode.web.pages import tile_map

    with five.wilster.at():
        hubs = [
            replace(hub, district="Northeim") if hub.place == "Rendsburg" else hub
            for hub in peers.all_hubs(five.wilster.settings)
        ]
    tiles, others = tile_map(hubs)
    assert [hub.place for hub in others] == ["Rendsburg"]
    assert sum(tile.hub is not None for tile in tiles) == 4
