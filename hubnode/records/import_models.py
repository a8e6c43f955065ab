"""The table of imports that were done: by which key, with which content, and what was answered."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime


class ImportKey(Base):
    """One import by one account; written in the transaction that publishes, so that neither is there alone."""

    __tablename__ = "import_key"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """Of account and key together: keys of others can't be hit, and none can be read."""
    account: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(sa.String(64))
    """Of the content that was sent."""
    answer: Mapped[bytes]
    """What was answered: ids, kinds and states, no words."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
