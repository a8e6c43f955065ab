"""The kinds of records: what a project, a person's expertise, an event … consists of, and who may see which part.

The same schema checks what comes from a form, the API, an import and another hub, and the same metadata makes the form.

To add a kind: write one file here with a marshmallow schema (a subclass of `Envelope`, or of `Described` if it has a
title) and a `KIND` that names it and puts its fields into sections; then add one line to `registry.py`. Options go to
`records/data/options.json`. Each field says in its declaration what it is called, who sees it and how it is typed in;
nothing else has to know of the new kind. `tests/hubnode/records/kinds/test_kinds.py` checks what is easily forgotten.

A body is JSON without floats and nulls; what is empty is left out. Texts are language maps ``{"de": "…", "en": "…"}``,
lists of lines are language maps of lists, amounts are cents, dates and local times are ISO 8601, references are the
global addresses of records.
"""

from __future__ import annotations

from hubnode.records.kinds.checks import CheckedBody, Invalid, check
from hubnode.records.kinds.fields import LEVELS, BodyField
from hubnode.records.kinds.kind import Kind, Section
from hubnode.records.kinds.levels import CHOICES, level_of, project
from hubnode.records.kinds.options import Option, name_of, options
from hubnode.records.kinds.reading import LevelText, facets, references, search_text
from hubnode.records.kinds.registry import BY_SLUG, KINDS
from hubnode.records.kinds.schema import BodySchema, levels_between
from hubnode.records.kinds.text import tidy

__all__ = [
    "BY_SLUG",
    "CHOICES",
    "KINDS",
    "LEVELS",
    "BodyField",
    "BodySchema",
    "CheckedBody",
    "Invalid",
    "Kind",
    "LevelText",
    "Option",
    "Section",
    "check",
    "facets",
    "level_of",
    "levels_between",
    "name_of",
    "options",
    "project",
    "references",
    "search_text",
    "tidy",
]
