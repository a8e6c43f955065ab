"""What somebody may be about to type: completions from what the viewer may see."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.search import narrowing, vocabulary
from hubnode.search.analysis import WORD, current, fold
from hubnode.search.analysis.words import inner
from hubnode.search.answers import Query
from hubnode.search.engines import at_once, engine_of
from hubnode.search.narrowing import Matched
from hubnode.search.plan import MAX_CHARACTERS, Alternative, Group

SHORTEST = 2
TRIED = 24
"""Words that are tried before it is said that there are no more."""


def suggest(session: Session, prefix: str, level: int, without_hubs: Sequence[str] = (), limit: int = 8) -> list[str]:
    """The text with its last word completed, the shortest first; at most `limit`.

    Completed from the words that this level may see in records of the hubs shown; empty after a finished word.
    """
    text = prefix[:MAX_CHARACTERS]
    typed = [match for match in WORD.finditer(text) if match.end() == len(text)]
    folded = fold("".join(inner(typed[-1].group()))) if typed else ""
    if len(folded) < SHORTEST:
        return []
    before = text[: typed[-1].start()].lstrip()
    begun = vocabulary.beginning(session, folded, level, TRIED)
    shown = (
        one.written for one in begun if one.folded != folded and _stands(session, one.written, level, without_hubs)
    )
    return [before + word for word, _ in zip(shown, range(limit), strict=False)]


def _stands(session: Session, word: str, level: int, without_hubs: Sequence[str]) -> bool:
    """Whether a record of a hub that is shown has this word; the vocabulary knows no hubs."""
    if not without_hubs:
        return True
    group = Group(word, "", (Alternative((current().word(word).token,)),))
    matched = Matched(at_once(engine_of(session).match([[group]], level)))
    query = Query(level=level, without_hubs=without_hubs)
    return session.scalar(narrowing.select(query, matched, sa.literal(1)).limit(1)) is not None
