"""What everybody may see here, in bulk: what there is of each kind and hub, and which pages of this hub there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from federation import canonical
from hubnode.db import reading
from hubnode.records import kinds
from hubnode.records.kinds import CHOICES, KINDS
from hubnode.records.models import Record
from hubnode.records.reading import of_shown

ABOUT = ("license", "topics", "geo_keys", "title", "name", "function", "summary", CHOICES)
"""Fields that say what a record is about; of a person only what is open to everybody, as with all."""
OPEN = (Record.state == "published", Record.level == "public", Record.kind.in_(KINDS), of_shown())
AT_ONCE = 500


@dataclass(slots=True)
class Holding:
    """All public records of one kind and one hub."""

    origin: str
    kind: str
    first: datetime
    """When the first of them was published."""
    last: datetime
    """When one of them changed last."""
    count: int = 0
    licences: set[str] = field(default_factory=set)
    """Empty text for those that name none."""
    topics: Counter[str] = field(default_factory=Counter)
    areas: Counter[str] = field(default_factory=Counter)
    """Regional keys."""
    languages: set[str] = field(default_factory=set)


def all_holdings() -> list[Holding]:
    """What there is, by hub and in the order of the kinds; nothing that is empty."""
    columns = (Record.origin, Record.kind, Record.body, Record.published_at, Record.updated_at)
    found: dict[tuple[str, str], Holding] = {}
    rows = reading().execute(sa.select(*columns).where(*OPEN).execution_options(yield_per=AT_ONCE))
    for origin, kind, body, published_at, updated_at in rows:
        since = published_at or updated_at
        holding = found.setdefault((origin, kind), Holding(origin, kind, since, updated_at))
        holding.first, holding.last = min(holding.first, since), max(holding.last, updated_at)
        _count(holding, body or b"{}")
    order = list(KINDS)
    return sorted(found.values(), key=lambda one: (one.origin, order.index(one.kind)))


def _count(holding: Holding, body: bytes) -> None:
    given = canonical.decode(body)
    named = {name: given[name] for name in ABOUT if name in given}
    fields = kinds.project(holding.kind, named, "public", "public")
    holding.count += 1
    holding.licences.add(fields.get("license", ""))
    holding.topics.update(fields.get("topics", ()))
    holding.areas.update(_areas(fields))
    holding.languages.update(kinds.KINDS[holding.kind].headline(fields))


def _areas(fields: dict[str, Any]) -> Iterator[str]:
    """Regional keys, which organisations have with a day."""
    yield from (key if isinstance(key, str) else key["key"] for key in fields.get("geo_keys", ()))


@dataclass(frozen=True, slots=True)
class Page:
    """The page of one own record."""

    path: str
    changed_at: datetime


def count_pages(named: Sequence[str]) -> int:
    """How many public records of these kinds this hub has."""
    return reading().scalar(_own(named, sa.func.count())) or 0


def pages(named: Sequence[str], first: int, limit: int) -> list[Page]:
    """The pages of this hub's public records of these kinds, the oldest first, from number `first` on."""
    chosen = _own(named, Record.kind, Record.rec, Record.updated_at).order_by(Record.id).offset(first).limit(limit)
    return [Page(f"/{KINDS[kind].slug}/{rec}", at) for kind, rec, at in reading().execute(chosen)]


def _own(named: Sequence[str], *columns: Any) -> sa.Select[Any]:
    return sa.select(*columns).where(Record.own, Record.kind.in_(named), *OPEN)
