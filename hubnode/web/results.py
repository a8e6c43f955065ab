"""What a list shows for a question: who can help first, then all hits, and help where there is nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hubnode.people.viewer import Viewer
from hubnode.records import reading
from hubnode.records.reading import Found
from hubnode.web import marking
from hubnode.web.asking import Asked
from hubnode.web.entries import Entry, entries

HELPERS = 3
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


def results(viewer: Viewer, question: Asked) -> Results:
    """What `viewer` gets to see for `question`."""
    found = reading.find(viewer, question.browse)
    people = _helpers(viewer, question, found)
    wanted, reasons = marking.wanted(question.browse, found), {**found.reasons, **people.reasons}
    shown = entries(viewer, [*people.items, *found.items], wanted, reasons)
    helping = {record.uri for record in people.items}
    complete = _complete(found, question)
    listed = list(zip(shown[len(people.items) :], range(len(found.items)), strict=True))
    kept = [(entry, place < complete) for entry, place in listed if entry.record.uri not in helping]
    return Results(
        found=found,
        helpers=shown[: len(people.items)],
        more_helpers=people.total,
        entries=[entry for entry, whole in kept if whole],
        alike=[entry for entry, whole in kept if not whole],
        unfiltered=_unfiltered(viewer, question, found),
    )


def _complete(found: Found, question: Asked) -> int:
    """How many of the items on this page have all words."""
    if not found.understood.dropped or question.browse.sort != "relevance":
        return len(found.items)
    return max(0, found.understood.complete - (found.page - 1) * question.browse.size)


def _helpers(viewer: Viewer, question: Asked, found: Found) -> Found:
    """The best among the people, for the first page of a search over everything that has words."""
    nobody = Found((), 0, 1, 0, {})
    asked = question.browse
    if question.kind or asked.kinds or not asked.text or asked.page > 1 or asked.sort != "relevance":
        return nobody
    if not any(value.value == PEOPLE and value.count for value in found.facets.get("kind", ())):
        return nobody
    people = reading.find(viewer, replace(asked, kinds=(PEOPLE,), size=HELPERS, counted=()))
    if not people.understood.dropped:
        return people
    whole = people.understood.complete
    return replace(people, items=people.items[:whole], total=whole) if whole else nobody


def _unfiltered(viewer: Viewer, question: Asked, found: Found) -> int:
    asked = question.browse
    narrowed = asked.hubs or asked.topics or asked.facets or (asked.kinds and not question.kind)
    if found.total or not narrowed:
        return 0
    kinds = asked.kinds if question.kind else ()
    free = replace(asked, kinds=kinds, hubs=(), topics=(), facets={}, page=1, size=1, counted=())
    return reading.find(viewer, free).total
