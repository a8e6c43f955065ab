"""How answers of OAI-PMH are written: elements of a namespace, nothing that XML forbids, one spelling of times."""

from __future__ import annotations

from lxml import etree

from hubnode.feeds.text import clean

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
SCHEMA_LOCATION = f"{{{XSI}}}schemaLocation"


def add(parent: etree._Element, namespace: str, name: str, text: str = "", lang: str = "") -> etree._Element:
    """A new last child of `parent`; `lang` is the language of its text."""
    child = etree.SubElement(parent, f"{{{namespace}}}{name}")
    child.text = clean(text) or None
    if lang:
        child.set(LANG, lang)
    return child
