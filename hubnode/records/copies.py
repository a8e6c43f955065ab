"""Whether the records of another hub are shown here: one flag for each copy, asked by every read path (I11).

A copy may be hidden for several reasons at once; it is shown again when the last of them is gone.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.records import indexing
from hubnode.records.models import Log, Record

SUSPENDED = "suspended"
"""An administrator has suspended the hub."""
RESTORED = "restored"
"""This node was restored from a backup, and the copy has not caught up yet: erasures come first."""


def hide(session: Session, origin: str, why: str = SUSPENDED) -> int:
    """Show nothing of this hub any more; answers how many records that hides. Part of the caller's transaction."""
    return sum(_set(session, copy, reasons(copy) | {why}) for copy in _copies(session, origin))


def reveal(session: Session, origin: str, why: str = SUSPENDED) -> int:
    """Take away one reason, and show what is held if it was the last; answers how many records that shows.

    Part of the caller's transaction.
    """
    return sum(_set(session, copy, reasons(copy) - {why}) for copy in _copies(session, origin))


def reasons(copy: Log) -> frozenset[str]:
    """Why this copy is not shown; empty where it is."""
    return frozenset(reason for reason in copy.hidden_for.split(",") if reason)


def count(session: Session, origin: str) -> int:
    """How many records of this hub are held and could be shown."""
    could = sa.and_(~Record.own, Record.state == "published", ~Record.hidden)
    return session.scalar(sa.select(sa.func.count()).where(Record.origin == origin, could)) or 0


def hidden_origins() -> sa.Select[str]:
    """The origins of which nothing is shown, as a subquery."""
    return sa.select(Log.origin).where(~Log.shown)


def _copies(session: Session, origin: str) -> list[Log]:
    return list(session.scalars(sa.select(Log).where(Log.origin == origin, ~Log.own)))


def _set(session: Session, copy: Log, why: frozenset[str]) -> int:
    """Hide the copy for exactly these reasons; how many records appear or disappear by it."""
    shown, copy.hidden_for = copy.shown, ",".join(sorted(why))
    copy.shown = not why
    if copy.shown == shown:
        return 0
    indexing.touch(session)
    return count(session, copy.origin)
