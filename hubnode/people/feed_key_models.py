"""The table of feed keys."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime


class FeedKey(Base):
    """One key that stands in the address of one feed; by its hash."""

    __tablename__ = "feed_key"
    __table_args__ = (sa.CheckConstraint("(partner IS NULL) <> (account IS NULL)", name="one_owner"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    partner: Mapped[int | None] = mapped_column(sa.ForeignKey("partner.id", ondelete="CASCADE"), index=True)
    account: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    """What its owner calls it."""
    asked: Mapped[str] = mapped_column(sa.Text)
    """The selection that it opens, as it stands in an address after the question mark."""
    form: Mapped[str] = mapped_column(sa.String(8))
    """The one format that it opens; empty for all."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_used_on: Mapped[date | None] = mapped_column(sa.Date)
