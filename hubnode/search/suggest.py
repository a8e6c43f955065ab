"""What somebody may be about to type: completions from what the viewer may see."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.search.analysis import fold
from hubnode.search.models import SearchDoc


def suggest(session: Session, prefix: str, level: int, without_hubs: Sequence[str] = (), limit: int = 8) -> list[str]:
    """Completions of `prefix` that occur in what this level may see of the hubs shown; at most `limit`."""
    start = fold(prefix.strip())
    if not start:
        return []
    begins = (SearchDoc.level <= level, SearchDoc.title.startswith(start, autoescape=True))
    chosen = sa.select(SearchDoc.title).where(*begins, SearchDoc.origin.not_in(without_hubs)).distinct()
    return list(session.scalars(chosen.order_by(SearchDoc.title).limit(limit)))
