"""The table of searches that people have saved."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime


class SavedSearch(Base):
    """One search that one account wants to come back to; nobody else sees it, and it goes with the account."""

    __tablename__ = "saved_search"
    __table_args__ = (sa.UniqueConstraint("account", "kind", "query"),)

    id: Mapped[str] = mapped_column(sa.String(26), primary_key=True)
    """Its name in addresses."""
    account: Mapped[int] = mapped_column(BigId, sa.ForeignKey("account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(120))
    kind: Mapped[str] = mapped_column(sa.String(32))
    """The kind whose list it searches; empty for all."""
    query: Mapped[str] = mapped_column(sa.String(1000))
    """Words and filters as they stand in the address, in one spelling."""
    seen: Mapped[bytes]
    """The numbers of the records that were found when its person looked last: numbers, no texts."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    looked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When its person looked last."""
