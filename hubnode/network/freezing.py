"""When a log contradicts itself: stop taking it, keep both notes as evidence, tell the people (I4)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.errors import Frozen
from hubnode.db import transaction
from hubnode.network import events
from hubnode.network.models import Peer
from hubnode.people.confirming import Confirmed
from hubnode.records.models import Log


class NotFrozen(Exception):
    """There is nothing to resume."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Two signed notes that one honest log can't both have issued, exactly as they were signed."""

    origin: str
    why: str
    held: str
    """The note that was held here, or our own."""
    seen: str
    """The note that contradicts it."""


def freeze(session: Session, held: Log, contradiction: Frozen, now: datetime) -> None:
    """Freeze one copy at its last good state; only the operator resumes it. Part of the caller's transaction."""
    if held.state == "frozen":
        return
    held.state = "frozen"
    held.evidence = json.dumps({"held": contradiction.held, "seen": contradiction.seen, "why": contradiction.detail})
    events.tell(session, now, held.origin, "frozen", contradiction.detail)


def resume(proof: Confirmed, origin: str, now: datetime) -> None:
    """Follow a frozen log again from its last good state. A transaction of its own; raises `NotFrozen`.

    Nothing is forgiven by it: where the log still contradicts itself, the next pull freezes it again. Where its hub has
    begun a new epoch meanwhile, the copy follows it there.
    """
    with transaction() as session:
        chosen = sa.select(Peer, Log).join(Log, Log.id == Peer.log).where(Peer.origin == origin, Log.state == "frozen")
        found = session.execute(chosen).first()
        if found is None:
            raise NotFrozen(f"the log of {origin} is not frozen")
        peer, held = found
        held.state = "active"
        peer.pull_failures, peer.last_error, peer.silent_since, peer.pull_due_at = 0, None, None, now
        events.tell(session, now, origin, "thawed", proof.by)


def evidence(session: Session, origin: str) -> Evidence | None:
    """What froze the copy of `origin`, or stopped our own log; None where nothing did."""
    held = session.scalar(sa.select(Log).where(Log.origin == origin, Log.state.in_(("frozen", "readonly"))))
    if held is None or not held.evidence:
        return None
    kept = json.loads(held.evidence)
    return Evidence(origin, kept["why"], kept.get("held", ""), kept.get("seen", ""))
