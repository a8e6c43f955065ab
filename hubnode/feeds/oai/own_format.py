"""``hubnode``: the own format, with every public field of a record under its own name, as `own_schema` describes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from hubnode.feeds import bulk
from hubnode.feeds.oai.own_schema import NAMESPACE, open_parts, passing
from hubnode.feeds.oai.xml import SCHEMA_LOCATION, XSI, add
from hubnode.feeds.select import Site
from hubnode.feeds.text import rfc3339
from hubnode.records.kinds import BodyField
from hubnode.records.kinds.fields import Text
from hubnode.records.kinds.schema import Group, Rows
from hubnode.records.reading import RecordView

PREFIX = "hubnode"
PATH = "/oai/record.xsd"
"""Where every hub serves the schema."""
PREFIXES: dict[str, str] = {None: NAMESPACE, "xsi": XSI}  # type: ignore[dict-item]  # the stubs forget the default prefix


def write(view: RecordView, site: Site) -> etree._Element:
    """`view`, which must be an anonymous one, in the own format."""
    root = etree.Element(f"{{{NAMESPACE}}}record", nsmap=PREFIXES)
    root.set(SCHEMA_LOCATION, f"{NAMESPACE} {site.base_url}{PATH}")
    for name, value in _about(view, site):
        root.set(name, value)
    add(root, NAMESPACE, "hub", site.hub(view.origin)).set("origin", view.origin)
    _fields(add(root, NAMESPACE, view.kind), passing(view.kind), bulk.fields(view))
    return root


def _about(view: RecordView, site: Site) -> Iterator[tuple[str, str]]:
    yield "id", view.uri
    yield "revision", str(view.rev)
    yield "published", rfc3339(view.published_at or view.updated_at)
    yield "updated", rfc3339(view.updated_at)
    yield "page", site.base_url + view.path
    yield "home", view.home_url


def _fields(parent: etree._Element, fields: Mapping[str, BodyField], values: Mapping[str, Any]) -> None:
    """Write what is there, in the order of the schema."""
    for name, field in fields.items():
        if name in values:
            for value, lang in _each(field, values[name]):
                if isinstance(field, Group | Rows):
                    _fields(add(parent, NAMESPACE, name), open_parts(field), value)
                else:
                    add(parent, NAMESPACE, name, str(value), lang)


def _each(field: BodyField, value: Any) -> Iterator[tuple[Any, str]]:
    """The single values, each with its language or nothing."""
    if isinstance(field, Text):
        for lang, said in value.items():
            yield from ((line, lang) for line in (said if isinstance(said, list) else [said]))
    elif isinstance(value, list):
        yield from ((one, "") for one in value)
    else:
        yield value, ""
