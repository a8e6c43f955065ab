"""Records under another origin: our own when this hub moves, and the way from old addresses to new ones."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.records import epochs, indexing, log, statements
from hubnode.records.media_models import Media, MediaUse
from hubnode.records.models import Record, RecordVersion, Reference
from hubnode.records.move_models import Move
from hubnode.search.models import SearchDoc

OF_THE_PLACE = ("keyset", "epoch", "moved")
"""Kinds of statements that speak of an origin and mean nothing under another one."""


def move_own(session: Session, to: str, statement: dict[str, Any], now: datetime) -> int:
    """Give our log and all own records another origin, in a log that begins anew; answers how many entries it has.

    The `statement` that says so comes first. What own records say of each other follows. Caller's transaction.
    """
    held = log.locked(session)
    before = held.origin
    listed = epochs.listed(session, held)
    for model in (Record, SearchDoc, Media, MediaUse):
        session.execute(sa.update(model).where(model.origin == before).values(origin=to))
    _rename(session, before, to)
    own = (Record.origin == to, Record.own, Record.state == statements.STATE, Record.kind.in_(OF_THE_PLACE))
    session.execute(sa.delete(Record).where(*own))
    held.origin = to
    session.flush()
    session.expire_all()
    size = epochs.list_anew(session, held, "moved", statement, secrets.token_hex(16), held.epoch, listed, now)
    indexing.touch(session)
    return size


def _rename(session: Session, before: str, to: str) -> None:
    """Let own bodies name own records by their new names."""
    old, new = f'"{before}/r/'.encode(), f'"{to}/r/'.encode()
    for record in session.scalars(sa.select(Record).where(Record.own)):
        record.body = record.body and record.body.replace(old, new)
        record.draft = record.draft and record.draft.replace(old, new)
    for version in session.scalars(sa.select(RecordVersion)):
        version.body = version.body.replace(old, new)
    named = Reference.target.startswith(f"{before}/r/", autoescape=True)
    moved = sa.literal(to) + sa.func.substr(Reference.target, len(before) + 1)
    session.execute(sa.update(Reference).where(named).values(target=moved))


def arrived(session: Session, before: str) -> str | None:
    """The origin under which the records of this one are found now, after any number of moves; None for most."""
    found, seen = _next(session, before), {before}
    while found is not None and found not in seen:
        seen.add(found)
        further = _next(session, found)
        if further is None:
            return found
        found = further
    return None


def aliases(session: Session, origins: Iterable[str]) -> dict[str, str]:
    """For each of these origins that is found under another one now: that one."""
    moved = set(session.scalars(sa.select(Move.before).where(Move.arrived_at.is_not(None))))
    return {origin: to for origin in moved.intersection(origins) if (to := arrived(session, origin)) is not None}


def former(session: Session, origins: Iterable[str]) -> dict[str, list[str]]:
    """For each of these origins that records came to from elsewhere: all they were found under before."""
    wanted, found = set(origins), dict[str, list[str]]()
    before = session.scalars(sa.select(Move.before).where(Move.arrived_at.is_not(None))).all()
    for old in before:
        if (to := arrived(session, old)) in wanted and to is not None:
            found.setdefault(to, []).append(old)
    return found


def _next(session: Session, before: str) -> str | None:
    return session.scalar(sa.select(Move.to).where(Move.before == before, Move.arrived_at.is_not(None)))
