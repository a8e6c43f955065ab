"""Where the words of a question stand: marked in texts, cut out of long ones, and the reason where they stand nowhere.

Only what the viewer may see comes in: the fields of a `RecordView` are projected already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from hubnode import search
from hubnode.records.kinds import KINDS, BodyField
from hubnode.records.reading import Browse, Found, RecordView
from hubnode.search.analysis import fold
from hubnode.web import filters

AROUND = 120
"""Letters that a passage shows before and after what was found."""
PASSAGES = 12
"""Texts of one record that are looked through for a passage."""
LONGEST = 4_000
"""Letters of each of them that are looked through."""
_EMPTY = re.compile(r"\s+")


def wanted(browse: Browse, found: Found) -> str:
    """The words to mark: those of the question as they were searched, and what the word being typed has met."""
    if not browse.text:
        return ""
    begun = fold(browse.text.split()[-1]) if browse.typing else ""
    met = {word for words in found.reasons.values() for word in words if begun and fold(word).startswith(begun)}
    return " ".join([found.understood.did_you_mean or browse.text, *sorted(met)])


def marked(words: str, question: str) -> Markup:
    """`words` as HTML, with what meets the question in ``<mark>``."""
    return _with_marks(words, search.highlight(words, question) if question else ())


def shown(texts: Mapping[str, str] | str | None, question: str) -> Markup:
    """A text in the reader's language with the question's words marked."""
    return filters.in_language(texts, lambda words: marked(words, question))


def excerpt(texts: Mapping[str, str] | str | None, question: str) -> Markup:
    """A text in the reader's language, cut to the part around the first word of the question if it is long."""
    return filters.in_language(texts, lambda words: _around(words, question))


def passage(record: RecordView, question: str, besides: Sequence[str]) -> tuple[str, Markup] | None:
    """The field, other than `besides`, in which the question's words stand: its label, and the part around them."""
    for _count, (field, said) in zip(range(PASSAGES), _texts(record, besides), strict=False):
        words = filters.plain(said)[:LONGEST]
        if search.highlight(words, question):
            return str(field.metadata["label"]), excerpt(said, question)
    return None


def _texts(record: RecordView, besides: Sequence[str]) -> Iterator[tuple[BodyField, Mapping[str, str] | str]]:
    """The texts of a record that a search reads, each in the reader's language or else as it is."""
    for name, field in KINDS[record.kind].fields.items():
        value = record.fields.get(name)
        if value and field.metadata["search"] and name not in besides:
            yield from ((field, said) for said in _readable(field, value))


def _readable(field: BodyField, value: Any) -> Iterator[Mapping[str, str] | str]:
    if not field.metadata["translated"]:
        yield from field.texts(value)
    elif all(isinstance(said, str) for said in value.values()):
        yield from ({code: said} for code, said in sorted(value.items(), key=_own_language_first))
    else:
        yield from ({code: line} for code, lines in sorted(value.items(), key=_own_language_first) for line in lines)


def _own_language_first(item: tuple[str, Any]) -> bool:
    return item[0] != filters.language()


def _around(words: str, question: str) -> Markup:
    offsets = search.highlight(words, question) if question else []
    if len(words) <= 2 * AROUND or not offsets:
        return _with_marks(words, offsets)
    start, end = _bounds(words, offsets[0][0])
    inside = [(one - start, other - start) for one, other in offsets if start <= one and other <= end]
    cut = _with_marks(words[start:end], inside)
    return Markup("{}{}{}").format("… " if start else "", cut, " …" if end < len(words) else "")


def _bounds(words: str, at: int) -> tuple[int, int]:
    """From where to where a passage goes: whole words, and most of it after what was found."""
    start = max(0, at - AROUND // 2)
    if start:
        space = _EMPTY.search(words, start, at)
        start = space.end() if space else start
    end = min(len(words), start + 2 * AROUND)
    space_before = words.rfind(" ", at, end) if end < len(words) else -1
    return start, space_before if space_before > at else end


def _with_marks(words: str, offsets: Sequence[tuple[int, int]]) -> Markup:
    parts, at = [], 0
    for start, end in offsets:
        parts += [escape(words[at:start]), Markup("<mark>{}</mark>").format(words[start:end])]
        at = end
    return Markup("").join([*parts, escape(words[at:])])
