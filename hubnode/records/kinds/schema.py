"""What the schemas of all kinds have in common: strictness, rules across fields, groups and rows of fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from marshmallow import RAISE, Schema, ValidationError, validates_schema

from hubnode.records.kinds import words
from hubnode.records.kinds.fields import LEVELS, BodyField
from hubnode.records.kinds.words import Flaw, Problem, refused

RANK = {level: rank for rank, level in enumerate(LEVELS)}


class BodySchema(Schema):
    """The fields of a body, or of a part of one: unknown fields are refused, values stay as they are in JSON."""

    class Meta:
        """Accept one spelling: what no field names is an error."""

        unknown = RAISE

    error_messages = {"unknown": words.UNKNOWN, "type": words.NOT_AN_OBJECT}  # type: ignore[dict-item]  # noqa: RUF012

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.inspectors = {name: field.inspect for name, field in self.body_fields.items()}
        self.adjustable = {
            name: choice for name, field in self.body_fields.items() if len(choice := levels_between(field)) > 1
        }

    @property
    def body_fields(self) -> Mapping[str, BodyField]:
        """The fields by name, as what they are."""
        return self.fields  # type: ignore[return-value]  # every field of a body is a BodyField: tests/…/test_kinds.py

    def rules(self, _body: Mapping[str, Any]) -> Iterator[Flaw]:
        """What is wrong between fields that are each right by themselves."""
        return iter(())

    def demands(self, _body: Mapping[str, Any]) -> Iterator[Flaw]:
        """What is missing because of another field's value; only asked of what is to be published."""
        return iter(())

    def _between(self, body: Mapping[str, Any], complete: bool) -> Iterator[Flaw]:
        return chain(self.rules(body), self.demands(body)) if complete else self.rules(body)

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _across_fields(self, data: Mapping[str, Any], original: Any, **options: Any) -> None:
        found = self._between(data, options.get("partial") is not True)
        # A field that is there but wrong has its own error already; do not also call it missing.
        tree = words.nested(flaw for flaw in found if flaw[0][0] in data or flaw[0][0] not in original)
        if tree:
            raise ValidationError(tree)

    def certain(self, body: object, complete: bool, required: frozenset[str]) -> bool:
        """Say true only if `load` accepts `body`: the quick way to a yes; no means "ask `load`"."""
        if type(body) is not dict or not required <= body.keys():
            return False
        inspectors = self.inspectors
        try:
            for name, value in body.items():
                inspectors[name](value, complete)
        except (KeyError, ValidationError):
            return False
        return next(self._between(body, complete), None) is None

    @property
    def required(self) -> frozenset[str]:
        """The fields that a complete body has."""
        return frozenset(name for name, field in self.fields.items() if field.required)


def levels_between(field: BodyField) -> tuple[str, ...]:
    """The levels an author may choose for `field`, widest first; one level means there is no choice."""
    return LEVELS[RANK[field.metadata["cap"]] : RANK[field.metadata["floor"]] + 1]


@cache
def instance(schema: type[BodySchema]) -> BodySchema:
    """The one instance of `schema`: building one costs more than a check."""
    return schema()


class Group(BodyField):
    """Fields that belong together, as one object; ``fields`` in the metadata are its fields."""

    widget = "group"

    def __init__(self, label: LazyString, of: type[BodySchema], **more: Any) -> None:
        super().__init__(label, fields=dict(instance(of).body_fields), **more)
        self.of = instance(of)
        self.complete_needs = self.of.required

    def inspect(self, value: object, complete: bool) -> None:
        """The object must be right in itself."""
        if not self.of.certain(value, complete, self.complete_needs if complete else frozenset()):
            self.of.load(value, partial=None if complete else True)  # type: ignore[arg-type]  # load refuses other types

    def texts(self, value: Any) -> Iterator[str]:
        """The texts of its fields."""
        return group_texts(self.of, value)


class Rows(BodyField):
    """A list of objects with the same fields; ``fields`` in the metadata are theirs."""

    widget = "rows"

    def __init__(self, label: LazyString, of: type[BodySchema], *, least: int = 1, most: int, **more: Any) -> None:
        super().__init__(label, fields=dict(instance(of).body_fields), least=least, most=most, **more)
        self.of, self.least, self.most = instance(of), least, most
        self.complete_needs = self.of.required

    def inspect(self, value: object, complete: bool) -> None:
        """As many rows as allowed, each right in itself."""
        if type(value) is not list:
            raise refused(words.NOT_A_LIST)
        if len(value) > self.most:
            raise refused(words.too_many(self.most))
        if len(value) < self.least and complete:
            raise refused(self.missing if not value and self.required else words.too_few(self.least))
        needs = self.complete_needs if complete else frozenset()
        if not all(self.of.certain(row, complete, needs) for row in value):
            self._refuse(value, complete)

    def _refuse(self, rows: list[Any], complete: bool) -> None:
        errors: dict[int, Any] = {}
        for place, row in enumerate(rows):
            try:
                self.of.load(row, partial=None if complete else True)
            except ValidationError as error:
                errors[place] = error.messages
        if errors:
            raise ValidationError(errors)

    def texts(self, value: Any) -> Iterator[str]:
        """The texts of all rows."""
        return (found for row in value for found in group_texts(self.of, row))


def group_texts(schema: BodySchema, group: Mapping[str, Any]) -> Iterator[str]:
    """The texts in those fields of `group` that a search should find."""
    for name, field in schema.body_fields.items():
        if name in group and field.metadata["search"]:
            yield from field.texts(group[name])


NOT_ADJUSTABLE = Problem("level", _("Die Sichtbarkeit dieses Feldes ist festgelegt."))
TOO_WIDE = Problem(
    "level", _("So weit oder so eng lässt sich dieses Feld nicht einstellen. Wählen Sie einen der angebotenen Werte.")
)


class FieldVisibility(BodyField):
    """Who may see which field, where the author wants it otherwise than usual: ``{"display_name": "public"}``."""

    widget = "levels"

    def inspect(self, value: object, complete: bool) -> None:  # noqa: ARG002  # a draft is no exception
        """Only adjustable fields, each within its bounds."""
        if type(value) is not dict:
            raise refused(words.NOT_AN_OBJECT)
        bounds = self.parent.adjustable  # type: ignore[union-attr]  # a body's field always has a BodySchema above it
        for name, level in value.items():
            if level not in bounds.get(name, ()):
                raise ValidationError(words.nested(self._flaws(value, bounds)))

    @staticmethod
    def _flaws(value: dict[Any, Any], bounds: Mapping[str, tuple[str, ...]]) -> Iterator[Flaw]:
        for name, level in value.items():
            if name not in bounds:
                yield (str(name),), NOT_ADJUSTABLE
            elif level not in bounds[name]:
                yield (name,), TOO_WIDE
