"""Reading lines once more: bodies that a replica gave up and wants back, each proven by the leaf that it still holds.

The tree over the leaves was signed when the lines first came, and a replica keeps the leaves. A line whose leaf is the
one held has the same header, and so the same commitment to its body: no second signature is needed.
"""

from collections.abc import Sequence

from federation import canonical
from federation.entries import Entry, parse_line
from federation.errors import BadEntry, NotCanonical, ProtocolError, Refused, RootMismatch
from federation.pages import MAX_BYTES, MAX_LINES


def read_again(data: bytes, leaves: Sequence[bytes]) -> tuple[Entry, ...]:
    """Return the entries of a page that was asked for again; raise `Refused`, `BadEntry` or `RootMismatch`.

    ``leaves`` are the leaf hashes held, from the number on that was asked for. A page may end earlier, not later. A
    line without its body is taken as such: its origin has superseded or erased it.
    """
    lines = _lines(data)
    if len(lines) > len(leaves):
        raise Refused("more lines than were asked for")
    return tuple(_entry(line, leaf) for line, leaf in zip(lines, leaves, strict=False))


def _lines(data: bytes) -> list[bytes]:
    """The lines of a page without its ending, which proves nothing that the leaves do not."""
    if len(data) > MAX_BYTES or data.count(b"\n") > MAX_LINES + 1:
        raise Refused("a page has at most 500 lines and 1 MiB")
    lines = data.split(b"\n")
    if lines.pop() or not lines:
        raise Refused("a page is lines that each end in a newline")
    try:
        ending = canonical.decode(lines.pop())
    except NotCanonical as error:
        raise Refused(f"the last line: {error}") from error
    if not isinstance(ending, dict) or "checkpoint" not in ending:
        raise Refused("the last line of a page is its checkpoint")
    return lines


def _entry(line: bytes, leaf: bytes) -> Entry:
    try:
        entry = parse_line(line)
    except ProtocolError as error:
        raise BadEntry(f"a line asked for again: {error}") from error
    if entry.leaf != leaf:
        raise RootMismatch(f"entry {entry.header.seq} is not the one that was signed before")
    return entry
