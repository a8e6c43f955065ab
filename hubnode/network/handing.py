"""Which hub was given the text of which of our entries: who has to confirm when it is taken back (GDPR Art. 17, 19)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import canonical
from hubnode.db import reading, transaction
from hubnode.network.erasure_models import Handed
from hubnode.records.models import Log, LogEntry


def hand(
    origin: str, log_id: str, first: int, until: int, size: int, now: datetime, *, public_only: bool = False
) -> None:
    """Note that the hub at `origin` is being given our entries `first` to before `until`, out of a log of `size`.

    Called before the answer leaves, so that nothing is given that is not noted. A transaction of its own, only when
    there is news: one row stands for all runs that follow each other while nothing was taken back.
    """
    if first == until or _covers(reading(), _last(reading(), origin, log_id), first, until, size, public_only):
        return
    with transaction() as session:
        last = _last(session, origin, log_id)
        follows = last is not None and last.until == first and last.public_only == public_only
        if last is not None and follows and not _taken_back(session, last.size, size):
            last.until, last.size, last.at = until, size, now
            return
        run = Handed(origin=origin, log_id=log_id, first=first, until=until, size=size, at=now)
        run.public_only = public_only
        session.add(run)


def arrived(
    session: Session, origin: str, log_id: str, cursor: int, now: datetime, *, public_only: bool = False
) -> None:
    """Note entries that the hub says it holds and that we do not remember to have given it.

    So it is after our database was restored, or where it read our log at a third hub. What was taken back before this
    cursor it knows already. Part of the caller's transaction.
    """
    known = session.scalar(sa.select(sa.func.max(Handed.until)).where(Handed.origin == origin, Handed.log_id == log_id))
    if cursor > (known or 0):
        run = Handed(origin=origin, log_id=log_id, first=known or 0, until=cursor, size=cursor, at=now)
        run.public_only = public_only
        session.add(run)


def runs(session: Session, log_id: str) -> dict[str, list[Handed]]:
    """All that was given of one log, by hub."""
    found: dict[str, list[Handed]] = {}
    for run in session.scalars(sa.select(Handed).where(Handed.log_id == log_id).order_by(Handed.id)):
        found.setdefault(run.origin, []).append(run)
    return found


def given(handed: Sequence[Handed], seq: int, taken_back_at: int, *, public: bool = True) -> bool:
    """Whether entry `seq` was among what was given, while the entry `taken_back_at` had not yet taken its text.

    `public` says what the entry's header says. A public one counts as given even where a narrower field may have kept
    its text back: who deletes too much does no harm.
    """
    return any(
        run.first <= seq < run.until and taken_back_at >= run.size and (public or not run.public_only) for run in handed
    )


def is_public(header: bytes) -> bool:
    """Whether the header of an entry says that anybody may see it."""
    return bool(canonical.decode(header)["vis"] == "public")


def _last(session: Session, origin: str, log_id: str) -> Handed | None:
    chosen = sa.select(Handed).where(Handed.origin == origin, Handed.log_id == log_id)
    return session.scalar(chosen.order_by(Handed.id.desc()).limit(1))


def _covers(session: Session, last: Handed | None, first: int, until: int, size: int, public_only: bool) -> bool:
    """Whether the same was given already: a page that is asked for again."""
    if last is None or not last.first <= first <= until <= last.until or (last.public_only and not public_only):
        return False
    return not _taken_back(session, last.size, size)


def _taken_back(session: Session, after: int, before: int) -> bool:
    own = sa.select(Log.id).where(Log.own).scalar_subquery()
    removals = sa.select(LogEntry.seq).where(
        LogEntry.log == own, LogEntry.seq >= after, LogEntry.seq < before, LogEntry.op != "put"
    )
    return session.scalar(removals.limit(1)) is not None
