"""The table of reviews: which entries of a copy were signed by a key that was no longer its hub's alone."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, UTCDateTime


class Review(Base):
    """Entries of one copy that a person has to look at; one row for each copy, gone when it is decided."""

    __tablename__ = "review"

    log: Mapped[int] = mapped_column(sa.ForeignKey("log.id"), primary_key=True)
    first: Mapped[int] = mapped_column(sa.BigInteger)
    """The size at the last good checkpoint: the number of the first entry in doubt."""
    until: Mapped[int] = mapped_column(sa.BigInteger)
    """The size at the last checkpoint in doubt: the number after the last entry in doubt."""
    key_id: Mapped[str] = mapped_column(sa.String(32))
    since: Mapped[datetime] = mapped_column(UTCDateTime)
    """From when on its hub does not answer for the key any more."""
    learned_at: Mapped[datetime] = mapped_column(UTCDateTime)
