"""Who vouches for whom: the `member` statements in the logs, our own and those of the hubs we follow."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import canonical
from federation.card import HubCard
from federation.errors import ProtocolError
from federation.joining import Membership
from federation.keys import same_fingerprint
from hubnode.network.models import Peer
from hubnode.records import log, statements
from hubnode.records.models import Record

KIND = "member"
LEFT = "left"


def say(session: Session, card: HubCard, now: datetime) -> None:
    """State in our own log that we have pinned this hub; what was said of it before is taken back.

    Part of the caller's transaction. Saying the same again changes nothing.
    """
    body = Membership(card.origin, card.keyset.fingerprint, card.log_id, card.keyset.n).to_json()
    before = _said_of(session, card.origin)
    if [said for _, said in before] == [body]:
        return
    for rec, _ in before:
        statements.unsay(session, rec, now)
    statements.say(session, KIND, body, now)


def unsay(session: Session, origin: str, now: datetime) -> None:
    """Vouch for this hub no longer. Part of the caller's transaction."""
    for rec, _ in _said_of(session, origin):
        statements.unsay(session, rec, now)


def come_back(session: Session, now: datetime) -> None:
    """Take back that we have left: whoever pins another hub belongs to the network. Caller's transaction."""
    for rec, _ in statements.said(session, log.own(session).origin, LEFT):
        statements.unsay(session, rec, now)


def named_by(session: Session, origin: str) -> list[Membership]:
    """The hubs that the hub at `origin` has pinned, as its log says now; by origin."""
    found: dict[str, Membership] = {}
    for body in statements.said_by(session, origin, KIND):
        one = _membership(body)
        if one is not None and one.origin != origin:
            found[one.origin] = one
    return [found[name] for name in sorted(found)]


def vouching(session: Session, origin: str, root: str) -> list[str]:
    """The active members whose logs say that this root key is the one of the hub at `origin`; nobody for himself."""
    said = (
        sa.select(Record.origin, Record.body)
        .join(Peer, Peer.origin == Record.origin)
        .where(Record.kind == KIND, Record.state == statements.STATE, ~Record.own)
        .where(Peer.state == "active", Record.origin != origin)
    )
    # Most statements are about others: the look at the bytes saves reading them.
    wanted = origin.encode()
    named = {by for by, body in session.execute(said) if body and wanted in body and _vouches(body, origin, root)}
    return sorted(named)


def _said_of(session: Session, origin: str) -> list[tuple[str, dict[str, object]]]:
    own = log.own(session).origin
    return [(rec, body) for rec, body in statements.said(session, own, KIND) if body.get("origin") == origin]


def _vouches(body: bytes, origin: str, root: str) -> bool:
    one = _membership(canonical.decode(body))
    return one is not None and one.origin == origin and same_fingerprint(one.root, root)


def _membership(body: object) -> Membership | None:
    """What a statement of another hub says, or None where it says nothing that can be read."""
    try:
        return Membership.from_json(body)
    except ProtocolError:
        return None
