"""What is measured of the way to and from each other hub: for people and for `hubnode doctor`, never for deciding."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from federation.client import Measured
from hubnode.db import Base, UTCDateTime, reading, table_of, transaction
from hubnode.network.models import Peer

HEARD_EVERY = timedelta(minutes=1)
"""How exactly it is noted when a hub last asked: one write a minute, however much it asks."""
LOST_EVERY = timedelta(seconds=5)
"""The same for a hub that we could not reach: it may ask before its own doors are open."""


class PeerVital(Base):
    """One other hub: how far its clock is off, how long it takes to answer, when it last asked us for something."""

    __tablename__ = "peer_vital"

    origin: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    clock_gap_ms: Mapped[int | None] = mapped_column(sa.BigInteger)
    """How far its clock is ahead of ours; exact to a second."""
    answer_ms: Mapped[int | None] = mapped_column(sa.BigInteger)
    """How long it usually takes to answer: the mean of its last answers, the newer counting more."""
    heard_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When a request of its own, with a valid signature, last arrived here."""


_VITAL = table_of(PeerVital)
_KNOWN = (
    sa.select(PeerVital.heard_at, Peer.pull_failures)
    .join_from(Peer, PeerVital, PeerVital.origin == Peer.origin, isouter=True)
    .where(Peer.origin == sa.bindparam("asker"))
)
_HEARD = (
    sa.update(_VITAL)
    .where(_VITAL.c.origin == sa.bindparam("asker"))
    .values(heard_at=sa.bindparam("now"))
    .returning(_VITAL.c.origin)
)
"""Built once: they run with every request of another hub."""


def measured(session: Session, origin: str, seen: Measured | None) -> None:
    """Note what one answer told of a hub; part of the caller's transaction."""
    if seen is None:
        return
    held = _of(session, origin)
    took = int(seen.took_s * 1000)
    held.answer_ms = took if held.answer_ms is None else (3 * held.answer_ms + took) // 4
    if seen.clock_gap_s is not None:
        held.clock_gap_ms = int(seen.clock_gap_s * 1000)


def heard(origin: str, now: datetime) -> None:
    """Note that a verified request of this hub has arrived; if we had given it up for now, we try it again at once.

    A transaction of its own, at most once a minute, or every few seconds as long as we fail to reach it.
    """
    known, lost = reading().execute(_KNOWN, {"asker": origin}).one_or_none() or (None, 0)
    if known is not None and abs(now - known) < (LOST_EVERY if lost else HEARD_EVERY):
        return
    with transaction() as session:
        if session.scalar(_HEARD, {"asker": origin, "now": now}) is None:
            _of(session, origin).heard_at = now
        if lost:
            given_up = (Peer.origin == origin, Peer.state == "active", Peer.pull_failures > 0, Peer.pull_due_at > now)
            session.execute(sa.update(Peer).where(*given_up).values(pull_due_at=now))


def all_of(session: Session) -> dict[str, PeerVital]:
    """What is known, by origin."""
    return {one.origin: one for one in session.scalars(sa.select(PeerVital))}


def _of(session: Session, origin: str) -> PeerVital:
    held = session.get(PeerVital, origin)
    if held is None:
        held = PeerVital(origin=origin)
        session.add(held)
        session.flush()
    return held
