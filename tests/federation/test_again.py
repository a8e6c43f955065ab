"""Lines asked for again: what the leaves prove, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from federation.again import read_again
from federation.entries import Entry, encode_line, make_entry
from federation.errors import BadEntry, Refused, RootMismatch
from federation.pages import write_page

ORIGIN, LOG = "https://wilster.example", "0123456789abcdef0123456789abcdef"


def entry(seq: int, word: str = "Text") -> Entry:
    return make_entry(
        origin=ORIGIN,
        log=LOG,
        seq=seq,
        ts=datetime(2026, 11, 22, tzinfo=UTC),
        op="put",
        kind="project",
        id=f"01JD00000000000000000000{seq:02d}",
        rev=1,
        vis="public",
        body={"title": word},
    )


ENTRIES = [entry(seq) for seq in range(3)]
LEAVES = [one.leaf for one in ENTRIES]


def page(*lines: bytes) -> bytes:
    return write_page(lines, "a note that proves nothing here")


def test_lines_are_proven_by_the_leaves_that_are_held() -> None:
    assert read_again(page(*(one.line for one in ENTRIES)), LEAVES) == tuple(ENTRIES)


def test_a_page_may_end_early_and_the_rest_is_asked_for_again() -> None:
    assert read_again(page(ENTRIES[0].line), LEAVES) == (ENTRIES[0],)
    assert read_again(page(), LEAVES) == ()


def test_a_body_that_its_origin_no_longer_gives_is_taken_as_gone() -> None:
    bare = encode_line(ENTRIES[0].header_bytes, None, None)
    (given,) = read_again(page(bare), LEAVES)
    assert given.body is None
    assert given.leaf == LEAVES[0]


def test_another_line_than_the_one_signed_before_is_refused() -> None:
    with pytest.raises(RootMismatch):
        read_again(page(entry(0, "Etwas anderes").line), LEAVES)
    with pytest.raises(RootMismatch):
        read_again(page(ENTRIES[1].line), LEAVES)


def test_another_body_under_the_same_header_is_refused() -> None:
    with pytest.raises(BadEntry):
        read_again(page(ENTRIES[0].line.replace(b"Text", b"Txet")), LEAVES)


def test_more_lines_than_were_asked_for_are_refused() -> None:
    with pytest.raises(Refused):
        read_again(page(*(one.line for one in ENTRIES)), LEAVES[:2])


LINE = ENTRIES[0].line
SPOILED = {
    "nothing": b"",
    "no newline at the end": page(LINE)[:-1],
    "no checkpoint at the end": LINE + b"\n",
    "an ending that is no JSON": LINE + b"\n<html>\n",
    "an ending that is no object": LINE + b"\n[]\n",
    "too many lines": page(LINE).replace(LINE + b"\n", (LINE + b"\n") * 502),
    "too many bytes": page(LINE) + b" " * 2**20,
}


@pytest.mark.parametrize("how", SPOILED)
def test_what_is_no_page_is_refused(how: str) -> None:
    with pytest.raises(Refused):
        read_again(SPOILED[how], LEAVES * 200)
