"""Who has been given a record of ours, which versions of it, and when (GDPR Art. 15(1)(c), 19): told to its person.

It follows from what was handed out page by page, from the cursors of the peers, and from their receipts; readers of
public pages and feeds are a kind, because nobody knows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import reading
from hubnode.network import erasure, handing, peers
from hubnode.network.erasure_models import Handed
from hubnode.network.models import Peer
from hubnode.records import log
from hubnode.records.models import LogEntry, Record, own_record


@dataclass(frozen=True, slots=True)
class Recipient:
    """One hub that was given at least one version."""

    origin: str
    name: str
    revisions: Sequence[int]
    """Numbers of the versions that it was given with their text."""
    first_at: datetime
    last_at: datetime
    deleted_at: datetime | None
    """When it has deleted what was taken back last, by its own receipt; None where there is none."""


@dataclass(frozen=True, slots=True)
class Recipients:
    """All who were given a record."""

    hubs: Sequence[Recipient]
    public: bool
    """Whether it ever stood on public pages and in feeds, whose readers nobody knows."""
    network: bool
    """Whether signed-in people of the member hubs could read it."""


def of(id: str, now: datetime) -> Recipients:
    """The recipients of the own record `id`, by name; none for one that never left this hub."""
    session = reading()
    own = log.own(session)
    record = session.scalar(sa.select(Record).where(own_record(id)))
    puts = _puts(session, own.id, id)
    if record is None or not puts:
        return Recipients((), False, False)
    known = {peer.origin: peer for peer in session.scalars(sa.select(Peer))}
    gone = erasure.of(id, now) or erasure.taken_back(id, now)
    receipts = {holder.origin: holder.receipt for holder in gone.holders} if gone is not None else {}
    found = []
    for origin, runs in handing.runs(session, own.log_id).items():
        receipt = receipts.get(origin)
        one = _recipient(origin, known.get(origin), runs, puts, receipt.done_at if receipt is not None else None)
        found += [one] if one is not None else []
    return Recipients(sorted(found, key=lambda one: one.name), record.was_public, True)


@dataclass(frozen=True, slots=True)
class _Put:
    """One version in our log, and from where on its text was no longer given."""

    seq: int
    rev: int
    until: int
    public: bool


def _puts(session: Session, own: int, id: str) -> list[_Put]:
    chosen = sa.select(LogEntry.seq, LogEntry.rev, LogEntry.op, LogEntry.header).where(
        LogEntry.log == own, LogEntry.rec == id
    )
    steps = session.execute(chosen.order_by(LogEntry.seq)).all()
    removals = [seq for seq, _, op, _ in steps if op != "put"]
    never = 2**62
    return [
        _Put(seq, rev, next((gone for gone in removals if gone > seq), never), handing.is_public(header))
        for seq, rev, op, header in steps
        if op == "put"
    ]


def _recipient(
    origin: str, peer: Peer | None, runs: Sequence[Handed], puts: Sequence[_Put], deleted_at: datetime | None
) -> Recipient | None:
    times, revisions = [], []
    for put in puts:
        given = [run.at for run in runs if handing.given([run], put.seq, put.until, public=put.public)]
        if given:
            times.append(min(given))
            revisions.append(put.rev)
    if not times:
        return None
    name = peers.card_of(peer).name if peer is not None else origin.split("://", 1)[1]
    return Recipient(origin, name, revisions, min(times), max(times), deleted_at)
