"""The two doors of joining: who may ask here, and whose answer is taken.

Nobody is pinned yet, so each door proves its request in a way of its own: whoever asks, with a key of the keyset that
it brings; whoever answers, with a key under the fingerprint that we expect. What nobody here waits for is refused
before anything is fetched or kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.card import HubCard
from federation.errors import BadKeyset, NotFound, NotInvited, NotMember, Refused, TooMany, Unreachable
from federation.joining import JoinAnswer, JoinRequest, is_ask
from federation.keys import PublicKey
from federation.keyset import Keyset
from federation.signatures import DOCUMENT_TYPE, Verified, verify_request
from hubnode.db import reading, transaction
from hubnode.network import invitations, peers
from hubnode.network import joining_rows as rows
from hubnode.network.doors import Answer, seen_nonce
from hubnode.network.invitations import Admission
from hubnode.network.joining_models import Joining
from hubnode.network.node import Node
from hubnode.people import throttle
from hubnode.people.errors import Throttled
from hubnode.records.models import Log

FIRST_PULL_AFTER = timedelta(seconds=5)
"""The other hub pins us when it has our answer, and pokes us then; sooner than that it would turn us away."""


def prove_join(
    node: Node, address: str, method: str, target_uri: str, headers: Mapping[str, str], body: bytes
) -> Verified:
    """The proof that whoever asks to join holds a key of the keyset that it brings.

    In this order: too many attempts from one address, the shape, whether it may ask at all, the signature. So a
    stranger leaves nothing behind but a count.
    """
    now = node.clock()
    _slow_down(node, address, now)
    request = JoinRequest.parse(body)
    invitations.admit(reading(), node.settings, request, now)
    find = _KeysOf(request.keyset, now).find
    proof = verify_request(method, target_uri, headers, body, find, seen_nonce, now)
    with transaction() as session:
        throttle.give_back(session, throttle.knock_key(address, node.settings.secret_key), now)
    return proof


def join(node: Node, proof: Verified, body: bytes) -> Answer:
    """A hub asks to become a member: its card is fetched from its own origin, then a person has to decide."""
    now = node.clock()
    request = JoinRequest.parse(body)
    if proof.origin != request.keyset.origin:
        raise NotInvited("one hub does not ask for another")
    invitations.count_attempt(invitations.admit(reading(), node.settings, request, now))
    card = _card_at_its_origin(node, request)
    with transaction() as session:
        # Once more: while the card was fetched, somebody else may have come with the same invitation.
        admission = invitations.admit(session, node.settings, request, now)
        _refuse_other_log(session, card)
        invitations.use(session, admission, request, now)
        _note(session, request, card, admission, now)
    return Answer(b"", DOCUMENT_TYPE, status=202)


def prove_answer(
    node: Node, ask: str, method: str, target_uri: str, headers: Mapping[str, str], body: bytes
) -> Verified:
    """The proof that an answer is of the hub that we asked under this id, by a key under the fingerprint we expect."""
    now = node.clock()
    waiting = _asked(reading(), ask, now)
    answer = JoinAnswer.parse(body, waiting.root, origin=waiting.origin)
    find = _KeysOf(answer.keyset, now).find
    return verify_request(method, target_uri, headers, body, find, seen_nonce, now)


def confirm(node: Node, proof: Verified, ask: str, body: bytes) -> Answer:
    """The hub that we asked has decided: pin it, or note that it said no. The same answer again changes nothing."""
    now = node.clock()
    with transaction() as session:
        waiting = _asked(session, ask, now)
        if proof.origin != waiting.origin:
            raise NotFound("nobody here asked you that")
        answer = JoinAnswer.parse(body, waiting.root, origin=waiting.origin)
        if waiting.state != "member":
            _take(session, waiting, answer, now)
        elif not answer.approved:
            raise NotFound("nobody here asks any more")
    return Answer(b"", DOCUMENT_TYPE)


class _KeysOf:
    """The keys of one keyset that its own document brought, for the request that came with it."""

    def __init__(self, keyset: Keyset, now: datetime) -> None:
        self._keyset, self._now = keyset, now

    def find(self, origin: str, key_id: str) -> PublicKey | None:
        """The key of that id; raises `NotMember` where the request names another hub than the document."""
        if origin != self._keyset.origin:
            raise NotMember("the request and its keyset are of different hubs")
        return self._keyset.key_at(key_id, self._now)


def _slow_down(node: Node, address: str, now: datetime) -> None:
    """Count an attempt of this address; what turns out to be none is given back."""
    try:
        with transaction() as session:
            throttle.take(session, (throttle.knock_key(address, node.settings.secret_key),), now)
    except Throttled as refusal:
        seconds = max(1, int((refusal.until - now).total_seconds()) + 1)
        raise TooMany("too many attempts to join from this address", seconds) from refusal


def _card_at_its_origin(node: Node, request: JoinRequest) -> HubCard:
    """The card that the asking hub shows at its own origin: who can't put it there does not speak for that origin."""
    origin = request.keyset.origin
    try:
        card = peers.client(node, origin).card(request.keyset.root)
    except Unreachable as failure:
        raise Refused(f"your hub card could not be fetched from {origin} ({failure.reason})") from failure
    if card.keyset != request.keyset:
        raise BadKeyset("your hub card shows another keyset than your request")
    if card.log_id != request.log_id or not card.speaks:
        raise Refused("your hub card shows another log than your request, or does not speak apl/1")
    return card


def _note(session: Session, request: JoinRequest, card: HubCard, admission: Admission, now: datetime) -> None:
    """Keep the request until a person has decided; asked again, it is the same request under the newer id."""
    row = session.scalar(
        sa.select(Joining).where(Joining.direction == "in", Joining.origin == card.origin).with_for_update()
    )
    if row is None:
        _refuse_too_many(session)
        row = Joining(direction="in", origin=card.origin, state="pending", created_at=now, failures=0)
        row.via, row.introduce, row.last_error = "", False, ""
        session.add(row)
    elif row.state not in rows.OPEN or row.root != card.keyset.fingerprint:
        row.state, row.created_at, row.failures, row.last_error = "pending", now, 0, ""
    row.ask, row.root, row.card = request.id, card.keyset.fingerprint, card.to_bytes()
    row.invitation, row.vouches, row.expires_at = admission.invitation, admission.vouches, now + rows.LIFE
    if admission.approved or row.state == "approved":
        row.state, row.due_at = "approved", now


def _refuse_other_log(session: Session, card: HubCard) -> None:
    """A member that keeps another log now has to say so under its root key; joining anew would hide that."""
    peer = peers.active(session, card.origin)
    if peer is not None and session.get_one(Log, peer.log).log_id != card.log_id:
        raise Refused("you are a member here with another log")


def _refuse_too_many(session: Session) -> None:
    waiting = sa.select(sa.func.count()).where(Joining.direction == "in", Joining.state.in_(rows.OPEN))
    if (session.scalar(waiting) or 0) >= rows.MOST_OPEN:
        raise TooMany("too many hubs wait to be admitted here", 3600)


def _asked(session: Session, ask: str, now: datetime) -> Joining:
    """Our own request under this id, open or already granted; raises `NotFound` for everything else."""
    row = None
    if is_ask(ask):
        row = session.scalar(sa.select(Joining).where(Joining.direction == "out", Joining.ask == ask))
    if row is None or not (row.state == "member" or (row.state in rows.OPEN and row.expires_at > now)):
        raise NotFound("nobody here asked you that")
    return row


def _take(session: Session, waiting: Joining, answer: JoinAnswer, now: datetime) -> None:
    """Do what the answer says; part of the caller's transaction."""
    waiting.due_at = None
    if not answer.approved:
        waiting.state = "rejected"
        return
    card = HubCard.parse(waiting.card or b"", waiting.root, origin=waiting.origin)
    card = replace(card, keyset=answer.keyset, log_id=answer.log_id)
    try:
        peers.pin(session, card, now, pull_at=now + FIRST_PULL_AFTER)
    except peers.CantPin as refusal:
        raise Refused(str(refusal)) from refusal
    waiting.state = "member"
