"""What a kind of record is: its names, its schema, the order of its form, and the few things that differ by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel.speaklater import LazyString

from hubnode.records.kinds.fields import BodyField
from hubnode.records.kinds.schema import BodySchema, instance

Body = Mapping[str, Any]
LanguageMap = dict[str, str]
Span = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form and of the page, with its fields in order."""

    id: str
    title: LazyString
    fields: tuple[str, ...]


def titled(body: Body) -> LanguageMap:
    """The title, as most kinds have it."""
    return dict(body.get("title", {}))


def summarised(body: Body) -> LanguageMap:
    """The summary, as most kinds have it."""
    return dict(body.get("summary", {}))


def undated(_body: Body) -> Span:
    """No dates, as most kinds have none."""
    return (None, None)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record; every field of its schema stands in exactly one section."""

    name: str
    slug: str
    label: LazyString
    plural: LazyString
    schema: type[BodySchema]
    sections: tuple[Section, ...]
    named_by: Callable[[Body], LanguageMap] = titled
    named_from: tuple[str, ...] = ("title",)
    """The fields that `named_by` reads."""
    told_by: Callable[[Body], LanguageMap] = summarised
    dated_by: Callable[[Body], Span] = undated
    passes: bool = False
    """Whether its records are over some day: lists then show what is not over yet, unless asked otherwise."""

    def __post_init__(self) -> None:
        placed = [name for section in self.sections for name in section.fields]
        if sorted(placed) != sorted(self.fields):
            odd = sorted(set(placed) ^ set(self.fields)) or "a field stands twice"
            raise TypeError(f"{self.name}: sections and fields differ in {odd}")
        for section in self.sections:
            for name in section.fields:
                self.fields[name].metadata["section"] = section.id

    @property
    def loader(self) -> BodySchema:
        """The schema's one instance."""
        return instance(self.schema)

    @property
    def fields(self) -> Mapping[str, BodyField]:
        """The fields by name, each with its metadata."""
        return instance(self.schema).body_fields

    def headline(self, body: Body) -> LanguageMap:
        """What the record is called, by language; empty if its name may not be seen."""
        return self.named_by(body)

    def summary(self, body: Body) -> LanguageMap:
        """What it is about in a sentence or two, by language; empty if there is none to see."""
        return self.told_by(body)

    def when(self, body: Body) -> Span:
        """When it begins and ends, in UTC; None for what has no dates."""
        return self.dated_by(body)
