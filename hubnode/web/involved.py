"""What people and organisations have had a part in, for the cards of lists: numbers by kind, links to the newest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import flask_babel

from hubnode.people.viewer import Viewer
from hubnode.records import evidence
from hubnode.records.evidence import About, Evidence
from hubnode.records.reading import RecordView

_: Callable[..., str] = flask_babel.gettext
ngettext: Callable[..., str] = flask_babel.ngettext
LINKS = 2
"""Records that a card links to."""
COUNTED: Mapping[str, Callable[[int], str]] = {
    "project": lambda n: ngettext("%(num)s Projekt", "%(num)s Projekte", n),
    "experience_report": lambda n: ngettext("%(num)s Erfahrungsbericht", "%(num)s Erfahrungsberichte", n),
    "event": lambda n: ngettext("%(num)s Termin", "%(num)s Termine", n),
    "offer": lambda n: ngettext("%(num)s Angebot", "%(num)s Angebote", n),
}
"""How a number of records of a kind is said."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a card says: how much it is, and the newest of it where something was asked for."""

    words: str
    records: Sequence[RecordView]
    more: int
    """How many there are beyond the linked ones."""


def parts(viewer: Viewer, listed: Sequence[RecordView], about: About) -> dict[str, Part]:
    """What each of these people and organisations has had a part in, by their addresses; most others have none."""
    told: dict[str, Evidence] = {}
    for kind in evidence.FIELDS:
        uris = [record.uri for record in listed if record.kind == kind]
        told |= evidence.of(viewer, uris, about, kind=kind, links=0 if about.nothing else LINKS)
    return {uri: part(one) for uri, one in told.items()}


def part(told: Evidence) -> Part:
    """What a card says of this evidence, with links to no more than it has room for."""
    return Part(in_words(told.counts), told.records[:LINKS], told.total - len(told.records[:LINKS]))


def in_words(counts: Mapping[str, int]) -> str:
    """``3 Projekte, 1 Termin``."""
    return ", ".join(COUNTED[kind](count) for kind, count in counts.items())
