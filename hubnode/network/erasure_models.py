"""The tables of erasure: which hubs were given the text of our entries, and what they have confirmed."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime


class Handed(Base):
    """That a hub was given a run of our entries, with all text that had not been taken back by then.

    Origins instead of references: what a hub was given stays true when it is no longer known.
    """

    __tablename__ = "handed"
    __table_args__ = (sa.Index("ix_handed_hub", "origin", "log_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    origin: Mapped[str] = mapped_column(sa.String(255))
    log_id: Mapped[str] = mapped_column(sa.String(64))
    first: Mapped[int] = mapped_column(sa.BigInteger)
    until: Mapped[int] = mapped_column(sa.BigInteger)
    """The number after the last entry."""
    size: Mapped[int] = mapped_column(sa.BigInteger)
    """The size of our log then: what a later entry takes back was still there."""
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When the last of it was given."""
    public_only: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether only texts that are public as a whole were given: there was no agreement."""


class ErasureReceipt(Base):
    """A receipt of another hub, exactly as it signed it, with the keyset under which it was verified."""

    __tablename__ = "erasure_receipt"
    __table_args__ = (sa.Index("ix_erasure_receipt_record", "log_id", "rec"),)

    origin: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    """The hub that deleted."""
    log_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    rec: Mapped[str] = mapped_column(sa.String(26))
    receipt: Mapped[bytes]
    keyset: Mapped[bytes]
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)


class OverdueErasure(Base):
    """That people were told of a hub that has not confirmed in time; so that they are told once."""

    __tablename__ = "overdue_erasure"

    origin: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    log_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    told_at: Mapped[datetime] = mapped_column(UTCDateTime)
