"""Atom, read back by a feed reader's parser and by an XML parser."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import feedparser
from lxml import etree

from hubnode.feeds.formats import FORMATS
from hubnode.feeds.select import Selection, gather
from tests.hubnode.feeds import bodies
from tests.hubnode.feeds.conftest import RENDSBURG, SITE, WILSTER, Hub, Peer

NS = {"a": "http://www.w3.org/2005/Atom", "at": "http://purl.org/atompub/tombstones/1.0"}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


ALL = Selection()


def atom(hub: Hub, selection: Selection = ALL) -> bytes:
    """The feed as it stands now."""
    return FORMATS["atom"].render(selection, SITE, hub.now)


def tree(document: bytes) -> etree._Element:
    """The root of the document."""
    return etree.fromstring(document)


def parsed(document: bytes) -> Any:
    """What a feed reader makes of it, which must find nothing wrong."""
    found = feedparser.parse(document)
    assert not found.bozo, found.get("bozo_exception")
    return found


def test_an_own_record_becomes_an_entry(hub: Hub) -> None:
    """Stable id, both times, the hub as author, the page, the topics, and the main public fields as HTML."""
    id = hub.publish("project", bodies.project())
    hub.later(hours=2).publish("project", bodies.project(title={"de": "Freie Plätze, sofort"}), id=id)
    feed = parsed(atom(hub))
    assert feed.feed.title == "Neues aus allen Hubs"
    assert feed.feed.id == f"{WILSTER}/feeds/alle.atom"
    assert feed.feed.language == "de"
    entry = feed.entries[0]
    assert entry.id == f"{WILSTER}/r/{id}"
    assert entry.title == "Freie Plätze, sofort"
    assert (entry.published, entry.updated) == ("2026-11-22T09:00:00Z", "2026-11-22T11:00:00Z")
    assert feed.feed.updated == entry.updated
    assert entry.author_detail == {"name": "Digital Hub Wilster", "href": WILSTER}
    assert entry.link == f"{WILSTER}/projekte/{id}"
    assert [(tag.term, tag.label) for tag in entry.tags] == [
        ("project", "Projekt"),
        ("parking-sensors", "Parkplatzsensoren"),
    ]
    assert entry.summary == "Sensoren zeigen, wo ein Platz frei ist."
    content = entry.content[0].value
    assert "<p><strong>Ausgangslage:</strong> Wer parken will, fährt im Kreis.<br />Das kostet Zeit.</p>" in content
    assert "<strong>Phase:</strong> Idee" in content
    assert "<strong>Beginn:</strong> 1. März 2026" in content
    assert '<a href="https://code.example/sensoren?a=1&amp;b=2">' in content


def test_a_record_of_another_hub_names_its_home(hub: Hub, peer: Peer) -> None:
    """The author is that hub, `via` leads home, and the page is the one of this node."""
    id = peer.publish("project", bodies.project())
    entry = parsed(atom(hub)).entries[0]
    assert entry.id == f"{RENDSBURG}/r/{id}"
    assert entry.author == "Digital Hub Rendsburg"
    links = {link.rel: link.href for link in entry.links}
    assert links == {
        "alternate": f"{WILSTER}/projekte/rendsburg.example:8443/{id}",
        "via": f"{RENDSBURG}/projekte/{id}",
    }


def test_the_selection_narrows_and_is_named(hub: Hub, peer: Peer) -> None:
    """By kind, by topic with its narrower ones, by hub, and by all of them."""
    here = hub.publish("project", bodies.project())
    there = peer.publish("event", bodies.event())
    other = peer.publish("event", bodies.event(topics=["volunteering"]))

    def ids(selection: Selection) -> set[str]:
        return {entry.id[-26:] for entry in parsed(atom(hub, selection)).entries}

    assert ids(Selection()) == {here, there, other}
    assert ids(Selection(("event",))) == {there, other}
    assert ids(Selection(topics=("focus-mobility",))) == {here, there}
    assert ids(Selection(hubs=(RENDSBURG,))) == {there, other}
    narrow = Selection(("event",), ("focus-mobility",), (RENDSBURG,))
    assert ids(narrow) == {there}
    feed = parsed(atom(hub, narrow)).feed
    assert feed.title == "Termine: Modellregion für die Mobilität der Zukunft (Digital Hub Rendsburg)"
    [own] = [link.href for link in feed.links if link.rel == "self"]
    assert own == f"{WILSTER}/feeds/termine.atom?thema=focus-mobility&hub=rendsburg.example:8443"
    assert feed.id == own
    assert parsed(atom(hub, Selection(hubs=(RENDSBURG,)))).feed.title == "Neues (Digital Hub Rendsburg)"


def test_the_newest_change_stands_first(hub: Hub) -> None:
    """Whatever was published first."""
    first = hub.publish("event", bodies.event())
    second = hub.later(hours=1).publish("event", bodies.event())
    hub.later(hours=1).publish("event", bodies.event(status="tentative"), id=first)
    assert [entry.id[-26:] for entry in parsed(atom(hub)).entries] == [first, second]


def test_what_is_gone_is_said_to_be_gone(hub: Hub, peer: Peer) -> None:
    """Withdrawn, erased and narrowed records leave a tombstone with nothing in it but the id, for 90 days."""
    ids = [hub.publish("project", bodies.project()) for _ in range(3)]
    theirs = peer.publish("event", bodies.event())
    hub.later(hours=1)
    hub.withdraw(ids[0])
    hub.erase(ids[1])
    hub.publish("project", bodies.project(), "network", id=ids[2])
    peer.withdraw("event", theirs, 2)
    uris = {f"{WILSTER}/r/{id}" for id in ids} | {f"{RENDSBURG}/r/{theirs}"}
    document = tree(atom(hub))
    assert not document.findall("a:entry", NS)
    stones = document.findall("at:deleted-entry", NS)
    assert {stone.get("ref") for stone in stones} == uris
    assert {stone.get("when") for stone in stones} == {"2026-11-22T10:00:00Z"}
    assert all(not len(stone) and not stone.text for stone in stones)
    assert document.findtext("a:updated", namespaces=NS) == "2026-11-22T10:00:00Z"
    assert len(tree(atom(hub, Selection(hubs=(RENDSBURG,)))).findall("at:deleted-entry", NS)) == 1
    assert not tree(atom(hub.later(days=92))).findall("at:deleted-entry", NS)


def test_what_was_never_public_leaves_no_tombstone(hub: Hub) -> None:
    """Nobody outside learns that it was there."""
    hub.withdraw(hub.publish("project", bodies.project(), "network"))
    assert b"deleted-entry" not in atom(hub)


def test_what_comes_back_is_alive_again(hub: Hub) -> None:
    """An entry and a tombstone of one id never stand together."""
    id = hub.publish("project", bodies.project())
    hub.later(hours=1).withdraw(id)
    hub.later(hours=1).publish("project", bodies.project(), id=id)
    document = tree(atom(hub))
    assert len(document.findall("a:entry", NS)) == 1
    assert not document.findall("at:deleted-entry", NS)


def test_a_cancelled_event_says_so_in_its_title(hub: Hub) -> None:
    """A feed reader shows nothing else of it."""
    hub.publish("event", bodies.event(status="cancelled", cancel_reason={"de": "Die Kursleitung ist krank."}))
    entry = parsed(atom(hub)).entries[0]
    assert entry.title == "Abgesagt: Größe zeigen: Führung für Fußgänger"
    assert "<strong>Grund der Absage:</strong> Die Kursleitung ist krank." in entry.content[0].value


def test_an_event_says_when_and_where_in_local_words(hub: Hub) -> None:
    """On the clocks of its place."""
    hub.publish("event", bodies.event(price_cents=1250, capacity=1200))
    content = parsed(atom(hub)).entries[0].content[0].value
    assert "<strong>Zeit:</strong> Samstag, 28. November 2026, 14:00 Uhr bis 15:30 Uhr (Europe/Berlin)" in content
    assert "<strong>Ort:</strong> Neue Schmiede, Am Markt 1, 25554 Wilster" in content
    assert "<strong>Preis:</strong> 12,50 Euro" in content
    assert "<strong>Plätze:</strong> 1.200" in content
    assert "<strong>Barrierefreiheit:</strong> Stufenloser Zugang, Hörschleife" in content


def test_another_language_is_marked(hub: Hub) -> None:
    """A feed in German that quotes English says where, in texts and in HTML."""
    hub.publish("event", bodies.event(status="cancelled", cancel_reason={"en": "A storm is coming."}))
    feed = gather(ALL, SITE, hub.now, limit=1)
    spoken = replace(feed.items[0], lang="en", summary=("en", "Bring a coat."))
    document = tree(FORMATS["atom"].write(replace(feed, items=[spoken])))
    assert document.get(LANG) == "de"
    [entry] = document.findall("a:entry", NS)
    assert {child.tag.rpartition("}")[2] for child in entry if child.get(LANG) == "en"} == {"title", "summary"}
    assert '<span lang="en">A storm is coming.</span>' in (entry.findtext("a:content", namespaces=NS) or "")
    [plain] = tree(atom(hub)).findall("a:entry", NS)
    assert not [child for child in plain if child.get(LANG)]


def test_a_person_is_called_by_the_function(hub: Hub) -> None:
    """Even one who agreed to be seen by everybody: feeds can't be called back."""
    hub.publish("expertise", bodies.expertise())
    document = atom(hub)
    entry = parsed(document).entries[0]
    assert entry.title == "Fördermittelberatung"
    assert b"Musterfrau" not in document
    assert "15 Minuten fragen" in entry.content[0].value


def test_markup_in_a_text_stays_a_text(hub: Hub) -> None:
    """Nothing that somebody typed is ever a tag."""
    hub.publish("project", bodies.project(challenge={"de": "<script>alert(1)</script><img src=x onerror=y> & so"}))
    content = parsed(atom(hub)).entries[0].content[0].value
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=y&gt; &amp; so" in content
    assert "<script" not in tree(atom(hub)).findtext("a:entry/a:content", namespaces=NS)  # type: ignore[operator]


def test_an_empty_feed_is_a_feed(hub: Hub) -> None:
    """With the beginning of the day as its time, so that equal states give equal bytes."""
    first = atom(hub)
    assert parsed(first).feed.updated == "2026-11-22T00:00:00Z"
    assert atom(hub.later(hours=3)) == first


def test_a_feed_has_an_end(hub: Hub, peer: Peer) -> None:
    """The newest entries, as many as the format takes."""
    for _ in range(4):
        hub.later(minutes=1)
        peer.publish("event", bodies.event())
    short = replace(FORMATS["atom"], limit=3, archived=False)
    entries = parsed(short.render(ALL, SITE, hub.now)).entries
    assert [entry.updated[14:16] for entry in entries] == ["04", "03", "02"]
