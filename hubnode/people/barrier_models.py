"""The table of barriers that somebody has reported."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime


class BarrierReport(Base):
    """One report, and how far the hub is with it."""

    __tablename__ = "barrier_report"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(16), unique=True)
    """What the person was given to refer to it; random, so that nobody reads others' states by counting."""
    page: Mapped[str] = mapped_column(sa.String(300))
    what: Mapped[str] = mapped_column(sa.Text)
    contact: Mapped[str] = mapped_column(sa.String(254))
    """Where an answer is wanted; empty where none is."""
    state: Mapped[str] = mapped_column(sa.String(12))
    """``new``, ``working`` or ``done``."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
