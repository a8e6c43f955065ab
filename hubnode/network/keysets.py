"""What we know of other hubs' keys: newer keysets come from their cards and logs, and count under the pinned root.

Whoever asks with a key that we don't know may make us look at the card of the hub it names: only of a hub that is
pinned, and at most once a minute (THREATS 28).
"""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.errors import ProtocolError
from federation.keys import PublicKey
from federation.keyset import Keyset
from hubnode.db import reading, transaction
from hubnode.network import events, peers, reviewing
from hubnode.network.models import Peer
from hubnode.network.node import Node

ASK_EVERY = timedelta(minutes=1)
"""How often the card of one hub is asked for because of a key that we don't know."""
WAIT_S = 2.0
"""How long a request waits for a look at the card that another one has caused."""
_asking: dict[tuple[str, str], threading.Event] = {}
_lock = threading.Lock()
_waiters = threading.BoundedSemaphore(2)
"""So many requests wait at once: the other threads answer those whose keys are known."""


def refresh(node: Node, origin: str) -> Keyset | None:
    """Fetch the hub's card and keep it; its keyset where that is newer than ours, else None.

    Raises what a card that can't be had or believed raises. Asks over the network: never inside a transaction.
    """
    row = reading().execute(sa.select(Peer.root, Peer.keyset).where(Peer.origin == origin)).one()
    root = PublicKey("root", row.root)
    card = peers.client(node, origin).card(root)
    held = Keyset.parse(row.keyset, root, origin=origin)
    held.accept(card.keyset.to_json())
    now = node.clock()
    with transaction() as session:
        peer = session.scalars(sa.select(Peer).where(Peer.origin == origin).with_for_update()).one()
        newer = learn(session, peer, card.keyset, now)
        # What was heard from the log meanwhile may be newer than this card.
        peer.card = replace(card, keyset=peers.keyset_of(peer)).to_bytes()
        peer.card_checked_at = now
    return card.keyset if newer else None


def refresh_once(node: Node, origin: str) -> None:
    """Look for a newer keyset of a pinned hub, unless that was done within the last minute.

    Of several processes and threads one asks. Who comes while it asks waits a moment for what it finds, so that a hub
    that begins with a new key is not refused for being quick. Raises nothing that another hub can cause.
    """
    asking, done = (node.settings.base_url, origin), threading.Event()
    with _lock:
        under_way = _asking.setdefault(asking, done)
    if under_way is not done:
        _wait(under_way)
        return
    try:
        if _claimed(origin, node.clock()):
            refresh(node, origin)
    except ProtocolError:
        return
    finally:
        with _lock:
            del _asking[asking]
        done.set()


def _claimed(origin: str, now: datetime) -> bool:
    """Whether it is ours to ask for the card of an active hub; counts as asked from now on."""
    due = sa.or_(Peer.keys_asked_at.is_(None), Peer.keys_asked_at <= now - ASK_EVERY, Peer.keys_asked_at > now)
    waiting = (Peer.origin == origin, Peer.state == "active", due)
    session = reading()
    session.rollback()  # a new look: another process may have asked just now
    if session.scalar(sa.select(Peer.id).where(*waiting)) is None:
        return False
    with transaction() as session:
        chosen = sa.update(Peer).where(*waiting).values(keys_asked_at=now)
        return session.scalar(chosen.returning(Peer.id)) is not None


def _wait(under_way: threading.Event) -> None:
    """Wait for another thread's answer, if not too many wait already; then look at the database anew."""
    if _waiters.acquire(blocking=False):
        try:
            reading().rollback()  # nothing is held open meanwhile
            under_way.wait(WAIT_S)
        finally:
            _waiters.release()
    reading().rollback()


def learn(session: Session, peer: Peer, keyset: Keyset, now: datetime) -> bool:
    """Keep a keyset that follows the one we hold, with the root that it introduces; whether it was newer.

    Raises `BadKeyset` for one that does not follow. Part of the caller's transaction.
    """
    held = peers.keyset_of(peer)
    newer = held.accept(keyset.to_json())
    if newer.n == held.n:
        return False
    card = peers.card_of(peer)
    peer.keyset, peer.root = newer.to_bytes(), newer.root.raw
    peer.card = replace(card, keyset=newer).to_bytes()
    reviewing.examine(session, peer, held, newer, now)
    events.tell(session, now, peer.origin, "keys" if newer.root == held.root else "root", str(newer.n))
    return True


def heard(session: Session, node: Node, peer: Peer, body: dict[str, Any], now: datetime) -> None:  # noqa: ARG001 - one shape
    """A hub says in its log that it has other keys; older ones are history. Part of the caller's transaction."""
    number = body.get("n")
    if type(number) is int and number <= peers.keyset_of(peer).n:
        return
    try:
        learn(session, peer, Keyset.parse(body, PublicKey("root", peer.root), origin=peer.origin), now)
    except ProtocolError as refusal:
        events.tell(session, now, peer.origin, "bad-keys", refusal.type)
