"""The table of letters that wait to be sent."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime

STATES = ("waiting", "dead", "kept")


class MailOut(Base):
    """One letter: to whom and what it says is sealed; once a mail server has taken it, the row is gone."""

    __tablename__ = "mail_out"
    __table_args__ = (
        sa.CheckConstraint("state IN ({})".format(", ".join(f"'{one}'" for one in STATES)), name="state_known"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    template: Mapped[str] = mapped_column(sa.String(40))
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    state: Mapped[str] = mapped_column(sa.String(8))
    """``waiting``, ``dead`` when it is given up, ``kept`` where the demo shows it instead of sending it."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """After this it is no use any more, such as a link that has ended."""
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    attempts: Mapped[int] = mapped_column(sa.Integer)
    error: Mapped[str] = mapped_column(sa.String(20))
    """Why the last try failed: a key of `outbox.ERRORS`."""
