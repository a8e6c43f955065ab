"""What somebody may be about to type: completions from what they may see, and from nothing else (I11)."""

from __future__ import annotations

from hubnode import search
from hubnode.db import reading as session
from hubnode.people.viewer import Viewer
from hubnode.records.reading import RANK, hidden

MOST = 8


def completions(viewer: Viewer, prefix: str) -> list[str]:
    """Words and titles that begin as `prefix` does, of what `viewer` may see; at most `MOST`."""
    return search.suggest(session(), prefix, RANK[viewer.level], hidden(), MOST) if prefix.strip() else []
