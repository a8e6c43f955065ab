"""Reading records: every list, page and feed comes through here, and only here is decided who may see what (I11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import canonical
from hubnode import search
from hubnode.db import glance, reading
from hubnode.people.viewer import Level, Viewer
from hubnode.records import copies, kinds, moving, review, vocabulary
from hubnode.records.errors import Gone, NotFound, UnderReview
from hubnode.records.media_models import MediaUse
from hubnode.records.models import Record, Reference, Stamp, own_record
from hubnode.records.profile_models import Profile
from hubnode.search.kept import Counts, kept_for

RANK: Mapping[str, int] = {"public": 0, "network": 1, "hub": 2}
MAX_SIZE = 500
KEPT = ("draft", "published", "withdrawn")
"""States in which an own record can be written on."""
RESTRICTED = sa.select(Profile.record).where(Profile.restricted_at.is_not(None))
"""Profiles that nobody reads but their person (GDPR Art. 18)."""
STAMP = sa.select(Stamp.value).where(Stamp.id == 1)
GLANCE = "SELECT value FROM stamp WHERE id = 1"


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record as one viewer may see it: fields above the viewer's level are not in it."""

    uri: str
    origin: str
    id: str
    kind: str
    rev: int
    state: str
    level: Level
    own: bool
    headline: Mapping[str, str]
    summary: Mapping[str, str]
    fields: Mapping[str, Any]
    topics: tuple[str, ...]
    published_at: datetime | None
    updated_at: datetime
    starts_at: datetime | None
    ends_at: datetime | None
    unread_rev: int | None
    has_draft: bool
    handed_at: datetime | None = None
    """When an editor has handed the draft over to those who publish."""

    @property
    def host(self) -> str:
        """Host and port of the home hub."""
        return self.origin.split("://", 1)[1]

    @property
    def path(self) -> str:
        """Where this node shows the record."""
        slug = kinds.KINDS[self.kind].slug
        return f"/{slug}/{self.id}" if self.own else f"/{slug}/{self.host}/{self.id}"

    @property
    def home_url(self) -> str:
        """Where the record's home hub shows it."""
        return f"{self.origin}/{kinds.KINDS[self.kind].slug}/{self.id}"


@dataclass(frozen=True, slots=True)
class Browse:
    """What somebody wants to see: words and facets; within a facet any of the values, between facets all."""

    text: str = ""
    kinds: Sequence[str] = ()
    hubs: Sequence[str] = ()
    topics: Sequence[str] = ()
    """Topic ids; narrower topics are included."""
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sort: search.query.Sort = "newest"
    page: int = 1
    size: int = 20
    ending_after: datetime | None = None
    ended_before: datetime | None = None
    counted: Sequence[str] = ()
    """Facets to count; counting costs more than finding."""
    typing: bool = False
    """Whether the last word is still being written: then it stands for every word that begins so."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value that a list can be narrowed to, and how many records that leaves."""

    value: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a list."""

    items: Sequence[RecordView]
    total: int
    page: int
    pages: int
    facets: Mapping[str, Sequence[FacetValue]]
    understood: search.Understood = field(default_factory=search.Understood)
    reasons: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By address of a record: the words in it for which it was found."""
    approximate: bool = False
    """Whether the counts are scaled up from a sample."""


def find(viewer: Viewer, browse: Browse) -> Found:
    """The records that match `browse` and that `viewer` may see; a page beyond the last is empty."""
    query = query_of(viewer, browse)
    hits = search.find(reading(), query)
    asked = _chosen(browse) | ({"topic": tuple(browse.topics)} if browse.topics else {})
    facets = {facet: _values(counts, asked.get(facet, ())) for facet, counts in hits.counts.items()}
    items = by_numbers(viewer, hits.docs)
    reasons = {view.uri: hits.matches[doc].words for doc, view in items.items() if doc in hits.matches}
    page, pages = max(1, browse.page), -(-hits.total // query.limit)
    return Found(list(items.values()), hits.total, page, pages, facets, hits.understood, reasons, hits.approximate)


def numbers(viewer: Viewer, browse: Browse, limit: int) -> tuple[Sequence[int], int]:
    """The row numbers of the newest records that match `browse` with all its words, and how many match in all."""
    newest = replace(browse, sort="newest", counted=(), page=1, size=limit, typing=False)
    hits = search.find(reading(), replace(query_of(viewer, newest), limit=limit, fewer=False, reasons=False))
    return hits.docs, hits.total


def query_of(viewer: Viewer, browse: Browse) -> search.Query:
    """The question to the index: what is asked, and no more than the viewer may see."""
    size = max(1, min(browse.size, MAX_SIZE))
    return search.Query(
        level=RANK[viewer.level],
        text=browse.text,
        facets=_chosen(browse) | ({"topic": with_narrower(browse.topics)} if browse.topics else {}),
        counted=browse.counted,
        sort=browse.sort,
        without_hubs=hidden(),
        from_time=browse.ending_after,
        until_time=browse.ended_before,
        offset=(max(1, browse.page) - 1) * size,
        limit=size,
        state=reading().scalar(STAMP),
        typing=browse.typing,
    )


def get(viewer: Viewer, kind: str, id: str, origin: str | None = None) -> RecordView:
    """One record, of this hub or of `origin`; raises `NotFound`, also for what is above the viewer, or `Gone`."""
    record = reading().scalar(sa.select(Record).where(_it(id, origin), Record.kind == kind, of_shown()))
    if record is None:
        raise NotFound(id)
    return _visible(viewer, record)


def of_number(viewer: Viewer, id: str, origin: str | None = None) -> RecordView:
    """The record with this number, whatever its kind, as `get` answers it and with its refusals."""
    record = reading().scalar(sa.select(Record).where(_it(id, origin), Record.kind.in_(kinds.KINDS), of_shown()))
    if record is None:
        raise NotFound(id)
    return _visible(viewer, record)


def _it(id: str, origin: str | None) -> sa.ColumnElement[bool]:
    return own_record(id) if origin is None else sa.and_(Record.origin == origin, ~Record.own, Record.rec == id)


def by_uri(viewer: Viewer, uri: str) -> RecordView | None:
    """The record with this global id, or None where it isn't held or may not be seen."""
    return by_uris(viewer, [uri]).get(uri)


def by_uris(viewer: Viewer, uris: Iterable[str]) -> dict[str, RecordView]:
    """The records with these global ids that are held here and may be seen; of moved hubs by their old ids too."""
    asked = set(uris)
    moved = moving.aliases(reading(), {uri.rpartition("/r/")[0] for uri in asked})
    present = {uri: _renamed(uri, moved) for uri in asked}
    found = _by_present_uris(viewer, present.values())
    return {uri: found[now] for uri, now in present.items() if now in found}


def _renamed(uri: str, moved: Mapping[str, str]) -> str:
    origin, slash, rec = uri.rpartition("/r/")
    return moved.get(origin, origin) + slash + rec


def _by_present_uris(viewer: Viewer, uris: Iterable[str]) -> dict[str, RecordView]:
    wanted: dict[str, set[str]] = {}
    for origin, _, rec in (uri.rpartition("/r/") for uri in uris if uri.count("/r/") == 1):
        wanted.setdefault(origin, set()).add(rec)
    if not wanted:
        return {}
    # Hub by hub: SQLite finds no index for a list of pairs.
    of_hubs = (sa.and_(Record.origin == origin, Record.rec.in_(sorted(recs))) for origin, recs in wanted.items())
    held = reading().scalars(sa.select(Record).where(sa.or_(*of_hubs), of_shown()))
    return {view.uri: view for record in held if (view := _seen(viewer, record)) is not None}


def referring(viewer: Viewer, uri: str, fields: Sequence[str] = ()) -> list[RecordView]:
    """The records that name `uri` in one of `fields` (any, if none is given), newest first; at most 100."""
    seen = levels_of(viewer)
    chosen = (
        sa.select(Record)
        .join(Reference, Reference.record == Record.id)
        .where(Reference.target == uri, Reference.level.in_(seen), of_shown())
    )
    if fields:
        chosen = chosen.where(Reference.field.in_(fields))
    found = reading().scalars(chosen.order_by(Record.updated_at.desc(), Record.id.desc()).limit(100)).unique()
    return [view for record in found if (view := _seen(viewer, record)) is not None]


def with_file(viewer: Viewer, sha256: str) -> list[RecordView]:
    """The records that name this file in a field that the viewer may see; at most 100."""
    seen = levels_of(viewer)
    naming = (MediaUse.sha256 == sha256, ~MediaUse.draft, MediaUse.level.in_(seen))
    chosen = sa.select(Record).join(MediaUse, MediaUse.record == Record.id).where(*naming, of_shown())
    return [view for record in reading().scalars(chosen.limit(100)) if (view := _seen(viewer, record)) is not None]


def mine(viewer: Viewer) -> list[RecordView]:
    """This hub's own records for whoever edits them, drafts and withdrawn ones too, last changed first; at most 500."""
    if not viewer.may_write:
        return []
    chosen = sa.select(Record).where(Record.own, Record.state.in_(KEPT), Record.id.not_in(RESTRICTED))
    chosen = chosen.order_by(Record.updated_at.desc(), Record.id.desc())
    return [_view(viewer, record, draft=True) for record in reading().scalars(chosen.limit(MAX_SIZE))]


def preview(viewer: Viewer, id: str, as_level: Level = "hub") -> RecordView:
    """An own record as it would look with its draft published, to somebody of `as_level`; raises `NotFound`."""
    kept = sa.and_(own_record(id), Record.state.in_(KEPT), Record.id.not_in(RESTRICTED))
    record = reading().scalar(sa.select(Record).where(kept))
    if record is None or not viewer.may_write:
        raise NotFound(id)
    return _view(Viewer(level=as_level, role=viewer.role), record, draft=True)


def counts_by_hub(session: Session) -> dict[str, int]:
    """How many records of each origin are shown here; every page says so, and they are counted once for each change."""

    def count() -> Counts:
        shown = sa.and_(Record.state == "published", of_shown())
        counted = session.execute(sa.select(Record.origin, sa.func.count()).where(shown).group_by(Record.origin))
        by_hub = dict(counted.all())
        return sum(by_hub.values()), {"hub": by_hub}

    return dict(kept_for(session.get_bind().engine).get(stamp(session), "by hub", count)[1]["hub"])


def counts_by_kind(viewer: Viewer) -> dict[str, dict[str, int]]:
    """How many records of each origin and kind the viewer may see; each origin names every kind, in one order."""
    seen = levels_of(viewer)
    counted = (
        sa.select(Record.origin, Record.kind, sa.func.count())
        .where(Record.state == "published", Record.level.in_(seen), of_shown())
        .group_by(Record.origin, Record.kind)
    )
    counts: dict[str, dict[str, int]] = {}
    for origin, kind, count in reading().execute(counted):
        counts.setdefault(origin, dict.fromkeys(kinds.KINDS, 0))[kind] = count
    return counts


def hidden() -> tuple[str, ...]:
    """The origins of which nothing is shown at this node."""
    return tuple(reading().scalars(copies.hidden_origins()))


def levels_of(viewer: Viewer) -> list[str]:
    """The levels of what this viewer may see."""
    return [level for level, rank in RANK.items() if rank <= RANK[viewer.level]]


def of_shown() -> sa.ColumnElement[bool]:
    """That a record's hub, and of it this record, is shown here: part of every statement that reads for somebody."""
    return sa.and_(~Record.hidden, Record.origin.not_in(copies.hidden_origins()))


def export() -> list[dict[str, Any]]:
    """All published own records in the form that an import reads."""
    chosen = sa.select(Record).where(Record.own, Record.state == "published").order_by(Record.rec)
    return [
        {"id": one.rec, "kind": one.kind, "visibility": one.level, "body": canonical.decode(one.body or b"{}")}
        for one in reading().scalars(chosen)
    ]


def stamp(session: Session | None = None) -> int:
    """A number that grows with every change of any record; equal stamps mean equal lists."""
    if session is not None:
        return session.scalar(STAMP) or 0
    return int(glance(GLANCE) or 0)


def _chosen(browse: Browse) -> dict[str, Sequence[str]]:
    given = {
        "kind": tuple(browse.kinds),
        "hub": tuple(browse.hubs),
        **{name: tuple(values) for name, values in browse.facets.items()},
    }
    return {facet: values for facet, values in given.items() if values}


def with_narrower(topics: Sequence[str]) -> tuple[str, ...]:
    """These topics and all below them."""
    known = [topic for topic in topics if vocabulary.exists(topic)]
    return tuple(dict.fromkeys([*topics, *(narrow for topic in known for narrow in vocabulary.narrower(topic))]))


def _values(counts: Mapping[str, int], chosen: Sequence[str]) -> list[FacetValue]:
    """Most frequent first; a chosen value stays listed even with nothing left of it, so that it can be taken back."""
    every = dict.fromkeys(chosen, 0) | dict(counts)
    return [
        FacetValue(value, count, value in chosen)
        for value, count in sorted(every.items(), key=lambda item: (-item[1], item[0]))
    ]


def by_numbers(viewer: Viewer, docs: Sequence[int]) -> dict[int, RecordView]:
    """The records with these row numbers, as a search answers them, in their order; without what may not be seen."""
    if not docs:
        return {}
    rows = {record.id: record for record in reading().scalars(sa.select(Record).where(Record.id.in_(docs)))}
    return {doc: view for doc in docs if doc in rows and (view := _seen(viewer, rows[doc])) is not None}


def _visible(viewer: Viewer, record: Record) -> RecordView:
    """The view, or `NotFound` and `Gone`; what was never public does not even answer that it is gone."""
    if record.state == "published" and RANK[record.level] <= RANK[viewer.level]:
        return _view(viewer, record)
    if record.state in ("withdrawn", "erased") and (record.was_public or viewer.level != "public"):
        raise Gone(record.rec)
    if record.state == review.STATE and RANK[record.level] <= RANK[viewer.level]:
        raise UnderReview(record.rec)
    raise NotFound(record.rec)


def _seen(viewer: Viewer, record: Record) -> RecordView | None:
    try:
        return _visible(viewer, record)
    except (NotFound, Gone):
        return None


def _view(viewer: Viewer, record: Record, *, draft: bool = False) -> RecordView:
    kind = kinds.KINDS[record.kind]
    content = (record.draft if draft else None) or record.body or b"{}"
    level = (record.draft_level if draft else None) or record.level
    fields = kinds.project(record.kind, canonical.decode(content), viewer.level, level)
    starts_at, ends_at = kind.when(fields) if draft else (record.starts_at, record.ends_at)
    return RecordView(
        uri=uri_of(record),
        origin=record.origin,
        id=record.rec,
        kind=record.kind,
        rev=record.rev,
        state=record.state,
        level=level,  # type: ignore[arg-type]  # the column holds nothing else: service and replica write it
        own=record.own,
        headline=kind.headline(fields),
        summary=kind.summary(fields),
        fields=fields,
        topics=tuple(fields.get("topics", ())),
        published_at=record.published_at,
        updated_at=record.updated_at,
        starts_at=starts_at,
        ends_at=ends_at,
        unread_rev=record.unread_rev,
        has_draft=record.draft is not None,
        handed_at=record.handed_at if record.draft is not None else None,
    )


def uri_of(record: Record) -> str:
    """The global id of a record."""
    return f"{record.origin}/r/{record.rec}"
