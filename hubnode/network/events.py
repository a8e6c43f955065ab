"""What happened in the network, for people: a short list, newest first, that never grows beyond a few hundred."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import reading
from hubnode.network.models import NetworkEvent

KEPT = 300


def tell(session: Session, at: datetime, origin: str, what: str, detail: str = "") -> None:
    """Note that something happened to a hub; part of the caller's transaction. No personal data in `detail`."""
    event = NetworkEvent(at=at, origin=origin, what=what, detail=detail[:255])
    session.add(event)
    session.flush()
    session.execute(sa.delete(NetworkEvent).where(NetworkEvent.id <= event.id - KEPT))


def latest(limit: int = 20) -> Sequence[NetworkEvent]:
    """The newest events."""
    return reading().scalars(sa.select(NetworkEvent).order_by(NetworkEvent.id.desc()).limit(limit)).all()
