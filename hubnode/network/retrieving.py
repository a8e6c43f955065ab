"""Getting our own entries back from a hub that holds them: each page is verified as any page is, by our own keys."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from federation.checkpoint import SignedCheckpoint
from federation.errors import BadCheckpoint, Frozen, ProtocolError, Refused, RootMismatch
from federation.keyset import Keyset
from federation.pages import Page, ReplicaState, read_page
from hubnode.db import reading, transaction
from hubnode.network import doors, events, peers
from hubnode.network.node import Node
from hubnode.records import log, replica, restoring
from hubnode.records.models import LogEntry


def retrieve(node: Node, origin: str, signed: SignedCheckpoint) -> int:
    """Pull our own log back from the hub at `origin` up to what we signed ourselves; answers how many entries came.

    Nothing is applied before a note that a key valid now has signed stands behind it, and before every missing body is
    explained by a later entry. Raises what `read_page` raises, `restoring.CantReturn`, and what the wire raises.
    """
    state, waiting, total = _held(), list[Page](), 0
    begun = state.size
    while state.size < signed.size:
        page, sure = _read(node, origin, state)
        if not page.entries:
            raise Refused("the copy ends before the note that it was offered with")
        waiting.append(page)
        state = page.state
        if state.size >= signed.size and _differs(state, signed):
            raise RootMismatch("the copy is not the one that the note signs")
        if sure and not _unexplained(waiting):
            total += _applied(node, waiting)
            waiting.clear()
    if waiting:
        raise Refused("the copy lacks bodies, or its last note is of a key that is not valid now")
    _tell(node, origin, state.size - begun)
    return total


def compare(node: Node, origin: str, spoiled: ProtocolError) -> None:
    """Find out why the pages of `origin` do not follow our log: raises `Frozen` where our own log is another one.

    Where every entry is the same, the pages were changed by that hub or on the way, and nothing is said about us.
    """
    state = ReplicaState(node.settings.base_url, _held().log_id)
    while state.size < _held().size:
        try:
            page, _ = _read(node, origin, state)
        except ProtocolError:
            return
        if not page.entries:
            return
        _compare_page(node, page, spoiled)
        state = page.state


def _compare_page(node: Node, page: Page, spoiled: ProtocolError) -> None:
    session = reading()
    held = log.own(session)
    first, last = page.entries[0].header.seq, page.entries[-1].header.seq
    chosen = sa.select(LogEntry.seq, LogEntry.header).where(LogEntry.log == held.id, LogEntry.seq.between(first, last))
    ours = dict(session.execute(chosen).all())
    for entry in page.entries:
        if ours.get(entry.header.seq, entry.header_bytes) != entry.header_bytes:
            note = doors.note(node, session, held, min(page.state.size, held.size))
            raise Frozen(f"entry {entry.header.seq} was written twice: {spoiled}", note, page.note)


def _held() -> ReplicaState:
    session = reading()
    session.rollback()
    return replica.state_of(log.own(session))


def _read(node: Node, origin: str, state: ReplicaState) -> tuple[Page, bool]:
    """The next page of our log as that hub holds it, and whether its note is of a key that is valid now.

    A page in the middle may end with a note of an earlier key: it counts only once a later note stands behind it.
    """
    data = peers.client(node, origin).mirror(state.origin, state.log_id, state.size)
    keyset, now = node.identity.keyset, node.clock()
    try:
        return read_page(state, keyset, data, now=now), True
    except BadCheckpoint:
        return _read_as_then(state, keyset, data), False
    except Frozen as shrunk:
        raise RootMismatch(shrunk.detail) from shrunk  # an older note of ours is no crime; `compare` finds out


def _read_as_then(state: ReplicaState, keyset: Keyset, data: bytes) -> Page:
    moments: list[datetime] = [online.not_before for online in keyset.signing]
    for moment in moments:
        try:
            return read_page(state, keyset, data, now=moment)
        except BadCheckpoint:
            continue
    raise BadCheckpoint("no key of this hub has signed this page")


def _differs(state: ReplicaState, signed: SignedCheckpoint) -> bool:
    return state.size == signed.size and state.edge.root() != signed.root


def _unexplained(pages: list[Page]) -> set[str]:
    """Ids whose last entry so far is a put without its body."""
    last = {entry.header.id: entry for page in pages for entry in page.entries}
    return {rec for rec, entry in last.items() if entry.header.op == "put" and entry.body is None}


def _applied(node: Node, pages: list[Page]) -> int:
    total = 0
    for page in pages:
        with transaction() as session:
            total += restoring.apply(session, log.own(session), page, node.clock())
    return total


def _tell(node: Node, origin: str, entries: int) -> None:
    with transaction() as session:
        events.tell(session, node.clock(), node.settings.base_url, "returned", f"{entries} {origin}")
