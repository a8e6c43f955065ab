"""What is wrong with a form of one page."""

from __future__ import annotations

from typing import NamedTuple


class Wrong(NamedTuple):
    """At which field of the page, in which words, and with which status the page is answered."""

    field: str
    words: str
    status: int = 422
