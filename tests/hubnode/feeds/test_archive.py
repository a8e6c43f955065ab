"""Archive documents of Atom (RFC 5005): a reader that follows them has everything, and what it kept stays true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import etree

from hubnode.db import transaction
from hubnode.feeds import archive, atom
from hubnode.feeds.changes import BadCursor, LostCursor
from hubnode.feeds.changes_models import ChangeHead
from hubnode.feeds.formats import FORMATS
from hubnode.feeds.select import NoSuchFeed, Selection
from tests.hubnode.feeds import bodies
from tests.hubnode.feeds.conftest import SITE, WILSTER, Hub, Peer

NS = {"a": atom.ATOM, "at": atom.TOMBSTONES, "fh": atom.HISTORY}
ALL = Selection()
SMALL = replace(FORMATS["atom"], limit=2)
"""Atom in pages of two, so that a few records fill several documents."""


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents that cover four numbers."""
    monkeypatch.setattr(archive, "WIDTH", 4)


def now(hub: Hub, selection: Selection = ALL) -> etree._Element:
    """The feed as it is now."""
    return etree.fromstring(SMALL.render(selection, SITE, hub.now))


def link(tree: etree._Element, rel: str) -> str | None:
    """Where a document leads to."""
    found = tree.xpath(f"/a:feed/a:link[@rel='{rel}']/@href", namespaces=NS)
    assert len(found) <= 1
    return str(found[0]) if found else None


def fetched(hub: Hub, address: str, selection: Selection = ALL) -> bytes:
    """An archive document by its address."""
    [name] = parse_qs(urlsplit(address).query)["archiv"]
    return atom.render(archive.document(selection, SITE, name, hub.now))


def walked(hub: Hub, selection: Selection = ALL) -> Iterator[tuple[str, bytes]]:
    """All archive documents, newest first, with their addresses."""
    address = link(now(hub, selection), "prev-archive")
    while address is not None:
        body = fetched(hub, address, selection)
        yield address, body
        address = link(etree.fromstring(body), "prev-archive")


@dataclass
class Client:
    """What a reader keeps who does as RFC 5005 says: the newest document in which something stands is right."""

    entries: dict[str, str] = field(default_factory=dict)

    def take(self, *documents: etree._Element) -> None:
        """Read documents, the oldest first."""
        for document in documents:
            for gone in document.xpath("/a:feed/at:deleted-entry/@ref", namespaces=NS):
                self.entries.pop(str(gone), None)
            for entry in document.xpath("/a:feed/a:entry", namespaces=NS):
                self.entries[entry.findtext("a:id", namespaces=NS)] = entry.findtext("a:title", namespaces=NS)

    def follow(self, hub: Hub, selection: Selection = ALL) -> None:
        """Read everything from the beginning."""
        self.entries.clear()
        documents = [etree.fromstring(body) for _address, body in walked(hub, selection)]
        self.take(*reversed(documents), now(hub, selection))


def publish(hub: Hub, *titles: str) -> list[str]:
    """Publish projects an hour apart, and let the change feed notice each."""
    found = []
    for title in titles:
        found.append(hub.later(hours=1).publish("project", bodies.project(title={"de": title})))
        now(hub)
    return found


def test_a_reader_that_follows_has_everything(hub: Hub, peer: Peer) -> None:
    """In documents that mark themselves, name their neighbours and share the feed's id."""
    publish(hub, *(f"Vorhaben {number}" for number in range(9)))
    peer.publish("project", bodies.project(title={"de": "Von nebenan"}))
    client = Client()
    client.follow(hub)
    assert sorted(client.entries.values()) == ["Von nebenan", *(f"Vorhaben {number}" for number in range(9))]
    (newer, second), (older, first) = walked(hub)
    for address, body in ((newer, second), (older, first)):
        tree = etree.fromstring(body)
        assert tree[0].tag == f"{{{atom.HISTORY}}}archive"
        assert link(tree, "self") == address
        assert link(tree, "current") == f"{WILSTER}/feeds/alle.atom"
        assert tree.findtext("a:id", namespaces=NS) == f"{WILSTER}/feeds/alle.atom"
        assert link(tree, "hub") is None
    assert link(etree.fromstring(first), "next-archive") == newer
    assert link(etree.fromstring(second), "next-archive") is None
    assert not now(hub).xpath("//fh:archive", namespaces=NS)


def test_what_is_in_no_archive_yet_stands_in_the_feed_itself(hub: Hub, peer: Peer) -> None:
    """Also where it is older than what the feed shows: a hub that joins brings old records."""
    publish(hub, "Eins", "Zwei", "Drei", "Vier")
    old = hub.now
    hub.later(days=30)
    publish(hub, "Fünf", "Sechs")
    hub.now, later = old, hub.now
    peer.publish("project", bodies.project(title={"de": "Alt"}))
    hub.now = later
    titles = now(hub).xpath("/a:feed/a:entry/a:title/text()", namespaces=NS)
    assert sorted(titles) == ["Alt", "Fünf", "Sechs"]


def test_documents_never_grow_and_what_stays_in_them_never_changes(hub: Hub) -> None:
    """A revised record leaves for a newer document, everything else keeps its bytes."""
    ids = publish(hub, *(f"Vorhaben {number}" for number in range(8)))
    before = dict(walked(hub))
    publish(hub, *(f"Später {number}" for number in range(4)))
    after = dict(walked(hub))
    [(oldest, body)] = [(address, body) for address, body in before.items() if b"Vorhaben 0" in body]
    assert after[oldest] == body
    hub.later(hours=1).publish("project", bodies.project(title={"de": "Neu gefasst"}), id=ids[1])
    now(hub)
    kept = entries(dict(walked(hub))[oldest])
    assert kept == {id: entry for id, entry in entries(body).items() if not id.endswith(ids[1])}
    client = Client()
    client.follow(hub)
    assert client.entries[f"{WILSTER}/r/{ids[1]}"] == "Neu gefasst"


def entries(document: bytes) -> dict[str, bytes]:
    """The bytes of the entries by id."""
    found = etree.fromstring(document).xpath("/a:feed/a:entry", namespaces=NS)
    return {one.findtext("a:id", namespaces=NS): etree.tostring(one) for one in found}


@pytest.mark.parametrize("deed", ["withdraw", "erase"])
def test_the_law_goes_before_the_archive(hub: Hub, deed: str) -> None:
    """What is taken back is in no document any more, and a reader that kept it hears of it."""
    ids = publish(hub, *(f"Vorhaben {number}" for number in range(5)))
    client = Client()
    client.follow(hub)
    getattr(hub.later(hours=1), deed)(ids[0])
    publish(hub, *(f"Später {number}" for number in range(3)))
    assert all(b"Vorhaben 0" not in body for _address, body in walked(hub))
    documents = [etree.fromstring(body) for _address, body in walked(hub)]
    client.take(*reversed(documents), now(hub))
    assert "Vorhaben 0" not in client.entries.values()
    assert len(client.entries) == 7


@pytest.mark.parametrize(
    ("selection", "titles"),
    [
        (Selection(kinds=("event",)), {"Treffen"}),
        (Selection(text="Zwei"), {"Zwei"}),
        (Selection(hubs=(WILSTER,)), {"Eins", "Zwei", "Drei", "Vier", "Treffen"}),
    ],
)
def test_a_selection_has_an_archive_of_its_own(hub: Hub, selection: Selection, titles: set[str]) -> None:
    """Of what fits it alone; documents in which nothing can be are left out of the way."""
    hub.publish("event", bodies.event(title={"de": "Treffen"}))
    publish(hub, "Eins", "Zwei", "Drei", "Vier")
    client = Client()
    client.follow(hub, selection)
    assert set(client.entries.values()) == titles


def test_what_is_not_public_has_no_archive(hub: Hub) -> None:
    """Neither its entries nor the way to one."""
    hub.publish("project", bodies.project(title={"de": "Geheim"}), "network")
    publish(hub, "Eins", "Zwei", "Drei", "Vier")
    assert all(b"Geheim" not in body for _address, body in walked(hub))
    closed = SMALL.render(Selection(level="network"), SITE, hub.now)
    assert b"prev-archive" not in closed


def test_names_that_are_none(hub: Hub) -> None:
    """Broken ones, ones between two documents, one that is not closed yet, one of another past."""
    publish(hub, "Eins", "Zwei", "Drei", "Vier", "Fünf")
    [(address, _body)] = walked(hub)
    [name] = parse_qs(urlsplit(address).query)["archiv"]
    epoch, _number, word = name.split("-")
    for broken in ("", "1", f"{epoch}-x-{word}"):
        with pytest.raises((BadCursor, NoSuchFeed)):
            archive.document(ALL, SITE, broken, hub.now)
    with pytest.raises(LostCursor):
        archive.document(ALL, SITE, f"{epoch}-8-{word}", hub.now)
    with pytest.raises(NoSuchFeed):
        archive.document(ALL, SITE, f"{epoch}-0-", hub.now)
    with transaction() as session:
        session.get_one(ChangeHead, 1).epoch = "0" * 16
    with pytest.raises(LostCursor):
        archive.document(ALL, SITE, name, hub.now)
