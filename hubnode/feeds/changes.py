"""The change feed: each change of what may be seen, once and in order, what is gone among it.

Nothing is noted where records are written. What was last told of each record is compared with the records as they are,
whenever somebody asks and anything has changed since: so no way of changing what is seen, down to a hub that is
suspended, can be forgotten. A record has one place in the feed, that of its last change.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import insert_many, reading, transaction
from hubnode.feeds.changes_models import Change, ChangeHead, ChangeRun
from hubnode.people.viewer import Viewer
from hubnode.records import reading as records
from hubnode.records.kinds import KINDS
from hubnode.records.models import Record
from hubnode.records.reading import RecordView

WIDTH = {"": 0, "network": 1, "public": 2}
COLUMNS = ("origin", "rec", "seq", "kind", "rev", "bh", "level", "widest", "at")
AT_ONCE = 500
"""Keys in one statement."""
_CURSOR = re.compile(r"([0-9a-f]{16})-([0-9]{1,18})-([0-9a-f]{16})?")


class BadCursor(Exception):
    """This is no cursor that any node ever gave."""


class LostCursor(Exception):
    """The cursor belongs to another state of this feed: whoever holds it has to begin anew."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One change as somebody may see it: the record as it is now, or that it is gone."""

    seq: int
    uri: str
    kind: str
    at: datetime
    view: RecordView | None
    """None: it is gone, or no longer to be seen by whoever asks."""


@dataclass(frozen=True, slots=True)
class Page:
    """Changes in order, the cursor after them, and whether there are more."""

    changes: Sequence[Changed]
    cursor: str
    more: bool


def since(
    viewer: Viewer,
    cursor: str,
    limit: int,
    now: datetime,
    *,
    kinds: Sequence[str] = (),
    hubs: Sequence[str] = (),
) -> Page:
    """At most `limit` changes after `cursor` (empty: from the beginning) of records that `viewer` sees or once saw.

    Raises `BadCursor` or `LostCursor`. Transactions of its own where records have changed.
    """
    compare(now)
    session = reading()
    head = session.get_one(ChangeHead, 1)
    after = _place(session, head, cursor)
    chosen = sa.select(Change).where(Change.seq > after, Change.widest >= (2 if viewer.level == "public" else 1))
    if kinds:
        chosen = chosen.where(Change.kind.in_(kinds))
    if hubs:
        chosen = chosen.where(Change.origin.in_(hubs))
    rows = session.scalars(chosen.order_by(Change.seq).limit(limit + 1)).all()
    more, rows = len(rows) > limit, rows[:limit]
    views = records.by_uris(viewer, [_uri(row) for row in rows])
    found = [Changed(row.seq, uri := _uri(row), row.kind, row.at, views.get(uri)) for row in rows]
    return Page(found, _cursor(session, head, rows[-1].seq if more else head.size), more)


def compare(now: datetime) -> None:
    """Bring the feed up to what the records are now. A transaction of its own, only when something has changed."""
    session, begun = reading(), monotonic()
    head = session.get(ChangeHead, 1)
    if head is not None and head.stamp == records.stamp(session):
        return
    with transaction() as session:
        head = session.get(ChangeHead, 1, with_for_update=True)
        if head is None:
            head = ChangeHead(id=1, epoch=secrets.token_hex(8), size=0, stamp=-1)
            session.add(head)
        head.stamp = records.stamp(session)  # before the look: what comes meanwhile is seen again next time
        rows = [*_changed(session), *_vanished(session)]
        if rows:
            # What was committed while this waited for the lock is not noted with a time before that.
            _note(session, head, rows, now + timedelta(seconds=monotonic() - begun))


def _changed(session: Session) -> Iterator[tuple[str, str, str, int, str | None, str, int]]:
    """Records that differ from what was told of them, in the order in which they were changed."""
    level = sa.case(
        (
            sa.and_(Record.state == "published", Record.level.in_(("public", "network")), records.of_shown()),
            Record.level,
        ),
        else_="",
    )
    told = sa.and_(Change.origin == Record.origin, Change.rec == Record.rec)
    other = sa.or_(Change.rev != Record.rev, Change.bh.is_distinct_from(Record.bh))
    differs = sa.or_(
        sa.and_(Change.seq.is_(None), level != ""),
        sa.and_(Change.seq.is_not(None), sa.or_(Change.level != level, sa.and_(level != "", other))),
    )
    columns = (Record.origin, Record.rec, Record.kind, Record.rev, Record.bh, level, sa.func.coalesce(Change.widest, 0))
    asked = sa.select(*columns).outerjoin(Change, told).where(Record.kind.in_(KINDS), differs)
    for origin, rec, kind, rev, bh, now_level, widest in session.execute(asked.order_by(Record.updated_at, Record.id)):
        yield origin, rec, kind, rev, bh, now_level, max(widest, WIDTH[now_level])


def _vanished(session: Session) -> Iterator[tuple[str, str, str, int, str | None, str, int]]:
    """What was told of and is no longer here under this id, such as the records of a hub that has moved."""
    same = sa.and_(Change.origin == Record.origin, Change.rec == Record.rec)
    lost = sa.select(Change).outerjoin(Record, same).where(Record.id.is_(None), Change.level != "").order_by(Change.seq)
    for row in session.scalars(lost):
        yield row.origin, row.rec, row.kind, row.rev, None, "", row.widest


def _note(session: Session, head: ChangeHead, rows: Sequence[tuple[Any, ...]], now: datetime) -> None:
    keys = [(origin, rec) for origin, rec, *_ in rows]
    for first in range(0, len(keys), AT_ONCE):
        by_origin: dict[str, list[str]] = {}
        for origin, rec in keys[first : first + AT_ONCE]:
            by_origin.setdefault(origin, []).append(rec)
        for origin, recs in by_origin.items():
            session.execute(sa.delete(Change).where(Change.origin == origin, Change.rec.in_(recs)))
    numbered = [
        (origin, rec, head.size + place, kind, rev, bh, level, widest, now)
        for place, (origin, rec, kind, rev, bh, level, widest) in enumerate(rows, 1)
    ]
    insert_many(session, Change, COLUMNS, numbered)
    head.size += len(rows)
    session.add(ChangeRun(until=head.size, word=secrets.token_hex(8)))


def number_of(cursor: str) -> int:
    """The number after which a cursor goes on; raises `BadCursor` or `LostCursor`."""
    session = reading()
    return _place(session, session.get_one(ChangeHead, 1), cursor)


def cursor_of(number: int) -> str:
    """The cursor after the change with this number."""
    session = reading()
    return _cursor(session, session.get_one(ChangeHead, 1), number)


def _place(session: Session, head: ChangeHead, cursor: str) -> int:
    """The number after which a cursor goes on."""
    if not cursor:
        return 0
    parts = _CURSOR.fullmatch(cursor)
    if parts is None:
        raise BadCursor
    epoch, number, word = parts[1], int(parts[2]), parts[3]
    if epoch != head.epoch or number > head.size or word != _word(session, number):
        raise LostCursor
    return number


def _cursor(session: Session, head: ChangeHead, number: int) -> str:
    return f"{head.epoch}-{number}-{_word(session, number) or ''}"


def _word(session: Session, number: int) -> str | None:
    """The random word of the comparison that gave this number; none for the beginning."""
    if not number:
        return None
    found = sa.select(ChangeRun.word).where(ChangeRun.until >= number).order_by(ChangeRun.until).limit(1)
    return session.scalar(found)


def _uri(row: Change) -> str:
    return f"{row.origin}/r/{row.rec}"
