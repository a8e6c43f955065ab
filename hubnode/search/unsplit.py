"""Words that the lexicon neither knows nor takes apart: what an operator may add to it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.search.analysis import current
from hubnode.search.models import SearchTerm

SHORTEST = 10
"""Letters of a word that may be a compound."""


def words(session: Session, most: int) -> list[tuple[str, int]]:
    """The most frequent long words of all records in the index that stay whole, with how many records have them.

    For the operator: words of every level are among them.
    """
    language = current()
    records = sa.func.sum(SearchTerm.n0 + SearchTerm.n1 + SearchTerm.n2)
    letters = sa.func.length(SearchTerm.folded) >= SHORTEST
    chosen = sa.select(SearchTerm.folded, sa.func.max(SearchTerm.written), records).where(letters)
    found: list[tuple[str, int]] = []
    for folded, written, count in session.execute(
        chosen.group_by(SearchTerm.folded).order_by(records.desc(), SearchTerm.folded)
    ):
        if folded.isalpha() and not language.splits(folded):
            found.append((written or folded, int(count)))
            if len(found) == most:
                break
    return found
