"""Pages: the step by which a replica follows a log. What it holds, plus a page, gives what it holds next, or a refusal.

A page is NDJSON: at most 500 lines, then ``{"checkpoint": note}`` for exactly the size after these lines; the member
``"more": true`` stands there while the log goes on. At most 1 MiB in all. Nothing here reads a clock or a socket.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from federation import canonical
from federation.checkpoint import SignedCheckpoint, verify
from federation.encoding import is_log_id
from federation.entries import Entry, parse_line
from federation.errors import BadEntry, BadRequest, Frozen, NotCanonical, ProtocolError, Refused, RootMismatch, TooLarge
from federation.keyset import Keyset
from federation.origin import parse_origin
from federation.tree import CompactRange

MAX_LINES: Final = 500
MAX_BYTES: Final = 1024 * 1024
CHECKPOINT_BYTES: Final = 2048
"""What a writer keeps free for the last line."""
PAGE_TYPE: Final = "application/vnd.apl.page"
"""The media type of a page."""


@dataclass(frozen=True)
class Limits:
    """What a replica takes in one page; never more than the protocol's own limits."""

    lines: int = MAX_LINES
    bytes: int = MAX_BYTES


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True)
class ReplicaState:
    """What a replica holds of one log: the tree's right edge, and the note that proved it (none before the first)."""

    origin: str
    log_id: str
    edge: CompactRange = CompactRange()  # noqa: RUF009 - an immutable value
    note: str = ""

    def __post_init__(self) -> None:
        parse_origin(self.origin)
        if not is_log_id(self.log_id):
            raise BadRequest("a log id is 32 lower case hexadecimal digits")

    @property
    def size(self) -> int:
        """The number of entries held: the cursor."""
        return self.edge.size


@dataclass(frozen=True)
class Page:
    """A page that may be applied, whole, together with its new state: what `read_page` found nothing wrong with."""

    state: ReplicaState
    entries: tuple[Entry, ...]
    at_end: bool
    """Whether the origin says that nothing follows."""
    pending: frozenset[str]
    """Ids whose last entry in this page is a put without its body: a later entry must supersede or erase each (I8)."""

    @property
    def note(self) -> str:
        """The signed note that proves this page."""
        return self.state.note


def write_page(lines: Sequence[bytes], note: str, *, more: bool = False) -> bytes:
    """Return the bytes of a page; raise `TooLarge` past 500 lines or 1 MiB (`fitting` says how many lines fit)."""
    ending: dict[str, Any] = {"checkpoint": note, "more": True} if more else {"checkpoint": note}
    page = b"\n".join((*lines, canonical.encode(ending), b""))
    if len(lines) > MAX_LINES or len(page) > MAX_BYTES:
        raise TooLarge("a page has at most 500 lines and 1 MiB")
    return page


def fitting(lines: Iterable[bytes], limit: int = MAX_LINES) -> list[bytes]:
    """Return the longest beginning of a run of lines that fits one page of at most ``limit`` lines."""
    taken: list[bytes] = []
    room = MAX_BYTES - CHECKPOINT_BYTES
    for line in lines:
        room -= len(line) + 1
        if len(taken) >= min(limit, MAX_LINES) or room < 0:
            break
        taken.append(line)
    return taken


def read_page(
    state: ReplicaState, keyset: Keyset, data: bytes, *, now: datetime, limits: Limits = DEFAULT_LIMITS
) -> Page:
    """Return what a page adds to a state; raise `Refused` (nothing applies) or `Frozen` (the log contradicts itself).

    Checked: the origin's pinned keyset signed the checkpoint (I1), canonical bytes (I2), every line belongs to this
    log and follows the one before (I1, I3), the log neither shrank nor forked (I4), bodies match (I8), and the tree
    over all lines has the signed root. ``now`` only tells which keys are valid; it orders nothing.
    """
    if keyset.origin != state.origin:
        raise Refused("the keyset of another origin")
    lines = _lines(data, limits)
    signed, more = _ending(lines.pop(), state, keyset, now)
    _check_growth(state, signed)
    entries = _entries(lines, state)
    if signed.size != state.size + len(entries):
        raise RootMismatch(f"a checkpoint of {signed.size} entries ends a page after {state.size + len(entries)}")
    edge = state.edge.extend(entry.leaf for entry in entries)
    if edge.root() != signed.root:
        raise RootMismatch("these lines are not the ones the checkpoint signs")
    return Page(
        state=ReplicaState(state.origin, state.log_id, edge, signed.note),
        entries=entries,
        at_end=not (more and entries),
        pending=_pending(entries),
    )


def check_history(state: ReplicaState, signed: SignedCheckpoint, root_at: Callable[[int], bytes] | None = None) -> None:
    """Raise `Frozen` if a signed checkpoint contradicts what this replica holds (a fork).

    For checkpoints that come without lines: pokes, ``/checkpoint``, and what other hubs have seen. They may be older
    than the replica, so a smaller size is compared with the replica's own root at that size, if ``root_at`` gives it.
    """
    if signed.size > state.size:
        return
    if signed.size == state.size:
        held = state.edge.root()
    elif root_at is None:
        return
    else:
        held = root_at(signed.size)
    if signed.root != held:
        raise Frozen(f"two different logs of {signed.size} entries", state.note, signed.note)


def _check_growth(state: ReplicaState, signed: SignedCheckpoint) -> None:
    """A page answers a request from the replica's own size, so in a page a smaller log is a rollback."""
    if signed.size < state.size:
        raise Frozen(f"the log shrank from {state.size} to {signed.size} entries", state.note, signed.note)
    check_history(state, signed)


def _lines(data: bytes, limits: Limits) -> list[bytes]:
    if len(data) > min(limits.bytes, MAX_BYTES):
        raise Refused("a page of too many bytes")
    if data.count(b"\n") > min(limits.lines, MAX_LINES) + 1:
        raise Refused("a page of too many lines")
    lines = data.split(b"\n")
    if lines.pop() or not lines:
        raise Refused("a page is lines that each end in a newline")
    return lines


def _ending(line: bytes, state: ReplicaState, keyset: Keyset, now: datetime) -> tuple[SignedCheckpoint, bool]:
    try:
        ending = canonical.decode(line)
    except NotCanonical as error:
        raise Refused(f"the last line: {error}") from error
    if not isinstance(ending, dict) or not isinstance(ending.get("checkpoint"), str):
        raise Refused("the last line of a page is its checkpoint")
    if ending.keys() - {"checkpoint", "more"} or ending.get("more", True) is not True:
        raise Refused("the last line has a member that nobody knows")
    return verify(ending["checkpoint"], keyset, state.log_id, now), "more" in ending


def _entries(lines: Sequence[bytes], state: ReplicaState) -> tuple[Entry, ...]:
    return tuple(_entry(line, seq, state) for seq, line in enumerate(lines, start=state.size))


def _entry(line: bytes, seq: int, state: ReplicaState) -> Entry:
    try:
        entry = parse_line(line)
    except ProtocolError as error:
        raise BadEntry(f"entry {seq}: {error}") from error
    header = entry.header
    if header.origin != state.origin or header.log != state.log_id:
        raise BadEntry(f"entry {seq}: belongs to another log")
    if header.seq != seq:
        raise BadEntry(f"entry {seq}: is numbered {header.seq}")
    return entry


def _pending(entries: Iterable[Entry]) -> frozenset[str]:
    last = {entry.header.id: entry for entry in entries}
    return frozenset(uid for uid, entry in last.items() if entry.header.op == "put" and entry.body is None)
