"""The shape of a letter's text."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel.speaklater import LazyString


@dataclass(frozen=True, slots=True)
class Text:
    """One kind of letter. Its lines may name values, such as ``%(hub)s``, which is always known."""

    subject: LazyString
    lines: tuple[LazyString, ...]
    action: LazyString | None = None
    """What the link is called; its address is the value ``link``."""
    after: tuple[LazyString, ...] = ()
    """What stands below the link."""
