"""What a search is asked and what it answers: plain values, without a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Sort = Literal["relevance", "newest", "soonest", "title"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands in a list without words: what all orders are made of."""

    doc: int
    title: str
    changed_at: datetime
    starts_at: datetime | None


@dataclass(frozen=True, slots=True)
class Query:
    """One question to the index."""

    level: int
    """0 public, 1 network, 2 hub: nothing above it is matched, counted or returned."""
    text: str = ""
    """Words; "quoted words" stand beside each other, a -word excludes. Everything else is read as words."""
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Facet to accepted values: within a facet any, between facets all."""
    counted: Sequence[str] = ()
    """Facets to count; a chosen facet is counted as if it were not chosen, so that it can be widened."""
    without_hubs: Sequence[str] = ()
    """Origins of which nothing is matched, counted or returned."""
    sort: Sort = "newest"
    from_time: datetime | None = None
    """Only what ends at or after this time, or never."""
    until_time: datetime | None = None
    """Only what ended before this time."""
    offset: int = 0
    after: Place | None = None
    """In lists without words: only what comes after this place, whatever has been added before it meanwhile."""
    limit: int = 20
    state: int | None = None
    """A number that changes with every change of the index, if there is one: then counts may be kept between calls."""
    typing: bool = False
    """Whether the last word is still being written: then it stands for every word that begins so."""
    fewer: bool | None = None
    """Whether records with only some of the words follow where few have all; None means: when sorted by relevance."""
    reasons: bool = True
    """Whether `Hits.matches` are wanted; for many records they cost more than finding."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What the search made of the words, for the page to say."""

    corrected: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Unknown word to the nearest known spellings, which were searched instead."""
    did_you_mean: str | None = None
    """The whole text with the corrections in it, where there are any."""
    also: Sequence[str] = ()
    """Synonyms that were searched as well, readable."""
    dropped: Sequence[str] = ()
    """Words that not every hit has, because too few records have all."""
    complete: int = 0
    """How many of the hits have all words; those come first when sorted by relevance."""


@dataclass(frozen=True, slots=True)
class Match:
    """Why one record was found."""

    words: tuple[str, ...]
    """The words of the record that met the question, readable and each once."""


@dataclass(frozen=True, slots=True)
class Hits:
    """The answer: numbers of records in order, how many there are in all, counts, and what was understood."""

    docs: Sequence[int]
    total: int
    counts: Mapping[str, Mapping[str, int]]
    understood: Understood = field(default_factory=Understood)
    matches: Mapping[int, Match] = field(default_factory=dict)
    """Why each of `docs` was found; empty for lists without words."""
    approximate: bool = False
    """Whether `counts` were scaled up from a sample, because too many records match."""


@dataclass(frozen=True, slots=True)
class Similar:
    """A record that resembles another, and what they share."""

    doc: int
    score: float
    """Between 0 and 1; comparable within one answer only."""
    words: tuple[str, ...]
    topics: tuple[str, ...]
