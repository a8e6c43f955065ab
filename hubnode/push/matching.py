"""What a subscription is called in an address, and back."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from hubnode.config import Settings
from hubnode.feeds import addresses
from hubnode.feeds.select import EVERYTHING, NoSuchFeed, Selection, Site
from hubnode.network import peers

MAX_ADDRESS = 4000
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
