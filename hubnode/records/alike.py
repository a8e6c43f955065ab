"""Records that resemble one: for whoever reads it, for whoever writes the same a second time, and for a need.

The search compares topics and words, within what the viewer may see; here money from the same programme is added.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hubnode import search
from hubnode.db import reading
from hubnode.people.viewer import Viewer
from hubnode.records import kinds, vocabulary
from hubnode.records import reading as records
from hubnode.records.models import Record
from hubnode.records.reading import RANK, RecordView

KINDS = ("project", "experience_report", "event")
"""What is compared: records of what was done. People and organisations resemble nothing."""
DONE = ("project", "experience_report")
"""What a draft is compared with."""
WRITTEN_TWICE = (*DONE, "need")
"""Drafts that are compared: of what others may have done already, or could answer at once."""
ANSWERS = ("project", "experience_report", "expertise", "funding_call", "offer")
"""What may answer a need, in the order of its page."""
EACH = 3
"""Answers of one kind."""
ENOUGH_WORDS = 2
"""Words that an answer shares at least if it shares no topic."""
LOOKED_AT = 60
"""Records that resemble a need, among which the answers are."""
PROGRAMMES = 3
"""Programmes of one record that others are looked up by."""
OF_A_PROGRAMME = 20
"""Records that name a programme, of which those that are funded by it are kept."""
MORE = 20
"""Records asked for beyond those to be shown, in place of those that are left out."""
NEAR = 0.5
"""What shares less than this part of what the best one shares only fills the page."""
LONGEST = 4_000
"""Characters of a draft that are compared; what follows says the same."""


@dataclass(frozen=True, slots=True)
class Alike:
    """A record that resembles another, and what they share, as far as the viewer may see both."""

    record: RecordView
    topics: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()


def of(viewer: Viewer, record: RecordView, *, besides: Iterable[str] = (), limit: int = 4) -> list[Alike]:
    """The records most like this published one, best first, one for its funding among them where there is one.

    Neither itself nor those in `besides`, which the page names anyway.
    """
    left_out = {record.uri, *besides}
    at = sa.and_(Record.origin == record.origin, Record.rec == record.id, Record.state == "published")
    doc = reading().scalar(sa.select(Record.id).where(at))
    if doc is None or record.kind not in KINDS:
        return []
    hidden = records.hidden()
    found = search.similar(
        reading(), doc, RANK[viewer.level], without_hubs=hidden, kinds=KINDS, limit=limit + min(len(left_out), MORE)
    )
    return _with_funding(viewer, record.fields, _shown(viewer, found, left_out), left_out, limit)


def answers(viewer: Viewer, need: RecordView, now: datetime, *, besides: Iterable[str] = ()) -> dict[str, list[Alike]]:
    """What may answer this published need, of all hubs and by kind, best first; nothing that is over by `now`."""
    left_out = {need.uri, *besides}
    at = sa.and_(Record.origin == need.origin, Record.rec == need.id, Record.state == "published")
    doc = reading().scalar(sa.select(Record.id).where(at))
    if doc is None:
        return {}
    hidden = records.hidden()
    found = search.similar(reading(), doc, RANK[viewer.level], without_hubs=hidden, kinds=ANSWERS, limit=LOOKED_AT)
    views = records.by_numbers(viewer, [one.doc for one in found])
    by_kind: dict[str, list[Alike]] = {kind: [] for kind in ANSWERS}
    for one in found:
        record = views.get(one.doc)
        if record is None or record.uri in left_out or (record.ends_at is not None and record.ends_at <= now):
            continue
        if len(by_kind[record.kind]) < EACH and (one.topics or len(one.words) >= ENOUGH_WORDS):
            by_kind[record.kind].append(Alike(record, one.topics, one.words))
    return {kind: some for kind, some in by_kind.items() if some}


def of_draft(
    viewer: Viewer, kind: str, body: Mapping[str, Any], *, besides: Iterable[str] = (), limit: int = 3
) -> list[Alike]:
    """The records most like what somebody is writing: projects and reports of all hubs, best first.

    `body` may be incomplete, and wrong wherever nobody has checked it yet. Nothing of it is kept.
    """
    texts, topics = _texts(kind, body), _topics(body)
    if not texts["head"] and not topics:
        return []
    left_out, hidden = set(besides), records.hidden()
    found = search.similar_to_text(
        reading(),
        texts,
        topics,
        RANK[viewer.level],
        without_hubs=hidden,
        kinds=DONE,
        limit=limit + min(len(left_out), MORE),
    )
    return _with_funding(viewer, body, _shown(viewer, found, left_out), left_out, limit)


def _shown(viewer: Viewer, found: Sequence[search.Similar], left_out: Collection[str]) -> list[Alike]:
    views = records.by_numbers(viewer, [one.doc for one in found])
    there = [one for one in found if one.doc in views and views[one.doc].uri not in left_out]
    least = there[0].score * NEAR if there else 0.0
    return [Alike(views[one.doc], one.topics, one.words) for one in there if one.score >= least]


def _with_funding(
    viewer: Viewer, fields: Mapping[str, Any], found: list[Alike], left_out: Collection[str], limit: int
) -> list[Alike]:
    """What was found, each with the programmes it shares; the last place is for one that shares nothing else."""
    mine = _programmes(fields)
    told = [_funded(one, mine) for one in found]
    if not mine or any(one.programmes for one in told[:limit]):
        return told[:limit]
    known = {*left_out, *(one.record.uri for one in told[: limit - 1])}
    others = [one for one in told if one.programmes] or _of_programmes(viewer, mine, known)
    return [*told[: limit - len(others[:1])], *others[:1]]


def _funded(one: Alike, mine: Mapping[str, str]) -> Alike:
    shared = tuple(name for key, name in mine.items() if key in _programmes(one.record.fields))
    return Alike(one.record, one.topics, one.words, shared)


def _of_programmes(viewer: Viewer, mine: Mapping[str, str], known: Collection[str]) -> list[Alike]:
    """Records funded by one of these programmes, newest first, as far as the viewer may see that they are."""
    docs: dict[int, None] = {}
    for programme in list(mine.values())[:PROGRAMMES]:
        query = search.Query(
            level=RANK[viewer.level],
            text='"' + programme.replace('"', " ") + '"',
            facets={"kind": ("project",)},
            without_hubs=records.hidden(),
            limit=OF_A_PROGRAMME,
        )
        docs.update(dict.fromkeys(search.find(reading(), query).docs))
    views = records.by_numbers(viewer, list(docs)).values()
    return [one for view in views if view.uri not in known and (one := _funded(Alike(view), mine)).programmes]


def _programmes(fields: Mapping[str, Any]) -> dict[str, str]:
    """The programmes that pay for it, by a spelling in which they can be compared."""
    rows = fields.get("funding")
    named = (row.get("programme") for row in rows if isinstance(row, Mapping)) if isinstance(rows, list) else ()
    return {" ".join(name.casefold().split()): name for name in named if isinstance(name, str) and name.strip()}


def _texts(kind: str, body: Mapping[str, Any]) -> dict[str, str]:
    """The words of a draft: those of its title, and all others that a search would read."""
    found: dict[str, list[str]] = {"head": [], "body": []}
    for name, field in kinds.KINDS[kind].fields.items():
        value = body.get(name)
        if field.metadata["search"] and isinstance(value, Mapping):
            place = found["head" if field.metadata["search"] == "head" and name != "topics" else "body"]
            place.extend(text for text in value.values() if isinstance(text, str))
    return {place: "\n".join(texts)[:LONGEST].strip() for place, texts in found.items()}


def _topics(body: Mapping[str, Any]) -> list[str]:
    named = body.get("topics")
    listed = named if isinstance(named, list) else []
    return [topic for topic in listed if isinstance(topic, str) and vocabulary.exists(topic)]
