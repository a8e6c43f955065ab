"""RSS, read by a feed reader's own parser."""

from __future__ import annotations

import feedparser
from lxml import etree

from hubnode.feeds.formats import FORMATS
from hubnode.feeds.select import Selection
from tests.hubnode.feeds import bodies
from tests.hubnode.feeds.conftest import RENDSBURG, SITE, WILSTER, Hub, Peer


def test_a_reader_gets_what_atom_says(hub: Hub, peer: Peer) -> None:
    """Id, title, address, home hub and time of each record."""
    hub.publish("project", bodies.project())
    peer.publish("event", bodies.event())
    feed = feedparser.parse(FORMATS["rss"].render(Selection(), SITE, hub.now))
    other = feedparser.parse(FORMATS["atom"].render(Selection(), SITE, hub.now))
    assert (feed.version, feed.bozo) == ("rss20", False)
    assert [entry.id for entry in feed.entries] == [entry.id for entry in other.entries]
    assert [entry.title for entry in feed.entries] == [entry.title for entry in other.entries]
    assert [entry.link for entry in feed.entries] == [entry.link for entry in other.entries]
    assert {entry.author for entry in feed.entries} == {SITE.hub(RENDSBURG), SITE.hub(WILSTER)}
    assert f"{WILSTER}/feeds/alle.rss" in [link.href for link in feed.feed.links if link.rel == "self"]


def test_markup_in_a_title_is_text(hub: Hub) -> None:
    """And ends nothing."""
    hub.publish("event", bodies.event(title={"de": "Rad und <b>Bus</b> & ]]>"}))
    document = etree.fromstring(FORMATS["rss"].render(Selection(), SITE, hub.now))
    assert document.findtext("channel/item/title") == "Rad und <b>Bus</b> & ]]>"
