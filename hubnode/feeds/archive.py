"""Archive documents (RFC 5005 section 4): the whole feed in pieces that readers can keep, behind the feed as it is now.

They go by the numbers of the change feed. Each covers as many numbers as the one before, and is there as soon as the
last of them is given. A record stands where its last change does: what is revised appears in a newer document and
leaves the older one, what is withdrawn or erased leaves it too, and its tombstone stands in a newer one. What stays in
a document never changes, and nothing is ever added to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import sqlalchemy as sa

from hubnode.db import reading
from hubnode.feeds import changes
from hubnode.feeds.changes import Changed
from hubnode.feeds.changes_models import Change, ChangeHead
from hubnode.feeds.fitting import fitting
from hubnode.feeds.select import Archive, Feed, Item, NoSuchFeed, Selection, Site, item, title
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import reading as records
from hubnode.records.gone import RecordGone

WIDTH = 50
"""Numbers of the change feed that one document covers."""
PUBLIC = changes.WIDTH["public"]
EMPTY = datetime(1970, 1, 1, tzinfo=UTC)
"""When a document changed from which everything has gone."""


def beside(feed: Feed, now: datetime) -> Feed:
    """The feed as it is now with the way to its archive, and with all that is in no archive document yet.

    Only of what is public there are archives. Transactions of its own where records have changed.
    """
    if feed.selection.level != "public":
        return feed
    changes.compare(now)
    closed = _closed()
    there = {one.view.uri for one in feed.items}
    rows = [one for one in _rows(feed.selection, closed) if one.uri not in there]
    open_ = _items(feed.selection, feed.site, rows)
    previous = _before(feed.selection, closed)
    changed = [feed.updated_at, *(one.view.updated_at for one in open_)]
    archive = Archive("", previous, "")
    return replace(feed, items=[*feed.items, *open_], archive=archive, updated_at=max(changed))


def document(selection: Selection, site: Site, name: str, now: datetime) -> Feed:
    """The archive document of this name; raises `NoSuchFeed`, `changes.BadCursor` or `changes.LostCursor`."""
    changes.compare(now)
    number = changes.number_of(name)
    if number % WIDTH or not 0 < number <= _closed():
        raise NoSuchFeed("archiv", name)
    rows = _rows(selection, number - WIDTH, number)
    items = _items(selection, site, rows)
    gone = [RecordGone(one.uri, one.uri.rpartition("/r/")[0], one.kind, 0, one.at) for one in rows if one.view is None]
    changed = max([*(one.view.updated_at for one in items), *(one.gone_at for one in gone)], default=EMPTY)
    place = Archive(name, _before(selection, number - WIDTH), _after(selection, number))
    return Feed(selection, site, title(selection, site), items, gone, changed, archive=place)


def _closed() -> int:
    """The last number that stands in an archive document."""
    size = reading().scalar(sa.select(ChangeHead.size)) or 0
    return size - size % WIDTH


def _rows(selection: Selection, after: int, until: int | None = None) -> Sequence[Changed]:
    """The changes with a number after `after`, up to `until`, of what is or once was open to everybody."""
    chosen = sa.select(Change).where(Change.seq > after, *_of(selection))
    rows = reading().scalars(chosen.where(Change.seq <= until) if until is not None else chosen).all()
    views = records.by_uris(ANONYMOUS, [f"{row.origin}/r/{row.rec}" for row in rows])
    named = [(row, f"{row.origin}/r/{row.rec}") for row in sorted(rows, key=lambda row: row.seq)]
    return [Changed(row.seq, uri, row.kind, row.at, views.get(uri)) for row, uri in named]


def _items(selection: Selection, site: Site, rows: Sequence[Changed]) -> list[Item]:
    fit = fitting(selection, site, rows)
    return [item(one.view, site, selection.lang) for one in rows if one.view is not None and one.uri in fit]


def _before(selection: Selection, until: int) -> str:
    """The name of the newest document up to this number in which something stands; empty where there is none."""
    found = reading().scalar(sa.select(sa.func.max(Change.seq)).where(Change.seq <= until, *_of(selection)))
    return changes.cursor_of(-(-found // WIDTH) * WIDTH) if found else ""


def _after(selection: Selection, after: int) -> str:
    """The name of the oldest document after this number in which something stands; empty where there is none."""
    found = reading().scalar(sa.select(sa.func.min(Change.seq)).where(Change.seq > after, *_of(selection)))
    number = -(-found // WIDTH) * WIDTH if found else 0
    return changes.cursor_of(number) if 0 < number <= _closed() else ""


def _of(selection: Selection) -> list[sa.ColumnElement[bool]]:
    """What the table of changes knows of a selection: kinds and hubs."""
    found = [Change.widest >= PUBLIC]
    found += [Change.kind.in_(selection.kinds)] if selection.kinds else []
    return found + ([Change.origin.in_(selection.hubs)] if selection.hubs else [])
