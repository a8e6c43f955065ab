"""Where the words of a question stand in a text: offsets of the original, for a page to mark."""

from __future__ import annotations

import re

from hubnode.search.analysis import fold, tokens

_WORD = re.compile(r"[^\W_]+")


def highlight(text: str, query_text: str) -> list[tuple[int, int]]:
    """Start and end of each piece of `text` that meets a word of `query_text`, in order, without overlaps."""
    wanted = tuple(tokens(query_text))
    if not wanted:
        return []
    return [match.span() for match in _WORD.finditer(text) if fold(match.group()).startswith(wanted)]
