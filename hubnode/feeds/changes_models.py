"""The tables of the change feed: what was last told of each record, and in which order."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, UTCDateTime


class ChangeHead(Base):
    """How far the change feed has come; one row."""

    __tablename__ = "change_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[str] = mapped_column(sa.String(16))
    """Random: cursors of another database mean nothing here."""
    size: Mapped[int] = mapped_column(sa.BigInteger)
    """The highest number given."""
    stamp: Mapped[int] = mapped_column(sa.BigInteger)
    """The stamp of the records when they were compared last."""


class Change(Base):
    """The last change of one record: a record has one row, whose number moves on with each change."""

    __tablename__ = "change"

    origin: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    rec: Mapped[str] = mapped_column(sa.String(26), primary_key=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger, unique=True)
    kind: Mapped[str] = mapped_column(sa.String(32))
    rev: Mapped[int] = mapped_column(sa.BigInteger)
    bh: Mapped[str | None] = mapped_column(sa.String(64))
    """Commitment of the version that was told of."""
    level: Mapped[str] = mapped_column(sa.String(8))
    """Who may see the record now: ``public``, ``network``, or empty for nobody outside the hub."""
    widest: Mapped[int] = mapped_column()
    """The widest that it ever was: 2 public, 1 network. Whoever was told of it is told that it is gone."""
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class ChangeRun(Base):
    """One comparison that found changes: the highest number it gave, and a random word that cursors carry.

    A database put back to an earlier state gives the same numbers to other changes, but never the same words.
    """

    __tablename__ = "change_run"

    until: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    word: Mapped[str] = mapped_column(sa.String(16))
