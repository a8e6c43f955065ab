"""The schema (XSD) of the own format, made from the kinds: a new field of a kind is in it without anybody's doing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from lxml import etree

from hubnode.feeds import bulk
from hubnode.records.kinds import KINDS, BodyField
from hubnode.records.kinds.fields import Choice, Choices, Lines, Listed, PlainLines, Text, Whole
from hubnode.records.kinds.schema import Group, Rows
from hubnode.records.kinds.values import Day, LocalTime, Number, Record, Records, Url

NAMESPACE = "urn:x-hubnode:record:1"
"""The same at every hub; a change that readers must know of gets another number."""
XS = "http://www.w3.org/2001/XMLSchema"
XML = "http://www.w3.org/XML/1998/namespace"
SIMPLE: Mapping[type[BodyField], str] = {
    Whole: "xs:integer", Day: "xs:date", LocalTime: "r:localTime", Number: "xs:decimal", Url: "xs:anyURI",
    Record: "xs:anyURI", Records: "xs:anyURI",
}  # fmt: skip
"""Types of values that are no texts; the first that fits counts."""
LOCAL_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d"


def passing(kind: str) -> dict[str, BodyField]:
    """The fields of `kind` that everybody may be allowed to see and that are handed out, in their order."""
    fields = KINDS[kind].fields.items()
    return {name: one for name, one in fields if one.metadata["cap"] == "public" and bulk.passes(kind, name)}


def open_parts(field: BodyField) -> dict[str, BodyField]:
    """The parts of a group, or of each row, that everybody may be allowed to see."""
    parts: Mapping[str, BodyField] = field.metadata["fields"]
    return {name: one for name, one in parts.items() if one.metadata["cap"] == "public"}


@cache
def schema() -> bytes:
    """The schema document; equal as long as the kinds are."""
    root = etree.Element(_xs("schema"), nsmap={"xs": XS, "r": NAMESPACE})
    root.set("targetNamespace", NAMESPACE)
    root.set("elementFormDefault", "qualified")
    _node(root, "import", namespace=XML, schemaLocation="http://www.w3.org/2001/xml.xsd")
    _said(root)
    _pattern(root, "localTime", LOCAL_TIME)
    _record(root)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _record(root: etree._Element) -> None:
    """The element that stands in ``metadata``: where the record comes from, and its fields under its kind."""
    whole = _node(_node(root, "element", name="record"), "complexType")
    parts = _node(whole, "sequence")
    hub = _node(_node(_node(parts, "element", name="hub"), "complexType"), "simpleContent")
    _node(_node(hub, "extension", base="xs:string"), "attribute", name="origin", type="xs:anyURI", use="required")
    kinds = _node(parts, "choice")
    for kind in KINDS.values():
        element = _node(kinds, "element", name=kind.name)
        _explain(element, str(kind.label))
        _fields(element, passing(kind.name))
    for name, type_ in ATTRIBUTES:
        _node(whole, "attribute", name=name, type=type_, use="required")


ATTRIBUTES = (
    ("id", "xs:anyURI"), ("revision", "xs:integer"), ("published", "xs:dateTime"), ("updated", "xs:dateTime"),
    ("page", "xs:anyURI"), ("home", "xs:anyURI"),
)  # fmt: skip
"""What is said of every record, as attributes of the outermost element."""


def _fields(element: etree._Element, fields: Mapping[str, BodyField]) -> None:
    """Let `element` have these fields, in order, each as often as it has values or languages."""
    sequence = _node(_node(element, "complexType"), "sequence")
    for name, field in fields.items():
        many = isinstance(field, Text | Listed | Rows | PlainLines)
        one = _node(sequence, "element", name=name, minOccurs="0", maxOccurs="unbounded" if many else "1")
        _explain(one, str(field.metadata["label"]))
        if isinstance(field, Group | Rows):
            _fields(one, open_parts(field))
        elif isinstance(field, Text | Lines):
            one.set("type", "r:said")
        elif isinstance(field, Choice | Choices):
            _options(one, field)
        else:
            one.set("type", next((type_ for known, type_ in SIMPLE.items() if isinstance(field, known)), "xs:string"))


def _options(element: etree._Element, field: BodyField) -> None:
    allowed = _node(_node(element, "simpleType"), "restriction", base="xs:string")
    for option in field.metadata["options"]:
        _explain(_node(allowed, "enumeration", value=option.value), option.names[0])


def _said(root: etree._Element) -> None:
    """A text with its language."""
    content = _node(_node(root, "complexType", name="said"), "simpleContent")
    _node(_node(content, "extension", base="xs:string"), "attribute", ref="xml:lang", use="required")


def _pattern(root: etree._Element, name: str, pattern: str) -> None:
    _node(_node(_node(root, "simpleType", name=name), "restriction", base="xs:string"), "pattern", value=pattern)


def _explain(element: etree._Element, words: str) -> None:
    note = etree.Element(_xs("annotation"))
    _node(note, "documentation").text = words
    element.insert(0, note)


def _node(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, _xs(tag), attributes)


def _xs(tag: str) -> str:
    return f"{{{XS}}}{tag}"
