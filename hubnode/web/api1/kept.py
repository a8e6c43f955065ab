"""What this process keeps between requests: bytes of records and pages, and how much is left to whom."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import current_app

from hubnode.feeds.shelf import Shelf
from hubnode.records.imports import Busy
from hubnode.web.api1.limits import Buckets
from hubnode.web.api1.pieces import Pieces

EXTENSION = "hubnode.api1"


@dataclass
class Kept:
    """All of it; nothing here outlives the process."""

    buckets: Buckets
    pieces: Pieces = field(default_factory=Pieces)
    pages: Shelf = field(default_factory=Shelf)
    imports: Busy = field(default_factory=Busy)


def kept() -> Kept:
    """That of the node at work."""
    found: Kept = current_app.extensions[EXTENSION]
    return found
