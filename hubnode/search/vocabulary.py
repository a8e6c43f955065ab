"""The spellings in the texts shown here, counted at each level: for typos and beginnings.

A spelling is there exactly as long as a record has it, and only for those who may see that record and that field. The
counts of a transaction are written as the last thing in it, in one order, so that no two wait for each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa
from rapidfuzz.distance import OSA, Prefix
from sqlalchemy.orm import Session

from hubnode.db import ENDING as TRANSACTION
from hubnode.db import before_commit, insert_many
from hubnode.search.analysis import MAX_TOKEN, Language, fold
from hubnode.search.analysis.compounds import LINKS
from hubnode.search.analysis.words import inner
from hubnode.search.entries import LEVEL_COUNT, Entry
from hubnode.search.models import SearchTerm

ENDING = 6
PENDING = "search.spellings"
NEAREST = 2_000
"""Spellings that are compared with an unknown word, at most."""
LAST = "\U0010ffff"
CHUNK = 200
SHORTEST = 3
"""Letters of a word that may be part of a compound."""
ENDING_LETTERS = 3
"""Letters at the end of a word in which its forms may differ."""
Deltas = tuple[Counter[str], ...]
"""Of each level, how many more or fewer records have a spelling."""


class Spelling(NamedTuple):
    """A word as it is compared, and as people wrote it most often."""

    folded: str
    written: str


def change(session: Session, entries: Iterable[Entry], by: int) -> None:
    """Count the spellings of these entries, `by` 1 more or -1 less, at the end of the caller's transaction."""
    deltas = _pending(session)
    for entry in entries:
        for counted, spellings in zip(deltas, entry.spellings, strict=True):
            if by > 0:
                counted.update(spellings.split())
            else:
                counted.subtract(spellings.split())


def _pending(session: Session) -> Deltas:
    """What the transaction under way will write; a new one begins with nothing."""
    ending = session.info[TRANSACTION]
    held: tuple[Any, Deltas] | None = session.info.get(PENDING)
    if held is None or held[0] is not ending:
        held = session.info[PENDING] = (ending, tuple(Counter() for _ in range(LEVEL_COUNT)))
        before_commit(session, partial(_write, deltas=held[1]))
    return held[1]


def _write(session: Session, deltas: Deltas) -> None:
    rows: dict[tuple[str, str], list[int]] = {}
    for level, counted in enumerate(deltas):
        for written, by in counted.items():
            if by:
                folded = _folded(written)
                key = (folded, "" if folded == written else written)
                rows.setdefault(key, [0] * LEVEL_COUNT)[level] += by
    added = "n0 = search_term.n0 + excluded.n0, n1 = search_term.n1 + excluded.n1, n2 = search_term.n2 + excluded.n2"
    insert_many(
        session,
        SearchTerm,
        ("folded", "written", "ending", "n0", "n1", "n2"),
        [(*key, key[0][::-1][:ENDING], *rows[key]) for key in sorted(rows)],
        f"(folded, written) DO UPDATE SET {added}",
    )
    fewer = [key for key in sorted(rows) if min(rows[key]) < 0]
    for start in range(0, len(fewer), CHUNK):
        some = sa.tuple_(SearchTerm.folded, SearchTerm.written).in_(fewer[start : start + CHUNK])
        session.execute(sa.delete(SearchTerm).where(some, SearchTerm.n0 + SearchTerm.n1 + SearchTerm.n2 <= 0))


def _folded(written: str) -> str:
    plain = written.isalpha() and written[1:].islower()
    return fold(written if plain else "".join(inner(written)))[:MAX_TOKEN]


def known(session: Session, words: Collection[str], level: int) -> set[str]:
    """Which of these folded words stand in a text that this level may see."""
    if not words:
        return set()
    chosen = sa.select(SearchTerm.folded).where(SearchTerm.folded.in_(words), _visible(level) > 0)
    return set(session.scalars(chosen))


def counted(session: Session, words: Collection[str], level: int) -> dict[str, int]:
    """In how many texts each of these folded words stands, of those that this level may see."""
    if not words:
        return {}
    chosen = sa.select(SearchTerm.folded, sa.func.sum(_visible(level))).where(SearchTerm.folded.in_(words))
    return {folded: int(count) for folded, count in session.execute(chosen.group_by(SearchTerm.folded))}


def beginning(session: Session, start: str, level: int, limit: int) -> list[Spelling]:
    """Spellings that begin so, the shortest first; each folded word once, as it is written most."""
    between = (SearchTerm.folded >= start, SearchTerm.folded < start + LAST)
    first = sa.select(SearchTerm.folded, SearchTerm.written, _visible(level).label("n")).where(*between)
    rows = session.execute(first.order_by(SearchTerm.folded, SearchTerm.written).limit(NEAREST)).all()
    spellings = _once([(folded, written, count) for folded, written, count in rows if count > 0])
    return sorted(spellings, key=lambda one: (len(one.folded), one.folded))[:limit]


def compounds(session: Session, first: str, second: str, level: int, language: Language) -> list[Spelling]:
    """The spellings of what becomes of two folded words that are written as one, with or without a linking element."""
    if not (len(first) >= SHORTEST and len(second) >= SHORTEST and first.isalpha() and second.isalpha()):
        return []
    wanted = {language.word(first + link + second).token for link in ("", *LINKS)}
    starts = [first + link + second[: max(SHORTEST, len(second) - ENDING_LETTERS)] for link in ("", *LINKS)]
    chosen = sa.select(SearchTerm.folded, SearchTerm.written, _visible(level).label("n"))
    begun = (chosen.where(SearchTerm.folded >= start, SearchTerm.folded < start + LAST) for start in starts)
    each = (one.order_by(SearchTerm.folded, SearchTerm.written).limit(CHUNK).subquery() for one in begun)
    rows = session.execute(sa.union_all(*(sa.select(one) for one in each)))
    spellings = _once([(folded, written, count) for folded, written, count in rows if count > 0])
    return [one for one in spellings if language.word(one.written).token in wanted]


def nearest(session: Session, word: str, level: int, language: Language) -> list[Spelling]:
    """The spellings that an unknown word most likely stands for, at most three; empty for short words."""
    most = distance(word)
    if not most:
        return []
    best: list[tuple[float, int, int, str, Spelling]] = []
    stem = language.word(word).token
    for spelling in _alike(session, word, most, level):
        if (apart := _apart(word, stem, spelling, most, language)) is not None:
            shared = Prefix.similarity(word, spelling.folded)
            best.append((apart, -shared, len(spelling.folded), spelling.folded, spelling))
    best.sort()
    return [one[-1] for one in best if one[0] <= best[0][0] + 0.5][:3]


def distance(word: str) -> int:
    """How many letters of an unknown word may be wrong."""
    return 0 if len(word) < 4 or word.isdigit() else 1 if len(word) < 8 else 2


def _apart(word: str, stem: str, spelling: Spelling, most: int, language: Language) -> float | None:
    """How far a spelling is from the word, or almost so their stems; None where it is too far."""
    apart = OSA.distance(word, spelling.folded, score_cutoff=most)
    if apart <= most:
        return float(apart)
    apart = OSA.distance(stem, language.word(spelling.written).token, score_cutoff=most)
    return apart + 0.5 if apart <= most else None


def _alike(session: Session, word: str, most: int, level: int) -> list[Spelling]:
    """Spellings of about that length with the same beginning or the same end."""
    start, end = word[: max(2, min(4, len(word) // 3))], word[::-1][: max(3, min(ENDING, len(word) // 3))]
    same_start = (SearchTerm.folded >= start, SearchTerm.folded < start + LAST)
    same_end = (SearchTerm.ending >= end, SearchTerm.ending < end + LAST)
    length = sa.func.length(SearchTerm.folded).between(len(word) - most - 2, len(word) + most + 3)
    chosen = sa.select(SearchTerm.folded, SearchTerm.written, _visible(level).label("n"))
    rows: list[tuple[str, str, int]] = []
    for same in (same_start, same_end):
        found = chosen.where(*same, length).order_by(SearchTerm.folded, SearchTerm.written).limit(NEAREST)
        rows += [(folded, written, count) for folded, written, count in session.execute(found) if count > 0]
    return _once(rows)


def _once(rows: Sequence[tuple[str, str, int]]) -> list[Spelling]:
    """Each folded word once, as it is written most."""
    best: dict[str, tuple[int, str]] = {}
    for folded, written, count in rows:
        best[folded] = min(best.get(folded, (0, "")), (-count, written or folded))
    return [Spelling(folded, written) for folded, (_, written) in best.items()]


def _visible(level: int) -> sa.ColumnElement[int]:
    public, network, hub = (
        sa.type_coerce(count, sa.Integer) for count in (SearchTerm.n0, SearchTerm.n1, SearchTerm.n2)
    )
    return (public, public + network, public + network + hub)[level]
