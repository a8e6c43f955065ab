"""The state of the network as this node sees it: every hub, what is late, and what to do about it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import lazy_gettext as _l

from hubnode.network import events
from hubnode.network.models import NetworkEvent
from hubnode.network.node import current_node, utcnow
from hubnode.network.peers import HubView
from hubnode.web import filters
from hubnode.web.context import hub_settings, network_hubs

blueprint = Blueprint("network", __name__)
EVENTS = {
    "joined": ("ok", "add", _l("ist dem Verbund beigetreten")),
    "silent": ("down", "error", _l("antwortet nicht mehr")),
    "back": ("ok", "check_circle", _l("ist wieder erreichbar")),
    "quarantined": ("warn", "warning", _l("hat einen Eintrag geschickt, der zurückgehalten wird")),
    "frozen": ("down", "shield", _l("wurde angehalten: sein Protokoll widerspricht sich")),
    "refused": ("warn", "warning", _l("hat eine Anfrage gestellt, die abgelehnt wurde")),
}
"""What happened: colour, icon, words after the hub's name."""


@blueprint.get("/verbund")
def overview() -> Response:
    """All hubs with their state; a script fetches the changing part again and gets 304 while nothing changed."""
    now = utcnow()
    hubs = network_hubs()
    others = [hub for hub in hubs if not hub.here]
    happened = events.latest(12)
    fragment = request.headers.get("HX-Request") == "true"
    stamp = _stamp(hubs, happened, now)
    if fragment and stamp in request.if_none_match:
        return _with_stamp(Response(status=304), stamp)
    page = render_template(
        "verbund/_stand.html" if fragment else "verbund/stand.html",
        at=now,
        others=others,
        silent=[hub for hub in others if hub.state == "down"],
        frozen=[hub for hub in others if hub.state == "frozen"],
        quarantined=[hub for hub in others if hub.quarantined],
        stalled=stalled(others, hub_settings().poll_s),
        reachable=1 + sum(hub.state in ("ok", "late") for hub in others),
        waiting=sum(hub.waiting for hub in others),
        records=sum(hub.records for hub in hubs),
        events=happened,
        words=EVENTS,
        own_fingerprint=current_node().identity.fingerprint,
    )
    return _with_stamp(make_response(page), stamp) if fragment else make_response(page)


def stalled(others: Sequence[HubView], poll_s: float) -> bool:
    """Whether nobody was asked for three rounds: then this node's worker stands still, the others are not silent."""
    asked = [hub.lag_s for hub in others if hub.lag_s is not None and hub.state in ("ok", "late")]
    return bool(asked) and min(asked) > max(60, 3 * poll_s)


def _stamp(hubs: Sequence[HubView], happened: Sequence[NetworkEvent], now: datetime) -> str:
    """What the page says, without the seconds that go by: the script counts those on by itself."""
    said = [replace(hub, lag_s=None) for hub in hubs]
    known = (
        said,
        stalled(hubs, hub_settings().poll_s),
        [event.id for event in happened],
        filters.local(now).date(),
        filters.language(),
    )
    return hashlib.sha256(repr(known).encode()).hexdigest()[:20]


def _with_stamp(answer: Response, stamp: str) -> Response:
    answer.set_etag(stamp)
    return answer
