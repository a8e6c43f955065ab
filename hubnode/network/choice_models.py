"""The table of what was chosen of other hubs and when, with how far each choice has been carried out."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime


class ChoiceChange(Base):
    """One choice about one hub: what it removed here and brought back, kept as the record of what was done."""

    __tablename__ = "choice_change"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    origin: Mapped[str] = mapped_column(sa.String(255), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by: Mapped[str] = mapped_column(sa.String(64))
    """Who chose: the role, never the person."""
    rule: Mapped[bytes]
    """The document of the choice, canonical JSON."""
    size: Mapped[int] = mapped_column(sa.BigInteger)
    """Entries of the hub's log that were here when it was chosen; later ones come under the choice anyway."""
    remaining: Mapped[int] = mapped_column(sa.BigInteger)
    """Of these, the first so many still have to be looked at: it goes from the newest to the oldest."""
    removed: Mapped[bytes] = mapped_column(default=b"{}")
    """Kind to number of records whose text was removed here; canonical JSON."""
    restored: Mapped[bytes] = mapped_column(default=b"{}")
    """Kind to number of records whose text was fetched again; canonical JSON."""
    gaps: Mapped[int] = mapped_column(default=0)
    """Stretches passed whose texts the hub could not be asked for; when the end is reached, it begins again."""
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    failures: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(sa.String(64))
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When nothing was left to do."""
    replaced: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether another choice came before it was carried out."""
