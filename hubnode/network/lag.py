"""How long what others publish takes to arrive here, hour by hour: for people to see, never for deciding anything.

It is the time between two clocks, the origin's and ours, so it is only as good as both (I13).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.encoding import parse_timestamp
from federation.entries import Entry
from hubnode.db import reading
from hubnode.network.models import LagHour, Peer

HOURS = 24
KEPT = timedelta(hours=2 * HOURS)


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of one hub: how much came, and the longest that any of it took; None where nothing came."""

    begins: datetime
    entries: int
    worst_s: float | None


def note(session: Session, peer: Peer, entries: Sequence[Entry], now: datetime) -> None:
    """Note the delay of entries that have just arrived; part of the caller's transaction.

    What was published before we knew the hub is history, not delay.
    """
    published = [ts for entry in entries if (ts := parse_timestamp(entry.header.ts)) >= peer.added_at]
    if not published:
        return
    worst = max(0, *(int((now - ts).total_seconds() * 1000) for ts in published))
    hour = now.replace(minute=0, second=0, microsecond=0)
    held = session.get(LagHour, (peer.origin, hour))
    if held is None:
        session.execute(sa.delete(LagHour).where(LagHour.hour < now - KEPT))
        session.add(LagHour(origin=peer.origin, hour=hour, entries=len(published), worst_ms=worst))
        return
    held.entries += len(published)
    held.worst_ms = max(held.worst_ms, worst)


def last_day(now: datetime) -> dict[str, list[Hour]]:
    """For each hub from which anything came, the last 24 hours, oldest first."""
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    held: dict[str, dict[datetime, LagHour]] = {}
    for row in reading().scalars(sa.select(LagHour).where(LagHour.hour >= first)):
        held.setdefault(row.origin, {})[row.hour] = row
    hours = [first + timedelta(hours=number) for number in range(HOURS)]
    return {origin: [_hour(begins, rows.get(begins)) for begins in hours] for origin, rows in held.items()}


def _hour(begins: datetime, row: LagHour | None) -> Hour:
    return Hour(begins, row.entries, row.worst_ms / 1000) if row else Hour(begins, 0, None)
