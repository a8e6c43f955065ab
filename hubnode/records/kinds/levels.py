"""Who sees which part of a body: of the record's level and the field's own, the stricter wins.

`project` is the one function that every reader goes through: pages, feeds, the index, and what is sent to other hubs.
What a level may not see is gone from its result, not emptied or masked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from hubnode.records.kinds.fields import LEVELS
from hubnode.records.kinds.registry import KINDS
from hubnode.records.kinds.schema import RANK, BodySchema, Group, Rows

CHOICES = "field_visibility"
"""The field in which authors choose levels. It travels to other hubs, as far as it speaks of fields that travel: they
must show no more than its author wanted."""


class Rule(NamedTuple):
    """How far one field may be seen, as ranks in `LEVELS`; `parts` are the rules of a group's or row's fields."""

    usual: int
    widest: int
    narrowest: int
    parts: Mapping[str, Rule] | None


@cache
def rules(kind: str) -> Mapping[str, Rule]:
    """The rule of each field of `kind`."""
    return _rules(KINDS[kind].loader)


def _rules(schema: BodySchema) -> dict[str, Rule]:
    found = {}
    for name, field in schema.body_fields.items():
        parts = _rules(field.of) if isinstance(field, (Group, Rows)) else None
        about = field.metadata
        narrowed = parts if parts and any(rule.usual > RANK[about["cap"]] for rule in parts.values()) else None
        found[name] = Rule(RANK[about["level"]], RANK[about["cap"]], RANK[about["floor"]], narrowed)
    return found


def rank(rule: Rule, chosen: object, record_rank: int) -> int:
    """The rank from which a field may be seen: by its rule, what its author chose, and the record's rank."""
    own = rule.usual if chosen is None else RANK.get(chosen, RANK["subject"])  # type: ignore[call-overload]
    return max(record_rank, own, rule.widest)


@cache
def usual_ranks(kind: str, record_rank: int) -> Mapping[str, int]:
    """The rank from which each field may be seen in a record of this rank whose author chose nothing."""
    return {name: rank(rule, None, record_rank) for name, rule in rules(kind).items()}


def level_of(kind: str, body: Mapping[str, Any], field: str, record_level: str) -> str:
    """The widest level that may see `field` ("funding", or with its group "funding.amount_cents")."""
    name, _, part = field.partition(".")
    rule = rules(kind)[name]
    seen_from = rank(rule, body.get(CHOICES, {}).get(name), RANK[record_level])
    for step in part.split("."):
        if rule.parts and step in rule.parts:
            seen_from = max(seen_from, rule.parts[step].usual)
    return LEVELS[seen_from]


def project(kind: str, body: Mapping[str, Any], level: str, record_level: str) -> dict[str, Any]:
    """The part of `body` that a viewer of `level` may see when the whole record has `record_level`; empty if nothing.

    The body given is not changed; the result shares its values and must not be changed either. A field that the kind
    does not have (any more) is seen by nobody.
    """
    limit, record_rank, known = RANK[level], RANK[record_level], rules(kind)
    chosen, usual = body.get(CHOICES, {}), usual_ranks(kind, record_rank)
    seen = {}
    for name, value in body.items():
        if name not in usual:
            continue
        if (rank(known[name], chosen[name], record_rank) if name in chosen else usual[name]) <= limit:
            parts = known[name].parts
            seen[name] = value if parts is None else _without(value, parts, limit)
    if CHOICES in seen:
        seen[CHOICES] = {
            name: wish
            for name, wish in chosen.items()
            if name in known and rank(known[name], wish, record_rank) <= limit
        }
    return seen


def _without(value: Any, parts: Mapping[str, Rule], limit: int) -> Any:
    if isinstance(value, list):
        return [_without(row, parts, limit) for row in value]
    return {name: part for name, part in value.items() if parts[name].usual <= limit}


def strangers(kind: str, body: Mapping[str, Any], level: str) -> Iterator[str]:
    """The fields of `body`, by dotted path, that a viewer of `level` should never have got."""
    if body.keys().isdisjoint(_never_certain(kind, RANK[level])):
        return
    allowed = project(kind, body, level, "public")
    for name, value in body.items():
        if name not in allowed:
            yield name
        elif allowed[name] is not value and allowed[name] != value:
            yield from _strange_parts(name, value, allowed[name])


@cache
def _never_certain(kind: str, limit: int) -> frozenset[str]:
    """The fields that need a closer look before one may say that `limit` sees all of them."""
    closer = (name for name, rule in rules(kind).items() if rule.parts is not None or rule.usual > limit)
    return frozenset({CHOICES, *closer})


def _strange_parts(name: str, value: Any, allowed: Any) -> Iterator[str]:
    if isinstance(value, list):
        for place, (row, kept) in enumerate(zip(value, allowed, strict=True)):
            yield from _strange_parts(f"{name}.{place}", row, kept)
        return
    yield from (f"{name}.{part}" for part in value if part not in allowed)
