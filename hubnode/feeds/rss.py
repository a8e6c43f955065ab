"""RSS 2.0, for readers that know nothing newer. It has no word for what is gone: such items are simply not there."""

from __future__ import annotations

from email.utils import format_datetime

from lxml import etree

from hubnode.feeds import atom, content
from hubnode.feeds.select import Feed, Item
from hubnode.feeds.text import clean

NAME, MIMETYPE = "rss", "application/rss+xml"
LIMIT = 50
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
PREFIXES: dict[str, str] = {"atom": atom.ATOM, "dc": DUBLIN_CORE}
MINUTES = "60"
"""How long a reader may wait until it asks again."""


def render(feed: Feed) -> bytes:
    """`feed` as an RSS document, UTF-8; equal feeds give equal bytes."""
    lang = feed.selection.lang
    root = etree.Element("rss", {"version": "2.0"}, nsmap=PREFIXES)
    channel = etree.SubElement(root, "channel")
    _add(channel, "title", feed.title)
    _add(channel, "link", feed.site.base_url + feed.selection.page)
    _add(channel, "description", feed.title)
    _add(channel, "language", lang)
    _add(channel, "lastBuildDate", format_datetime(feed.updated_at))
    _add(channel, "generator", atom.GENERATOR)
    _add(channel, "ttl", MINUTES)
    for rel, page in feed.steps():
        etree.SubElement(channel, f"{{{atom.ATOM}}}link", rel=rel, type=MIMETYPE, href=feed.address(NAME, page))
    if feed.hub:
        etree.SubElement(channel, f"{{{atom.ATOM}}}link", rel="hub", href=feed.hub)
    for item in feed.items:
        _item(etree.SubElement(channel, "item"), item, lang)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _item(found: etree._Element, item: Item, lang: str) -> None:
    view = item.view
    _add(found, "title", item.title)
    _add(found, "link", item.url)
    _add(found, "description", content.html(item, lang))
    _add(found, f"{{{DUBLIN_CORE}}}creator", item.hub)
    for label in (item.label, *(label for _topic, label in item.topics)):
        _add(found, "category", label)
    for file in content.enclosures(item, lang)[:1]:  # RSS 2.0 has room for one
        etree.SubElement(found, "enclosure", url=clean(file.url), length=str(file.size), type=file.type)
    _add(found, "guid", view.uri).set("isPermaLink", "false")
    _add(found, "pubDate", format_datetime(view.published_at or view.updated_at))


def _add(parent: etree._Element, name: str, text: str) -> etree._Element:
    child = etree.SubElement(parent, name)
    child.text = clean(text) or None
    return child
