"""Statements: what hubs say in their logs about themselves and each other; folded like records, never shown.

A statement is an entry of a kind named here. It is kept in the record table in the state ``statement``, so the digest,
a rebuild and an erasure treat it as they treat every other entry; what it means is for the network room to judge.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from ulid import ULID

from federation import canonical
from hubnode.records import log
from hubnode.records.models import Record

KINDS = frozenset({"keyset", "member", "moved", "left", "epoch"})
"""The kinds of statements; no kind of record is called so."""
STATE = "statement"
UNSAID = "unsaid"
"""The state of an own statement that was taken back; at other hubs it is ``withdrawn``, like a record."""


def say(session: Session, kind: str, body: dict[str, Any], now: datetime) -> str:
    """Append a statement of this hub to its own log; answers its id. Part of the caller's transaction."""
    if kind not in KINDS:
        raise ValueError(f"{kind} is no kind of statement")
    content = canonical.encode(body)
    said = Record(
        origin=log.own(session).origin,
        rec=str(ULID.from_datetime(now)),
        own=True,
        kind=kind,
        state=STATE,
        level="network",
        rev=1,
        body=content,
        draft_token=0,
        was_public=False,
        created_at=now,
        published_at=now,
        updated_at=now,
    )
    session.add(said)
    session.flush()
    [said.bh] = log.append(session, [log.Change("put", said, "network", content)], now)
    return said.rec


def said_by(session: Session, origin: str, kind: str) -> list[dict[str, Any]]:
    """The bodies of all statements of one kind by the hub at `origin`, oldest first."""
    chosen = sa.select(Record.body).where(Record.origin == origin, Record.kind == kind, Record.state == STATE)
    return [canonical.decode(body) for body in session.scalars(chosen.order_by(Record.id)) if body is not None]


def said(session: Session, origin: str, kind: str) -> list[tuple[str, dict[str, Any]]]:
    """Id and body of all statements of one kind by the hub at `origin`, oldest first; for taking one back."""
    chosen = sa.select(Record.rec, Record.body).where(
        Record.origin == origin, Record.kind == kind, Record.state == STATE, Record.body.is_not(None)
    )
    return [(rec, canonical.decode(body or b"{}")) for rec, body in session.execute(chosen.order_by(Record.id))]


def unsay(session: Session, rec: str, now: datetime) -> None:
    """Take back a statement of this hub: its body is gone from the log, for whoever reads the log from now on too.

    Part of the caller's transaction. What has been taken back already stays so.
    """
    mine = log.own(session)
    held = session.scalar(sa.select(Record).where(Record.origin == mine.origin, Record.rec == rec, Record.own))
    if held is None or held.state != STATE:
        return
    held.rev += 1
    log.append(session, [log.Change("del", held)], now)
    held.state, held.body, held.bh, held.updated_at = UNSAID, None, None, now
