"""The tables of forgetting: what was removed on request, and how far the files have been cleared of it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, UTCDateTime


class Removal(Base):
    """One entry of a log that took a record back and was followed here; in copies its origin waits for a receipt."""

    __tablename__ = "removal"

    log: Mapped[int] = mapped_column(sa.ForeignKey("log.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    rec: Mapped[str] = mapped_column(sa.String(26))
    held: Mapped[bool]
    """Whether any text of the record was here when the entry arrived."""
    removed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    scrub: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    """The number of the scrub that has to have run before the text is gone; 0 where there was none."""
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the text was gone, from the files too."""
    told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the origin had the receipt."""


class Scrub(Base):
    """How often text was deleted that must not be found in the files, and up to which deletion they are clear of it."""

    __tablename__ = "scrub"

    id: Mapped[int] = mapped_column(primary_key=True)
    wanted: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    done: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    tried_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    took_ms: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    """How long the last attempt took: the next one waits in proportion."""
