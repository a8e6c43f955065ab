"""What a list shows for a question: who can help first, then all hits, and help where there is nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hubnode.people.viewer import Viewer
from hubnode.records import evidence, reading
from hubnode.records.evidence import About
from hubnode.records.reading import Found, RecordView
from hubnode.web import marking
from hubnode.web.asking import Asked
from hubnode.web.entries import Entry, entries
from hubnode.web.involved import part

HELPERS = 3
FEW = 5
"""Where fewer people than this are found, those whom projects and reports name are told of too."""
PEOPLE = "expertise"


@dataclass(frozen=True, slots=True)
class Results:
    """One page of a list, ready to be shown."""

    found: Found
    helpers: Sequence[Entry]
    """The people and teams who can help best; first of all where all kinds are searched."""
    more_helpers: int
    """How many there are in all."""
    entries: Sequence[Entry]
    """What has all words, without the helpers."""
    alike: Sequence[Entry]
    """What has only some of the words."""
    unfiltered: int
    """Where filters leave nothing: how much there is without them."""
    behind: Sequence[Entry] = ()
    """People whom projects, reports and events about it name, though their profiles do not have the words."""


def results(viewer: Viewer, question: Asked) -> Results:
    """What `viewer` gets to see for `question`."""
    found = reading.find(viewer, question.browse)
    people = _helpers(viewer, question, found)
    wanted, reasons = marking.wanted(question.browse, found), {**found.reasons, **people.reasons}
    about = About(question.browse.text, question.browse.topics, question.browse.typing)
    listed_people, behind = [*people.items, *found.items], _behind(viewer, question, about, found, people)
    told = (
        {uri: part(one) for uri, one in evidence.among(_whole(found, question)).items()}
        if _everything(question)
        else None
    )
    shown = entries(viewer, [*listed_people, *behind], wanted, reasons, about, told)
    helping = {record.uri for record in people.items}
    complete = _complete(found, question)
    listed = list(zip(shown[len(people.items) : len(listed_people)], range(len(found.items)), strict=True))
    kept = [(entry, place < complete) for entry, place in listed if entry.record.uri not in helping]
    return Results(
        found=found,
        helpers=shown[: len(people.items)],
        more_helpers=people.total,
        entries=[entry for entry, whole in kept if whole],
        alike=[entry for entry, whole in kept if not whole],
        unfiltered=_unfiltered(viewer, question, found),
        behind=shown[len(listed_people) :],
    )


def _complete(found: Found, question: Asked) -> int:
    """How many of the items on this page have all words."""
    if not found.understood.dropped or question.browse.sort != "relevance":
        return len(found.items)
    return max(0, found.understood.complete - (found.page - 1) * question.browse.size)


def _helpers(viewer: Viewer, question: Asked, found: Found) -> Found:
    """The best among the people, for the first page of a search over everything that has words."""
    asked = question.browse
    there = next((value.count for value in found.facets.get("kind", ()) if value.value == PEOPLE), 0)
    if question.kind or asked.kinds or not asked.text or asked.page > 1 or asked.sort != "relevance" or not there:
        return replace(found, items=(), total=0)
    whole = found.items[: _complete(found, question)]
    seen = [record for record in whole if record.kind == PEOPLE]
    if len(whole) < len(found.items):  # what follows lacks a word
        return replace(found, items=seen[:HELPERS], total=len(seen))
    if len(seen) >= min(HELPERS, there):
        return replace(found, items=seen[:HELPERS], total=there)
    # They stand further down in the list of everything: only then they are asked for by themselves.
    people = reading.find(viewer, replace(asked, kinds=(PEOPLE,), size=HELPERS, counted=()))
    if not people.understood.dropped:
        return people
    return replace(people, items=people.items[: people.understood.complete], total=people.understood.complete)


def _behind(viewer: Viewer, question: Asked, about: About, found: Found, people: Found) -> list[RecordView]:
    """The people behind the records about it, on the first page of a search for people or everything."""
    asked = question.browse
    filtered = asked.hubs or asked.facets or (asked.kinds and not question.kind)
    if question.kind not in ("", PEOPLE) or filtered or asked.page > 1 or not asked.text:
        return []
    if (found.understood.complete if question.kind else people.total) >= FEW:
        return []
    besides = [record.uri for record in (*people.items, *found.items)]
    if _everything(question):  # the records that name them stand on this very page
        named = [uri for uri in evidence.among(_whole(found, question)) if uri not in besides]
        there = reading.by_uris(viewer, named)
        return [there[uri] for uri in named if uri in there and there[uri].kind == PEOPLE][:HELPERS]
    return [one.person for one in evidence.behind(viewer, about, besides=besides, limit=HELPERS, links=0)]


def _whole(found: Found, question: Asked) -> Sequence[RecordView]:
    """The items on this page that have all words."""
    return found.items[: _complete(found, question)]


def _everything(question: Asked) -> bool:
    """Whether words are looked for in records of every kind, so that what names people is among the hits."""
    return bool(not question.kind and question.browse.text)


def _unfiltered(viewer: Viewer, question: Asked, found: Found) -> int:
    asked = question.browse
    narrowed = asked.hubs or asked.topics or asked.facets or (asked.kinds and not question.kind)
    if found.total or not narrowed:
        return 0
    kinds = asked.kinds if question.kind else ()
    free = replace(asked, kinds=kinds, hubs=(), topics=(), facets={}, page=1, size=1, counted=())
    return reading.find(viewer, free).total
