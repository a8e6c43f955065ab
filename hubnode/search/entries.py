"""What the index keeps of one record beside the index itself: its tokens and spellings at each level, packed.

Ranking reads the tokens, taking a record out of the index needs them again exactly as they went in, and the
vocabulary counts the spellings.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from hubnode.search.analysis import WORD, Language

LEVEL_COUNT = 3
MAX_HEAD, MAX_HEAD_PARTS, MAX_BODY = 400, 600, 2_800
"""Words in order; of more, the rest is found, but not as part of a phrase."""
_LEVELS, _COLUMNS = "\x1e", "\x1f"
SPEED = 6
_WHOLE, _INSIDE, _WRITTEN = attrgetter("token"), attrgetter("inside"), attrgetter("written")


class Columns(NamedTuple):
    """The tokens that become visible at exactly one level, separated by blanks."""

    head: str = ""
    head_parts: str = ""
    """The parts of the compounds in the head, and the words of topics."""
    body: str = ""
    body_parts: str = ""


class Entry(NamedTuple):
    """One record: for each level its tokens, and its spellings as written, each once."""

    columns: tuple[Columns, ...]
    spellings: tuple[str, ...]
    """Separated by blanks, each once."""


EMPTY = Entry((Columns(),) * LEVEL_COUNT, ("",) * LEVEL_COUNT)


def analysed(texts: Iterable[tuple[int, str, str]], language: Language) -> Entry:
    """The entry of a record with these (level, head, body)."""
    columns, spellings = list(EMPTY.columns), list(EMPTY.spellings)
    for level, head, body in texts:
        columns[level], spellings[level] = _level(head, body, language)
    return Entry(tuple(columns), tuple(spellings))


def pack(entry: Entry) -> bytes:
    """The entry as bytes."""
    levels = zip(entry.columns, entry.spellings, strict=True)
    texts = (_COLUMNS.join((*columns, spellings)) for columns, spellings in levels)
    return zlib.compress(_LEVELS.join(texts).encode(), SPEED)


def unpack(packed: bytes) -> Entry:
    """The entry that `pack` was given."""
    levels = [level.split(_COLUMNS) for level in zlib.decompress(packed).decode().split(_LEVELS)]
    return Entry(tuple([Columns(*level[:4]) for level in levels]), tuple([level[4] for level in levels]))


def _level(head: str, body: str, language: Language) -> tuple[Columns, str]:
    if not head and not body:
        return Columns(), ""
    spellings: dict[str, None] = {}
    title, _, topics = head.partition("\n")
    in_head, head_parts = _column(title, language, spellings)
    topic_words, topic_parts = _column(topics, language, spellings)
    head_parts += topic_words + topic_parts
    in_body, body_parts = _column(body, language, spellings)
    rest = in_head[MAX_HEAD:] + head_parts[MAX_HEAD_PARTS:] + in_body[MAX_BODY:]
    if rest:
        body_parts += dict.fromkeys(rest)
    heads = " ".join(in_head[:MAX_HEAD]), " ".join(head_parts[:MAX_HEAD_PARTS])
    return Columns(*heads, " ".join(in_body[:MAX_BODY]), " ".join(body_parts)), " ".join(spellings)


def _column(text: str, language: Language, spellings: dict[str, None]) -> tuple[list[str], list[str]]:
    """The tokens of a text, and those of the parts of its compounds. Without a loop: it runs for every word of all."""
    words = list(map(language.word, WORD.findall(text)))
    spellings.update(dict.fromkeys(chain.from_iterable(map(_WRITTEN, words))))
    return list(map(_WHOLE, words)), list(chain.from_iterable(map(_INSIDE, words)))


def seen(entry: Entry, level: int) -> Columns:
    """All columns that this level may see; what belongs to different levels is never adjacent."""
    return _together(entry.columns[: level + 1])


def seen_packed(packed: bytes, level: int) -> Columns:
    """The same of a packed entry, without unpacking the rest."""
    levels = zlib.decompress(packed).decode().split(_LEVELS, level + 1)[: level + 1]
    return _together([Columns(*one.split(_COLUMNS, len(Columns._fields))[: len(Columns._fields)]) for one in levels])


def _together(levels: Sequence[Columns]) -> Columns:
    if not any(any(columns) for columns in levels[1:]):
        return levels[0]
    return Columns(*(" | ".join(column) for column in zip(*levels, strict=True)))
