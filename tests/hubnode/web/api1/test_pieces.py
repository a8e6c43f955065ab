"""Bytes by version: kept while they are true, within bounds, and let go of when they are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hubnode.records.paging import Version
from hubnode.web.api1.pieces import Pieces
from tests.hubnode.hubs import NOW

OLD, NEW = Version(1, "a", "public", NOW), Version(2, "b", "public", NOW)


class Made:
    """Renders, and remembers what."""

    def __init__(self, size: int = 10) -> None:
        self.docs: list[int] = []
        self.size = size

    def __call__(self, docs: Sequence[int]) -> Mapping[int, bytes]:
        """Bytes that say which record they are."""
        self.docs += docs
        return {doc: str(doc).encode().zfill(self.size) for doc in docs}


def test_what_is_kept_is_not_made_again() -> None:
    """Only the missing ones are, all at once; another version or shape is another piece."""
    pieces, made = Pieces(), Made()
    first = pieces.get({1: OLD, 2: OLD}, "whole", made)
    assert pieces.get({1: OLD, 2: OLD, 3: OLD}, "whole", made) == {**first, 3: b"0000000003"}
    assert made.docs == [1, 2, 3]
    pieces.get({1: NEW}, "whole", made)
    pieces.get({1: OLD}, "narrow", made)
    assert made.docs == [1, 2, 3, 1, 1]


def test_the_least_used_go_first() -> None:
    """Never more than the bound."""
    pieces, made = Pieces(size=30), Made()
    pieces.get({1: OLD, 2: OLD, 3: OLD}, "", made)
    pieces.get({1: OLD}, "", made)
    pieces.get({4: OLD}, "", made)
    assert (len(pieces), pieces.size) == (3, 30)
    made.docs.clear()
    pieces.get({1: OLD, 3: OLD, 4: OLD}, "", made)
    assert made.docs == []
    pieces.get({5: OLD}, "", Made(size=31))
    assert pieces.size <= 30


def test_a_change_lets_go_of_all_that_is_no_more() -> None:
    """Erased, changed or hidden records leave no bytes; the others stay."""
    pieces, made = Pieces(), Made()
    asked: list[Sequence[int]] = []

    def look(docs: Sequence[int]) -> Mapping[int, Version]:
        asked.append(docs)
        return {1: OLD, 2: NEW}

    pieces.turn(1, look)
    pieces.get({1: OLD, 2: OLD, 3: OLD}, "", made)
    pieces.turn(1, look)
    assert asked == []
    pieces.turn(2, look)
    assert asked == [[1, 2, 3]]
    assert (len(pieces), pieces.size) == (1, 10)
    made.docs.clear()
    pieces.get({1: OLD}, "", made)
    assert made.docs == []


def test_what_could_not_be_made_is_left_out() -> None:
    """A record that vanished between two looks is no error."""
    assert Pieces().get({1: OLD, 2: OLD}, "", lambda _docs: {2: b"2"}) == {2: b"2"}
