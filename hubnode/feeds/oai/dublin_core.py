"""``oai_dc``: unqualified Dublin Core, which every harvester understands (section 2.5 of the protocol)."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from hubnode.feeds import bulk
from hubnode.feeds.licences import url as licence_url
from hubnode.feeds.oai.xml import SCHEMA_LOCATION, XSI, add
from hubnode.feeds.select import Site
from hubnode.feeds.text import rfc3339
from hubnode.records.kinds import KINDS, references
from hubnode.records.reading import RecordView

PREFIX = "oai_dc"
NAMESPACE = "http://www.openarchives.org/OAI/2.0/oai_dc/"
SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
DC = "http://purl.org/dc/elements/1.1/"
TYPES = {
    "event": "Event",
    "experience_report": "Text",
    "funding_call": "Text",
    "need": "Text",
    "offer": "Service",
    "project": "Text",
    "reuse": "Text",
}
"""Words of the DCMI type vocabulary, where it has one."""
PREFIXES = {"oai_dc": NAMESPACE, "dc": DC, "xsi": XSI}

Said = tuple[str, str, str]
"""Element, text, and its language or nothing."""


def write(view: RecordView, site: Site) -> etree._Element:
    """`view`, which must be an anonymous one, as Dublin Core."""
    root = etree.Element(f"{{{NAMESPACE}}}dc", nsmap=PREFIXES)
    root.set(SCHEMA_LOCATION, f"{NAMESPACE} {SCHEMA}")
    for name, text, lang in _said(view, site):
        if text:
            add(root, DC, name, text, lang)
    return root


def _said(view: RecordView, site: Site) -> Iterator[Said]:
    fields, called = bulk.fields(view), bulk.headline(view)
    yield from (("title", text, lang) for lang, text in called.items())
    yield "creator", site.hub(view.origin), ""
    for topic in view.topics if bulk.passes(view.kind, "topics") else ():
        yield from (("subject", name, lang) for lang, name in bulk.topic_names(topic).items())
    yield from (("description", text, lang) for lang, text in fields.get("summary", {}).items())
    yield "publisher", site.hub(view.origin), ""
    yield "date", rfc3339(view.updated_at), ""
    yield "type", TYPES.get(view.kind, ""), ""
    yield "type", str(KINDS[view.kind].label), "de"
    yield "identifier", view.uri, ""
    yield "identifier", view.home_url, ""
    yield from (("language", lang, "") for lang in called)
    yield from (("relation", uri, "") for uri in dict.fromkeys(uri for _, uri in references(view.kind, fields)))
    yield from (("coverage", key, "") for key in _areas(fields.get("geo_keys", ())))
    yield "rights", licence_url(fields.get("license", "")), ""


def _areas(keys: list[str] | list[dict[str, str]]) -> Iterator[str]:
    """Regional keys, which organisations have with a day."""
    yield from (key if isinstance(key, str) else key["key"] for key in keys)
