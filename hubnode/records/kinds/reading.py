"""What other rooms make of a body: the words a search finds, the values a filter counts, the records it names.

All three follow the level of each field, so that nothing is found, counted or followed by someone who may not see it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from hubnode.records import vocabulary
from hubnode.records.kinds import identifiers, levels
from hubnode.records.kinds.fields import LEVELS, BodyField
from hubnode.records.kinds.registry import KINDS
from hubnode.records.kinds.schema import BodySchema, Group, Rows
from hubnode.records.kinds.values import Record, Records

INDEXED = ("public", "network", "hub")


class LevelText(NamedTuple):
    """The words that become findable at exactly `level`: those of title and topics in `head`, all others in `body`."""

    level: str
    head: str
    body: str


def search_text(kind: str, body: Mapping[str, Any], record_level: str) -> tuple[LevelText, ...]:
    """The words of `body` at each of the levels public, network and hub; three entries, in this order."""
    head: dict[str, list[str]] = {level: [] for level in LEVELS}
    rest: dict[str, list[str]] = {level: [] for level in LEVELS}
    for name, field, value, level in _visible(kind, body, record_level):
        place = {"head": head, "body": rest}.get(field.metadata["search"])
        if place is not None:
            place[level].extend(field.texts(value))
        if name == "topics":
            rest[level].extend(_wider_names(value))
    return tuple(LevelText(level, "\n".join(head[level]), "\n".join(rest[level])) for level in INDEXED)


def _visible(kind: str, body: Mapping[str, Any], record_level: str) -> Iterator[tuple[str, BodyField, Any, str]]:
    fields = KINDS[kind].fields
    rules = levels.rules(kind)
    for name, value in body.items():
        level = levels.level_of(kind, body, name, record_level)
        parts = rules[name].parts
        if parts is None:
            yield name, fields[name], value, level
            continue
        for step in LEVELS[LEVELS.index(level) :]:
            yield name, fields[name], _exactly(value, parts, level, step), step


def _exactly(value: Any, parts: Mapping[str, levels.Rule], level: str, step: str) -> Any:
    """What of a group or of rows becomes visible at exactly `step`, when the whole is visible from `level` on."""
    if isinstance(value, list):
        return [_exactly(row, parts, level, step) for row in value]
    rank, lowest = LEVELS.index(step), LEVELS.index(level)
    return {name: part for name, part in value.items() if max(parts[name].usual, lowest) == rank}


def _wider_names(topics: list[str]) -> Iterator[str]:
    wider = dict.fromkeys(above for topic in topics for above in vocabulary.broader(topic))
    return (name for topic in wider for name in vocabulary.concept(topic).names.values())


def facets(kind: str, body: Mapping[str, Any], record_level: str) -> list[tuple[str, str, str]]:
    """The values of `body` that lists can be narrowed by: (facet, value, level), each once."""
    found: dict[tuple[str, str, str], None] = {}
    for name, field in KINDS[kind].fields.items():
        facet = field.metadata["facet"]
        if facet is None or name not in body:
            continue
        level = levels.level_of(kind, body, name, record_level)
        for value in FACET_VALUES.get(facet, _values)(body[name]):
            found[facet, value, level] = None
    return [entry for entry in found if entry[2] in INDEXED]


def _values(value: Any) -> Iterator[str]:
    return iter((value,)) if isinstance(value, str) else iter(value)


def _topics(value: Any) -> Iterator[str]:
    return (vocabulary.current(topic) for topic in value)


def _districts(value: Any) -> Iterator[str]:
    keys = (entry["key"] if isinstance(entry, dict) else entry for entry in value)
    return (district for key in keys if (district := identifiers.district(key)))


FACET_VALUES: dict[str, Callable[[Any], Iterator[str]]] = {"topic": _topics, "geo": _districts}
"""How a facet's values come from the field's value, where they are not the same."""


def references(kind: str, body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The records that `body` names: (field, address), with its group before the field of a group."""
    return list(dict.fromkeys(_references(KINDS[kind].loader, body, "")))


def _references(schema: BodySchema, body: Mapping[str, Any], above: str) -> Iterator[tuple[str, str]]:
    for name, value in body.items():
        field = schema.body_fields[name]
        if isinstance(field, Record):
            yield above + name, value
        elif isinstance(field, Records):
            yield from ((above + name, uri) for uri in value)
        elif isinstance(field, Group):
            yield from _references(field.of, value, f"{above}{name}.")
        elif isinstance(field, Rows):
            for row in value:
                yield from _references(field.of, row, f"{above}{name}.")
