"""The start page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, request

from hubnode.network.node import utcnow
from hubnode.network.peers import HubView
from hubnode.people.viewer import Viewer
from hubnode.records import reading, vocabulary
from hubnode.records.kinds import BY_SLUG, KINDS
from hubnode.records.reading import Browse, FacetValue, Found, RecordView
from hubnode.web.context import current_viewer, hub_settings, shown_hubs

blueprint = Blueprint("pages", __name__)
NEWS = 6
DATES = 4
NEWSWORTHY = tuple(name for name in KINDS if name != "organisation")


@dataclass(frozen=True, slots=True)
class Tile:
    """One district on the map, with its hub where there is one."""

    code: str
    name: str
    row: int
    column: int
    hub: HubView | None


DISTRICTS = (
    ("NF", "Nordfriesland", 1, 1),
    ("FL", "Flensburg", 1, 2),
    ("SL", "Schleswig-Flensburg", 2, 2),
    ("KI", "Kiel", 2, 3),
    ("HEI", "Dithmarschen", 3, 1),
    ("RD", "Rendsburg-Eckernförde", 3, 2),
    ("NMS", "Neumünster", 3, 3),
    ("PLÖ", "Plön", 3, 4),
    ("OH", "Ostholstein", 3, 5),
    ("IZ", "Steinburg", 4, 2),
    ("SE", "Segeberg", 4, 3),
    ("OD", "Stormarn", 4, 4),
    ("HL", "Lübeck", 4, 5),
    ("PI", "Pinneberg", 5, 3),
    ("RZ", "Herzogtum Lauenburg", 5, 4),
)
"""Districts and independent towns of Schleswig-Holstein: registration mark, name, row and column on the map."""


@blueprint.get("/")
def start() -> str:
    """The hub's own focus first, then what is new and what comes next in the whole network."""
    viewer, now = current_viewer(), utcnow()
    chosen = request.args.get("neu", "")
    kinds = (BY_SLUG[chosen].name,) if chosen in BY_SLUG else NEWSWORTHY
    found = reading.find(viewer, Browse(kinds=kinds, size=NEWS * 3, counted=("kind", "topic")))
    counts = {value.value: value.count for value in found.facets.get("kind", ())}
    tiles, others = tile_map(shown_hubs())
    return render_template(
        "start.html",
        news=mixed(found.items),
        chosen=chosen if chosen in BY_SLUG else "",
        dates=upcoming(viewer, now),
        counts=counts | {kind: lasting(viewer, kind, now) for kind in ("funding_call", "need") if kind in counts},
        total=sum(counts.values()),
        topics=own_topics(found.facets.get("topic", ())),
        tiles=tiles,
        others=others,
    )


def mixed(newest: Sequence[RecordView], shown: int = NEWS, each: int = 2) -> list[RecordView]:
    """The newest, but of each hub at most `each` as long as other hubs have something to tell; newest first."""
    counted: Counter[str] = Counter()
    first: list[RecordView] = []
    later: list[RecordView] = []
    for record in newest:
        counted[record.origin] += 1
        (first if counted[record.origin] <= each else later).append(record)
    return sorted((first + later)[:shown], key=lambda record: record.updated_at, reverse=True)


def upcoming(viewer: Viewer, now: datetime) -> Found:
    """The next events of all hubs, those that have begun included."""
    return reading.find(viewer, Browse(kinds=("event",), ending_after=now, sort="soonest", size=DATES))


def lasting(viewer: Viewer, kind: str, now: datetime) -> int:
    """How many records of this kind are not over yet, as its list shows them."""
    return reading.find(viewer, Browse(kinds=(kind,), ending_after=now, size=1)).total


def tile_map(hubs: Sequence[HubView]) -> tuple[list[Tile], list[HubView]]:
    """The tiles, and the hubs that have none: their district is elsewhere or its tile is taken."""
    by_district: dict[str, HubView] = {}
    for hub in hubs:
        by_district.setdefault(hub.district, hub)
    tiles = [Tile(*district, hub=by_district.get(district[1])) for district in DISTRICTS]
    placed = {tile.hub.origin for tile in tiles if tile.hub}
    return tiles, [hub for hub in hubs if hub.origin not in placed]


def own_topics(counted: Sequence[FacetValue], limit: int = 4) -> list[str]:
    """The topics with most records, those of this hub's own focus first."""
    own = set(hub_settings().focus_areas)
    known = [value.value for value in counted if vocabulary.exists(value.value) and value.value not in vocabulary.TOP]
    return sorted(known, key=lambda topic: not own.intersection(vocabulary.broader(topic)))[:limit]
