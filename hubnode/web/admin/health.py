"""The page that says what is wrong with this node and with its way to each other hub, and what helps."""

from __future__ import annotations

from flask import Blueprint, render_template

from hubnode.db import reading
from hubnode.network import diagnosis, health, room
from hubnode.network.node import current_node

blueprint = Blueprint("admin_health", __name__, url_prefix="/verwaltung/zustand")


@blueprint.get("")
def overview() -> str:
    """All findings with cause and remedy, and the figures of every hub."""
    node = current_node()
    now = node.clock()
    return render_template(
        "verwaltung/zustand.html",
        findings=[diagnosis.told(one) for one in health.findings(node, now)],
        peers=health.peer_health(reading(), now),
        space=room.of(node.settings),
        mb=room.MB,
    )
