"""The fold: what a log means. State is a pure function of the entries, so every replica rebuilds the same tables.

A broken rule here costs one entry, never the log: every replica ignores the same entries, for the same reason.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from federation.entries import Entry, Header


class State(Enum):
    """What is known of an id."""

    LIVE = "live"
    PENDING = "pending"
    """The last put came without its body: a later entry of this id must follow."""
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Known:
    """The latest lawful entry of an id, as a replica remembers it."""

    rev: int
    state: State
    kind: str


@dataclass(frozen=True, slots=True)
class Apply:
    """Take the entry over; afterwards ``known`` holds for its id."""

    known: Known


@dataclass(frozen=True, slots=True)
class Ignore:
    """Nothing to do: the log says again what is already so."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The entry breaks a rule of its id: keep it in quarantine with the reason and go on."""

    reason: str


Decision = Apply | Ignore | Refuse


@dataclass(frozen=True, slots=True)
class Step:
    """An entry and what it does."""

    entry: Entry
    decision: Decision


@dataclass(frozen=True, slots=True)
class Live:
    """A record that a log holds now, with its body."""

    entry: Entry

    @property
    def rev(self) -> int:
        """The revision, growing per id."""
        return self.entry.header.rev

    @property
    def body(self) -> dict[str, Any]:
        """The body; a live record always has one."""
        return self.entry.body or {}


def decide(known: Known | None, header: Header, *, has_body: bool = True) -> Decision:
    """Say what an entry does to its id (I5, I6): ``rev`` grows, the kind stays, what is erased never returns."""
    if known is None:
        return Apply(_after(header, has_body))
    if known.state is State.ERASED:
        return Ignore() if header.op == "erase" else Refuse("an erased id never returns")
    if header.rev <= known.rev:
        return Refuse(f"revision {header.rev} does not follow revision {known.rev}")
    if header.kind != known.kind:
        return Refuse(f"the kind changed from {known.kind} to {header.kind}")
    return Apply(_after(header, has_body))


def steps(entries: Iterable[Entry], known: Callable[[str], Known | None]) -> list[Step]:
    """Decide a run of entries in order; ``known`` tells what the replica held of an id before the run."""
    seen: dict[str, Known | None] = {}
    taken = []
    for entry in entries:
        uid = entry.header.id
        if uid not in seen:
            seen[uid] = known(uid)
        decision = decide(seen[uid], entry.header, has_body=entry.body is not None)
        if isinstance(decision, Apply):
            seen[uid] = decision.known
        taken.append(Step(entry, decision))
    return taken


def fold(entries: Iterable[Entry]) -> dict[str, Live]:
    """Return the live records of a whole log by id."""
    live: dict[str, Live] = {}
    for step in steps(entries, lambda _: None):
        if not isinstance(step.decision, Apply):
            continue
        if step.decision.known.state is State.LIVE:
            live[step.entry.header.id] = Live(step.entry)
        else:
            live.pop(step.entry.header.id, None)
    return live


def _after(header: Header, has_body: bool) -> Known:
    if header.op == "put":
        return Known(header.rev, State.LIVE if has_body else State.PENDING, header.kind)
    return Known(header.rev, State.WITHDRAWN if header.op == "del" else State.ERASED, header.kind)
