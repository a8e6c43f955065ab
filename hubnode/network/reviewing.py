"""When another hub says that a key of its own was in other hands: what came under that key is held back here.

The hub says since when. What had come before, by our own clock and under our own record of when, stays as it is. What
came later is hidden until a person here has decided; nobody else can know what is true of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.checkpoint import verify_past
from federation.errors import BadCheckpoint, Frozen
from federation.keyset import Keyset, OnlineKey
from hubnode.db import reading, transaction
from hubnode.network import events, freezing
from hubnode.network.models import Peer
from hubnode.people import audit
from hubnode.people.confirming import Confirmed
from hubnode.records import replica, review
from hubnode.records.models import Log, LogPage
from hubnode.records.review import Doubt
from hubnode.records.review_models import Review


class NothingToDecide(Exception):
    """Nothing of this hub is under review; somebody may have decided meanwhile."""


@dataclass(frozen=True, slots=True)
class Open:
    """One review that waits for a person."""

    origin: str
    key_id: str
    since: datetime
    learned_at: datetime
    entries: int
    hidden: int
    """Records that are hidden because of it."""
    kept: int
    """Entries that came before, and would be left if the others are dropped."""
    doubts: Sequence[Doubt] = ()

    @property
    def host(self) -> str:
        """Host and port, as it stands in addresses of this node."""
        return self.origin.split("://", 1)[1]


def examine(session: Session, peer: Peer, before: Keyset, after: Keyset, now: datetime) -> None:
    """Hold back what came under keys that have just been ended for a time that is over. Caller's transaction.

    A key that simply ran out has signed nothing afterwards, so nothing comes of it.
    """
    held = session.get_one(Log, peer.log)
    later = {one.key.id: one for one in after.signing}
    for one in before.signing:
        ended = later.get(one.key.id)
        if ended is not None and ended.not_after < min(one.not_after, now):
            _doubt(session, held, before, ended, now)


def _doubt(session: Session, held: Log, before: Keyset, ended: OnlineKey, now: datetime) -> None:
    pages = sa.select(LogPage).where(LogPage.log == held.id).order_by(LogPage.size)
    late = session.scalars(pages.where(LogPage.received_at >= ended.not_after)).all()
    doubtful = [page.size for page in late if _signer(page.note, before, held.log_id) == ended.key.id]
    if not doubtful:
        return
    good = sa.select(sa.func.max(LogPage.size)).where(LogPage.log == held.id, LogPage.size < doubtful[0])
    first = session.scalar(good) or 0
    hidden = review.open_for(session, held, first, doubtful[-1], ended.key.id, ended.not_after, now)
    events.tell(session, now, held.origin, "review", str(hidden))


def _signer(note: str, keyset: Keyset, log_id: str) -> str:
    try:
        return verify_past(note, keyset, log_id).key_id
    except BadCheckpoint:
        return ""


def waiting() -> list[Open]:
    """Every open review, oldest first."""
    session = reading()
    found = sa.select(Review, Log).join(Log, Log.id == Review.log).order_by(Review.learned_at, Log.origin)
    return [_open(session, row, held) for row, held in session.execute(found).all()]


def of(origin: str) -> Open:
    """The open review of one hub, with its entries; raises `NothingToDecide`."""
    session = reading()
    row, held = _held(session, origin)
    return _open(session, row, held, review.doubts(session, held))


def accept(proof: Confirmed, origin: str, now: datetime) -> int:
    """Show what was held back; answers how many records. Raises `NothingToDecide`. A transaction of its own."""
    with transaction() as session:
        _, held = _held(session, origin)
        hidden = review.held_back(session, held)
        review.close(session, held)
        if hidden:
            replica.refold_records(session, held, hidden, now)
        events.tell(session, now, origin, "review-accepted", proof.by)
        audit.note(session, "key.accepted", now, by=proof, about=origin)
    return len(hidden)


def drop(proof: Confirmed, origin: str, now: datetime) -> int:
    """Go back to the last good checkpoint and stop there; answers how many entries are dropped with what followed.

    Raises `NothingToDecide`. A transaction of its own. The copy is frozen: the operator resumes it once it is settled
    with the other hub from where its log goes on.
    """
    with transaction() as session:
        row, held = _held(session, origin)
        first, dropped, seen = row.first, held.size - row.first, held.note
        review.close(session, held)
        review.cut(session, held, first)
        replica.refold(session, held, now)
        session.execute(sa.update(Peer).where(Peer.origin == origin).values(offered_size=first))
        freezing.freeze(session, held, Frozen("dropped after a review", held.note, seen), now)
        events.tell(session, now, origin, "review-dropped", proof.by)
        audit.note(session, "key.dropped", now, by=proof, about=origin)
    return dropped


def _held(session: Session, origin: str) -> tuple[Review, Log]:
    found = sa.select(Review, Log).join(Log, Log.id == Review.log).where(Log.origin == origin, ~Log.own)
    row = session.execute(found).first()
    if row is None:
        raise NothingToDecide(f"nothing of {origin} is under review")
    return row[0], row[1]


def _open(session: Session, row: Review, held: Log, doubts: Sequence[Doubt] = ()) -> Open:
    hidden = len(review.held_back(session, held))
    return Open(held.origin, row.key_id, row.since, row.learned_at, row.until - row.first, hidden, row.first, doubts)
