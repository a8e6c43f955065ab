"""What people, teams and organisations have had a part in: the records that name them, counted and linked.

Evidence beside what a profile says of itself. It is shown and never turned into a score of a person; it counts only
what the viewer may see: the naming field, the record that has it, and the hub that both come from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from federation import canonical
from hubnode import search
from hubnode.db import reading
from hubnode.people.viewer import Viewer
from hubnode.records import kinds, moving
from hubnode.records import reading as records
from hubnode.records.models import Record, Reference
from hubnode.records.reading import RANK, RecordView
from hubnode.search.models import SearchFacet

BY_AUTHORS = "authors"
"""The field whose people are counted only where the report shows them by name: one by function stays a function."""
FIELDS: Mapping[str, tuple[str, ...]] = {
    "expertise": ("contact_person", BY_AUTHORS, "speakers", "contacts"),
    "organisation": ("lead_organisation", "partners", "hosts"),
}
"""By the kind of what is named: the fields in which being named means having had a part in it."""
OF_RECORDS = ("project", "experience_report", "event", "offer")
"""The kinds of records that are evidence, in the order in which pages tell of them."""
MOST = 2_000
"""Namings that are looked at in one answer: only who is named thousands of times is counted lower than is true."""
NEWEST = 1_000
"""Newest hits for some words among which evidence is looked for; beyond them it is old."""
BEST = 50
"""Best hits for some words behind which people are looked for."""


@dataclass(frozen=True, slots=True)
class About:
    """What evidence is wanted for: words, topics (narrower ones included), or both; empty for everything."""

    text: str = ""
    topics: Sequence[str] = ()
    typing: bool = False
    """Whether the last word is still being written."""

    @property
    def nothing(self) -> bool:
        """Whether everything counts."""
        return not (self.text.strip() or self.topics)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The records that name somebody: how many of each kind, and the first of them to link to, newest first."""

    counts: Mapping[str, int]
    records: Sequence[RecordView]

    @property
    def total(self) -> int:
        """How many there are in all."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Behind:
    """Somebody whom the records about something name, though the own profile may not speak of it."""

    person: RecordView
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class _Naming:
    """That one record names one of those asked for."""

    target: str
    doc: int
    kind: str


def of(
    viewer: Viewer, uris: Iterable[str], about: About | None = None, *, kind: str = "expertise", links: int = 3
) -> dict[str, Evidence]:
    """The evidence for each of these records of `kind` that has any, in two statements and one search at most.

    For cards: ``of(viewer, [entry.uri …], About(text, topics))`` tells the part in what was searched for; the default
    tells all. `links` is how many records each brings along to link to.
    """
    asked, wanted = list(dict.fromkeys(uris)), about or About()
    former = moving.former(reading(), {_origin(uri) for uri in asked})
    spelled = {old: uri for uri in asked for old in _spellings(uri, former)}
    named = _named(viewer, kind, [Reference.target.in_(spelled), *_on_topics(viewer, wanted)]) if asked else []
    if named and wanted.text.strip():
        meant = set(_hits(viewer, wanted, "newest", NEWEST))
        named = [naming for naming in named if naming.doc in meant]
    return _told(viewer, named, spelled, links)


def among(found: Iterable[RecordView]) -> dict[str, Evidence]:
    """Whom these records name, with those of them that do, in their order; it costs no question to the database."""
    naming: dict[str, dict[str, RecordView]] = {}
    for record in found:
        if record.kind == "experience_report" and record.fields.get("author_display", "function") == "function":
            continue
        for name, uri in kinds.references(record.kind, record.fields) if record.kind in OF_RECORDS else ():
            if name in FIELDS["expertise"]:
                naming.setdefault(uri, {})[record.uri] = record
    return {uri: Evidence(_counted(one.kind for one in by.values()), list(by.values())) for uri, by in naming.items()}


def behind(
    viewer: Viewer, about: About, *, besides: Iterable[str] = (), limit: int = 4, links: int = 2
) -> list[Behind]:
    """People whom the records about this name, those of the best hits first, without those in `besides`.

    So somebody is found whose profile does not have the word. Nobody is placed by how often they are named.
    """
    docs = () if about.nothing else _hits(viewer, about, "relevance", BEST)
    place = {doc: number for number, doc in enumerate(docs)}
    named = _named(viewer, "expertise", [Reference.record.in_(docs)]) if docs else []
    named.sort(key=lambda naming: place[naming.doc])
    left_out = set(besides)
    people = records.by_uris(viewer, dict.fromkeys(naming.target for naming in named))
    chosen = {uri: one for uri, one in people.items() if one.uri not in left_out and one.kind == "expertise"}
    first = list(dict.fromkeys(naming.target for naming in named if naming.target in chosen))[:limit]
    told = _told(viewer, [naming for naming in named if naming.target in first], {uri: uri for uri in first}, links)
    return [Behind(chosen[uri], told[uri]) for uri in first]


def _on_topics(viewer: Viewer, about: About) -> list[sa.ColumnElement[bool]]:
    """What the naming records have to fulfil to be on these topics, as far as the viewer may see that they are."""
    if not about.topics:
        return []
    topics = records.with_narrower(about.topics)
    carried = (SearchFacet.facet == "topic", SearchFacet.value.in_(topics), SearchFacet.level <= RANK[viewer.level])
    return [sa.exists(sa.select(SearchFacet.doc).where(SearchFacet.doc == Reference.record, *carried))]


def _hits(viewer: Viewer, about: About, sort: search.query.Sort, limit: int) -> Sequence[int]:
    """The records about this that could be evidence, in this order; of words all must be in it."""
    topics = {"topic": records.with_narrower(about.topics)} if about.topics else {}
    query = search.Query(
        level=RANK[viewer.level],
        text=about.text,
        facets={"kind": OF_RECORDS, **topics},
        without_hubs=records.hidden(),
        sort=sort,
        limit=limit,
        fewer=False,
        reasons=False,
        typing=about.typing,
    )
    return search.find(reading(), query).docs


def _named(viewer: Viewer, kind: str, where: Sequence[sa.ColumnElement[bool]]) -> list[_Naming]:
    """What names records of `kind`, newest first, as far as the viewer may see it."""
    seen = records.levels_of(viewer)
    body = sa.case((Reference.field == BY_AUTHORS, Record.body))
    chosen = (
        sa.select(Reference.target, Record.id, Record.kind, Record.level, body)
        .join(Record, Record.id == Reference.record)
        .where(Reference.field.in_(FIELDS[kind]), Reference.level.in_(seen), *where)
        .where(Record.state == "published", Record.level.in_(seen), records.of_shown())
        .order_by(Record.updated_at.desc(), Record.id.desc())
        .limit(MOST)
    )
    return [
        _Naming(target, doc, kind)
        for target, doc, kind, level, report in reading().execute(chosen)
        if report is None or _by_name(viewer, kind, report, level)
    ]


def _by_name(viewer: Viewer, kind: str, body: bytes, level: str) -> bool:
    """Whether a report shows its authors to this viewer as people."""
    seen = kinds.project(kind, canonical.decode(body), viewer.level, level)
    return bool(seen.get("author_display", "function") != "function")


def _told(viewer: Viewer, named: Sequence[_Naming], spelled: Mapping[str, str], links: int) -> dict[str, Evidence]:
    """The namings, gathered by whom they name; a record that names somebody twice counts once."""
    of_each: dict[str, dict[int, str]] = {}
    for naming in named:
        of_each.setdefault(spelled[naming.target], {})[naming.doc] = naming.kind
    first = {uri: list(docs)[:links] for uri, docs in of_each.items()}
    shown = records.by_numbers(viewer, sorted({doc for docs in first.values() for doc in docs}))
    return {
        uri: Evidence(_counted(docs.values()), [shown[doc] for doc in first[uri] if doc in shown])
        for uri, docs in of_each.items()
    }


def _counted(of_kinds: Iterable[str]) -> dict[str, int]:
    """How many of each kind, in the order of pages."""
    counted = Counter(of_kinds)
    return {kind: counted[kind] for kind in OF_RECORDS if counted[kind]}


def _origin(uri: str) -> str:
    return uri.rpartition("/r/")[0]


def _spellings(uri: str, former: Mapping[str, Sequence[str]]) -> list[str]:
    """The addresses under which others may name it: its own, and those from before its hub moved."""
    origin, slash, rec = uri.rpartition("/r/")
    return [uri, *(old + slash + rec for old in former.get(origin, ()))]
