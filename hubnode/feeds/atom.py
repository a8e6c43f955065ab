"""Atom (RFC 4287) in pages and with archives (RFC 5005), with `at:deleted-entry` (RFC 6721) for what is gone."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from hubnode.feeds import content
from hubnode.feeds.select import Feed, Item
from hubnode.feeds.text import clean, rfc3339

NAME, MIMETYPE = "atom", "application/atom+xml"
LIMIT = 50
ATOM = "http://www.w3.org/2005/Atom"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
HISTORY = "http://purl.org/syndication/history/1.0"
PREFIXES: dict[str, str] = {None: ATOM, "at": TOMBSTONES}  # type: ignore[dict-item]  # the stubs forget the default prefix
GENERATOR = "hubnode"
KIND_SCHEME, TOPIC_SCHEME = "urn:x-hubnode:kinds", "urn:x-hubnode:topics"
"""The same at every hub, as kinds and topics are."""


def render(feed: Feed) -> bytes:
    """`feed` as an Atom document, UTF-8; equal feeds give equal bytes."""
    base = feed.site.base_url
    prefixes = PREFIXES | ({"fh": HISTORY} if _archived(feed) else {})
    root = etree.Element(f"{{{ATOM}}}feed", {LANG: feed.selection.lang}, nsmap=prefixes)
    if _archived(feed):
        etree.SubElement(root, f"{{{HISTORY}}}archive")
    _add(root, "id", feed.id)
    _add(root, "title", feed.title, type="text")
    _add(root, "updated", rfc3339(feed.updated_at))
    for rel, address in _links(feed):
        _add(root, "link", rel=rel, type=MIMETYPE, href=address)
    if feed.hub and not _archived(feed):
        _add(root, "link", rel="hub", href=feed.hub)
    _add(root, "link", rel="alternate", type="text/html", href=base + feed.selection.page)
    _add(root, "generator", GENERATOR)
    for item in feed.items:
        _entry(_add(root, "entry"), item, feed.selection.lang)
    for gone in feed.gone:
        etree.SubElement(root, f"{{{TOMBSTONES}}}deleted-entry", ref=clean(gone.uri), when=rfc3339(gone.gone_at))
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _archived(feed: Feed) -> bool:
    return feed.archive is not None and bool(feed.archive.name)


def _links(feed: Feed) -> Iterator[tuple[str, str]]:
    """Relation and address of this and the other documents of the feed."""
    if not _archived(feed):
        yield from ((rel, feed.address(NAME, page)) for rel, page in feed.steps())
    yield from feed.archives()


def _entry(entry: etree._Element, item: Item, lang: str) -> None:
    view = item.view
    _add(entry, "id", view.uri)
    _spoken(_add(entry, "title", item.title, type="text"), item.lang, lang)
    _add(entry, "updated", rfc3339(view.updated_at))
    _add(entry, "published", rfc3339(view.published_at or view.updated_at))
    # A feed goes to the whole world: the hub answers for what it says, never a person.
    author = _add(entry, "author")
    _add(author, "name", item.hub)
    _add(author, "uri", view.origin)
    _add(entry, "link", rel="alternate", type="text/html", href=item.url)
    if not view.own:
        _add(entry, "link", rel="via", type="text/html", href=view.home_url, title=item.hub)
    for file in content.enclosures(item, lang):
        _add(entry, "link", rel="enclosure", type=file.type, length=str(file.size), href=file.url, title=file.title)
    _add(entry, "category", term=view.kind, scheme=KIND_SCHEME, label=item.label)
    for topic, label in item.topics:
        _add(entry, "category", term=topic, scheme=TOPIC_SCHEME, label=label)
    spoken, summary = item.summary
    if summary:
        _spoken(_add(entry, "summary", summary, type="text"), spoken, lang)
    _add(entry, "content", content.html(item, lang), type="html")


def _add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    """A new last child of `parent`; nothing that XML forbids gets in, whatever the caller has."""
    child = etree.SubElement(parent, f"{{{ATOM}}}{name}", {key: clean(value) for key, value in attributes.items()})
    child.text = clean(text) or None
    return child


def _spoken(element: etree._Element, spoken: str, lang: str) -> None:
    """Mark the language of a text where it is not the feed's."""
    if spoken != lang:
        element.set(LANG, spoken)
