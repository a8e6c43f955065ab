"""The topics all hubs share: stable ids with German and English names, from broad to narrow (as SKOS has it).

The ids are the same at every hub. A topic that was renamed stays in the data file with `replaced_by`; every question
asked here with the old id is answered for the new one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any


class UnknownTopic(LookupError):
    """No topic has this id."""


class BrokenVocabulary(ValueError):
    """The data file contradicts itself; the message names the topic."""


@dataclass(frozen=True, slots=True)
class Look:
    """How pages mark a focus area: always colour, icon and name together."""

    css: str
    icon: str
    short: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Concept:
    """One topic: its names by language, the broader topic, and its place in other vocabularies."""

    id: str
    names: Mapping[str, str]
    broader: str | None
    origin: str
    close_match: Mapping[str, str] = field(default_factory=dict)
    replaced_by: str | None = None


@dataclass(frozen=True)
class Vocabulary:
    """A checked set of topics; `read` is the only way to one."""

    concepts: Mapping[str, Concept]
    top: tuple[str, ...]
    looks: Mapping[str, Look]
    version: str
    below: Mapping[str, tuple[str, ...]]
    titles: Mapping[str, str] = field(default_factory=dict)
    """What the whole of them is called, by language."""


def read(document: Mapping[str, Any]) -> Vocabulary:
    """The vocabulary that `document` describes; raises `BrokenVocabulary` on a cycle, a dead end or a missing name."""
    concepts = {entry["id"]: _concept(entry) for entry in document["concepts"]}
    if len(concepts) != len(document["concepts"]):
        raise BrokenVocabulary("an id occurs twice")
    for concept in concepts.values():
        _check(concept, concepts)
    scheme = document["scheme"]
    looks = {id: Look(look["css"], look["icon"], look["short"]) for id, look in scheme["focus"].items()}
    for id in [*scheme["top_concepts"], *looks]:
        if id not in concepts:
            raise BrokenVocabulary(f"{id}: unknown")
    titles = {lang: scheme[f"title_{lang}"] for lang in ("de", "en") if scheme.get(f"title_{lang}")}
    return Vocabulary(concepts, tuple(scheme["top_concepts"]), looks, scheme["version"], _below(concepts), titles)


def _concept(entry: Mapping[str, Any]) -> Concept:
    names = {lang: entry[lang] for lang in ("de", "en") if entry.get(lang)}
    return Concept(
        entry["id"], names, entry["broader"], entry["origin"], entry.get("close_match", {}), entry.get("replaced_by")
    )


def _check(concept: Concept, concepts: Mapping[str, Concept]) -> None:
    if set(concept.names) != {"de", "en"}:
        raise BrokenVocabulary(f"{concept.id}: a German and an English name are needed")
    for step in ("broader", "replaced_by"):
        seen = {concept.id}
        following = getattr(concept, step)
        while following is not None:
            if following in seen:
                raise BrokenVocabulary(f"{concept.id}: {step} runs in a circle")
            if following not in concepts:
                raise BrokenVocabulary(f"{concept.id}: {step} names the unknown {following}")
            seen.add(following)
            following = getattr(concepts[following], step)


def _below(concepts: Mapping[str, Concept]) -> dict[str, tuple[str, ...]]:
    below: dict[str, list[str]] = {id: [] for id in concepts}
    for concept in concepts.values():
        above = concept.broader
        while above is not None and concept.replaced_by is None:
            below[above].append(concept.id)
            above = concepts[above].broader
    return {id: tuple(ids) for id, ids in below.items()}


@cache
def shared() -> Vocabulary:
    """The vocabulary of this version of the node."""
    return read(json.loads(files("hubnode.records").joinpath("data/vocabulary.json").read_text("utf-8")))


def exists(id: str) -> bool:
    """Whether `id` is a topic, of now or of an earlier version."""
    return id in shared().concepts


def present() -> Sequence[str]:
    """The ids of all topics of now, in the order of the data file."""
    return [concept.id for concept in shared().concepts.values() if concept.replaced_by is None]


def current(id: str) -> str:
    """The id that `id` goes by now; raises `UnknownTopic`."""
    return concept(id).id


def concept(id: str) -> Concept:
    """The topic `id`, or the one that replaced it; raises `UnknownTopic`."""
    concepts = shared().concepts
    try:
        found = concepts[id]
    except KeyError:
        raise UnknownTopic(id) from None
    while found.replaced_by is not None:
        found = concepts[found.replaced_by]
    return found


def label(id: str, lang: str = "de") -> str:
    """The name of topic `id` in `lang`, in German where `lang` has none; raises `UnknownTopic`."""
    names = concept(id).names
    return names.get(lang, names["de"])


def short(id: str, lang: str = "de") -> str:
    """The short name of a focus area, for tags and maps; any other topic's name; raises `UnknownTopic`."""
    look = shared().looks.get(current(id))
    if look is None:
        return label(id, lang)
    return look.short.get(lang, look.short["de"])


def broader(id: str) -> tuple[str, ...]:
    """The topics above `id`, nearest first, without `id` itself; raises `UnknownTopic`."""
    chain, above = [], concept(id).broader
    while above is not None:
        found = concept(above)
        chain.append(found.id)
        above = found.broader
    return tuple(chain)


def narrower(id: str) -> tuple[str, ...]:
    """All topics below `id`, at every depth, without `id` itself; raises `UnknownTopic`."""
    return shared().below[current(id)]


def focus_of(id: str) -> str:
    """The focus area that topic `id` belongs to: the nearest one that has a look, or else the topmost topic."""
    looks = shared().looks
    chain = (current(id), *broader(id))
    return next((above for above in chain if above in looks), chain[-1])


def look(id: str) -> Look:
    """The colour, icon and short name of the focus area of `id`; raises `UnknownTopic`."""
    return shared().looks[focus_of(id)]


def tree() -> Sequence[tuple[str, tuple[str, ...]]]:
    """The topics as a form offers them: each focus area with the topics below it that belong to no nearer one."""
    vocabulary = shared()
    areas = [*vocabulary.top, *(id for id in vocabulary.looks if id not in vocabulary.top)]
    return [(area, tuple(id for id in narrower(area) if focus_of(id) == area)) for area in areas]


TOP: tuple[str, ...] = shared().top
"""The topmost topics, in the order of the data file."""
