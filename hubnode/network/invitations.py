"""Who may ask to join: invitations that an administrator has given away, and the word of members.

A token works once, for 72 hours, and is kept as a hash. Whatever is wrong with it, the refusal is the same.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import joining as documents
from federation.errors import BadRequest, NotInvited
from federation.joining import TOKEN_LENGTH, JoinRequest, is_fingerprint
from federation.keys import fingerprint, same_fingerprint
from federation.origin import parse_origin
from hubnode.config import Settings
from hubnode.db import reading, transaction
from hubnode.network import members
from hubnode.network.joining_models import Invitation, Joining
from hubnode.network.models import Peer
from hubnode.network.node import Node
from hubnode.people import audit
from hubnode.people.confirming import Confirmed
from hubnode.records import log

LIFE = timedelta(hours=72)
ATTEMPTS = 10
"""How often somebody may come with one token; who is invited needs one attempt, or a few."""
MOST_OPEN = 50
"""Invitations that may be open at once."""


class CantInvite(Exception):
    """No invitation was made; `reason` is ``origin``, ``fingerprint``, ``own`` or ``too-many``."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Admission:
    """Why a hub may ask to join; only `admit` makes one."""

    invitation: int | None
    vouches: int
    approved: bool
    """Whether nobody needs to decide any more."""


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation that nobody has used yet, without its secret."""

    id: int
    created_at: datetime
    expires_at: datetime
    bound_to: str | None


def invite(proof: Confirmed, node: Node, now: datetime, *, origin: str = "", root: str = "") -> str:
    """Make an invitation; the answer is its text, which is kept nowhere. A transaction of its own.

    Where `origin` and the fingerprint `root` of its key are named, only that hub can use it, and it is a member as soon
    as it asks: whoever names a fingerprint has compared it. Raises `CantInvite`.
    """
    bound_origin, bound_root = _bound(node, origin, root)
    token = secrets.token_bytes(TOKEN_LENGTH)
    made = Invitation(token_hash=_hashed(token), created_at=now, expires_at=now + LIFE, attempts=0)
    made.bound_origin, made.bound_root = bound_origin, bound_root
    with transaction() as session:
        if len(_usable(session, now)) >= MOST_OPEN:
            raise CantInvite("too-many", f"{MOST_OPEN} invitations are open already")
        session.add(made)
        audit.note(session, "peer.invited", now, by=proof, about=bound_origin or "")
    return documents.Invitation(node.settings.base_url, node.identity.fingerprint, token).text


def withdraw_all(proof: Confirmed, now: datetime) -> int:
    """Make every invitation void that nobody has used; answers how many. A transaction of its own."""
    with transaction() as session:
        unused = sa.update(Invitation).where(Invitation.used_by.is_(None), Invitation.expires_at > now)
        void = len(session.scalars(unused.values(expires_at=now).returning(Invitation.id)).all())
        audit.note(session, "peer.uninvited", now, by=proof, detail={"invitations": str(void)})
        return void


def open_ones(now: datetime) -> list[OpenInvitation]:
    """The invitations that somebody could still use, the newest first."""
    found = [one for one in _usable(reading(), now) if one.used_by is None]
    return [OpenInvitation(one.id, one.created_at, one.expires_at, one.bound_origin) for one in reversed(found)]


def admit(session: Session, settings: Settings, request: JoinRequest, now: datetime) -> Admission:
    """Why this hub may ask; raises `NotInvited`, which never says why not. Reads only."""
    origin, root = request.keyset.origin, request.keyset.fingerprint
    known = session.scalar(sa.select(Peer).where(Peer.origin == origin))
    member = known is not None and known.state == "active" and same_fingerprint(fingerprint(known.root), root)
    stranger = known is None or (known.state == "left" and same_fingerprint(fingerprint(known.root), root))
    invitation = _by_token(session, request, now)
    vouches = len(members.vouching(session, origin, root)) if stranger else 0
    wanted = stranger and _wanted(session, origin, root, now)
    enough = 0 < settings.vouches_needed <= vouches
    if not (member or stranger) or not (member or wanted or invitation is not None or vouches):
        raise NotInvited("this invitation does not hold, or nobody here knows you")
    if request.token is not None and invitation is None:
        raise NotInvited("this invitation does not hold, or nobody here knows you")
    if _rejected(session, origin, invitation):
        raise NotInvited("this invitation does not hold, or nobody here knows you")
    bound = invitation is not None and invitation.bound_origin is not None
    return Admission(invitation.id if invitation else None, vouches, member or wanted or enough or bound)


def use(session: Session, admission: Admission, request: JoinRequest, now: datetime) -> None:
    """Use the invitation up: from now on it is good for this hub alone. Part of the caller's transaction.

    Raises `NotInvited` where another hub was faster.
    """
    if admission.invitation is None:
        return
    origin, root = request.keyset.origin, request.keyset.fingerprint
    free = sa.or_(Invitation.used_by.is_(None), sa.and_(Invitation.used_by == origin, Invitation.used_root == root))
    chosen = sa.update(Invitation).where(Invitation.id == admission.invitation, free)
    used = session.scalar(chosen.values(used_by=origin, used_root=root, used_at=now).returning(Invitation.id))
    if used is None:
        raise NotInvited("this invitation does not hold, or nobody here knows you")


def count_attempt(admission: Admission) -> None:
    """Note that somebody came with this token. A transaction of its own."""
    if admission.invitation is not None:
        with transaction() as session:
            chosen = sa.update(Invitation).where(Invitation.id == admission.invitation)
            session.execute(chosen.values(attempts=Invitation.attempts + 1))


def _bound(node: Node, origin: str, root: str) -> tuple[str | None, str | None]:
    """The hub that alone may use an invitation, in the spelling of the wire."""
    if not origin and not root:
        return None, None
    try:
        parse_origin(origin)
    except BadRequest as error:
        raise CantInvite("origin", f"{origin!r} is not the address of a hub: {error}") from error
    if origin == log.own(reading()).origin or origin == node.settings.base_url:
        raise CantInvite("own", "a hub can't invite itself")
    plain = re.sub(r"[\s-]", "", root).upper()
    grouped = "-".join(plain[start : start + 4] for start in range(0, len(plain), 4))
    if not is_fingerprint(grouped):
        raise CantInvite("fingerprint", "a fingerprint is 13 groups of 4 letters and digits")
    return origin, grouped


def _hashed(token: bytes) -> str:
    return hashlib.sha256(token).hexdigest()


def _usable(session: Session, now: datetime) -> list[Invitation]:
    chosen = sa.select(Invitation).where(Invitation.expires_at > now, Invitation.attempts < ATTEMPTS)
    return list(session.scalars(chosen.order_by(Invitation.id)))


def _by_token(session: Session, request: JoinRequest, now: datetime) -> Invitation | None:
    """The invitation whose token this is, if this hub may use it; every open one is compared, in constant time."""
    if request.token is None:
        return None
    given = _hashed(request.token)
    matching = [one for one in _usable(session, now) if hmac.compare_digest(one.token_hash, given)]
    origin, root = request.keyset.origin, request.keyset.fingerprint
    for one in matching:
        free = one.used_by is None or (one.used_by == origin and one.used_root == root)
        meant = one.bound_origin is None or (one.bound_origin == origin and one.bound_root == root)
        if free and meant:
            return one
    return None


def _wanted(session: Session, origin: str, root: str, now: datetime) -> bool:
    """Whether this hub itself has asked that very hub to join it, and still waits."""
    asked = sa.select(Joining.root).where(
        Joining.direction == "out",
        Joining.origin == origin,
        Joining.state.in_(("asking", "waiting")),
        Joining.expires_at > now,
    )
    expected = session.scalar(asked)
    return expected is not None and same_fingerprint(expected, root)


def _rejected(session: Session, origin: str, invitation: Invitation | None) -> bool:
    """Whether an administrator has said no to this request; a new invitation is a new request."""
    asked = sa.select(Joining).where(Joining.direction == "in", Joining.origin == origin, Joining.state == "rejected")
    row = session.scalar(asked)
    return row is not None and (invitation is None or row.invitation == invitation.id)
