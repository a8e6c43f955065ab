"""The vocabularies and kinds of this version of the node, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from flask_babel import force_locale
from flask_babel.speaklater import LazyString

from hubnode.language import LANGUAGES
from hubnode.records import vocabulary as topics
from hubnode.records.kinds import Kind, filtering
from hubnode.records.kinds.options import names as lists
from hubnode.records.kinds.options import offered

TOPICS = "topics"


@cache
def names() -> Sequence[str]:
    """The topics, and the lists of values that fields take."""
    return (TOPICS, *lists())


def vocabulary(name: str) -> dict[str, Any]:
    """The vocabulary `name`, one of `names`, in both languages."""
    if name == TOPICS:
        return _topics()
    concepts = [{"id": one.value, "name": dict(zip(("de", "en"), one.names, strict=True))} for one in offered(name)]
    return {"name": name, "concepts": concepts}


def _topics() -> dict[str, Any]:
    shared = topics.shared()
    concepts = [
        {"id": one.id, "name": dict(one.names), "broader": one.broader, "replaced_by": one.replaced_by}
        for one in shared.concepts.values()
    ]
    return {"name": TOPICS, "version": str(shared.version), "concepts": concepts}


@cache
def kind(kind: Kind) -> dict[str, Any]:
    """A kind with what its lists can be narrowed by, and its fields."""
    return {
        "kind": kind.name,
        "art": kind.slug,
        "label": _in_languages(kind.label),
        "filters": [
            {"name": name, "values": _values(kind, facet)} for facet, name in filtering.facet_names(kind.name).items()
        ],
        "fields": [
            {
                "name": name,
                "label": _in_languages(field.metadata["label"]),
                "required": field.required,
                "level": field.metadata["level"],
                "values": [option.value for option in field.metadata["options"]],
            }
            for name, field in kind.fields.items()
        ],
    }


def _in_languages(words: LazyString) -> dict[str, str]:
    found = {}
    for language in LANGUAGES:
        with force_locale(language):
            found[language] = str(words)
    return found


def _values(kind: Kind, facet: str) -> list[str]:
    fields = (field for field in kind.fields.values() if field.metadata["facet"] == facet)
    return [option.value for field in fields for option in field.metadata["options"]]
