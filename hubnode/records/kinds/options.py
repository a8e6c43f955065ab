"""The values a choice offers, with their German and English names, from `records/data`."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from flask_babel import get_locale, gettext
from flask_babel.speaklater import LazyString
from marshmallow import fields


class Option(NamedTuple):
    """One value of a choice; `label` reads in the current language, `names` holds German and English."""

    value: str
    label: LazyString
    names: tuple[str, str]


def option(value: str, de: str, en: str) -> Option:
    """An option whose label follows the reader's language; a third language comes from the gettext catalogue."""
    return Option(value, LazyString(_name, de, en), (de, en))


def _name(de: str, en: str) -> str:
    locale = get_locale()
    if locale is None or locale.language == "de":
        return de
    return en if locale.language == "en" else str(gettext(de))


@cache
def offered(name: str) -> tuple[Option, ...]:
    """The options of the list `name`; "licence:content" and "licence:software" are the SPDX lists."""
    source, _, part = name.partition(":")
    lists = _read("licences.json") if source == "licence" else _read("options.json")
    return tuple(option(*entry) for entry in lists[part or source])


def names() -> tuple[str, ...]:
    """The lists that there are, except those of licences."""
    return tuple(_read("options.json"))


@cache
def _read(file: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(files("hubnode.records").joinpath(f"data/{file}").read_text("utf-8"))
    return document


def options(field: fields.Field[Any]) -> tuple[Option, ...]:
    """What a form offers for `field`; empty where anything may be typed."""
    chosen: tuple[Option, ...] = field.metadata.get("options", ())
    return chosen


def name_of(field: fields.Field[Any], value: str) -> str:
    """How pages say `value`, a value of the choice `field`, in the current language; the value itself if unknown."""
    return next((str(option.label) for option in options(field) if option.value == value), value)
