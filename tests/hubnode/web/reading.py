"""Reading pages as a person would: their words, links and headings."""

from __future__ import annotations

from lxml import html
from werkzeug.test import TestResponse


def words(answer: TestResponse, where: str = "//main") -> str:
    """The words at `where`, with single spaces."""
    return " ".join(" ".join(" ".join(part.itertext()) for part in tree(answer).xpath(where)).split())


def links(answer: TestResponse, where: str = "//main") -> list[str]:
    """Where the links at `where` lead."""
    return [str(href) for href in tree(answer).xpath(f"{where}//a/@href")]


def titles(answer: TestResponse) -> list[str]:
    """The headlines of a list, in order."""
    return [" ".join(heading.text_content().split()) for heading in tree(answer).xpath("//main//li//h3")]


def tree(answer: TestResponse) -> html.HtmlElement:
    """The page as elements."""
    assert answer.mimetype == "text/html", answer.mimetype
    return html.document_fromstring(answer.get_data(as_text=True))
