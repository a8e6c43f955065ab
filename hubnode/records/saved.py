"""Searches that people come back to: kept for one account, with what has come since its person looked last.

New is what is found now and was not found then: published since, arrived from another hub since, shown again since, or
changed so that it is found. What somebody may no longer see is neither found nor counted.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from ulid import ULID

from hubnode.db import reading, transaction
from hubnode.people.viewer import Viewer
from hubnode.records import reading as records
from hubnode.records.errors import Forbidden, NotFound
from hubnode.records.kinds.text import flaw, tidy
from hubnode.records.kinds.words import Problem
from hubnode.records.reading import Browse, RecordView
from hubnode.records.saved_models import SavedSearch

MOST = 50
"""Searches that one account can save."""
NAME, QUERY = 120, 1_000
"""Characters of the longest name and the longest address."""
LOOKED_AT = 500
"""Records, newest first, among which new ones are looked for."""
SHOWN = 3
"""New records that are named."""


class TooManySaved(Exception):
    """The account has saved as many searches as it can."""


class TooLong(Exception):
    """So many filters and words are not kept."""


class BadName(Exception):
    """The search can't be called that; `flaw` says why."""

    def __init__(self, flaw: Problem) -> None:
        super().__init__(flaw.code)
        self.flaw = flaw


@dataclass(frozen=True, slots=True)
class Saved:
    """One saved search."""

    id: str
    name: str
    kind: str
    query: str
    created_at: datetime
    looked_at: datetime


@dataclass(frozen=True, slots=True)
class News:
    """What a saved search finds that it did not find when its person looked last."""

    count: int
    newest: Sequence[RecordView]
    total: int
    """How many records it finds in all."""


def saved_by(viewer: Viewer) -> list[Saved]:
    """The searches of this person, by name."""
    chosen = sa.select(SavedSearch).where(SavedSearch.account == viewer.account_id)
    return sorted((_saved(row) for row in reading().scalars(chosen)), key=lambda one: (one.name.casefold(), one.id))


def save(viewer: Viewer, kind: str, query: str, name: str, browse: Browse, now: datetime) -> Saved:
    """Keep a search; one that is kept already is answered as it is. A transaction of its own.

    `browse` is what the address `query` asks for. What is found now is not new. Raises `TooManySaved`, `TooLong`,
    `BadName`, or `Forbidden` for who is not signed in.
    """
    account, called = _account(viewer), _name(name)
    if len(query) > QUERY:
        raise TooLong
    seen = _packed(_found(viewer, browse)[0])
    with transaction() as session:
        if (there := same(viewer, kind, query)) is not None:
            return there
        mine = sa.select(SavedSearch.id).where(SavedSearch.account == account)
        if (session.scalar(sa.select(sa.func.count()).select_from(mine.subquery())) or 0) >= MOST:
            raise TooManySaved
        id = str(ULID.from_datetime(now))
        row = SavedSearch(
            id=id, account=account, name=called, kind=kind, query=query, seen=seen, created_at=now, looked_at=now
        )
        session.add(row)
        return _saved(row)


def get(viewer: Viewer, id: str) -> Saved:
    """One of this person's searches; raises `NotFound`, also for somebody else's."""
    return _saved(_row(reading(), viewer, id))


def same(viewer: Viewer, kind: str, query: str) -> Saved | None:
    """The search of this person that asks for exactly this, if there is one."""
    here = (SavedSearch.account == viewer.account_id, SavedSearch.kind == kind, SavedSearch.query == query)
    row = reading().scalar(sa.select(SavedSearch).where(*here))
    return None if row is None else _saved(row)


def rename(viewer: Viewer, id: str, name: str) -> None:
    """Call it something else; raises `NotFound` or `BadName`. A transaction of its own."""
    called = _name(name)
    with transaction() as session:
        _row(session, viewer, id).name = called


def delete(viewer: Viewer, id: str) -> None:
    """Forget it; raises `NotFound`. A transaction of its own."""
    with transaction() as session:
        session.delete(_row(session, viewer, id))


def news(viewer: Viewer, id: str, browse: Browse) -> News:
    """What has come since its person looked last; `browse` is what it asks for. Raises `NotFound`."""
    before = _unpacked(_row(reading(), viewer, id).seen)
    docs, total = _found(viewer, browse)
    new = _new(docs, before)
    return News(len(new), list(records.by_numbers(viewer, new[:SHOWN]).values()), total)


def look(viewer: Viewer, id: str, browse: Browse, now: datetime) -> None:
    """Its person looks now: nothing that is found is new any more. Raises `NotFound`. A transaction of its own."""
    seen = _packed(_found(viewer, browse)[0])
    with transaction() as session:
        row = _row(session, viewer, id)
        row.seen, row.looked_at = seen, now


def _found(viewer: Viewer, browse: Browse) -> tuple[Sequence[int], int]:
    return records.numbers(viewer, browse, LOOKED_AT)


def _new(docs: Sequence[int], before: Sequence[int]) -> list[int]:
    """Those of `docs` that were not there before.

    Where there were more than were looked at, what comes after the last known one is older and not new: it has only
    moved up.
    """
    known = set(before)
    places = [place for place, doc in enumerate(docs) if doc in known]
    end = places[-1] if places and len(before) == LOOKED_AT else len(docs)
    return [doc for doc in docs[:end] if doc not in known]


def _packed(docs: Sequence[int]) -> bytes:
    return zlib.compress(struct.pack(f"<{len(docs)}Q", *sorted(docs)))


def _unpacked(seen: bytes) -> list[int]:
    numbers = zlib.decompress(seen)
    return list(struct.unpack(f"<{len(numbers) // 8}Q", numbers))


def _name(name: str) -> str:
    tidied = tidy(name)
    if (problem := flaw(tidied, NAME)) is not None:
        raise BadName(problem)
    return tidied


def _account(viewer: Viewer) -> int:
    if viewer.account_id is None:
        raise Forbidden("saved searches belong to an account")
    return viewer.account_id


def _row(session: Session, viewer: Viewer, id: str) -> SavedSearch:
    found = session.get(SavedSearch, id)
    if found is None or viewer.account_id is None or found.account != viewer.account_id:
        raise NotFound(id)
    return found


def _saved(row: SavedSearch) -> Saved:
    return Saved(row.id, row.name, row.kind, row.query, row.created_at, row.looked_at)
