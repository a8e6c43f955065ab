"""The one check that a body passes on its way in: from a form, the API, an import or another hub.

`check` is the only maker of a `CheckedBody`; whoever stores a body takes one. A body that is right is recognised by a
short walk over its fields; any other goes through marshmallow, which finds every error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from flask_babel import lazy_gettext as _
from marshmallow import ValidationError

from hubnode.records.kinds import levels, words
from hubnode.records.kinds.kind import Kind
from hubnode.records.kinds.registry import KINDS
from hubnode.records.kinds.schema import RANK
from hubnode.records.kinds.words import Flaw, Problem

UNKNOWN_KIND = Problem("unknown_kind", _("Diese Art von Eintrag kennt dieser Hub nicht."))
MOST_FLAWS = 200
NOT_FOR_US = Problem("level", _("Diese Angabe hätte ihren Hub nicht verlassen dürfen."))


class Invalid(Exception):
    """A body that can't be taken; `errors` and `codes` name each field by its dotted path, in the order of the form.

    At most `MOST_FLAWS` are named. The exception's own text says nothing of the body: it may stand in a log.
    """

    def __init__(self, flaws: Mapping[str, list[Problem]]) -> None:
        codes = sorted({problem.code for problems in flaws.values() for problem in problems})
        super().__init__(f"{len(flaws)} fields are wrong: {', '.join(codes)}")
        self.flaws = flaws

    @property
    def errors(self) -> dict[str, list[str]]:
        """What to tell a person, in the current language, by field: ``{"impact.0.target": ["Geben Sie …"]}``."""
        return {path: [str(problem.words) for problem in problems] for path, problems in self.flaws.items()}

    @property
    def codes(self) -> dict[str, list[str]]:
        """What to tell a program, by field: ``{"impact.0.target": ["form"]}``."""
        return {path: [problem.code for problem in problems] for path, problems in self.flaws.items()}


@dataclass(frozen=True, slots=True)
class CheckedBody:
    """A body that passed `check`, with its canonical bytes; the two say the same."""

    kind: str
    body: dict[str, Any]
    canonical: bytes


def check(
    kind: str, body: object, *, complete: bool = True, received: bool = False, wire: bytes | None = None
) -> CheckedBody:
    """The proof that `body` is a right body of `kind`; raises `Invalid` with everything that is wrong.

    A draft (`complete` false) may lack what is required. What another hub sent (`received`) may lack what it was free
    to keep to itself, and must not hold what it had to. `wire` are the canonical bytes from which `body` was just read,
    when nobody else holds it: then nothing needs to be copied.
    """
    if kind not in KINDS:
        raise Invalid({"": [UNKNOWN_KIND]})
    if type(body) is not dict:
        raise Invalid({"": [words.NOT_AN_OBJECT]})
    known = KINDS[kind]
    needs = _needs(kind, received) if complete else frozenset()
    if not known.loader.certain(body, complete, needs):
        _load(known, body, complete, needs)
    canonical = wire or orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    own = body if wire else orjson.loads(canonical)
    if received:
        _refuse_strangers(kind, own)
    return CheckedBody(kind, own, canonical)


@cache
def _needs(kind: str, received: bool) -> frozenset[str]:
    required = KINDS[kind].loader.required
    if not received:
        return required
    network = RANK["network"]
    return frozenset(name for name in required if levels.rules(kind)[name].narrowest <= network)


def _load(kind: Kind, body: dict[str, Any], complete: bool, needs: frozenset[str]) -> None:
    partial = tuple(kind.loader.required - needs) if complete else True
    try:
        kind.loader.load(body, partial=partial)
    except ValidationError as error:
        raise Invalid(_by_path(kind, words.flaws(error.messages))) from None


def _by_path(kind: Kind, flaws: Iterator[Flaw]) -> dict[str, list[Problem]]:
    order = {name: place for place, name in enumerate(name for section in kind.sections for name in section.fields)}
    found: dict[str, list[Problem]] = {}
    in_order = sorted(flaws, key=lambda flaw: order.get(str(flaw[0][0]), -1) if flaw[0] else -1)
    for path, problem in in_order[:MOST_FLAWS]:
        found.setdefault(".".join(map(str, path)), []).append(problem)
    return found


def _refuse_strangers(kind: str, body: dict[str, Any]) -> None:
    found = list(levels.strangers(kind, body, "network"))
    if found:
        raise Invalid({path: [NOT_FOR_US] for path in found})
