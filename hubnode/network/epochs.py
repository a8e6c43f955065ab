"""New epochs: the last resort of a hub whose log can't be gone on with, and how others follow it there."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import canonical
from federation.epoch import Epoch
from federation.errors import BadEpoch, NotFound, PeerProblem, ProtocolError
from federation.keys import PublicKey, SigningKey
from federation.signatures import DOCUMENT_TYPE
from hubnode.db import reading, transaction
from hubnode.network import events, peers, watermark
from hubnode.network.doors import Answer
from hubnode.network.models import Peer
from hubnode.network.node import Node
from hubnode.people.confirming import Confirmed
from hubnode.records import epochs, log, statements
from hubnode.records.models import Log


class CantBegin(Exception):
    """No new epoch can be begun; the message says why, and nothing was changed."""


def door(node: Node) -> Answer:  # noqa: ARG001 - the shape of all doors
    """The statement by which our present log began; open to everybody. Raises `NotFound` for a first log."""
    session = reading()
    held = log.own(session)
    said = [body for body in statements.said_by(session, held.origin, "epoch") if body["log"] == held.log_id]
    if not said:
        raise NotFound("this hub keeps its first log")
    return Answer(canonical.encode(said[-1]), DOCUMENT_TYPE)


def begin(proof: Confirmed, node: Node, root: SigningKey, number: int | None = None) -> Epoch:  # noqa: ARG001 - the proof is asked for, not read
    """End our log and go on in a new one that lists everything anew; the others follow by the root's signature.

    `number` counts the epochs of this hub; without it one more than is remembered. Raises `CantBegin`.
    """
    if root.public.raw != node.identity.keyset.root.raw:
        raise CantBegin("this is not the root key of this hub")
    now = node.clock()
    mark = watermark.read(node.settings.instance)
    with transaction() as session:
        held = log.own(session)
        least = max(held.epoch, mark.epoch) + 1
        if number is not None and number < least:
            raise CantBegin(f"the next epoch of this hub is at least number {least}")
        new = Epoch(held.origin, secrets.token_hex(16), held.log_id, number or least).sign(root)
        epochs.begin_own(session, new.to_json(), new.log_id, new.n, now)
        nobody = {"acked_size": 0, "acked_most": 0, "told_size": 0, "doubted_at": None, "poke_due_at": now}
        session.execute(sa.update(Peer).values(**nobody))
        events.tell(session, now, held.origin, "epoch")
    return new


def followed(node: Node, origin: str, error: ProtocolError) -> bool:
    """Whether an error was a new epoch of that hub, proven by its root, and our copy now follows it."""
    if not (isinstance(error, PeerProblem) and error.problem_type == "gone-epoch"):
        return False
    try:
        statement = peers.client(node, origin).epoch()
        with transaction() as session:
            _follow(session, origin, statement, node.clock())
    except ProtocolError:
        return False
    return True


def _follow(session: Session, origin: str, statement: bytes, now: datetime) -> None:
    peer = session.scalars(sa.select(Peer).where(Peer.origin == origin).with_for_update()).one()
    held = session.get_one(Log, peer.log)
    new = Epoch.parse(statement, PublicKey("root", peer.root), origin=origin)
    if new.n <= held.epoch or new.log_id == held.log_id:
        raise BadEpoch(f"epoch {new.n} does not follow epoch {held.epoch}")
    epochs.switch(session, held, new.log_id, new.n, now)
    peer.offered_size, peer.pull_due_at, peer.last_error = 0, now, None
    peer.digest_matched_at = peer.digest_differs_at = None
    events.tell(session, now, origin, "epoch")


def heard(session: Session, node: Node, peer: Peer, body: dict[str, Any], now: datetime) -> None:  # noqa: ARG001 - one shape
    """Remember the number of the epoch we follow, where the log itself names it. Part of the caller's transaction."""
    held = session.get_one(Log, peer.log)
    try:
        said = Epoch.parse(body, PublicKey("root", peer.root), origin=peer.origin)
    except BadEpoch:
        return
    if said.log_id == held.log_id:
        held.epoch = max(held.epoch, said.n)


def relisted(session: Session, held: Log, now: datetime) -> None:
    """The new log of a copy has been read to its end: drop what it does not list. Part of the caller's transaction."""
    dropped = epochs.finish(session, held, now)
    events.tell(session, now, held.origin, "relisted", str(dropped))
