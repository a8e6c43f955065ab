"""Hubs that go on under another origin: how this hub moves, and how it follows another one that its root has announced.

A moved hub is pinned at its new origin by the root key that we know, and pulled from there; nothing of it is shown
until all of it is here. Then the copy under the old origin is hidden, and old addresses lead to the new ones.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import checkpoint as checkpoints
from federation.errors import BadRequest, ProtocolError
from federation.keys import PublicKey, SigningKey
from federation.moved import Moved
from hubnode.db import reading, transaction
from hubnode.network import agreements, events, members, peers
from hubnode.network.keyfiles import CantChange
from hubnode.network.models import Peer
from hubnode.network.node import Node
from hubnode.people import audit
from hubnode.people.confirming import Confirmed
from hubnode.records import choices, copies, log, moving, statements
from hubnode.records.models import Log, LogEntry, Record
from hubnode.records.move_models import Move

KIND = "moved"
AGAIN = timedelta(minutes=5)
"""Pause before a hub that was not found at its new origin is looked for again."""
STATE = "moved"
"""The state of a peer at the origin that it has left; it is not asked any more, and nothing is taken from it."""


def announce(proof: Confirmed, node: Node, to: str, root: SigningKey, now: datetime) -> tuple[int, int]:  # noqa: ARG001 - the proof is asked for, not read
    """Say in our log that we are going to `to`; answers how many of the other hubs have heard it, and of how many.

    Saying the same again changes nothing. Raises `CantChange`. A transaction of its own.
    """
    keyset = node.identity.keyset
    if root.public.raw != keyset.root.raw:
        raise CantChange("this is not the root key of this hub")
    with transaction() as session:
        if to not in [body["to"] for body in statements.said_by(session, keyset.origin, KIND)]:
            statements.say(session, KIND, _statement(keyset.origin, to, keyset.n + 1, root), now)
    return _heard(reading(), keyset.origin)


def move(proof: Confirmed, node: Node, root: SigningKey, now: datetime) -> int:
    """List all that we publish in a log of our new origin; answers how many entries it has. A transaction of its own.

    The settings and the key files name the new origin already. The others have nothing of the new log yet.
    """
    to, keyset = node.settings.base_url, node.identity.keyset
    with transaction() as session:
        held = log.own(session)
        before = held.origin
        if before == to:
            return held.size
        size = moving.move_own(session, to, _statement(before, to, keyset.n, root), now)
        nobody = {"acked_size": 0, "acked_most": 0, "told_size": 0, "doubted_at": None, "poke_due_at": now}
        session.execute(sa.update(Peer).values(**nobody))
        events.tell(session, now, to, "moved", before)
        audit.note(session, "hub.moved", now, by=proof, about=to, detail={"from": before})
    return size


def _statement(before: str, to: str, n: int, root: SigningKey) -> dict[str, Any]:
    try:
        return Moved(before, to, n).sign(root).to_json()
    except BadRequest as error:
        raise CantChange(str(error)) from error


def _heard(session: Session, origin: str) -> tuple[int, int]:
    said = sa.select(Record.rec).where(Record.origin == origin, Record.own, Record.kind == KIND)
    at = session.scalar(sa.select(sa.func.max(LogEntry.seq)).where(LogEntry.rec.in_(said))) or 0
    cursors = session.scalars(sa.select(Peer.acked_size).where(Peer.state == "active")).all()
    return sum(cursor > at for cursor in cursors), len(cursors)


def heard(session: Session, node: Node, peer: Peer, body: dict[str, Any], now: datetime) -> None:
    """A hub says where it goes, or where it came from, by its root key. Part of the caller's transaction.

    It counts only of a hub that is active here under that same root: a suspended one does not come back by moving.
    """
    try:
        moved = Moved.parse(body, PublicKey("root", peer.root))
    except ProtocolError:
        events.tell(session, now, peer.origin, "bad-move")
        return
    former = peers.active(session, moved.before)
    known = session.get(Move, moved.before)
    if peer.origin not in (moved.before, moved.to) or node.settings.base_url in (moved.before, moved.to):
        return
    if former is None or former.root != peer.root or (known is not None and known.n >= moved.n):
        return
    session.merge(Move(before=moved.before, to=moved.to, n=moved.n, due_at=now, arrived_at=None))
    events.tell(session, now, moved.before, "moving", moved.to)


def follow(node: Node, now: datetime) -> None:
    """Look for hubs at the origins that they are moving to, and show them there once all is here.

    Transactions of its own; raises nothing that another hub can cause.
    """
    session = reading()
    session.rollback()
    under_way = session.execute(sa.select(Move.before, Move.to).where(Move.arrived_at.is_(None), Move.due_at <= now))
    for before, to in under_way.all():
        try:
            _step(node, before, to, now)
        except (ProtocolError, peers.CantPin) as problem:
            with transaction() as session:
                session.execute(sa.update(Move).where(Move.before == before).values(due_at=now + AGAIN))
                if isinstance(problem, peers.CantPin):
                    session.execute(sa.delete(Move).where(Move.before == before))
                    events.tell(session, now, before, "bad-move", to)


def _step(node: Node, before: str, to: str, now: datetime) -> None:
    session = reading()
    former = peers.active(session, before)
    if former is None:
        return
    if session.scalar(sa.select(Peer.id).where(Peer.origin == to)) is not None:
        _arrive(node, before, to, now)
        return
    card = peers.client(node, to).card(PublicKey("root", former.root))
    with transaction() as session:
        choices.put(session, to, choices.of(session, before), now)
        if (agreement := agreements.of(session, before)) is not None:
            agreements.keep(session, to, agreement, now)
        peers.pin(session, card, now)
        copies.hide(session, to)


def _arrive(node: Node, before: str, to: str, now: datetime) -> None:
    """Show the hub at its new origin instead of the old one, if all of it is here."""
    if not _complete(node, to, now):
        return
    with transaction() as session:
        members.unsay(session, before, now)
        copies.hide(session, before)
        copies.reveal(session, to)
        session.execute(sa.update(Peer).where(Peer.origin == before).values(state=STATE))
        session.execute(sa.update(Move).where(Move.before == before).values(arrived_at=now))
        events.tell(session, now, to, "moved", before)


def _complete(node: Node, to: str, now: datetime) -> bool:
    """Whether we hold as much of the hub at its new origin as its latest checkpoint names."""
    row = reading().execute(sa.select(Peer, Log).join(Log, Log.id == Peer.log).where(Peer.origin == to)).one()
    peer, copy = row
    if peer.state != "active" or peer.last_contact_at is None or copy.state != "active" or not copy.size:
        return False
    note = peers.client(node, to).checkpoint()
    return checkpoints.verify(note, peers.keyset_of(peer), copy.log_id, now).size <= copy.size


def new_home(host: str) -> str | None:
    """The origin under which this node shows the records of a hub that had this host before; None for all others."""
    found = (moving.arrived(reading(), f"{scheme}://{host}") for scheme in ("https", "http"))
    return next((origin for origin in found if origin is not None), None)
