"""A hub that has lost its root key: it is known by another one only by hand, or because enough hubs vouch for it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from federation.card import HubCard
from federation.keys import same_fingerprint
from hubnode.db import reading, transaction
from hubnode.network import events, members, peers
from hubnode.network.keyfiles import CantChange
from hubnode.network.models import Peer
from hubnode.network.node import Node
from hubnode.people import audit
from hubnode.people.confirming import Confirmed
from hubnode.records.models import Log


def repin(proof: Confirmed, node: Node, origin: str, expected: str, now: datetime) -> str:
    """Pin the root key with this fingerprint, if the hub at `origin` shows it now; answers the fingerprint.

    What is held of the hub stays, and its log goes on. Raises `CantChange`, or what `federation` raises where the hub
    does not answer as a hub. A transaction of its own.
    """
    card = _shown(node, origin)
    if not same_fingerprint(expected, card.keyset.fingerprint):
        raise CantChange(f"the hub at {origin} shows the fingerprint {card.keyset.fingerprint}, not the one given")
    _pin(card, now, proof)
    return card.keyset.fingerprint


def repin_vouched(proof: Confirmed, node: Node, origin: str, needed: int, now: datetime) -> str:
    """Pin the root key that the hub shows now, if at least `needed` other hubs vouch for it; else as `repin`."""
    if needed < 1:
        raise CantChange("at least one hub must vouch")
    card = _shown(node, origin)
    vouching = members.vouching(reading(), origin, card.keyset.fingerprint)
    if len(vouching) < needed:
        raise CantChange(f"{len(vouching)} hubs vouch for {card.keyset.fingerprint}; {needed} are needed")
    _pin(card, now, proof)
    return card.keyset.fingerprint


def _shown(node: Node, origin: str) -> HubCard:
    """The card that a known hub shows now, under whatever root."""
    if reading().scalar(sa.select(Peer.id).where(Peer.origin == origin)) is None:
        raise CantChange(f"{origin} is not among the hubs that are known here")
    return peers.client(node, origin).unpinned_card()


def _pin(card: HubCard, now: datetime, proof: Confirmed) -> None:
    with transaction() as session:
        peer = session.scalars(sa.select(Peer).where(Peer.origin == card.origin).with_for_update()).one()
        copy = session.get_one(Log, peer.log)
        if copy.log_id != card.log_id:
            raise CantChange(f"{card.origin} has begun another log; that takes a statement of its root key")
        if peer.root == card.keyset.root.raw:
            return
        peer.root, peer.keyset, peer.card = card.keyset.root.raw, card.keyset.to_bytes(), card.to_bytes()
        peer.pull_due_at = now
        members.say(session, card, now)
        events.tell(session, now, card.origin, "repinned", proof.by)
        audit.note(session, "key.repinned", now, by=proof, about=card.origin)
