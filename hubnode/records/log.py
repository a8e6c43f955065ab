"""This hub's own append-only log: it grows in the transaction of the record that it tells of.

The log's tables live with the records, below the network room: publishing must be one transaction, and nothing here
speaks to anybody.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import entries, pages, tree
from hubnode.db import insert_many
from hubnode.records import removals
from hubnode.records.models import Log, LogEntry, Record

SHARED = ("public", "network")
CHUNK = 100
_OWN = sa.select(Log).where(Log.own)
OWN = "own log"
"""Where a session remembers the number of the own log, which never changes."""


class NoLog(Exception):
    """This node has no log of its own yet; `hubnode init` opens it."""


class OtherOrigin(Exception):
    """The log was opened under another address; a hub can't change its origin by a setting."""


class NotWritable(Exception):
    """This hub must not publish now: it is asking the others what they hold of its log, or they contradict it.

    `state` is ``checking`` or ``readonly``. Nothing was changed.
    """

    def __init__(self, state: str) -> None:
        super().__init__(f"the own log is {state}")
        self.state = state


def open_own(session: Session, origin: str, now: datetime) -> Log:
    """This hub's own log, opened if there is none; raises `OtherOrigin`. Part of the caller's transaction."""
    held = session.scalar(sa.select(Log).where(Log.own))
    if held is None:
        held = Log(origin=origin, log_id=secrets.token_hex(16), own=True, size=0, edge=tree.CompactRange().to_bytes())
        held.changed_at = now
        session.add(held)
        session.flush()
    if held.origin != origin:
        raise OtherOrigin(f"the log belongs to {held.origin}, the settings say {origin}")
    return held


def own(session: Session) -> Log:
    """This hub's own log; raises `NoLog`."""
    known = session.info.get(OWN)
    held = session.get(Log, known) if known is not None else session.scalar(_OWN)
    if held is None:
        raise NoLog("this node has no log; run: hubnode init")
    session.info[OWN] = held.id
    return held


def locked(session: Session) -> Log:
    """This hub's own log, held against other writers until the transaction ends. SQLite holds the whole database."""
    if session.get_bind().dialect.name != "sqlite":
        chosen = sa.select(Log).where(Log.own).with_for_update()
        session.execute(chosen, execution_options={"populate_existing": True})
    return own(session)


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a record: a ``put`` has a body and its level, ``del`` and ``erase`` have neither."""

    op: str
    record: Record
    level: str | None = None
    body: bytes | None = None


def append(session: Session, changes: Sequence[Change], now: datetime) -> list[str | None]:
    """Append what happened to records; answers the commitment of each body. Part of the caller's transaction.

    What a ``del`` or an ``erase`` takes back leaves the log with it: nobody is given its earlier texts any more. The
    revision of each record must have grown already. A level that does not leave the hub is refused (I7). Raises
    `NotWritable` while this hub is not sure that its log is the one that the others know.
    """
    held = locked(session)
    if changes and held.state != "active":
        raise NotWritable(held.state)
    edge, rows, commitments = tree.CompactRange.from_bytes(held.edge), [], []
    for seq, change in enumerate(changes, start=held.size):
        entry = _entry(held, seq, change, now)
        nodes, edge = tree.completed(edge, entry.leaf)
        rows.append(row(held.id, entry, nodes))
        commitments.append(entry.header.bh)
    if rows:
        insert_many(session, LogEntry, COLUMNS, rows)
        _take_back(session, held, changes, now)
        held.edge, held.size, held.changed_at = edge.to_bytes(), edge.size, now
    return commitments


def _take_back(session: Session, held: Log, changes: Sequence[Change], now: datetime) -> None:
    for seq, change in enumerate(changes, start=held.size):
        if change.op != "put":
            removals.take_back(session, held.id, seq, change.record.rec, now)


def _entry(held: Log, seq: int, change: Change, now: datetime) -> entries.Entry:
    record = change.record
    level = change.level or (record.level if record.level in SHARED else "network")
    if level not in SHARED:
        raise ValueError(f"a record of level {level} never enters the log")
    return entries.make_entry(
        origin=held.origin,
        log=held.log_id,
        seq=seq,
        ts=now,
        op=change.op,
        kind=record.kind,
        id=record.rec,
        rev=record.rev,
        vis=level,
        body=change.body,
    )


COLUMNS = ("log", "seq", "rec", "rev", "op", "header", "body", "salt", "nodes", "untaken")


def row(log_pk: int, entry: entries.Entry, nodes: Sequence[bytes], *, untaken: bool = False) -> tuple[object, ...]:
    """The values of `COLUMNS` that keep an entry; one that is `untaken` without its body."""
    header = entry.header
    return (
        log_pk,
        header.seq,
        header.id,
        header.rev,
        header.op,
        entry.header_bytes,
        None if untaken else entry.body_bytes,
        None if untaken else entry.salt,
        b"".join(nodes),
        untaken,
    )


def give_up(session: Session, log_pk: int, chosen: sa.ColumnElement[bool]) -> None:
    """Keep the bodies of these entries no longer: their origin has them. Part of the caller's transaction."""
    kept = sa.update(LogEntry).where(LogEntry.log == log_pk, LogEntry.body.is_not(None), chosen)
    if session.scalars(kept.values(body=None, salt=None, untaken=True).returning(LogEntry.seq)).all():
        removals.want_scrub(session)


def lines(
    session: Session, held: Log, after: int, limit: int, withheld: Callable[[bytes, bytes], bool] | None = None
) -> list[bytes]:
    """The lines from entry `after` on that fit one page; without body and salt where `withheld` (header, body) says."""

    def rows() -> Iterator[bytes]:
        for start in range(after, min(after + limit, held.size), CHUNK):
            chosen = (
                sa.select(LogEntry.header, LogEntry.body, LogEntry.salt)
                .where(LogEntry.log == held.id, LogEntry.seq >= start, LogEntry.seq < min(start + CHUNK, after + limit))
                .order_by(LogEntry.seq)
            )
            for header, body, salt in session.execute(chosen):
                bare = withheld is not None and body is not None and withheld(header, body)
                yield entries.encode_line(header, None if bare else body, None if bare else salt)

    return pages.fitting(rows(), limit)


def root(held: Log) -> bytes:
    """The root over all entries held."""
    return (tree.CompactRange.from_bytes(held.edge) if held.edge else tree.CompactRange()).root()


def root_at(session: Session, held: Log, size: int) -> bytes:
    """The root over the first `size` entries."""
    return root(held) if size == held.size else tree.root_at(size, node_of(session, held.id))


def node_of(session: Session, log_pk: int) -> Callable[[int, int], bytes]:
    """The hash of the perfect subtree (level, index), from the entry that completed it."""

    def node(level: int, index: int) -> bytes:
        seq, place = tree.stored_at(level, index)
        nodes = session.scalar(sa.select(LogEntry.nodes).where(LogEntry.log == log_pk, LogEntry.seq == seq))
        if nodes is None:
            raise LookupError(f"entry {seq} is not held")
        return nodes[place * 32 : place * 32 + 32]

    return node
