"""Linked data: statements, and their two spellings here, Turtle (W3C, 2014) and JSON-LD 1.1.

Every subject has an address of its own; there are no blank nodes, so equal statements give equal bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from hubnode.feeds.text import clean, rfc3339

PREFIXES: Mapping[str, str] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatde": "http://dcat-ap.de/def/dcatde/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_NOT_IN_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_IN_STRING = {ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}
TURTLE, JSON_LD = "text/turtle", "application/ld+json"


@dataclass(frozen=True, slots=True)
class Iri:
    """The address of a thing."""

    value: str

    def __post_init__(self) -> None:
        if _NOT_IN_IRI.search(self.value):
            raise ValueError("an address with signs that none may have")


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, perhaps in a language, or a value of a type, which goes by its short name."""

    value: str
    lang: str = ""
    type: str = ""


Value = Iri | Literal


@dataclass(slots=True)
class Graph:
    """Statements in the order in which they were made, each once."""

    things: dict[str, dict[str, list[Value]]] = field(default_factory=dict)

    def say(self, subject: str, predicate: str, *values: Value) -> None:
        """That `predicate`, by its short name, of the thing at `subject` has these values, too."""
        said = self.things.setdefault(Iri(subject).value, {}).setdefault(predicate, [])
        said.extend(value for value in dict.fromkeys(values) if value not in said)

    def turtle(self) -> bytes:
        """The statements as Turtle, UTF-8."""
        head = "".join(f"@prefix {name}: <{address}> .\n" for name, address in PREFIXES.items())
        return (head + "".join(map(self._block, self.things))).encode()

    def json_ld(self) -> bytes:
        """The statements as JSON-LD, UTF-8, with all that is needed to read them in it."""
        things = [{"@id": subject, **dict(_members(said))} for subject, said in self.things.items()]
        return orjson.dumps({"@context": dict(PREFIXES), "@graph": things})

    def _block(self, subject: str) -> str:
        lines = [f"    {name} {', '.join(map(_spelled, values))}" for name, values in self.things[subject].items()]
        return f"\n<{subject}>\n" + " ;\n".join(lines) + " .\n"


def a(kind: str) -> Iri:
    """The class with this short name, as a value of ``rdf:type``."""
    prefix, _, name = kind.partition(":")
    return Iri(PREFIXES[prefix] + name)


def text(words: str, lang: str = "") -> Literal:
    """A text without what no format may carry."""
    return Literal(clean(words), lang)


def texts(words: Mapping[str, str]) -> list[Literal]:
    """A text in several languages."""
    return [text(said, lang) for lang, said in words.items() if said]


def moment(when: datetime) -> Literal:
    """A point in time."""
    return Literal(rfc3339(when), type="xsd:dateTime")


def _spelled(value: Value) -> str:
    if isinstance(value, Iri):
        return f"<{value.value}>"
    end = f"@{value.lang}" if value.lang else f"^^{value.type}" if value.type else ""
    return f'"{value.value.translate(_IN_STRING)}"{end}'


def _members(said: Mapping[str, list[Value]]) -> Iterator[tuple[str, Any]]:
    for name, values in said.items():
        if name == "rdf:type":
            yield "@type", [value.value for value in values]
        else:
            yield name, [_member(value) for value in values]


def _member(value: Value) -> dict[str, str]:
    if isinstance(value, Iri):
        return {"@id": value.value}
    marks = {"@language": value.lang, "@type": value.type}
    return {"@value": value.value} | {name: mark for name, mark in marks.items() if mark}
