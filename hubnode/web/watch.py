"""The watch list of a hub: what others share on its own focus, for those who look after it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from hubnode.records import reading
from hubnode.records.reading import Browse, Found
from hubnode.web.context import current_viewer, hub_settings, network_hubs

SHOWN = 6


@dataclass(frozen=True, slots=True)
class WatchList:
    """The newest of it, and the list of all."""

    found: Found
    href: str


def watch_list() -> WatchList | None:
    """What other hubs have shared on this hub's focus, narrower topics included; None where there is nothing."""
    focus, others = hub_settings().focus_areas, [hub for hub in network_hubs() if not hub.here]
    if not focus or not others:
        return None
    chosen = Browse(hubs=tuple(hub.origin for hub in others), topics=focus, size=SHOWN)
    found = reading.find(current_viewer(), chosen)
    href = url_for("records.search", thema=focus, hub=[hub.host for hub in others])
    return WatchList(found, href) if found.total else None
