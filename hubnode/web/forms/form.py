"""The form of one record: made from its kind, filled from a body or from what was typed, shown with what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubnode.records import vocabulary
from hubnode.records.kinds import BodyField, Kind, name_of
from hubnode.web import filters
from hubnode.web.forms import parts, rows
from hubnode.web.forms.page import Item, Offered, Page, Typed, Wrong

Errors = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class ShownSection:
    """One section of the form."""

    id: str
    title: str
    items: Sequence[Item]
    translations: Sequence[Item]

    @property
    def translated(self) -> bool:
        """Whether any translation is there or wrong."""
        return any(item.told for item in self.translations)


@dataclass(frozen=True, slots=True)
class ShownForm:
    """A form as the template shows it, with its error summary in the order of the form."""

    sections: Sequence[ShownSection]
    wrong: Sequence[Wrong]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which two versions differ, in the words of the inputs."""

    label: str
    theirs: str
    mine: str


def empty(kind: Kind, given: Mapping[str, Any] | None = None) -> Typed:
    """The inputs of a new record, with what is usual and what is `given` filled in."""
    return filled(kind, {**parts.usual(kind.fields), **(given or {})})


def filled(kind: Kind, body: Mapping[str, Any]) -> Typed:
    """The inputs for a body."""
    typed: dict[str, list[str]] = {}
    for name, words in parts.fill_all(kind.fields, body):
        typed.setdefault(name, []).append(words)
    return typed


def sent(kind: Kind, typed: Typed, remove: str = "") -> Typed:
    """What a browser sent, without empty rows and without the row to `remove`."""
    return rows.compact(kind.fields, rows.without(typed, remove) if remove else typed)


def body(kind: Kind, typed: Typed) -> dict[str, Any]:
    """The body that the inputs mean; what can't be understood stays as typed, for the schema to refuse."""
    return parts.read_all(kind.fields, typed)


def shown(kind: Kind, typed: Typed, offered: Offered, errors: Errors | None = None, added: str = "") -> ShownForm:
    """The form with what is typed, what is wrong with it, and an empty row at `added`."""
    page, fields = Page(typed, errors or {}, offered, added), kind.fields
    sections = []
    for section in kind.sections:
        items, translations = parts.show_all({name: fields[name] for name in section.fields}, page)
        sections.append(ShownSection(section.id, str(section.title), items, translations))
    return ShownForm(sections, [*page.wrong, *page.unclaimed()])


def differences(kind: Kind, theirs: Typed, mine: Typed) -> list[Difference]:
    """The top-level fields in which two states of the inputs differ, in the order of the form."""
    found = []
    for name in (name for section in kind.sections for name in section.fields):
        field = kind.fields[name]
        left, right = _words(name, field, theirs), _words(name, field, mine)
        if left != right:
            found.append(Difference(str(field.metadata["label"]), left, right))
    return found


def _words(name: str, field: BodyField, typed: Typed) -> str:
    """Everything that stands in the inputs of one field, on lines of their own, choices by their names."""
    mine = [key for key in typed if key == name or key.startswith((name + ".", name + "-"))]
    values = [value.replace("\r\n", "\n") for key in mine for value in typed[key] if value.strip()]
    return "\n".join(_said(field, value) for value in values)


def _said(field: BodyField, value: str) -> str:
    if field.metadata["widget"] == "topics" and vocabulary.exists(value):
        return vocabulary.label(value, filters.language())
    return name_of(field, value)
