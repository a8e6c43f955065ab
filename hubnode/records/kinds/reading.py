"""What other rooms make of a body: the words a search finds, the values a filter counts, the records it names.

All three follow the level of each field, so that nothing is found, counted or followed by someone who may not see it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from hubnode.records import vocabulary
from hubnode.records.kinds import identifiers, levels
from hubnode.records.kinds.fields import LEVELS, BodyField, Topics, topic_names
from hubnode.records.kinds.registry import KINDS
from hubnode.records.kinds.schema import RANK, BodySchema, Group, Rows
from hubnode.records.kinds.values import Record, Records

INDEXED = ("public", "network", "hub")


class LevelText(NamedTuple):
    """The words that become findable at exactly `level`: those of title and topics in `head`, all others in `body`."""

    level: str
    head: str
    body: str


def search_text(kind: str, body: Mapping[str, Any], record_level: str) -> tuple[LevelText, ...]:
    """The words of `body` at each of the levels public, network and hub; three entries, in this order."""
    head: list[list[str]] = [[] for _ in LEVELS]
    rest: list[list[str]] = [[] for _ in LEVELS]
    chosen, record_rank = body.get(levels.CHOICES, {}), RANK[record_level]
    usual = levels.usual_ranks(kind, record_rank)
    for name, field, rule, titles, topics in _searched(kind):
        if name not in body:
            continue
        rank = levels.rank(rule, chosen[name], record_rank) if name in chosen else usual[name]
        place = head if titles else rest
        if rule.parts is None:
            place[rank].extend(field.texts(body[name]))
        else:
            for step, value in _by_step(body[name], rule.parts, rank):
                place[step].extend(field.texts(value))
        if topics:
            rest[rank].extend(text for topic in body[name] for text in _wider_names(topic))
    return tuple(LevelText(level, "\n".join(head[rank]), "\n".join(rest[rank])) for rank, level in enumerate(INDEXED))


@cache
def _searched(kind: str) -> tuple[tuple[str, BodyField, levels.Rule, bool, bool], ...]:
    """The fields that a search reads: with their rule, whether they name the record, and whether they are topics."""
    rules = levels.rules(kind)
    return tuple(
        (name, field, rules[name], field.metadata["search"] == "head", isinstance(field, Topics))
        for name, field in KINDS[kind].fields.items()
        if field.metadata["search"]
    )


def _by_step(value: Any, parts: Mapping[str, levels.Rule], rank: int) -> Iterator[tuple[int, Any]]:
    """The value, taken apart by the rank at which each of its parts becomes visible."""
    for step in range(rank, len(LEVELS)):
        yield step, _exactly(value, parts, rank, step)


def _exactly(value: Any, parts: Mapping[str, levels.Rule], rank: int, step: int) -> Any:
    if isinstance(value, list):
        return [_exactly(row, parts, rank, step) for row in value]
    return {name: part for name, part in value.items() if name in parts and max(parts[name].usual, rank) == step}


@cache
def _wider_names(topic: str) -> tuple[str, ...]:
    wider = vocabulary.broader(topic)
    return tuple(name for above in wider for name in topic_names(above))


def facets(kind: str, body: Mapping[str, Any], record_level: str) -> list[tuple[str, str, str]]:
    """The values of `body` that lists can be narrowed by: (facet, value, level), each once."""
    found: dict[tuple[str, str, str], None] = {}
    chosen, record_rank = body.get(levels.CHOICES, {}), RANK[record_level]
    usual = levels.usual_ranks(kind, record_rank)
    for name, facet, rule, values in _faceted(kind):
        if name in body:
            rank = levels.rank(rule, chosen[name], record_rank) if name in chosen else usual[name]
            for value in values(body[name]):
                found[facet, value, LEVELS[rank]] = None
    return [entry for entry in found if entry[2] in INDEXED]


@cache
def _faceted(kind: str) -> tuple[tuple[str, str, levels.Rule, Callable[[Any], Iterator[str]]], ...]:
    rules, fields = levels.rules(kind), KINDS[kind].fields
    return tuple(
        (name, facet, rules[name], FACET_VALUES.get(facet, _values))
        for name, field in fields.items()
        if (facet := field.metadata["facet"])
    )


def _values(value: Any) -> Iterator[str]:
    return iter((value,)) if isinstance(value, str) else iter(value)


def _topics(value: Any) -> Iterator[str]:
    return (vocabulary.current(topic) for topic in value)


def _districts(value: Any) -> Iterator[str]:
    keys = (entry.get("key", "") if isinstance(entry, dict) else entry for entry in value)
    return (district for key in keys if (district := identifiers.district(key)))


FACET_VALUES: dict[str, Callable[[Any], Iterator[str]]] = {"topic": _topics, "geo": _districts}
"""How a facet's values come from the field's value, where they are not the same."""


def references(kind: str, body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The records that `body` names: (field, address), with its group before the field of a group."""
    return list(dict.fromkeys(_references(KINDS[kind].loader, body, "")))


def _references(schema: BodySchema, body: Mapping[str, Any], above: str) -> Iterator[tuple[str, str]]:
    for name, field in _naming(schema):
        value = body.get(name)
        if value is None:
            continue
        if isinstance(field, Record):
            yield above + name, value
        elif isinstance(field, Records):
            yield from ((above + name, uri) for uri in value)
        elif isinstance(field, Group):
            yield from _references(field.of, value, f"{above}{name}.")
        elif isinstance(field, Rows):
            for row in value:
                yield from _references(field.of, row, f"{above}{name}.")


@cache
def _naming(schema: BodySchema) -> tuple[tuple[str, BodyField], ...]:
    """The fields of a schema that name records, or have parts that do."""
    return tuple((name, field) for name, field in schema.body_fields.items() if _names(field))


def _names(field: BodyField) -> bool:
    return isinstance(field, (Record, Records)) or (isinstance(field, (Group, Rows)) and bool(_naming(field.of)))
