"""Whether the records of another hub are shown here: one flag for each copy, asked by every read path (I11)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.records import indexing
from hubnode.records.models import Log, Record


def hide(session: Session, origin: str) -> int:
    """Show nothing of this hub any more; answers how many records that hides. Part of the caller's transaction."""
    return _set(session, origin, shown=False)


def reveal(session: Session, origin: str) -> int:
    """Show what is held of this hub again; answers how many records that shows. Part of the caller's transaction."""
    return _set(session, origin, shown=True)


def count(session: Session, origin: str) -> int:
    """How many records of this hub are held and could be shown."""
    counted = sa.select(sa.func.count()).where(Record.origin == origin, ~Record.own, Record.state == "published")
    return session.scalar(counted) or 0


def hidden_origins() -> sa.Select[str]:
    """The origins of which nothing is shown, as a subquery."""
    return sa.select(Log.origin).where(~Log.shown)


def _set(session: Session, origin: str, *, shown: bool) -> int:
    chosen = sa.update(Log).where(Log.origin == origin, ~Log.own, Log.shown != shown)
    changed = session.scalars(chosen.values(shown=shown).returning(Log.id)).all()
    if not changed:
        return 0
    indexing.touch(session)
    return count(session, origin)
