"""The door for letters: each is taken once, in its order, and answered; the same letter gets the same answer again."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.errors import NotMember, TooMany
from federation.letters import MAX_LIFE, Delivered, Reply, Status, encode_replies, parse_batch
from federation.signatures import DOCUMENT_TYPE, Verified
from hubnode.db import transaction
from hubnode.network.doors import Answer
from hubnode.network.letter_kinds import KINDS
from hubnode.network.letters import Kinds, LetterRefused
from hubnode.network.letters_models import LetterIn
from hubnode.network.models import Peer
from hubnode.network.node import Node

HOUR = timedelta(hours=1)
AN_HOUR = 120
"""New letters of one hub in an hour; that is more than its people write."""
HELD = 10_000
"""Letters of one hub that are remembered at the same time."""
SLACK = timedelta(days=1)
"""How far clocks may differ before the times of a letter are judged."""
log = logging.getLogger("hubnode.network")


def receive(node: Node, proof: Verified, data: bytes, now: datetime, kinds: Kinds = KINDS) -> Answer:
    """Take the letters of one request, and answer what became of each. A transaction of its own.

    Raises what `parse_batch` raises, `NotMember`, or `TooMany` where the hub writes more than is allowed.
    """
    delivered = parse_batch(data, sender=proof.origin, to=node.settings.base_url)
    with transaction() as session:
        # One hub's letters are taken one request after the other: its row is the lock.
        member = sa.select(Peer.id).where(Peer.origin == proof.origin, Peer.state == "active").with_for_update()
        if session.scalar(member) is None:
            raise NotMember("this hub does not know you")
        known = _known(session, proof.origin, delivered)
        _refuse_floods(session, proof.origin, len(delivered) - len(known), now)
        replies = [
            _again(known[one.id], one) if one.id in known else _take(session, proof.origin, one, kinds, now)
            for one in delivered
        ]
    return Answer(encode_replies(replies), DOCUMENT_TYPE)


def _known(session: Session, origin: str, delivered: Sequence[Delivered]) -> dict[str, LetterIn]:
    ids = [one.id for one in delivered]
    held = session.scalars(sa.select(LetterIn).where(LetterIn.peer == origin, LetterIn.id.in_(ids)))
    return {row.id: row for row in held}


def _refuse_floods(session: Session, origin: str, fresh: int, now: datetime) -> None:
    """Raise `TooMany` if `fresh` more letters of this hub would be too many; nothing is written for them."""
    of_peer = sa.select(sa.func.count(), sa.func.min(LetterIn.at)).where(LetterIn.peer == origin)
    recent, first = session.execute(of_peer.where(LetterIn.at > now - HOUR)).one()
    if fresh and recent + fresh > AN_HOUR:
        wait = (first + HOUR - now) if first is not None else HOUR
        raise TooMany(f"at most {AN_HOUR} letters an hour", max(1, int(wait.total_seconds())))
    held, _first = session.execute(of_peer).one()
    if held + fresh > HELD:
        raise TooMany(f"at most {HELD} letters are remembered", int(HOUR.total_seconds()))


def _again(held: LetterIn, one: Delivered) -> Reply:
    """The answer that this letter has got already; another letter under its id is refused."""
    if held.digest != _digest(one):
        return Reply(one.id, "refused", "reused-id")
    status: Status = "accepted" if held.status == "accepted" else "refused"
    return Reply(one.id, status, held.reason)


def _take(session: Session, origin: str, one: Delivered, kinds: Kinds, now: datetime) -> Reply:
    """Act on a new letter, all of it or nothing, and remember the answer unless it is to come again."""
    status: Status = "accepted"
    reason = None
    try:
        with session.begin_nested():
            _act(session, one, kinds, now)
    except LetterRefused as refusal:
        status, reason = "refused", refusal.reason
    except Exception as error:  # a fault of ours: the letter comes again, and the others are not held up
        log.error("a letter of %s could not be read: %s", origin, type(error).__name__)
        return Reply(one.id, "again", "internal")
    until = min(one.letter.expires, now + MAX_LIFE) if one.letter else now
    session.add(
        LetterIn(
            peer=origin,
            id=one.id,
            digest=_digest(one),
            status=status,
            reason=reason,
            at=now,
            forget_at=until + SLACK,
        )
    )
    session.flush()
    return Reply(one.id, status, reason)


def _act(session: Session, one: Delivered, kinds: Kinds, now: datetime) -> None:
    letter = one.letter
    if letter is None:
        raise LetterRefused("malformed")
    if letter.expires <= now:
        raise LetterRefused("expired")
    if letter.expires > now + MAX_LIFE + SLACK:
        raise LetterRefused("from-the-future")
    kind = kinds.get(letter.kind)
    if kind is None:
        raise LetterRefused("unknown-kind")
    if kind.schema.validate(letter.body):
        raise LetterRefused("malformed")
    kind.hear(session, letter, now)
    session.flush()


def _digest(one: Delivered) -> bytes:
    return hashlib.sha256(one.wire).digest()
