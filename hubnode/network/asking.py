"""Joining as the hub that asks: by an invitation, or on the word of a member.

The id under which it asks is made here, and kept: the answer comes to our own door, under this id and signed under the
fingerprint that an administrator has compared, or it is nobody's.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.card import HubCard
from federation.errors import ProtocolError
from federation.joining import Invitation, JoinRequest, Membership
from federation.keys import same_fingerprint
from hubnode.db import reading, transaction
from hubnode.network import joining_rows as rows
from hubnode.network import members, peers
from hubnode.network.joining_models import Joining
from hubnode.network.joining_rows import CantJoin
from hubnode.network.models import Peer
from hubnode.network.node import Node
from hubnode.people import audit
from hubnode.people.confirming import Confirmed
from hubnode.records import log


def join(proof: Confirmed, node: Node, text: str, now: datetime, *, introduce: bool = False) -> HubCard:
    """Ask the hub that this invitation names to take this one in; answers its card once it has noted the request.

    Its fingerprint is compared first, and the token is sent to no other hub. With `introduce` the hubs that it has
    pinned are asked too, as soon as its log tells of them. Raises `BadInvitation`, `CantJoin`, or what the other hub
    answers; then nothing is kept.
    """
    invitation = Invitation.parse(text)
    card = _expected(node, invitation.origin, invitation.fingerprint)
    with transaction() as session:
        _refuse_known(session, card)
        row = _ask(session, card.origin, invitation.fingerprint, now, introduce=introduce)
        row.card = card.to_bytes()
        ask = row.ask
    try:
        peers.client(node, card.origin).join(_request(node, ask, invitation.token))
    except BaseException:
        with transaction() as session:
            session.execute(sa.delete(Joining).where(Joining.ask == ask, Joining.state == "asking"))
        raise
    _noted(ask)
    with transaction() as session:
        audit.note(session, "peer.asked", now, by=proof, about=card.origin)
    return card


def known_through(origin: str) -> list[Membership]:
    """The hubs that the member at `origin` has pinned and this one neither knows nor asks."""
    session = reading()
    return [one for one in members.named_by(session, origin) if not _is_known(session, one.origin)]


def introduce(proof: Confirmed, through: str, origins: Collection[str], now: datetime) -> list[str]:
    """Ask these hubs, as the member at `through` names them, to take this one in; answers which are asked.

    The worker sends the requests; hubs that `through` does not name are left out. A transaction of its own.
    """
    with transaction() as session:
        wanted = [one for one in members.named_by(session, through) if one.origin in origins]
        asked = [one.origin for one in wanted if _introduced(session, one, through, now)]
        for origin in asked:
            audit.note(session, "peer.asked", now, by=proof, about=origin, detail={"through": through})
        return asked


def heard(session: Session, node: Node, peer: Peer, body: dict[str, Any], now: datetime) -> None:
    """A member says that it has pinned a hub: ask that hub where our administrator wants it so. Caller's transaction.

    That is where he asked to be introduced when he joined this member, or where enough members vouch for the hub.
    """
    try:
        named = Membership.from_json(body)
    except ProtocolError:
        return
    enough = node.settings.vouches_needed
    introducing = sa.select(Joining.introduce).where(Joining.direction == "out", Joining.origin == peer.origin)
    if session.scalar(introducing) or (enough and len(members.vouching(session, named.origin, named.root)) >= enough):
        _introduced(session, named, peer.origin, now)


def ask_due(now: datetime) -> sa.ColumnElement[bool]:
    """That another hub is to be asked, as a condition."""
    return sa.exists(rows.due("out", ("asking",), now))


def claim_asks(session: Session, now: datetime, limit: int) -> list[str]:
    """Origins to ask now, each claimed by pushing its due time: of two workers only one gets it."""
    return rows.claim(session, rows.due("out", ("asking",), now), now, limit)


def ask(node: Node, origin: str) -> None:
    """Ask the hub at `origin`, on the word of a member, to take this one in; later again where it can't yet."""
    row = reading().scalar(sa.select(Joining).where(Joining.direction == "out", Joining.origin == origin))
    if row is None or row.state != "asking":
        return
    number, request_id, root = row.id, row.ask, row.root
    try:
        card = _expected(node, origin, root)
        with transaction() as session:
            session.execute(sa.update(Joining).where(Joining.id == number).values(card=card.to_bytes()))
        peers.client(node, origin).join(_request(node, request_id, None))
    except CantJoin as refusal:
        rows.settle(number, "failed", refusal.reason)
    except ProtocolError as error:
        rows.again(node, number, error)
    else:
        _noted(request_id)


def _expected(node: Node, origin: str, root: str) -> HubCard:
    """The card of the hub at `origin` if it shows this fingerprint; raises `CantJoin`."""
    if origin == node.settings.base_url:
        raise CantJoin("own", "a hub can't join itself")
    card = peers.client(node, origin).unpinned_card()
    if not same_fingerprint(root, card.keyset.fingerprint):
        shown = card.keyset.fingerprint
        raise CantJoin("fingerprint", f"the hub at {origin} shows the fingerprint {shown}, not the one expected")
    if not card.speaks:
        raise CantJoin("version", f"the hub at {origin} speaks {', '.join(card.versions)}, not apl/1")
    return card


def _refuse_known(session: Session, card: HubCard) -> None:
    known = session.scalar(sa.select(Peer).where(Peer.origin == card.origin))
    if known is None:
        return
    if known.root != card.keyset.root.raw:
        raise CantJoin("other-root", f"{card.origin} is already pinned with another root key")
    if known.state != "left":
        reason = "member" if known.state == "active" else "suspended"
        raise CantJoin(reason, f"{card.origin} is already known here ({known.state})")


def _request(node: Node, request_id: str, token: bytes | None) -> JoinRequest:
    return JoinRequest(request_id, node.identity.keyset, log.own(reading()).log_id, token)


def _ask(session: Session, origin: str, root: str, now: datetime, *, introduce: bool = False, via: str = "") -> Joining:
    """The one request of this hub to that one, begun anew under a new id. Part of the caller's transaction."""
    row = session.scalar(sa.select(Joining).where(Joining.direction == "out", Joining.origin == origin))
    if row is None:
        row = Joining(direction="out", origin=origin)
        session.add(row)
    row.ask, row.root, row.state, row.card = secrets.token_hex(16), root, "asking", None
    row.introduce, row.via, row.vouches, row.failures, row.last_error = introduce, via, 0, 0, ""
    row.created_at, row.expires_at, row.due_at = now, now + rows.LIFE, None
    session.flush()
    return row


def _is_known(session: Session, origin: str) -> bool:
    """Whether that hub is this one, is or was a member, or has been asked."""
    if origin == log.own(session).origin or session.scalar(sa.select(Peer.id).where(Peer.origin == origin)):
        return True
    over = ("expired", "failed")
    asked = sa.select(Joining.id).where(
        Joining.direction == "out", Joining.origin == origin, Joining.state.not_in(over)
    )
    return session.scalar(asked) is not None


def _introduced(session: Session, named: Membership, via: str, now: datetime) -> bool:
    """Let the worker ask that hub, unless it is known; whether it will."""
    if _is_known(session, named.origin):
        return False
    waiting = sa.select(sa.func.count()).where(Joining.direction == "out", Joining.state.in_(rows.OPEN))
    if (session.scalar(waiting) or 0) >= rows.MOST_OPEN:
        return False
    _ask(session, named.origin, named.root, now, via=via).due_at = now
    return True


def _noted(request_id: str) -> None:
    """The other hub has our request; unless it has answered already, we wait."""
    with transaction() as session:
        asking = sa.update(Joining).where(Joining.ask == request_id, Joining.state == "asking")
        session.execute(asking.values(state="waiting", due_at=None, failures=0, last_error=""))
