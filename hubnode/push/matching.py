"""Which changes belong to a subscription, and what a subscription is called in an address."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa

from hubnode.config import Settings
from hubnode.db import reading
from hubnode.feeds import addresses
from hubnode.feeds.changes import Changed
from hubnode.feeds.select import EVERYTHING, NoSuchFeed, Selection, Site
from hubnode.network import peers
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import reading as records
from hubnode.records.models import Record
from hubnode.records.reading import Browse, RecordView

MAX_ADDRESS = 4000
MOST = 100_000
"""Records among which those with the words of a subscription are looked for."""
_FEED = re.compile(r"/feeds/([a-z-]{1,40})\.([a-z]{1,8})")


def site_of(settings: Settings) -> Site:
    """The hubs by name and focus, as subscriptions name them."""
    hubs = peers.all_hubs(settings)
    return Site(settings.base_url, {hub.origin: hub.name for hub in hubs}, {hub.origin: hub.focus for hub in hubs})


def selection_of(asked: str, site: Site) -> Selection:
    """The selection that stands in an address after its question mark; raises `NoSuchFeed`."""
    given = _given(asked)
    kinds = given.pop("art", [])
    if len(kinds) == 1:
        return addresses.parse(kinds[0], given, site)
    return addresses.parse(EVERYTHING, {**given, **({"art": kinds} if kinds else {})}, site)


def of_address(address: str, site: Site) -> tuple[Selection, str]:
    """Selection and format of a feed of this node, or of its page "Abonnieren" (then without a format).

    Raises `NoSuchFeed`, with the part ``address`` for what is no address of a feed of this node.
    """
    found = address.strip()
    rest = found.removeprefix(site.base_url)
    if len(found) > MAX_ADDRESS or not rest.startswith("/") or rest.startswith("//"):
        raise NoSuchFeed("address", "")
    parts = urlsplit(rest)
    if parts.path == "/feeds":
        return selection_of(parts.query, site), ""
    if (feed := _FEED.fullmatch(parts.path)) is None:
        raise NoSuchFeed("address", "")
    return addresses.parse(feed[1], _given(parts.query), site), feed[2]


def _given(query: str) -> dict[str, list[str]]:
    try:
        return parse_qs(query, strict_parsing=bool(query), max_num_fields=200)
    except ValueError as error:
        raise NoSuchFeed("address", "") from error


def fitting(selection: Selection, site: Site, changed: Iterable[Changed]) -> set[str]:
    """The addresses of those changed records that are to be seen by anybody and fit `selection`."""
    views = [one.view for one in changed if one.view is not None and _fits(selection, site, one.view)]
    if not views or not (selection.text or selection.facets):
        return {view.uri for view in views}
    return _with_words(selection, views)


def _fits(selection: Selection, site: Site, view: RecordView) -> bool:
    """All but words and facets, which the index knows."""
    topics = records.with_narrower(selection.topics)
    return (
        (not selection.kinds or view.kind in selection.kinds)
        and (not selection.hubs or view.origin in selection.hubs)
        and (not topics or bool(set(topics) & set(view.topics)))
        and (not selection.focus or bool(set(selection.focus) & set(site.focus.get(view.origin, ()))))
        and (selection.lang == "de" or selection.lang in view.headline)
    )


def _with_words(selection: Selection, views: Iterable[RecordView]) -> set[str]:
    """Those of `views` that have the words and facets, as the search finds them."""
    browse = Browse(text=selection.text, kinds=selection.kinds, facets=dict(selection.facets), topics=selection.topics)
    found = set(records.numbers(ANONYMOUS, browse, MOST)[0])
    by_origin: dict[str, set[str]] = {}
    for view in views:
        by_origin.setdefault(view.origin, set()).add(view.id)
    same = [sa.and_(Record.origin == origin, Record.rec.in_(recs)) for origin, recs in by_origin.items()]
    rows = reading().execute(sa.select(Record.id, Record.origin, Record.rec).where(sa.or_(*same)))
    return {f"{origin}/r/{rec}" for number, origin, rec in rows if number in found}
