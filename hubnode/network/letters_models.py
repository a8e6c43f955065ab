"""The tables of letters: what is to be sent, what has come, and how each way out is doing."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime


class LetterOut(Base):
    """A letter of this hub; without its body as soon as nothing is to be sent any more."""

    __tablename__ = "letter_out"
    __table_args__ = (sa.Index("ix_letter_out_waiting", "state", "peer", "number"),)

    number: Mapped[int] = mapped_column(BigId, primary_key=True)
    """The order in which letters to one hub are delivered."""
    id: Mapped[str] = mapped_column(sa.String(26), unique=True)
    peer: Mapped[str] = mapped_column(sa.String(255))
    kind: Mapped[str] = mapped_column(sa.String(32))
    re: Mapped[str | None] = mapped_column(sa.String(26))
    ts: Mapped[datetime] = mapped_column(UTCDateTime)
    expires: Mapped[datetime] = mapped_column(UTCDateTime)
    body: Mapped[bytes | None]
    """Canonical JSON."""
    state: Mapped[str] = mapped_column(sa.String(16), default="waiting")
    """``waiting``, then for good ``accepted``, ``refused``, ``expired`` or ``cancelled``."""
    reason: Mapped[str | None] = mapped_column(sa.String(64))
    attempts: Mapped[int] = mapped_column(default=0)
    """How often it alone was put off by the other hub."""
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class LetterIn(Base):
    """The answer that a letter of another hub has got, kept as long as it may come again; never what it said."""

    __tablename__ = "letter_in"
    __table_args__ = (sa.Index("ix_letter_in_rate", "peer", "at"),)

    peer: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    id: Mapped[str] = mapped_column(sa.String(26), primary_key=True)
    digest: Mapped[bytes]
    """SHA-256 of its canonical bytes: the same id with other content is another letter, and refused."""
    status: Mapped[str] = mapped_column(sa.String(16))
    reason: Mapped[str | None] = mapped_column(sa.String(64))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    forget_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class LetterRoute(Base):
    """The way to one hub: when it is tried next, and how many letters at once."""

    __tablename__ = "letter_route"

    peer: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    failures: Mapped[int] = mapped_column(default=0)
    failed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When it could not be reached; any later sign of life opens the way at once."""
    batch: Mapped[int]
    """Letters in the next request: one after a batch was refused as a whole, then twice as many each time."""
    last_error: Mapped[str | None] = mapped_column(sa.String(64))
