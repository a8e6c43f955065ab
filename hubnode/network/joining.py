"""Joining as the hub that is asked: its administrator decides, the other hub is told, and both pin each other."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.card import HubCard
from federation.errors import PeerProblem, ProtocolError
from federation.joining import JoinAnswer
from hubnode.db import reading, transaction
from hubnode.network import agreements, peers
from hubnode.network import joining_rows as rows
from hubnode.network.agreements import Agreement
from hubnode.network.joining_models import Invitation, Joining
from hubnode.network.joining_rows import CantJoin, Request
from hubnode.network.node import Node
from hubnode.people import audit
from hubnode.people.confirming import Confirmed
from hubnode.records import log

KEPT = timedelta(days=30)
"""How long a request that is over can be looked at."""


def request(number: int) -> Request:
    """One request to join of another hub; raises `CantJoin`."""
    row = reading().scalar(sa.select(Joining).where(Joining.id == number, Joining.direction == "in"))
    if row is None:
        raise CantJoin("unknown", f"there is no request {number}")
    return rows.as_request(row)


def approve(proof: Confirmed, number: int, now: datetime, agreement: Agreement | None = None) -> str:
    """Take in the hub that asked; it is told at once, and is a member when it has confirmed. Answers its origin.

    Without an agreement it is given public data only. Raises `CantJoin` where nothing waits to be decided. A
    transaction of its own.
    """
    return _decide(proof, number, "approved", now, agreement)


def reject(proof: Confirmed, number: int, now: datetime) -> str:
    """Turn down the hub that asked, and tell it; answers its origin. Raises `CantJoin`. A transaction of its own."""
    return _decide(proof, number, "rejected", now)


def answer_due(now: datetime) -> sa.ColumnElement[bool]:
    """That a hub is to be told what was decided, as a condition."""
    return sa.exists(rows.due("in", ("approved", "rejected"), now))


def claim_answers(session: Session, now: datetime, limit: int) -> list[str]:
    """Origins to answer now, each claimed by pushing its due time: of two workers only one gets it."""
    return rows.claim(session, rows.due("in", ("approved", "rejected"), now), now, limit)


def answer(node: Node, origin: str) -> None:
    """Tell the hub at `origin` what was decided; when it has taken the approval, pin it."""
    session = reading()
    row = session.scalar(sa.select(Joining).where(Joining.direction == "in", Joining.origin == origin))
    if row is None or row.state not in ("approved", "rejected"):
        return
    number, request_id, decided = row.id, row.ask, row.state
    told = JoinAnswer(decided, node.identity.keyset, log.own(session).log_id)
    try:
        peers.client(node, origin).answer_join(request_id, told)
    except PeerProblem as problem:
        if problem.retryable or problem.problem_type == "clock-skew":
            rows.again(node, number, problem)
        else:
            rows.settle(number, "failed" if decided == "approved" else decided, problem.problem_type)
    except ProtocolError as error:
        rows.again(node, number, error)
    else:
        _answered(number, decided, request_id, node.clock())


def sweep(now: datetime) -> None:
    """Let requests and invitations end that nobody has decided or used. A transaction of its own."""
    with transaction() as session:
        late = sa.update(Joining).where(Joining.expires_at < now, Joining.state.in_(rows.OPEN))
        session.execute(late.values(state="expired", due_at=None))
        over = Joining.state.in_(("expired", "rejected", "failed"))
        session.execute(sa.delete(Joining).where(over, Joining.expires_at < now - KEPT))
        session.execute(sa.delete(Invitation).where(Invitation.expires_at < now - KEPT))


def _decide(proof: Confirmed, number: int, decision: str, now: datetime, agreement: Agreement | None = None) -> str:
    with transaction() as session:
        waits = (Joining.id == number, Joining.direction == "in", Joining.state == "pending", Joining.expires_at > now)
        decided = sa.update(Joining).where(*waits).values(state=decision, due_at=now, expires_at=now + rows.LIFE)
        origin = session.scalar(decided.values(failures=0).returning(Joining.origin))
        if origin is None:
            raise CantJoin("unknown", f"there is no request {number} that waits to be decided")
        act = "peer.admitted" if decision == "approved" else "peer.rejected"
        told = {"reference": agreement.reference} if agreement else {}
        audit.note(session, act, now, by=proof, about=str(origin), detail=told)
        if agreement is not None:
            agreements.keep(session, str(origin), agreement, now)
        return str(origin)


def _answered(number: int, decided: str, request_id: str, now: datetime) -> None:
    """The hub has taken our answer: pin it, if it was welcome."""
    with transaction() as session:
        row = session.get_one(Joining, number)
        if row.ask != request_id or row.state != decided:
            return  # it has asked anew meanwhile, and will be answered anew
        row.due_at = None
        if decided == "rejected":
            return
        row.state = "member"
        try:
            peers.pin(session, HubCard.parse(row.card or b"", row.root, origin=row.origin), now)
        except peers.CantPin as refusal:
            row.state, row.last_error = "failed", str(refusal)[:64]
