"""Receipts between hubs: taking those for what we took back, and sending those for what we deleted for others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import uniform

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.errors import NotMember, PeerProblem, ProtocolError
from federation.receipts import MAX_RECEIPTS, Outcome, Receipt, encode_outcomes, parse_batch
from federation.signatures import DOCUMENT_TYPE, Verified
from hubnode.db import reading, transaction
from hubnode.network import events, peers
from hubnode.network.doors import Answer
from hubnode.network.erasure_models import ErasureReceipt, OverdueErasure
from hubnode.network.models import Peer
from hubnode.network.node import Node
from hubnode.records import log
from hubnode.records.models import Log, LogEntry
from hubnode.records.removal_models import Removal

LEASE = timedelta(seconds=60)
SCOPES = {
    "sqlite": ("files", "log", "media", "records", "search"),
    "postgresql": ("log", "media", "records", "search"),
}
"""What is emptied, by database; ``files``: no byte of it is left in the files of the database (see `scrub`)."""


def receive(node: Node, proof: Verified, body: bytes, now: datetime) -> Answer:
    """Take receipts of a member: each is kept, known, or about nothing that we took back. All or none is kept."""
    with transaction() as session:
        peer = peers.active(session, proof.origin)
        if peer is None:
            raise NotMember("this hub does not know you")
        keyset = peers.keyset_of(peer)
        batch = parse_batch(body, sender=keyset, to=node.settings.base_url, now=now)
        own, signed_by = log.own(session), keyset.to_bytes()
        outcomes = [_keep(session, own, receipt, signed_by, now) for receipt in batch]
    return Answer(encode_outcomes(outcomes), DOCUMENT_TYPE)


def _keep(session: Session, own: Log, receipt: Receipt, keyset: bytes, now: datetime) -> Outcome:
    entry = session.get(LogEntry, (own.id, receipt.seq))
    if entry is None or receipt.log != own.log_id or entry.rec != receipt.id or entry.op == "put":
        return "unknown"
    key = (receipt.by, receipt.log, receipt.seq)
    if session.get(ErasureReceipt, key) is not None:
        return "known"
    session.add(
        ErasureReceipt(
            origin=receipt.by,
            log_id=receipt.log,
            seq=receipt.seq,
            rec=receipt.id,
            receipt=receipt.to_bytes(),
            keyset=keyset,
            received_at=now,
        )
    )
    session.flush()
    if session.get(OverdueErasure, key) is not None:
        events.tell(session, now, receipt.by, "erasure-confirmed", receipt.id)
    return "taken"


def due(now: datetime) -> sa.ColumnElement[bool]:
    """That some hub waits for a receipt of ours that can be given, as a condition."""
    return sa.exists(_waiting(now))


def _waiting(now: datetime) -> sa.Select[int]:
    owed = sa.exists().where(Removal.log == Log.id, Removal.done_at.is_not(None), Removal.told_at.is_(None))
    rested = sa.or_(Peer.receipts_due_at.is_(None), Peer.receipts_due_at <= now)
    of_copy = sa.select(Peer.id).join(Log, Log.origin == Peer.origin).where(~Log.own, owed)
    return of_copy.where(Peer.state == "active", rested).distinct()


def claim(session: Session, now: datetime, limit: int) -> list[str]:
    """Origins to send receipts to, each claimed by pushing its due time: of two workers only one gets it."""
    chosen = _waiting(now).limit(limit).scalar_subquery()
    taken = sa.update(Peer).where(Peer.id.in_(chosen)).values(receipts_due_at=now + LEASE)
    return list(session.scalars(taken.returning(Peer.origin)))


@dataclass(frozen=True, slots=True)
class _Owed:
    """One receipt that can be given."""

    log_pk: int
    seq: int
    receipt: Receipt


def send(node: Node, origin: str) -> None:
    """Send the hub at `origin` the receipts it waits for, batch after batch, each signed anew.

    A batch is noted as sent only when its answer has come: after a crash it is sent again, and the hub knows it.
    """
    talk = peers.client(node, origin)
    while owed := _owed(node, origin):
        try:
            talk.receipts([one.receipt for one in owed])
        except ProtocolError as error:
            _failed(node, origin, error, node.clock())
            return
        _sent(origin, owed, node.clock())


def _owed(node: Node, origin: str) -> list[_Owed]:
    session = reading()
    session.rollback()  # a new look: the batch before was noted in a transaction of its own
    waiting = sa.select(Removal, Log.log_id).join(Log, Log.id == Removal.log).where(Log.origin == origin, ~Log.own)
    ready = waiting.where(Removal.done_at.is_not(None), Removal.told_at.is_(None)).order_by(Removal.log, Removal.seq)
    return [_signed(node, origin, *row) for row in session.execute(ready.limit(MAX_RECEIPTS))]


def _signed(node: Node, origin: str, removal: Removal, log_id: str) -> _Owed:
    done_at = removal.done_at or node.clock()
    days = node.settings.backup_days
    receipt = Receipt(
        by=node.settings.base_url,
        origin=origin,
        log=log_id,
        seq=removal.seq,
        id=removal.rec,
        done_at=done_at,
        scopes=SCOPES[reading().get_bind().dialect.name] if removal.held else (),
        backups_gone_by=done_at + timedelta(days=days) if days and removal.held else None,
    )
    return _Owed(removal.log, removal.seq, receipt.sign(node.identity.signing))


def _sent(origin: str, owed: Sequence[_Owed], now: datetime) -> None:
    with transaction() as session:
        for one in owed:
            chosen = sa.update(Removal).where(Removal.log == one.log_pk, Removal.seq == one.seq)
            session.execute(chosen.values(told_at=now))
        rested = sa.update(Peer).where(Peer.origin == origin)
        session.execute(rested.values(receipts_due_at=None, receipt_failures=0))


def _failed(node: Node, origin: str, error: ProtocolError, now: datetime) -> None:
    """Try again later, and later each time; a hub's own Retry-After is obeyed."""
    with transaction() as session:
        peer = session.scalars(sa.select(Peer).where(Peer.origin == origin)).one()
        peer.receipt_failures += 1
        seconds = min(5.0 * 2 ** min(peer.receipt_failures - 1, 20), node.settings.backoff_max_s)
        if isinstance(error, PeerProblem) and error.retry_after is not None:
            seconds = float(error.retry_after)
        peer.receipts_due_at = now + timedelta(seconds=seconds * uniform(0.8, 1.2))  # noqa: S311 - jitter, no secret


def resume(now: datetime) -> None:
    """Make every receipt due: a process that was killed has left its leases behind. A transaction of its own."""
    with transaction() as session:
        left = sa.update(Peer).where(Peer.receipts_due_at > now).values(receipts_due_at=None)
        session.execute(left)
