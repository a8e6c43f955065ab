"""The list that is harvested: the places of the change feed, as somebody sees them who may see what everybody may.

A record carries the time of its home hub, may arrive here days later, and appears or vanishes by choices that leave no
trace in it. So harvesters go by the change feed, which has a time and an order of this node: each change gets the last
place. Whoever walks the list meets everything that was there and everything that changes meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from hubnode.db import reading
from hubnode.feeds import bulk, changes
from hubnode.feeds.changes_models import Change
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import copies, vocabulary
from hubnode.records import reading as records
from hubnode.records.models import Log, Record
from hubnode.records.reading import RecordView
from hubnode.search.models import SearchFacet

PUBLIC = changes.WIDTH["public"]
LAST_YEAR = 9999


class CatchingUp(Exception):
    """This node was put back from a backup and shows copies again once they have caught up: nothing is told till then.

    What is missing here for now would else be told to be gone.
    """


@dataclass(frozen=True, slots=True)
class Listed:
    """One place of the list."""

    uri: str
    origin: str
    kind: str
    seq: int
    at: datetime
    """When this node noticed the change."""
    view: RecordView | None
    """The record as everybody may see it now; None: it is gone."""

    @property
    def topics(self) -> Sequence[str]:
        """Its topics and all above them; those of what is gone are no longer told."""
        if self.view is None or not bulk.passes(self.kind, "topics"):
            return ()
        known = [topic for topic in self.view.topics if vocabulary.exists(topic)]
        return sorted({one for topic in known for one in (vocabulary.current(topic), *vocabulary.broader(topic))})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of the list; what is left empty narrows nothing."""

    kind: str = ""
    origin: str = ""
    topic: str = ""
    """With those below. What is gone belongs to every topic: who had it must hear of it, and which it had is not told.
    """
    since: datetime | None = None
    until: datetime | None = None
    """Both inclusive, in whole seconds."""


def follow(now: datetime) -> None:
    """Bring the list up to date with all that is committed when this is called; raises `CatchingUp`."""
    behind = sa.select(Log.id).where(Log.hidden_for.contains(copies.RESTORED)).limit(1)
    if reading().scalar(behind) is not None:
        raise CatchingUp
    changes.compare(now)


def listed(wanted: Wanted, after: int, limit: int) -> list[Listed]:
    """The first `limit` places of this part of the list that follow the number `after`, in order."""
    chosen = sa.select(Change).where(Change.seq > after, *_conditions(wanted)).order_by(Change.seq).limit(limit)
    return _seen(reading().scalars(chosen).all())


def count(wanted: Wanted) -> int:
    """How many places this part of the list has."""
    return reading().scalar(sa.select(sa.func.count()).select_from(Change).where(*_conditions(wanted))) or 0


def of(uri: str) -> Listed | None:
    """The place of the record with this global id; None for what never was open to everybody."""
    origin, _, rec = uri.rpartition("/r/")
    asked = sa.select(Change).where(Change.origin == origin, Change.rec == rec, Change.widest >= PUBLIC)
    return next(iter(_seen(reading().scalars(asked).all())), None)


def earliest() -> datetime | None:
    """The first time in the list; None while it is empty."""
    return reading().scalar(sa.select(sa.func.min(Change.at)).where(Change.widest >= PUBLIC))


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [Change.widest >= PUBLIC]
    if wanted.kind:
        found.append(Change.kind == wanted.kind)
    if wanted.origin:
        found.append(Change.origin == wanted.origin)
    if wanted.topic:
        found.append(sa.or_(Change.level != "public", _about(wanted.topic)))
    if wanted.since is not None:
        found.append(Change.at >= wanted.since)
    if wanted.until is not None and wanted.until.year < LAST_YEAR:  # no second follows the last one
        found.append(Change.at < wanted.until + timedelta(seconds=1))
    return found


def _about(topic: str) -> sa.ColumnElement[bool]:
    """That a record has the topic, or one below it, for everybody to see."""
    topics = (SearchFacet.facet == "topic", SearchFacet.value.in_(records.with_narrower([topic])))
    same = sa.and_(Record.origin == Change.origin, Record.rec == Change.rec)
    found = sa.select(Record.id).join(SearchFacet, SearchFacet.doc == Record.id)
    return found.where(same, *topics, SearchFacet.level == 0).exists()


def _seen(rows: Sequence[Change]) -> list[Listed]:
    """These places with the records as they are now: what has vanished since it was listed is gone already."""
    uris = [f"{row.origin}/r/{row.rec}" for row in rows]
    views = records.by_uris(ANONYMOUS, [uri for uri, row in zip(uris, rows, strict=True) if row.level == "public"])
    return [
        Listed(uri, row.origin, row.kind, row.seq, row.at, views.get(uri)) for uri, row in zip(uris, rows, strict=True)
    ]
