"""Where our records have arrived, read from the cursors of the others, never from attempts to send."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import fold, pages, tree
from federation.entries import Entry
from hubnode.config import Settings
from hubnode.db import reading, transaction
from hubnode.network.models import Peer
from hubnode.network.peers import HubView, all_hubs
from hubnode.records import log, replica
from hubnode.records.models import Log, LogEntry, Record


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a record has come: at how many of the other hubs, and at which."""

    arrived: int
    total: int
    hubs: Sequence[tuple[HubView, bool]]


def visible_at(settings: Settings, id: str) -> Reach | None:
    """Where the latest version of own record `id` has arrived; None where it never left the hub."""
    session = reading()
    own = log.own(session)
    seq = session.scalar(sa.select(sa.func.max(LogEntry.seq)).where(LogEntry.log == own.id, LogEntry.rec == id))
    if seq is None:
        return None
    cursors = dict(session.execute(sa.select(Peer.origin, Peer.acked_size).where(Peer.state == "active")).all())
    hubs = [(hub, cursors[hub.origin] > seq) for hub in all_hubs(settings) if hub.origin in cursors]
    return Reach(sum(there for _, there in hubs), len(hubs), hubs)


@dataclass(frozen=True, slots=True)
class Held:
    """One log as it is held here, with a digest of the records that came of it: equal digests mean equal tables."""

    origin: str
    log_id: str
    size: int
    root: str
    state: str
    digest: str


def held(session: Session) -> list[Held]:
    """Every log held here, by origin, with its root and the digest of its fold."""
    logs = session.scalars(sa.select(Log).order_by(Log.origin, Log.log_id)).all()
    return [
        Held(one.origin, one.log_id, one.size, log.root(one).hex(), one.state, digest(session, one)) for one in logs
    ]


def digest(session: Session, one: Log) -> str:
    """SHA-256 over (id, revision, commitment) of all live shared records of one log, in the order of their ids."""
    live = sa.select(Record.rec, Record.rev, Record.bh).where(Record.origin == one.origin, Record.bh.is_not(None))
    made = hashlib.sha256()
    for rec, rev, bh in session.execute(live.order_by(Record.rec)):
        made.update(f"{rec} {rev} {bh}\n".encode())
    return made.hexdigest()


def rebuild(now: datetime) -> int:
    """Build the records of all other hubs anew from their logs; answers how many copies there were.

    One transaction for each copy. After an update it reads what an older version could not.
    """
    copies = reading().scalars(sa.select(Log.id).where(~Log.own)).all()
    for number in copies:
        with transaction() as session:
            replica.refold(session, session.get_one(Log, number), now)
    return len(copies)


def verify(session: Session) -> list[str]:
    """Every way in which a log held here differs from its own entries, or the records differ from their log (I5)."""
    return [
        finding for one in session.scalars(sa.select(Log).order_by(Log.origin)) for finding in _findings(session, one)
    ]


def _findings(session: Session, one: Log) -> Iterator[str]:
    edge, entries, missing = tree.CompactRange(), [], set[int]()
    for start in range(0, one.size, pages.MAX_LINES):
        missing |= replica.untaken(session, one, start, pages.MAX_LINES)
        for entry in replica.stored(session, one, start, pages.MAX_LINES):
            edge = edge.append(entry.leaf)
            entries.append(entry)
    if edge.size != one.size or edge.root() != log.root(one):
        yield f"{one.origin}: the tree over the stored entries is not the one that was signed"
    if not one.own and one.note and _root_in(one.note) != edge.root():
        yield f"{one.origin}: the signed checkpoint has another root"
    held = sa.select(Record.rec, Record.rev, Record.bh).where(Record.origin == one.origin, Record.bh.is_not(None))
    if _live(entries, missing) != {(rec, rev, bh) for rec, rev, bh in session.execute(held)}:
        yield f"{one.origin}: the records are not what the log says"


def _live(entries: Sequence[Entry], missing: Set[int]) -> set[tuple[str, int, str | None]]:
    """What is live after these entries: id, revision, commitment; also where the body is `missing` by our choice."""
    live: dict[str, tuple[str, int, str | None]] = {}
    for step in fold.steps(entries, lambda _: None):
        header, there = step.entry.header, step.entry.body is not None or step.entry.header.seq in missing
        if isinstance(step.decision, fold.Apply):
            live.pop(header.id, None)
            if header.op == "put" and there:
                live[header.id] = (header.id, header.rev, header.bh)
    return set(live.values())


def _root_in(note: str) -> bytes:
    return base64.b64decode(note.split("\n")[2])
