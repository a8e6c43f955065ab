"""Whether this hub may trust its own log, as far as its doors need to know it.

A hub that was restored from an old backup must not show others a smaller log as if it were its present one: they would
have to take it for a rollback and stop following it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.errors import Checking
from federation.routes import EntriesQuery
from federation.signatures import Verified
from hubnode.db import transaction
from hubnode.network.models import Peer
from hubnode.records.models import Log

RETRY_S = 2
"""Seconds after which a peer may ask again while this hub is checking its log."""
REPAIR_S = 300
"""The same while a person has to decide."""
DOUBT_EVERY = timedelta(hours=1)
"""How often one peer can make this hub look again, by claiming more of its log than it holds itself."""


def admit(proof: Verified, held: Log, asked: EntriesQuery, now: datetime) -> None:
    """Let a puller pass, or raise `Checking` where an answer would be taken for a rollback that may not be one."""
    if asked.log != held.log_id:
        return
    if held.state == "readonly":
        raise Checking("the log of this hub waits for its operator", REPAIR_S)
    if asked.after <= held.size:
        return
    if _doubted(proof, asked.after, now) or held.state == "checking":
        raise Checking("this hub is asking the others what they hold of its log", RETRY_S)


def refuse_unsure(held: Log) -> None:
    """Raise `Checking` unless the own log is known to be whole."""
    if held.state != "active":
        raise Checking("this hub is asking the others what they hold of its log", RETRY_S)


def _doubted(proof: Verified, cursor: int, now: datetime) -> bool:
    """Whether this claim to hold more than we do makes us look again: the first one, then at most one an hour."""
    calm = sa.or_(Peer.doubted_at.is_(None), Peer.doubted_at <= now - DOUBT_EVERY)
    chosen = sa.update(Peer).where(Peer.origin == proof.origin, Peer.acked_most < cursor)
    with transaction() as session:
        session.execute(chosen.values(acked_most=cursor))
        again = sa.update(Peer).where(Peer.origin == proof.origin, calm).values(doubted_at=now)
        if session.scalar(again.returning(Peer.id)) is None:
            return False
        check_again(session)
        return True


def check_again(session: Session) -> None:
    """Publish nothing more until the others were asked; part of the caller's transaction."""
    session.execute(sa.update(Log).where(Log.own, Log.state == "active").values(state="checking"))
