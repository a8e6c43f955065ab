"""What is wrong with this node and with its way to each other hub, found in what is stored and by knocking at doors.

Findings are codes with figures; `hubnode.network.diagnosis` puts cause and remedy into words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.errors import NotMember, ProtocolError
from federation.keys import PublicKey
from federation.keyset import Keyset
from hubnode.db import reading
from hubnode.network import peers, pull, room, vitals
from hubnode.network.models import Peer
from hubnode.network.node import Node
from hubnode.network.vitals import PeerVital
from hubnode.records import kinds, log, replica
from hubnode.records.models import Log, Quarantine

ASLEEP = timedelta(minutes=5)
"""How long work may be overdue before the worker counts as not running."""
SLOW_MS = 3000
"""Mean time to an answer from which a hub counts as slow."""
CLOCK_MS = 20_000
"""Gap between two clocks from which it is told; requests are refused from 30 s on."""
QUIET = timedelta(hours=2)
"""How long a hub that answers us may ask for nothing before the way from there to here counts as broken."""
KEY_ENDS = timedelta(days=30)
Weight = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, at `origin` or here."""

    code: str
    weight: Weight
    origin: str = ""
    facts: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PeerHealth:
    """One other hub in figures; seconds and counts, None where nothing is known yet."""

    origin: str
    state: str
    reachable: bool
    failures: int
    retry_in_s: float
    lag_s: float | None
    behind: int
    waiting: int
    quarantined: int
    clock_gap_s: float | None
    answer_s: float | None
    heard_s: float | None
    matched_s: float | None
    key_ends_s: float
    frozen: bool


def peer_health(session: Session, now: datetime) -> list[PeerHealth]:
    """The figures of every pinned hub, by origin."""
    own, known = log.own(session), vitals.all_of(session)
    held = session.execute(sa.select(Peer, Log).join(Log, Log.id == Peer.log).order_by(Peer.origin)).all()
    unread = sa.select(Quarantine.log, sa.func.count()).where(Quarantine.reason != replica.PENDING)
    kept = unread.group_by(Quarantine.log)
    quarantined: dict[int, int] = dict(session.execute(kept).all())
    return [
        _figures(peer, copy, own.size, known.get(peer.origin), quarantined.get(copy.id, 0), now) for peer, copy in held
    ]


def _figures(
    peer: Peer, copy: Log, own_size: int, vital: PeerVital | None, quarantined: int, now: datetime
) -> PeerHealth:
    return PeerHealth(
        origin=peer.origin,
        state=peer.state,
        reachable=peer.pull_failures < peers.FAILURES_UNTIL_DOWN,
        failures=peer.pull_failures,
        retry_in_s=max(0.0, (peer.pull_due_at - now).total_seconds()) if peer.pull_failures else 0.0,
        lag_s=_since(peer.last_contact_at, now),
        behind=max(0, peer.offered_size - copy.size),
        waiting=max(0, own_size - peer.acked_size),
        quarantined=quarantined,
        clock_gap_s=None if vital is None or vital.clock_gap_ms is None else vital.clock_gap_ms / 1000,
        answer_s=None if vital is None or vital.answer_ms is None else vital.answer_ms / 1000,
        heard_s=_since(vital.heard_at, now) if vital is not None else None,
        matched_s=_since(peer.digest_matched_at, now),
        key_ends_s=(_key_ends(peers.keyset_of(peer)) - now).total_seconds(),
        frozen=copy.state == "frozen",
    )


def _since(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else max(0.0, (now - moment).total_seconds())


def _key_ends(keyset: Keyset) -> datetime:
    return max(online.not_after for online in keyset.signing)


def findings(node: Node, now: datetime) -> list[Finding]:
    """All that is wrong as far as this node's own database and disk tell; errors first."""
    session = reading()
    found = [*_here(node, session, now)]
    for peer, copy in session.execute(sa.select(Peer, Log).join(Log, Log.id == Peer.log).order_by(Peer.origin)):
        found += _at(session, peer, copy, now)
    return sorted(found, key=lambda one: one.weight != "error")


def _here(node: Node, session: Session, now: datetime) -> Iterator[Finding]:
    space = room.of(node.settings)
    if not space.enough:
        yield Finding("disk-full", "error", facts={"free": space.free // room.MB, "reserve": space.reserve // room.MB})
    overdue = sa.select(Peer.id).where(Peer.state == "active", Peer.pull_due_at < now - ASLEEP).limit(1)
    if session.scalar(overdue) is not None:
        yield Finding("worker-asleep", "error")
    state = log.own(session).state
    if state != "active":
        yield Finding(f"own-log-{state}", "error" if state == "readonly" else "warning")
    left = _key_ends(node.identity.keyset) - now
    if left < KEY_ENDS:
        yield Finding("own-key-ends", "warning" if left > timedelta(0) else "error", facts={"days": max(0, left.days)})


def _at(session: Session, peer: Peer, copy: Log, now: datetime) -> Iterator[Finding]:
    """What is wrong with one hub; of a suspended or former one nothing is expected."""
    if peer.state != "active":
        return
    if copy.state == "frozen":
        yield Finding("frozen", "error", peer.origin)
    elif peer.pull_failures and peer.last_error:
        weight: Weight = "error" if peer.pull_failures >= peers.FAILURES_UNTIL_DOWN else "warning"
        yield Finding(peer.last_error, weight, peer.origin, {"failures": peer.pull_failures})
    yield from _measured(session, peer, now)
    yield from _unread(session, peer.origin, copy)
    if peer.digest_differs_at is not None:
        yield Finding("digest-differs", "error", peer.origin)
    left = _key_ends(peers.keyset_of(peer)) - now
    if left < KEY_ENDS:
        yield Finding("key-ends", "warning", peer.origin, {"days": max(0, left.days)})


def _measured(session: Session, peer: Peer, now: datetime) -> Iterator[Finding]:
    vital = session.get(PeerVital, peer.origin)
    if vital is None:
        return
    if vital.clock_gap_ms is not None and abs(vital.clock_gap_ms) > CLOCK_MS:
        yield Finding("clock-gap", "warning", peer.origin, {"seconds": round(vital.clock_gap_ms / 1000)})
    if vital.answer_ms is not None and vital.answer_ms > SLOW_MS:
        yield Finding("slow", "warning", peer.origin, {"seconds": round(vital.answer_ms / 1000)})
    heard = vital.heard_at or peer.added_at
    if not peer.pull_failures and now - heard > QUIET:
        yield Finding("one-way", "warning", peer.origin, {"hours": int((now - heard).total_seconds() // 3600)})


def _unread(session: Session, origin: str, copy: Log) -> Iterator[Finding]:
    """Records that could not be read: of a kind that this version does not know, or refused for their content."""
    of_copy = (Quarantine.log == copy.id, Quarantine.reason != replica.PENDING)
    kept = sa.select(Quarantine.kind, sa.func.count()).where(*of_copy).group_by(Quarantine.kind)
    counted: dict[str, int] = dict(session.execute(kept).all())
    newer = sum(count for kind, count in counted.items() if kind not in kinds.KINDS)
    if newer:
        yield Finding("schema-too-new", "warning", origin, {"records": newer})
    if refused := sum(counted.values()) - newer:
        yield Finding("record-refused", "warning", origin, {"records": refused})


def own_door(node: Node) -> Finding | None:
    """Knock at this node's own address, as the others would: whether the hub that answers there is this one."""
    address = node.settings.base_url
    try:
        peers.client(node, address).card(node.identity.keyset.root)
    except ProtocolError as error:
        return Finding("own-door", "error", facts={"address": address, "why": pull.slug(error)})
    return None


def probe(node: Node, origin: str) -> Finding | None:
    """Knock at a hub as a pull would: name, connection, TLS, card under the pinned root, a signed request.

    The first thing that fails is the finding. Nothing is stored. Raises `NotMember` for a hub that is not pinned.
    """
    session = reading()
    peer = peers.active(session, origin)
    if peer is None:
        raise NotMember(f"{origin} is not a member that is followed")
    held = session.get_one(Log, peer.log)
    talk = peers.client(node, origin)
    root, log_id, size = PublicKey("root", peer.root), held.log_id, held.size
    session.rollback()  # no transaction stays open while somebody else takes their time
    try:
        talk.card(root)
        talk.entries(log_id, size, 0)
    except ProtocolError as error:
        return Finding(pull.slug(error), "error", origin)
    seen = talk.measured
    if seen is not None and seen.clock_gap_s is not None and abs(seen.clock_gap_s) * 1000 > CLOCK_MS:
        return Finding("clock-gap", "warning", origin, {"seconds": round(seen.clock_gap_s)})
    if seen is not None and seen.took_s * 1000 > SLOW_MS:
        return Finding("slow", "warning", origin, {"seconds": round(seen.took_s)})
    return None
