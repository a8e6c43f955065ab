"""Fields inside fields: groups, rows, and the table of all widgets by which each of them is read, filled and shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from hubnode.records import file_types
from hubnode.records.kinds.fields import BodyField
from hubnode.records.kinds.schema import BodySchema
from hubnode.web.forms import spelling
from hubnode.web.forms.page import Choice, Item, Page, Typed, first
from hubnode.web.forms.rows import numbers
from hubnode.web.forms.widgets import (
    Checkboxes,
    Day,
    Days,
    Hidden,
    Hub,
    Input,
    Line,
    Lines,
    Moment,
    Radio,
    Reference,
    References,
    Select,
    Spelled,
    Topics,
    Widget,
    YesNo,
    framed,
)  # fmt: skip

LEVELS: dict[str, LazyString] = {
    "public": _l("Öffentlich"),
    "network": _l("Im Verbund"),
    "hub": _l("Nur unser Hub"),
    "subject": _l("Nur die Person"),
}
Fields = Mapping[str, BodyField]


class Group(Widget):
    """Fields that belong together."""

    def read(self, field: BodyField, typed: Typed, path: str) -> Any:
        """The fields that are filled, as one object; None if none is."""
        return read_all(field.metadata["fields"], typed, path + ".") or None

    def fill(self, field: BodyField, value: Any, path: str) -> Iterator[Input]:
        """The inputs of all its fields."""
        return fill_all(field.metadata["fields"], value, path + ".")

    def show(self, field: BodyField, page: Page, path: str) -> Item:
        """The fields under one heading."""
        whole = framed(self.name, field, page, path, below=False)
        with page.within(whole.label):
            items, translations = show_all(field.metadata["fields"], page, path + ".")
        return replace(whole, below=items, translations=translations)


class Rows(Widget):
    """Several rows of the same fields."""

    def read(self, field: BodyField, typed: Typed, path: str) -> Any:
        """The rows, which `rows.compact` has numbered from 0."""
        below = field.metadata["fields"]
        return [read_all(below, typed, f"{path}.{number}.") for number in numbers(typed, path)] or None

    def fill(self, field: BodyField, value: Any, path: str) -> Iterator[Input]:
        """The inputs of all rows."""
        for number, row in enumerate(value):
            yield from fill_all(field.metadata["fields"], row, f"{path}.{number}.")

    def show(self, field: BodyField, page: Page, path: str) -> Item:
        """The rows that are typed, and an empty one where one is needed or asked for."""
        whole = framed(self.name, field, page, path, below=False)
        shown = max(len(numbers(page.typed, path)) + (page.added == path), 1 if field.required else 0)
        fresh = shown - 1 if page.added == path else None
        return replace(whole, below=[self._row(whole, field, page, n, fresh=n == fresh) for n in range(shown)])

    @staticmethod
    def _row(whole: Item, field: BodyField, page: Page, number: int, *, fresh: bool) -> Item:
        place, label = f"{whole.path}.{number}", str(_l("Eintrag %(number)s", number=number + 1))
        with page.within(whole.label), page.within(label):
            items, translations = show_all(field.metadata["fields"], page, place + ".")
        return Item(path=place, widget="group", label=label, below=items, translations=translations, fresh=fresh)


class Attachments(Rows):
    """The files of a record: what people say about each, and which one it is in inputs that only travel along."""

    def show(self, field: BodyField, page: Page, path: str) -> Item:
        """The files that are there; a new one comes by its own button."""
        whole = framed(self.name, field, page, path, below=False)
        return replace(whole, below=[self._file(whole, field, page, n) for n in range(len(numbers(page.typed, path)))])

    @staticmethod
    def _file(whole: Item, field: BodyField, page: Page, number: int) -> Item:
        place, label = f"{whole.path}.{number}", str(_l("Datei %(number)s", number=number + 1))
        fields = dict(field.metadata["fields"])
        if not file_types.is_picture(page.text(f"{place}.type")):
            del fields["alt"]
        with page.within(whole.label), page.within(label):
            items, translations = show_all(fields, page, place + ".")
            error = page.claim(place, label)
        parts = {item.path.rpartition(".")[2]: item.value for item in items if item.widget == "hidden"}
        wrong = " ".join(filter(None, (error, *(item.error for item in items if item.widget == "hidden"))))
        told = [
            replace(item, optional=item.optional and not item.path.startswith(place + ".alt."))
            for item in items
            if item.widget != "hidden"
        ]
        return Item(
            path=place,
            widget="attachment",
            label=label,
            error=wrong,
            parts=parts,
            below=told,
            translations=translations,
        )


class Levels(Widget):
    """Who may see which field, where that can be chosen."""

    def read(self, field: BodyField, typed: Typed, path: str) -> Any:
        """The levels that were chosen, by field; what is left as usual is not in it."""
        start = len(path) + 1
        chosen = {name[start:]: first(typed, name) for name in typed if name.startswith(path + ".")}
        return {name: level for name, level in chosen.items() if level} or None

    def fill(self, field: BodyField, value: Any, path: str) -> Iterator[Input]:
        """One input for each field that is not as usual."""
        for name, level in value.items():
            yield f"{path}.{name}", str(level)

    def show(self, field: BodyField, page: Page, path: str) -> Item:
        """One choice for each field whose audience may be chosen."""
        schema = field.parent
        if not isinstance(schema, BodySchema):
            raise TypeError("levels belong to the fields of a body")
        whole = framed(self.name, field, page, path, below=False)
        with page.within(whole.label):
            items = [
                self._one(schema.body_fields[name], page, f"{path}.{name}", bounds)
                for name, bounds in schema.adjustable.items()
            ]
        return replace(whole, below=items)

    @staticmethod
    def _one(of: BodyField, page: Page, path: str, bounds: tuple[str, ...]) -> Item:
        label, usual = str(of.metadata["label"]), str(LEVELS[of.metadata["level"]])
        choices = [Choice("", str(_l("Wie üblich: %(level)s", level=usual)))]
        choices += [Choice(level, str(LEVELS[level])) for level in bounds]
        value, error = page.text(path), page.claim(path, label)
        return Item(path=path, widget="select", label=label, error=error, value=value, choices=choices)


WIDGETS: Mapping[str, Widget] = {
    "text": Line("text"),
    "textarea": Line("textarea"),
    "lines": Lines("textarea"),
    "days": Days("textarea"),
    "select": Select("select"),
    "radio": Radio("radio"),
    "bool": YesNo("select"),
    "checkboxes": Checkboxes("checkboxes"),
    "topics": Topics("topics"),
    "integer": Spelled("number", spelling.whole),
    "decimal": Spelled("number", spelling.decimal, spelling.decimal_typed),
    "money": Spelled("money", spelling.cents, spelling.cents_typed),
    "date": Day("date"),
    "datetime": Moment("date"),
    "clock": Spelled("text", spelling.clock),
    "url": Spelled("url", str.strip),
    "record": Reference("record"),
    "records": References("records"),
    "hub": Hub("record"),
    "hidden": Hidden("hidden"),
    "group": Group("group"),
    "rows": Rows("rows"),
    "attachments": Attachments("attachments"),
    "levels": Levels("levels"),
}
"""Every widget that a schema may name."""


def read_all(fields: Fields, typed: Typed, prefix: str = "") -> dict[str, Any]:
    """What is typed, as a body; what is empty is not in it."""
    found = {name: _widget(field).read(field, typed, prefix + name) for name, field in fields.items()}
    return {name: value for name, value in found.items() if value is not None}


def fill_all(fields: Fields, body: Mapping[str, Any], prefix: str = "") -> Iterator[Input]:
    """What stands in the inputs for `body`."""
    for name, value in body.items():
        yield from _widget(fields[name]).fill(fields[name], value, prefix + name)


def show_all(fields: Fields, page: Page, prefix: str = "") -> tuple[list[Item], list[Item]]:
    """The fields as templates show them, and what of them there is to translate."""
    items, translations = [], []
    for name, field in fields.items():
        widget = _widget(field)
        items.append(widget.show(field, page, prefix + name))
        translations += widget.translations(field, page, prefix + name)
    return items, translations


def usual(fields: Fields) -> dict[str, Any]:
    """What a new form has filled in already."""
    found = {}
    for name, field in fields.items():
        below = field.metadata["fields"] if field.metadata["widget"] == "group" else {}
        value = usual(below) if below else field.metadata.get("default")
        if value:
            found[name] = value
    return found


def _widget(field: BodyField) -> Widget:
    return WIDGETS[field.metadata["widget"]]
