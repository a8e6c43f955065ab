"""The ledger of what this hub has taken back: who had the text, who has deleted it, and who is late.

Nothing of it is written down beside the log, so nothing can be forgotten: it follows from the own log, from what was
given to whom (`handing`), from the cursors of the peers, and from their receipts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import canonical
from federation.encoding import parse_timestamp
from federation.receipts import Receipt
from hubnode.db import reading, transaction
from hubnode.network import events, handing, peers
from hubnode.network.erasure_models import ErasureReceipt, Handed, OverdueErasure
from hubnode.network.models import Peer
from hubnode.network.node import current_node
from hubnode.records import kinds, log, scrub
from hubnode.records.models import Log, LogEntry, Record
from hubnode.records.removal_models import Removal

State = Literal["appended", "delivered", "receipted"]
PATIENCE = timedelta(hours=72)
"""Time in which a hub confirms; then it is overdue, and people are told."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A hub that had the text of a record: a recipient in the sense of GDPR Art. 19."""

    origin: str
    name: str
    member: str
    """``active``, ``suspended``, ``left``, or ``former`` for a hub that is no longer known."""
    seq: int
    """The entry of our log that asks this hub to delete."""
    given_at: datetime | None
    """When it last was given something of this log, as far as the text goes; None where a receipt alone tells of it."""
    state: State
    overdue: bool
    receipt: Receipt | None = None
    received_at: datetime | None = None
    keyset: bytes = b""
    """The keyset under which the receipt was verified."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """A record that was erased, or taken back so that only this hub still has its text."""

    id: str
    uri: str
    kind: str
    erased: bool
    """Erased for good; else withdrawn, or narrowed to this hub."""
    removed_at: datetime
    seq: int | None
    """The last entry of our log about it; None where it never left this hub."""
    was_public: bool
    cleared: bool
    """Whether our own files are clear of what was deleted here."""
    done_at: datetime | None
    """When they were; None while they are not, and for what was taken back before this was noted."""
    holders: Sequence[Holder]

    @property
    def confirmed(self) -> int:
        """How many of the hubs that had the text have deleted it."""
        return sum(holder.state == "receipted" for holder in self.holders)

    @property
    def overdue(self) -> int:
        """How many of them should have confirmed long since."""
        return sum(holder.overdue for holder in self.holders)

    @property
    def complete(self) -> bool:
        """Whether all of them have confirmed."""
        return self.confirmed == len(self.holders)


def ledger(now: datetime) -> list[Erasure]:
    """Everything this hub has taken back and not published again: overdue first, then incomplete, then the newest."""
    found = _erasures(reading(), now)
    return sorted(found, key=lambda one: (not one.overdue, one.complete, -one.removed_at.timestamp()))


def of(id: str, now: datetime) -> Erasure | None:
    """What became of one record of ours; None where it was not taken back."""
    return next(iter(_erasures(reading(), now, id)), None)


def taken_back(id: str, now: datetime) -> Erasure | None:
    """What became of the earlier versions of a record of ours that is published again without something.

    None where nothing of it was ever taken back.
    """
    return next(iter(_erasures(reading(), now, id, again=True)), None)


def waiting() -> int:
    """How many of them some hub should have confirmed long since; for the overview of administration."""
    return sum(bool(one.overdue) for one in ledger(current_node().clock()))


def chase(now: datetime) -> None:
    """Tell people, once, of each hub that has not confirmed in time. A transaction of its own, if there is any."""
    late = [(one.id, holder) for one in ledger(now) for holder in one.holders if holder.overdue]
    if not late:
        return
    session = reading()
    log_id = log.own(session).log_id
    told = set(session.execute(sa.select(OverdueErasure.origin, OverdueErasure.seq).filter_by(log_id=log_id)).all())
    news = [(id, holder) for id, holder in late if (holder.origin, holder.seq) not in told]
    if not news:
        return
    with transaction() as session:
        for id, holder in news:
            session.add(OverdueErasure(origin=holder.origin, log_id=log_id, seq=holder.seq, told_at=now))
            events.tell(session, now, holder.origin, "erasure-overdue", id)


@dataclass(frozen=True, slots=True)
class _Step:
    """One entry about a record, without its text."""

    seq: int
    op: str
    header: bytes


@dataclass(frozen=True, slots=True)
class _Known:
    """What the ledger of several records is made of."""

    handed: Mapping[str, Sequence[Handed]]
    peers: Mapping[str, Peer]
    receipts: Mapping[str, Sequence[ErasureReceipt]]
    """By record."""
    removals: Mapping[str, Removal]
    """By record: what was noted when it was taken back last."""
    clear: bool
    """Whether our own files are clear of everything."""


def _erasures(session: Session, now: datetime, id: str | None = None, *, again: bool = False) -> list[Erasure]:
    own = log.own(session)
    steps = _steps(session, own, id)
    known = _known(session, own, id)
    wanted = sa.select(Record).where(Record.origin == own.origin, Record.own, Record.kind.in_(kinds.KINDS))
    gone = sa.or_(Record.rec.in_(_removed(own)), Record.state == "erased")
    records = session.scalars(wanted.where(Record.rec == id if id is not None else gone)).all()
    if again:
        steps = {rec: _until_removal(about) for rec, about in steps.items()}
    found = (_erasure(own, record, steps.get(record.rec, []), known, now) for record in records)
    return [one for one in found if one is not None]


def _until_removal(steps: Sequence[_Step]) -> list[_Step]:
    """The steps up to the last that took something back."""
    last = max((place for place, step in enumerate(steps) if step.op != "put"), default=-1)
    return list(steps[: last + 1])


def _removed(own: Log) -> sa.Select[str]:
    """The ids of records that an entry has taken back; found by an index of such entries alone."""
    return sa.select(LogEntry.rec).where(LogEntry.log == own.id, LogEntry.op != "put").distinct()


def _steps(session: Session, own: Log, id: str | None) -> dict[str, list[_Step]]:
    about = LogEntry.rec == id if id is not None else LogEntry.rec.in_(_removed(own))
    chosen = sa.select(LogEntry.rec, LogEntry.seq, LogEntry.op, LogEntry.header).where(LogEntry.log == own.id, about)
    found: dict[str, list[_Step]] = {}
    for rec, seq, op, header in session.execute(chosen.order_by(LogEntry.seq)):
        found.setdefault(rec, []).append(_Step(seq, op, header))
    return found


def _known(session: Session, own: Log, id: str | None) -> _Known:
    taken = sa.select(ErasureReceipt).where(ErasureReceipt.log_id == own.log_id)
    noted = sa.select(Removal).where(Removal.log == own.id)
    if id is not None:
        taken, noted = taken.where(ErasureReceipt.rec == id), noted.where(Removal.rec == id)
    receipts: dict[str, list[ErasureReceipt]] = {}
    for row in session.scalars(taken.order_by(ErasureReceipt.seq)):
        receipts.setdefault(row.rec, []).append(row)
    return _Known(
        handing.runs(session, own.log_id),
        {peer.origin: peer for peer in session.scalars(sa.select(Peer))},
        receipts,
        {row.rec: row for row in session.scalars(noted.order_by(Removal.seq))},
        not scrub.pending(),
    )


def _erasure(own: Log, record: Record, steps: Sequence[_Step], known: _Known, now: datetime) -> Erasure | None:
    if not steps and record.state != "erased":
        return None
    if steps and steps[-1].op == "put":
        return None
    removed_at = _moment(steps[-1]) if steps else record.updated_at
    removal = known.removals.get(record.rec)
    return Erasure(
        id=record.rec,
        uri=f"{own.origin}/r/{record.rec}",
        kind=record.kind,
        erased=record.state == "erased",
        removed_at=removed_at,
        seq=steps[-1].seq if steps else None,
        was_public=record.was_public,
        cleared=known.clear or (removal is not None and removal.done_at is not None),
        done_at=removal.done_at if removal is not None else None,
        holders=_holders(record.rec, steps, known, now),
    )


def _holders(rec: str, steps: Sequence[_Step], known: _Known, now: datetime) -> list[Holder]:
    receipts = known.receipts.get(rec, ())
    found = []
    for origin in sorted({*known.handed, *(row.origin for row in receipts)}):
        own = [row for row in receipts if row.origin == origin]
        owed = _owed(steps, known.handed.get(origin, ()), own)
        if owed is not None:
            found.append(_holder(origin, owed, known, own, now))
    return found


def _owed(steps: Sequence[_Step], handed: Sequence[Handed], receipts: Sequence[ErasureReceipt]) -> _Step | None:
    """The entry that took back the last text the hub was given; None where it never had one."""
    owed: _Step | None = None
    removal: _Step | None = None
    for step in reversed(steps):
        if step.op != "put":
            removal = step
        elif (
            removal is not None
            and owed is None
            and handing.given(handed, step.seq, removal.seq, public=handing.is_public(step.header))
        ):
            owed = removal
    if owed is None:
        # It may have read our log at a third hub, and says so: what it has deleted, it had.
        said = {row.seq for row in receipts if _read(row).scopes}
        owed = next((step for step in reversed(steps) if step.seq in said), None)
    return owed


def _holder(origin: str, owed: _Step, known: _Known, receipts: Sequence[ErasureReceipt], now: datetime) -> Holder:
    peer = known.peers.get(origin)
    row = next((row for row in receipts if row.seq >= owed.seq), None)
    delivered = peer is not None and peer.acked_size > owed.seq
    return Holder(
        origin=origin,
        name=peers.card_of(peer).name if peer is not None else origin.split("://", 1)[1],
        member=peer.state if peer is not None else "former",
        seq=owed.seq,
        given_at=_given_at(known.handed.get(origin, ()), owed),
        state="receipted" if row is not None else "delivered" if delivered else "appended",
        overdue=row is None and now - _moment(owed) > PATIENCE,
        receipt=_read(row) if row is not None else None,
        received_at=row.received_at if row is not None else None,
        keyset=row.keyset if row is not None else b"",
    )


def _given_at(handed: Sequence[Handed], owed: _Step) -> datetime | None:
    before = [run.at for run in handed if run.first < owed.seq and run.size <= owed.seq]
    return max(before, default=None)


def _moment(step: _Step) -> datetime:
    return parse_timestamp(canonical.decode(step.header)["ts"])


def _read(row: ErasureReceipt) -> Receipt:
    return Receipt.from_json(canonical.decode(row.receipt))
