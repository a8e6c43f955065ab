"""Membership, once it is there: suspending and resuming a hub, parting with it, leaving the network for good.

Suspending takes effect at once on every path, deletes nothing and can be undone. Parting ends our word for the hub;
what is held of it is kept as an archive or dropped, as the administrator chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.errors import ProtocolError
from federation.joining import Departure
from hubnode.db import reading, transaction
from hubnode.network import choice, events, joining_rows, members
from hubnode.network.agreement_models import AgreementRow
from hubnode.network.models import Peer
from hubnode.network.node import Node
from hubnode.people import audit
from hubnode.people.confirming import Confirmed
from hubnode.records import copies, dropping, log, statements
from hubnode.records.models import Log, LogEntry, Record

Archive = Literal["keep", "drop"]
ARCHIVES: tuple[Archive, ...] = ("keep", "drop")


class NotPossible(Exception):
    """Nothing was changed; `reason` is ``unknown`` or ``state``."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Effect:
    """What a suspension hides, or the end of a membership would drop."""

    origin: str
    records: int
    kinds: Mapping[str, int]
    """Records to be shown, by kind."""


def preview(session: Session, origin: str) -> Effect:
    """What would disappear here with this hub; nothing is changed."""
    counted = sa.select(Record.kind, sa.func.count()).where(
        Record.origin == origin, ~Record.own, Record.state == "published", ~Record.hidden
    )
    kinds = dict(session.execute(counted.group_by(Record.kind).order_by(Record.kind)).all())
    return Effect(origin, sum(kinds.values()), kinds)


def suspend(proof: Confirmed, origin: str, now: datetime) -> Effect:
    """Stop all exchange with this hub and show nothing of it, at once; answers what that hides.

    Nothing is deleted. Raises `NotPossible` where it is not an active member. A transaction of its own.
    """
    with transaction() as session:
        _change(session, origin, ("active",), "suspended")
        effect = preview(session, origin)
        copies.hide(session, origin)
        events.tell(session, now, origin, "suspended", proof.by)
        audit.note(session, "peer.suspended", now, by=proof, about=origin)
    return effect


def resume(proof: Confirmed, origin: str, now: datetime) -> Effect:
    """Undo a suspension: show what is held, and fetch what came meanwhile; answers what appears.

    Raises `NotPossible` where the hub is not suspended. A transaction of its own.
    """
    with transaction() as session:
        peer = _change(session, origin, ("suspended",), "active")
        peer.pull_due_at, peer.poke_due_at, peer.pull_failures, peer.poke_failures = now, now, 0, 0
        peer.silent_since, peer.last_error = None, None
        copies.reveal(session, origin)
        events.tell(session, now, origin, "resumed", proof.by)
        audit.note(session, "peer.resumed", now, by=proof, about=origin)
        return preview(session, origin)


def part(proof: Confirmed, origin: str, now: datetime, *, archive: Archive) -> int:
    """End the membership of this hub here, from now on; answers how many of its records were dropped.

    Our log vouches for it no longer. Raises `NotPossible` where it is no member. A transaction of its own.
    """
    with transaction() as session:
        peer = _change(session, origin, ("active", "suspended"), "left")
        members.unsay(session, origin, now)
        session.execute(sa.delete(AgreementRow).where(AgreementRow.origin == origin))
        events.tell(session, now, origin, "parted", proof.by)
        audit.note(session, "peer.parted", now, by=proof, about=origin, detail={"archive": archive})
        return _dropped(session, peer) if archive == "drop" else 0


def drop(proof: Confirmed, origin: str, now: datetime) -> int:
    """Delete the archive of a hub that is no member any more; answers how many records that were.

    Raises `NotPossible` for a member: its records belong here. A transaction of its own.
    """
    with transaction() as session:
        peer = _change(session, origin, ("left",), "left")
        dropped = _dropped(session, peer)
        events.tell(session, now, origin, "dropped", proof.by)
        audit.note(session, "peer.dropped", now, by=proof, about=origin)
        return dropped


def leave(proof: Confirmed, node: Node, now: datetime, *, archive: Archive) -> int:  # noqa: ARG001 - as the other deeds
    """Leave the network for good: our log says so, and each member that has read it is a former one from then on.

    Until then they may fetch. With `archive` ``drop`` their records go here when they have. Answers how many members
    are to hear of it. A transaction of its own; said once, it is not said again.
    """
    with transaction() as session:
        own = log.own(session)
        hearing = session.scalars(sa.select(Peer).where(Peer.state == "active")).all()
        if not hearing:
            raise NotPossible("state", "there is no member to leave")
        if not statements.said(session, own.origin, members.LEFT):
            statements.say(session, members.LEFT, Departure(own.origin, own.log_id).to_json(), now)
            audit.note(session, "hub.left", now, by=proof, about=own.origin, detail={"archive": archive})
        for peer in hearing:
            peer.leaving, peer.poke_due_at = archive, now
            members.unsay(session, peer.origin, now)
        return len(hearing)


def leaving(session: Session) -> bool:
    """Whether this hub has said that it leaves the network."""
    return bool(statements.said(session, log.own(session).origin, members.LEFT))


def finish_leaving(now: datetime) -> int:
    """Part with the members that have read our farewell; answers how many. A transaction of its own, if any has."""
    if not reading().scalar(sa.select(sa.exists().where(Peer.leaving.is_not(None), Peer.state == "active"))):
        return 0
    with transaction() as session:
        said_at = _said_at(session)
        gone = sa.select(Peer).where(Peer.leaving.is_not(None), Peer.state == "active", Peer.acked_size > said_at)
        parted = session.scalars(gone).all()
        for peer in parted:
            peer.state, drops = "left", peer.leaving == "drop"
            peer.leaving = None
            if drops:
                _dropped(session, peer)
            events.tell(session, now, peer.origin, "parted")
        return len(parted)


def heard_left(session: Session, node: Node, peer: Peer, body: dict[str, Any], now: datetime) -> None:  # noqa: ARG001
    """A hub says that it leaves: it is a former member from now on, its records are an archive. Caller's transaction.

    The administrator drops the archive, or keeps it; nothing is deleted because another hub says something.
    """
    try:
        said = Departure.from_json(body)
    except ProtocolError:
        return
    held = session.get_one(Log, peer.log)
    if (said.origin, said.log_id) != (peer.origin, held.log_id) or peer.state == "left":
        return
    peer.state = "left"
    joining_rows.distrust(session, peer.origin)
    members.unsay(session, peer.origin, now)
    events.tell(session, now, peer.origin, "left")


def _change(session: Session, origin: str, before: tuple[str, ...], after: str) -> Peer:
    """The hub, in its new state; raises `NotPossible`. Part of the caller's transaction."""
    peer = session.scalar(sa.select(Peer).where(Peer.origin == origin).with_for_update())
    if peer is None:
        raise NotPossible("unknown", f"{origin} is not known here")
    if peer.state not in before:
        raise NotPossible("state", f"{origin} is {peer.state}")
    peer.state, peer.leaving = after, None
    if after != "active":
        joining_rows.distrust(session, origin)
    return peer


def _dropped(session: Session, peer: Peer) -> int:
    choice.forget(session, peer.origin)
    return dropping.drop(session, session.get_one(Log, peer.log))


def _said_at(session: Session) -> int:
    """The number of the entry with our farewell; beyond the log where there is none."""
    own = log.own(session)
    said = statements.said(session, own.origin, members.LEFT)
    if not said:
        return own.size
    number = sa.select(sa.func.max(LogEntry.seq)).where(LogEntry.log == own.id, LogEntry.rec == said[-1][0])
    found = session.scalar(number)
    return own.size if found is None else int(found)
