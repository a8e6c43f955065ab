"""The state of this node as metrics in the text format of Prometheus, for whoever shows the token; nothing personal."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flask import Blueprint, Response, abort, request

from hubnode.db import reading
from hubnode.network import health, room
from hubnode.network.health import PeerHealth
from hubnode.network.node import Node, current_node
from hubnode.records import log
from hubnode.records import reading as records

blueprint = Blueprint("metrics", __name__)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure of each other hub: its name, what it is, and where it stands."""

    name: str
    help: str
    field: str


OF_PEERS = (
    Gauge("hubnode_peer_reachable", "Whether the last pulls of this hub succeeded.", "reachable"),
    Gauge("hubnode_peer_frozen", "Whether its log is frozen after a contradiction.", "frozen"),
    Gauge("hubnode_peer_failures", "Failed pulls in a row.", "failures"),
    Gauge("hubnode_peer_retry_seconds", "Seconds until the next try of a failing pull.", "retry_in_s"),
    Gauge("hubnode_peer_lag_seconds", "Seconds since its last verified answer.", "lag_s"),
    Gauge("hubnode_peer_behind_entries", "Entries of its log that are not here yet.", "behind"),
    Gauge("hubnode_peer_backlog_entries", "Entries of our log that it has not fetched yet.", "waiting"),
    Gauge("hubnode_peer_quarantined_records", "Its records that could not be read.", "quarantined"),
    Gauge("hubnode_peer_clock_offset_seconds", "How far its clock is ahead of ours.", "clock_gap_s"),
    Gauge("hubnode_peer_answer_seconds", "Mean time to an answer.", "answer_s"),
    Gauge("hubnode_peer_heard_seconds", "Seconds since its last own request.", "heard_s"),
    Gauge("hubnode_peer_digest_match_seconds", "Seconds since our copy was last found equal.", "matched_s"),
    Gauge("hubnode_peer_key_expiry_seconds", "Seconds until its last key ends.", "key_ends_s"),
)


@blueprint.get("/metrics")
def metrics() -> Response:
    """All figures; 404 where no token is set, 401 without the right one."""
    node = current_node()
    token = node.settings.metrics_token
    if not token:
        abort(404)
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(shown.encode(), token.encode()):
        return Response(status=401, headers={"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"})
    return Response("".join(_lines(node)), content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def _lines(node: Node) -> Iterator[str]:
    session, now = reading(), node.clock()
    space = room.of(node.settings)
    found = health.findings(node, now)
    own = log.own(session)
    counts = records.counts_by_hub(session)
    ends = max(online.not_after for online in node.identity.keyset.signing)
    yield from _gauge("hubnode_log_entries", "Entries of our own log.", [("", own.size)])
    yield from _gauge("hubnode_log_writable", "Whether our own log takes entries.", [("", own.state == "active")])
    yield from _gauge(
        "hubnode_key_expiry_seconds", "Seconds until our last key ends.", [("", (ends - now).total_seconds())]
    )
    yield from _gauge("hubnode_disk_free_bytes", "Free space on the disk of the data.", [("", space.free)])
    yield from _gauge(
        "hubnode_records",
        "Records shown here, by home hub.",
        [(_label("origin", name), n) for name, n in counts.items()],
    )
    weights = [
        (_label("weight", weight), sum(one.weight == weight for one in found)) for weight in ("error", "warning")
    ]
    yield from _gauge("hubnode_findings", "What is wrong, as hubnode doctor tells.", weights)
    peers = health.peer_health(session, now)
    for gauge in OF_PEERS:
        yield from _gauge(gauge.name, gauge.help, _of_peers(peers, gauge.field))


def _of_peers(peers: Iterable[PeerHealth], field: str) -> list[tuple[str, float]]:
    values = ((peer.origin, getattr(peer, field)) for peer in peers)
    return [(_label("origin", origin), float(value)) for origin, value in values if value is not None]


def _gauge(name: str, help: str, values: Iterable[tuple[str, float]]) -> Iterator[str]:
    yield f"# HELP {name} {help}\n# TYPE {name} gauge\n"
    for label, value in values:
        yield f"{name}{label} {float(value):.10g}\n"


def _label(name: str, value: str) -> str:
    """A label; an origin is ASCII without quotes, so nothing in it needs escaping."""
    return f'{{{name}="{value}"}}'
