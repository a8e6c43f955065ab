"""Rows that a person adds and takes away without any script: each press of a button is one showing of the form."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hubnode.records.kinds.fields import BodyField
from hubnode.web.forms.page import Typed

REPEATED = ("rows", "records", "attachments")
"""Widgets whose inputs are numbered."""


def compact(fields: Mapping[str, BodyField], typed: Typed, prefix: str = "") -> Typed:
    """The same inputs without empty rows, the others numbered from 0: so errors and inputs count alike."""
    for name, field in fields.items():
        path, widget = prefix + name, field.metadata["widget"]
        if widget == "group":
            typed = compact(field.metadata["fields"], typed, path + ".")
        elif widget in REPEATED:
            typed = _renumbered(typed, path, [number for number in numbers(typed, path) if _told(typed, path, number)])
            if widget == "rows":
                for number in numbers(typed, path):
                    typed = compact(field.metadata["fields"], typed, f"{path}.{number}.")
    return typed


def without(typed: Typed, row: str) -> Typed:
    """The inputs without those of `row`, such as ``impact.2``; call `compact` after it."""
    return {name: values for name, values in typed.items() if not _belongs(name, row)}


def numbers(typed: Typed, path: str) -> list[int]:
    """The numbers of the rows at `path`, in order."""
    pattern = re.compile(re.escape(path) + r"\.([0-9]{1,4})(?:[.-].*)?")
    return sorted({int(found[1]) for name in typed if (found := pattern.fullmatch(name))})


def _told(typed: Typed, path: str, number: int) -> bool:
    return any(
        value.strip() for name, values in typed.items() if _belongs(name, f"{path}.{number}") for value in values
    )


def _renumbered(typed: Typed, path: str, kept: list[int]) -> Typed:
    places = {number: place for place, number in enumerate(kept)}
    pattern = re.compile(f"({re.escape(path)}\\.)([0-9]{{1,4}})((?:[.-].*)?)")
    result = {}
    for name, values in typed.items():
        found = pattern.fullmatch(name)
        if found is None:
            result[name] = values
        elif int(found[2]) in places:
            result[f"{found[1]}{places[int(found[2])]}{found[3]}"] = values
    return result


def _belongs(name: str, row: str) -> bool:
    return name == row or name.startswith((row + ".", row + "-"))
