"""The choice that holds for each other hub, as kept in the database; where there is none, everything is taken."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from hubnode.db import Base, UTCDateTime
from hubnode.records import choosing
from hubnode.records.choosing import ALL, Choice


class ChoiceRow(Base):
    """What this hub takes and shows of one other hub."""

    __tablename__ = "choice"

    origin: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    rule: Mapped[bytes]
    """The document of the choice, canonical JSON."""
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)


def of(session: Session, origin: str) -> Choice:
    """What is taken and shown of the hub at `origin`."""
    kept = session.scalar(sa.select(ChoiceRow.rule).where(ChoiceRow.origin == origin))
    return ALL if kept is None else choosing.decode(kept)


def put(session: Session, origin: str, choice: Choice, now: datetime) -> None:
    """Let `choice` hold for all that comes, not yet for what is here; part of the caller's transaction."""
    held = session.get(ChoiceRow, origin)
    if held is None:
        held = ChoiceRow(origin=origin)
        session.add(held)
    held.rule, held.changed_at = choosing.encode(choice), now
    session.flush()


def forget(session: Session, origin: str) -> None:
    """Forget what was chosen of a hub that is known no longer; part of the caller's transaction."""
    session.execute(sa.delete(ChoiceRow).where(ChoiceRow.origin == origin))
