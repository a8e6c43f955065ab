"""The API's reading of an address: everything in it must mean something, and what does not is named (RFC 9457)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from flask import request
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from hubnode.records import vocabulary
from hubnode.records.kinds import BY_SLUG, KINDS, filtering
from hubnode.records.kinds.filtering import facet_names
from hubnode.web.asking import (
    MAX_PAGE,
    MAX_TEXT,
    MAX_VALUES,
    SORTS,
    TIMES,
    is_page,
    passes,
    readable,
    sorts,
)
from hubnode.web.context import network_hubs

ONCE = ("q", "sort", "seite", "zeit")
UNKNOWN = _l("Diesen Parameter gibt es nicht.")
FOR_ONE_KIND = _l("Dieser Filter gilt für eine Art; nennen Sie genau eine mit „art“.")
TOO_LONG = _l("Die Frage darf höchstens %(n)s Zeichen haben.", n=MAX_TEXT)
TOO_MANY = _l("Höchstens %(n)s Werte.", n=MAX_VALUES)
ONLY_ONCE = _l("Diesen Parameter gibt es nur einmal.")
NO_PAGE = _l("Eine Seite ist eine ganze Zahl von 1 bis %(n)s.", n=MAX_PAGE)
NO_VALUE = _l("Diesen Wert gibt es hier nicht.")
NO_SIGNS = _l("Steuerzeichen gehören nicht in eine Frage.")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that is wrong with an address."""

    parameter: str
    value: str
    words: LazyString


class Unclear(Exception):
    """The address asks for something that does not exist; `refusals` names all of it."""

    def __init__(self, refusals: list[Refusal]) -> None:
        super().__init__(", ".join(refusal.parameter for refusal in refusals))
        self.refusals = refusals


Check = Callable[[str, str], LazyString | None]
"""Says what is wrong with a value of a parameter, given the kind asked for."""
NO_OTHERS: Mapping[str, Check | None] = {}


def kind_asked(others: Mapping[str, Check | None] = NO_OTHERS) -> str:
    """The kind whose filters apply: the only one asked for, or empty. Raises `Unclear` for an address with a flaw.

    `others` are parameters of a door of its own, each to be given once; with None one that it does not have.
    """
    chosen = request.args.getlist("art")
    kind = BY_SLUG[chosen[0]].name if len(chosen) == 1 and chosen[0] in BY_SLUG else ""
    if refusals := [refusal for name in request.args for refusal in _refusals(name, kind, others)]:
        raise Unclear(refusals)
    return kind


def _refusals(name: str, kind: str, others: Mapping[str, Check | None]) -> Iterator[Refusal]:
    values, accepts = request.args.getlist(name), {**_accepted(kind), **others}.get(name)
    if name == "zeit" and not passes(kind):
        accepts = None
    if accepts is None:
        yield Refusal(name, values[0], FOR_ONE_KIND if name in _all_filters() else UNKNOWN)
    elif (name in ONCE or name in others) and len(values) > 1:
        yield Refusal(name, values[1], ONLY_ONCE)
    elif len(values) > MAX_VALUES:
        yield Refusal(name, values[MAX_VALUES], TOO_MANY)
    else:
        wrong = ((value, accepts(value, kind)) for value in values)
        yield from (Refusal(name, value, words) for value, words in wrong if words is not None)


@cache
def _accepted(kind: str) -> Mapping[str, Check]:
    """By parameter: what is wrong with a value of it."""
    return {
        "q": _question,
        "art": lambda value, _kind: None if value in BY_SLUG else NO_VALUE,
        "hub": lambda value, _kind: None if value in {hub.host for hub in network_hubs()} else NO_VALUE,
        "thema": lambda value, _kind: None if vocabulary.exists(value) else NO_VALUE,
        "sort": _sort,
        "seite": lambda value, _kind: None if is_page(value) and int(value) <= MAX_PAGE else NO_PAGE,
        "zeit": lambda value, _kind: None if value in TIMES else NO_VALUE,
        **{name: _options(kind, facet) for facet, name in facet_names(kind).items()},
    }


@cache
def _all_filters() -> frozenset[str]:
    return frozenset(name for kind in KINDS for name in facet_names(kind).values()) | {"zeit"}


def _question(value: str, _kind: str) -> LazyString | None:
    if len(value) > MAX_TEXT:
        return TOO_LONG
    return None if readable(value) == value.strip() else NO_SIGNS


def _sort(value: str, kind: str) -> LazyString | None:
    return None if value in SORTS and value in sorts(kind, bool(request.args.get("q", "").strip())) else NO_VALUE


def _options(kind: str, facet: str) -> Check:
    return lambda value, _kind: None if filtering.knows(kind, facet, value) else NO_VALUE
