"""The table of hubs that have moved: under which origin the records of another are found now."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, UTCDateTime


class Move(Base):
    """One hub on its way to another origin, or arrived there."""

    __tablename__ = "move"

    before: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    """The origin that it had."""
    to: Mapped[str] = mapped_column(sa.String(255))
    n: Mapped[int] = mapped_column(sa.BigInteger)
    """Number of its keyset at the new origin; a later move has a larger one."""
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When to look for it at the new origin next."""
    arrived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When its records were complete here under the new origin; None while they are not."""
