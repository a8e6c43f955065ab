"""Bodies by chance: right ones, made from the fields themselves, and wrong ones, made by damaging those.

Hypothesis draws the seed only: a body has so many parts that drawing each of them would take a hundred times as long.
"""

from __future__ import annotations

import copy
from datetime import date, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from hubnode.records import vocabulary
from hubnode.records.kinds import KINDS, fields, values
from hubnode.records.kinds.fields import BodyField
from hubnode.records.kinds.schema import BodySchema, FieldVisibility, Group, Rows
from tests.hubnode.records.kinds.examples import EXAMPLES, HUB, OTHER, RECORD

chances = st.integers(0, 2**64 - 1).map(Random)  # chance for tests
"""A source of chance for each example."""
CANARY = "Zaunkönig"
LETTERS = "aäößżあ9 -–„“\u00a0\u00ad"
KEYS = ("01", "01061", "01061024", "010615179", "010615179024")
SAMPLES: dict[type[BodyField], tuple[str, ...]] = {
    values.TimeZone: ("Europe/Berlin", "America/Los_Angeles", "UTC"),
    values.Recurrence: ("FREQ=WEEKLY;COUNT=6", "FREQ=MONTHLY;BYDAY=2TU;COUNT=3"),
    values.Number: ("0", "-1.5", "12.25"),
    values.Url: ("https://a.example", "http://127.0.0.1:5001/x?y=1#z"),
    values.Record: (RECORD, OTHER),
    values.RegionalKey: KEYS,
}
BY_NAME: dict[str, tuple[str, ...]] = {
    "sha256": ("ab" * 32, "0" * 64),
    "type": ("image/png",),
    "name": ("Plan.png",),
    "orcid": ("0000-0002-1825-0097", "0000-0002-1694-233X"),
    "ror": ("04v76ef78",),
    "hub": (HUB,),
    "service_keys": ("99000000000000", "99123456789012"),
    "kdsf_ffk": ("000", "488"),
    "esco": ("http://data.europa.eu/esco/skill/1", "http://data.europa.eu/esco/skill/a-b"),
}


def some(rng: Random, values: Any, most: int) -> list[Any]:
    """One to `most` different values."""
    known = list(values)
    return rng.sample(known, rng.randint(1, min(most, len(known))))


def said(rng: Random, longest: int) -> str:
    """A legal text that carries the canary."""
    return CANARY + "".join(rng.choices(LETTERS, k=rng.randint(0, max(0, min(20, longest - len(CANARY))))))


def day(rng: Random) -> str:
    """A day between 2000 and 2100."""
    return str(date(2000, 1, 1) + timedelta(days=rng.randrange(36_500)))


def of_field(rng: Random, name: str, field: BodyField) -> Any:
    """A right value of one field."""
    match field:
        case fields.Lines():
            return {lang: lines(rng, field.longest, field.most) for lang in some(rng, ("de", "en"), 2)} | {
                "de": lines(rng, field.longest, field.most)
            }
        case fields.Text():
            return {lang: said(rng, field.longest) for lang in ("de", *some(rng, ("en", "nds"), 2))}
        case fields.Line():
            return said(rng, field.longest)
        case fields.PlainLines():
            return lines(rng, field.longest, field.most)
        case fields.Choice():
            return rng.choice(list(field.names))
        case fields.Choices():
            return some(rng, field.names, min(4, field.most))
        case fields.Topics():
            return some(rng, vocabulary.shared().concepts, 5)
        case fields.Whole():
            return rng.choice((field.least, rng.randint(field.least, field.most), field.most))
        case values.Records():
            return some(rng, (RECORD, OTHER), 2)
        case values.RegionalKeys():
            return some(rng, KEYS, 5)
        case values.Days():
            return some(rng, [day(rng) for _ in range(3)], 3)
        case fields.Matching():
            return some(rng, BY_NAME[name], 2)
        case Group():
            return of_schema(rng, field.of)
        case Rows():
            return [of_schema(rng, field.of) for _ in range(rng.randint(1, 2))]
        case FieldVisibility():
            return {}
        case values.Day():
            return day(rng)
        case values.TimeOfDay():
            return "12:30"
        case values.LocalTime():
            return f"{day(rng)}T12:30"
        case _:
            return rng.choice(SAMPLES.get(type(field)) or BY_NAME[name])


def lines(rng: Random, longest: int, most: int) -> list[str]:
    """One to three different lines."""
    return list(dict.fromkeys(said(rng, longest) for _ in range(rng.randint(1, min(3, most)))))


def of_schema(rng: Random, schema: BodySchema) -> dict[str, Any]:
    """An object whose fields are each right; rules across fields may still be broken."""
    return {
        name: of_field(rng, name, field)
        for name, field in schema.body_fields.items()
        if field.required or rng.random() < 0.6
    }


def body(rng: Random, kind: str) -> dict[str, Any]:
    """A body whose fields are each right, with some levels chosen by the author."""
    loader = KINDS[kind].loader
    chosen = {name: rng.choice(bounds) for name, bounds in loader.adjustable.items() if rng.random() < 0.4}
    return of_schema(rng, loader) | {"field_visibility": chosen}


JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 2**53, 1.5, float("nan"), "", " ", "x", "2026-01-01", "\ud800", "\x00", [], {}, ["x", 1], [[]],
    [{}], {"de": 1}, {"de": "a\x00"}, {"de": "x" * 5000}, {"de": "x", "fr": "y"}, {1: 2},
)  # fmt: skip


def damaged(rng: Random, kind: str) -> Any:
    """The example of `kind`, or another right body, after up to three changes anywhere in it."""
    wrong = copy.deepcopy(EXAMPLES[kind]) if rng.random() < 0.5 else body(rng, kind)
    for _ in range(rng.randint(0, 3)):
        _damage(rng, wrong)
    return wrong


def _damage(rng: Random, value: Any) -> None:
    steps = list(value) if isinstance(value, dict) else list(range(len(value)))
    if not steps:
        return
    step = rng.choice(steps)
    if isinstance(value[step], dict | list) and rng.random() < 0.6:
        _damage(rng, value[step])
        return
    what = rng.randrange(3)
    if what == 0:
        value[step] = rng.choice(JUNK)
    elif what == 1:
        del value[step]
    elif isinstance(value, dict):
        value[rng.choice(("de", "unheard_of", "phase", ""))] = rng.choice(JUNK)
    else:
        value.append(rng.choice((*JUNK, value[step])))
