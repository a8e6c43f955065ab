"""What a reference may name: the records and hubs that this hub knows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from hubnode.people.viewer import Viewer
from hubnode.records import reading
from hubnode.web import filters
from hubnode.web.context import hub_name, hub_settings, network_hubs
from hubnode.web.forms.page import Choice, Offered


def offered_to(viewer: Viewer) -> Offered:
    """A look-up of what `viewer` can choose from, own records first; it asks each kind once."""

    @cache
    def offered(target: str | None) -> Sequence[Choice]:
        if target == "hub":
            return [Choice(hub.origin, hub.place or hub.name) for hub in network_hubs()]
        browse = reading.Browse(kinds=tuple(target.split()) if target else (), sort="title", size=reading.MAX_SIZE)
        found = sorted(reading.find(viewer, browse).items, key=lambda record: not record.own)
        return [Choice(record.uri, filters.plain(record.headline), _group(record)) for record in found]

    return offered


def _group(record: reading.RecordView) -> str:
    return hub_settings().name if record.own else hub_name(record.origin)
