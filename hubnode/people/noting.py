"""What happened to somebody's factors: noted for the operator, and told to the person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from hubnode.people import audit


def noted(session: Session, act: str, account_id: int, by: str, now: datetime) -> None:
    """Keep what was done to an account by somebody of this role; part of the caller's transaction."""
    audit.note(session, act, now, by=by, about=f"account:{account_id}")
