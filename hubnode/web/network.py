"""The state of the network as this node sees it: every hub, what is late, and what to do about it."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from hubnode.network import events
from hubnode.network.node import current_node, utcnow
from hubnode.web.context import network_hubs

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
    fragment = request.headers.get("HX-Request") == "true"
    page = render_template(
        "verbund/_stand.html" if fragment else "verbund/stand.html",
        at=now,
        others=others,
        silent=[hub for hub in others if hub.state == "down"],
        frozen=[hub for hub in others if hub.state == "frozen"],
        quarantined=[hub for hub in others if hub.quarantined],
        reachable=1 + sum(hub.state in ("ok", "late") for hub in others),
        waiting=sum(hub.waiting for hub in others),
        records=sum(hub.records for hub in hubs),
        events=events.latest(12),
        words=EVENTS,
        own_fingerprint=current_node().identity.fingerprint,
    )
    answer = make_response(page)
    if fragment:
        answer.add_etag()
        answer.make_conditional(request)
    return answer
