"""When a log contradicts itself: stop taking it, keep both notes as evidence, tell the people (I4)."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy.orm import Session

from federation.errors import Frozen
from hubnode.network import events
from hubnode.records.models import Log


def freeze(session: Session, held: Log, contradiction: Frozen, now: datetime) -> None:
    """Freeze one copy at its last good state; only the operator resumes it. Part of the caller's transaction."""
    if held.state == "frozen":
        return
    held.state = "frozen"
    held.evidence = json.dumps({"held": contradiction.held, "seen": contradiction.seen, "why": contradiction.detail})
    events.tell(session, now, held.origin, "frozen", contradiction.detail)
