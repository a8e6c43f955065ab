"""The table of the audit trail: security-relevant acts, added and never changed."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime


class AuditNote(Base):
    """One security-relevant act. Triggers refuse every change; see migration 0019 for the one deletion they allow."""

    __tablename__ = "audit_note"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    act: Mapped[str] = mapped_column(sa.String(40), index=True)
    actor: Mapped[str] = mapped_column(sa.String(20))
    """As what somebody acted, never who: a key of `audit.ACTORS`."""
    account: Mapped[int | None] = mapped_column(BigId)
    """Number of the account that acted; no foreign key, because a deleted account must not need a change here."""
    about: Mapped[str] = mapped_column(sa.String(255))
    """What was acted on: a hub, a record, ``account:7``; never a name or a mail address."""
    detail: Mapped[str] = mapped_column(sa.Text)
    """More of it, as a JSON object of texts."""
    until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Only of the note of a clearing: notes from before may be deleted."""
