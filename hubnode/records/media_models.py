"""The tables of files: which are held for whom, and which records name them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime


class Media(Base):
    """One file of one hub: our own, or another hub's that was or shall be fetched from it.

    The bytes lie once under their hash. A row for each hub says who has shown to have them: a hub that merely names
    the hash of another's file gets nothing shown by it.
    """

    __tablename__ = "media"
    __table_args__ = (sa.UniqueConstraint("origin", "sha256"), sa.Index("ix_media_due", "state", "due_at"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    origin: Mapped[str] = mapped_column(sa.String(255))
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    type: Mapped[str] = mapped_column(sa.String(100))
    state: Mapped[str] = mapped_column(sa.String(16))
    """``wanted``, ``held``, or ``refused`` when the bytes were not what the record said."""
    reason: Mapped[str] = mapped_column(sa.String(64), default="")
    """Why it is not here (yet), in one word."""
    width: Mapped[int | None]
    """Pixels of a picture; with ``height`` known once its small versions are made."""
    height: Mapped[int | None]
    widths: Mapped[str] = mapped_column(sa.String(64), default="")
    """Widths of its small versions, such as ``480 1280``."""
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When to fetch it next; meaningless once it is here."""
    attempts: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class MediaUse(Base):
    """That a record names a file: in its published version, or (own records only) in its draft."""

    __tablename__ = "media_use"
    __table_args__ = (sa.Index("ix_media_use_file", "sha256", "origin"), sa.Index("ix_media_use_origin", "origin"))

    record: Mapped[int] = mapped_column(sa.ForeignKey("record.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    draft: Mapped[bool] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(sa.String(255))
    """The hub whose record it is."""
    level: Mapped[str] = mapped_column(sa.String(8))
    """From which level on the naming field is visible."""
    size: Mapped[int] = mapped_column(sa.BigInteger)
    type: Mapped[str] = mapped_column(sa.String(100))
