"""JSON Feed 1.1. The format has no word for what is gone: such items are simply no longer there."""

from __future__ import annotations

from typing import Any

import orjson

from hubnode.feeds import content
from hubnode.feeds.select import Feed, Item
from hubnode.feeds.text import rfc3339

NAME, MIMETYPE = "json", "application/feed+json"
LIMIT = 50
VERSION = "https://jsonfeed.org/version/1.1"


def render(feed: Feed) -> bytes:
    """`feed` as a JSON Feed document, UTF-8; equal feeds give equal bytes."""
    document = {
        "version": VERSION,
        "title": feed.title,
        "home_page_url": feed.site.base_url + feed.selection.page,
        "feed_url": feed.address(NAME),
        **({"next_url": feed.address(NAME, feed.page + 1)} if feed.page < feed.pages else {}),
        "language": feed.selection.lang,
        **({"hubs": [{"type": "WebSub", "url": feed.hub}]} if feed.hub else {}),
        "items": [_item(item, feed.selection.lang) for item in feed.items],
    }
    return orjson.dumps(document)


def _item(item: Item, lang: str) -> dict[str, Any]:
    view = item.view
    found: dict[str, Any] = {
        "id": view.uri,
        "url": item.url,
        "title": item.title,
        "content_html": content.html(item, lang),
        "summary": item.summary[1],
        "date_published": rfc3339(view.published_at or view.updated_at),
        "date_modified": rfc3339(view.updated_at),
        "authors": [{"name": item.hub, "url": view.origin}],
        "tags": [item.label, *(label for _topic, label in item.topics)],
        "language": item.lang,
        "attachments": [
            {"url": file.url, "mime_type": file.type, "title": file.title, "size_in_bytes": file.size}
            for file in content.enclosures(item, lang)
        ],
    }
    if not view.own:
        found["external_url"] = view.home_url
    return {name: value for name, value in found.items() if value}
