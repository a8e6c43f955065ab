"""What of a public record is handed out in bulk, to those who copy everything: of a person the function only.

What is harvested is at once in many hands, and no withdrawal of a consent calls it back. So of a person nothing is
handed out that rests on a consent, not even where everybody may see it on the person's page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubnode.feeds.content import PERSON
from hubnode.feeds.text import one_line
from hubnode.records import vocabulary
from hubnode.records.kinds import CHOICES
from hubnode.records.reading import RecordView


def passes(kind: str, field: str) -> bool:
    """Whether a field of `kind` is handed out, where everybody may see it."""
    return field != CHOICES and (kind != "expertise" or field in PERSON)


def fields(view: RecordView) -> dict[str, Any]:
    """The fields of `view`, which must be an anonymous one, that are handed out."""
    return {name: value for name, value in view.fields.items() if passes(view.kind, name)}


def headline(view: RecordView) -> Mapping[str, str]:
    """What the record is called, by language; a person by the function."""
    named: Mapping[str, str] = view.fields.get("function", {}) if view.kind == "expertise" else view.headline
    return {lang: line for lang, text in named.items() if (line := one_line(text))}


def topic_names(topic: str) -> Mapping[str, str]:
    """The names of a topic by language; nothing for one that this node does not know yet."""
    return vocabulary.concept(topic).names if vocabulary.exists(topic) else {}
