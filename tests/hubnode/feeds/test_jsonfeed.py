"""JSON Feed 1.1: the same selection, without a word for what is gone."""

from __future__ import annotations

import json
from typing import Any

from hubnode.feeds.formats import FORMATS
from hubnode.feeds.select import Selection
from tests.hubnode.feeds import bodies
from tests.hubnode.feeds.conftest import RENDSBURG, SITE, WILSTER, Hub, Peer

EVERYTHING = Selection()


def feed(hub: Hub, /, selection: Selection = EVERYTHING) -> dict[str, Any]:
    """The feed as it stands now."""
    found: dict[str, Any] = json.loads(FORMATS["json"].render(selection, SITE, hub.now))
    return found


def test_a_record_becomes_an_item(hub: Hub, peer: Peer) -> None:
    """With everything that the format has a name for."""
    id = peer.publish("event", bodies.event(title={"de": "Tagung", "en": "Conference"}))
    assert feed(hub, Selection(("event",), hubs=(RENDSBURG,))) == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Termine (Digital Hub Rendsburg)",
        "home_page_url": f"{WILSTER}/termine?hub=rendsburg.example:8443",
        "feed_url": f"{WILSTER}/feeds/termine.json?hub=rendsburg.example:8443",
        "language": "de",
        "hubs": [{"type": "WebSub", "url": f"{WILSTER}/websub"}],
        "items": [
            {
                "id": f"{RENDSBURG}/r/{id}",
                "url": f"{WILSTER}/termine/rendsburg.example:8443/{id}",
                "external_url": f"{RENDSBURG}/termine/{id}",
                "title": "Tagung",
                "content_html": feed(hub)["items"][0]["content_html"],
                "summary": "Wie ein Sensor misst, was er kostet und was er nicht weiß.",
                "date_published": "2026-11-22T09:00:00Z",
                "date_modified": "2026-11-22T09:00:00Z",
                "authors": [{"name": "Digital Hub Rendsburg", "url": RENDSBURG}],
                "tags": ["Termin", "Parkplatzsensoren"],
                "language": "de",
            }
        ],
    }


def test_an_own_record_leads_nowhere_else(hub: Hub) -> None:
    """This node is its home."""
    hub.publish("project", bodies.project())
    assert "external_url" not in feed(hub)["items"][0]


def test_what_is_gone_is_no_longer_there(hub: Hub) -> None:
    """The format knows no tombstones."""
    id = hub.publish("project", bodies.project())
    hub.withdraw(id)
    assert feed(hub)["items"] == []
    assert id not in json.dumps(feed(hub))
