"""CSV (RFC 4180): one line for each record, for spreadsheets and statistics."""

from __future__ import annotations

import csv
import io

from hubnode.feeds import content
from hubnode.feeds.select import Feed, Item
from hubnode.feeds.text import one_line, rfc3339

NAME, MIMETYPE = "csv", "text/csv"
LIMIT = 1000
COLUMNS = (
    "id", "kind", "title", "summary", "hub", "hub_url", "topics", "starts_at", "ends_at", "timezone", "place",
    "published_at", "updated_at", "url", "license",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@")
"""A cell that begins so would be calculated by a spreadsheet (OWASP, CSV Injection)."""


def render(feed: Feed) -> bytes:
    """`feed` as a table, UTF-8 with a byte order mark, by which spreadsheets know it; equal feeds give equal bytes."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in _row(item)] for item in feed.items)
    return b"\xef\xbb\xbf" + table.getvalue().encode()


def _row(item: Item) -> tuple[str, ...]:
    view = item.view
    return (
        view.uri,
        view.kind,
        item.title,
        item.summary[1],
        item.hub,
        view.origin,
        " ".join(view.topics),
        view.fields.get("starts_at", "") if view.kind == "event" else "",
        view.fields.get("ends_at", "") if view.kind == "event" else "",
        view.fields.get("timezone", "") if view.kind == "event" else "",
        content.place(item),
        rfc3339(view.published_at or view.updated_at),
        rfc3339(view.updated_at),
        item.url,
        str(view.fields.get("license", "")),
    )


def _cell(value: str) -> str:
    text = one_line(value)
    return "'" + text if text.startswith(FORMULA) else text
