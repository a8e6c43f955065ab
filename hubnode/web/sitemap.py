"""What search engines are told: the pages of this hub that are for everybody, and when each changed (sitemaps.org).

Pages of people are not in it (they carry ``noindex``), nor are copies, whose pages name their home hub's as the true
ones (``canonical``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from xml.sax.saxutils import escape

from flask import Blueprint, Response, abort, url_for

from hubnode.feeds.select import Site
from hubnode.feeds.text import rfc3339
from hubnode.records import holdings
from hubnode.records.kinds import KINDS
from hubnode.web import feeds, legal

blueprint = Blueprint("sitemap", __name__)
MOST = 50_000
"""Addresses in one file, by the rules of sitemaps; with more there is a file that lists the files."""
XML = "application/xml"
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
KINDS_LISTED = tuple(name for name in KINDS if name != "expertise")
Entry = tuple[str, datetime | None]
"""Address, and when the page changed."""


@blueprint.get("/sitemap.xml")
def whole() -> Response:
    """All pages, or where the parts are."""
    return feeds.stored(XML, ("sitemap",), lambda site, _now: _index(site) if _parts() > 1 else _part(site, 0))


@blueprint.get("/sitemap-<int:number>.xml")
def part(number: int) -> Response:
    """One part, where there are several."""
    if not 1 <= number <= _parts():
        abort(404)
    return feeds.stored(XML, ("sitemap", str(number)), lambda site, _now: _part(site, number - 1))


def _parts() -> int:
    return max(1, -(-holdings.count_pages(KINDS_LISTED) // (MOST - len(_fixed()))))


def _index(site: Site) -> bytes:
    addresses = [(f"{site.base_url}/sitemap-{number}.xml", None) for number in range(1, _parts() + 1)]
    return _document("sitemapindex", "sitemap", addresses)


def _part(site: Site, number: int) -> bytes:
    """The pages of one part; those that are no records stand in the first."""
    fixed = _fixed()
    room = MOST - len(fixed)
    entries: list[Entry] = [(site.base_url + path, None) for path in fixed] if number == 0 else []
    pages = holdings.pages(KINDS_LISTED, number * room, room)
    entries += [(site.base_url + page.path, page.changed_at) for page in pages]
    return _document("urlset", "url", entries)


def _fixed() -> list[str]:
    """Pages that are there always."""
    lists = [url_for(f"records.{kind}") for kind in KINDS_LISTED]
    texts = [url_for("legal.page", name=name) for name in legal.offered()]
    return [url_for("pages.start"), *lists, url_for("network.overview"), url_for("subscribing.page"), *texts]


def _document(root: str, name: str, entries: Iterable[Entry]) -> bytes:
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">\n'
    return (head + "".join(_lines(name, entries)) + f"</{root}>\n").encode()


def _lines(name: str, entries: Iterable[Entry]) -> Iterator[str]:
    for address, changed_at in entries:
        changed = f"<lastmod>{rfc3339(changed_at)}</lastmod>" if changed_at else ""
        yield f"<{name}><loc>{escape(address)}</loc>{changed}</{name}>\n"
