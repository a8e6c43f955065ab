"""The door of the WebSub hub: programs wish to be sent a feed, and the answer is only that the wish is written down."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, request
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from hubnode.network.node import current_node
from hubnode.people.errors import Throttled
from hubnode.push import websub
from hubnode.push.websub import BadWish

blueprint = Blueprint("websub", __name__)
KNOWN = ("hub.mode", "hub.topic", "hub.callback", "hub.lease_seconds", "hub.secret")
REFUSED: Mapping[str, LazyString] = {
    "mode": _l("hub.mode ist „subscribe“ oder „unsubscribe“."),
    "topic": _l("hub.topic ist die Adresse eines Feeds dieses Hubs als Atom, RSS oder JSON Feed, ohne Seitenzahl."),
    "lease": _l("hub.lease_seconds ist eine ganze Zahl."),
    "secret": _l("hub.secret hat weniger als 200 Bytes."),
    "url": _l("hub.callback ist keine Adresse, an die zugestellt werden kann."),
    "http": _l("hub.callback muss mit https:// beginnen."),
    "private": _l("hub.callback liegt in einem Netz, in das dieser Knoten nichts schickt."),
    "own": _l("hub.callback ist dieser Knoten selbst."),
    "most": _l("Für diesen Empfänger gibt es schon zu viele Abos."),
    "twice": _l("Ein Parameter steht mehrmals da."),
}
"""Why a wish is refused, by reason."""


@blueprint.post("/websub")
def hub() -> Response:
    """Take a wish (W3C WebSub section 5.1): 202, and the worker asks the subscriber whether it is its own."""
    if any(len(request.form.getlist(name)) > 1 for name in KNOWN):
        return _said(str(REFUSED["twice"]), 400)
    node = current_node()
    try:
        websub.wish(node.settings, request.form, node.clock(), address=request.remote_addr or "")
    except BadWish as refusal:
        return _said(str(REFUSED[refusal.reason]), 429 if refusal.reason == "most" else 400)
    except Throttled as refusal:
        answer = _said(str(_l("Zu viele Anfragen. Versuchen Sie es später noch einmal.")), 429)
        answer.headers["Retry-After"] = str(max(1, int((refusal.until - node.clock()).total_seconds())))
        return answer
    return _said("", 202)


def _said(words: str, status: int) -> Response:
    return Response(words, status, content_type="text/plain; charset=utf-8")
