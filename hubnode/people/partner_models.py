"""The tables of access for programs: partner universities, their secrets, tokens, and what was read on which day."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime


class Partner(Base):
    """A university, or another house, whose programs may read."""

    __tablename__ = "partner"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    client_id: Mapped[str] = mapped_column(sa.String(32), unique=True)
    scopes: Mapped[str] = mapped_column(sa.String(100))
    """What it may do, as OAuth spells it: with spaces."""
    ends_on: Mapped[date] = mapped_column(sa.Date)
    """The last day of its access."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class PartnerSecret(Base):
    """One secret of a partner, by its hash; two are in force while it is being renewed."""

    __tablename__ = "partner_secret"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    partner: Mapped[int] = mapped_column(sa.ForeignKey("partner.id", ondelete="CASCADE"), index=True)
    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class AccessToken(Base):
    """A token of a partner's program, for minutes, or of a person, for as long as was chosen; by its hash."""

    __tablename__ = "access_token"
    __table_args__ = (sa.CheckConstraint("(partner IS NULL) <> (account IS NULL)", name="one_owner"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    partner: Mapped[int | None] = mapped_column(sa.ForeignKey("partner.id", ondelete="CASCADE"), index=True)
    account: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    """What its owner calls it; empty for those of partners."""
    scopes: Mapped[str] = mapped_column(sa.String(100))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_used_on: Mapped[date | None] = mapped_column(sa.Date)


class PartnerRead(Base):
    """That a partner has read something of this kind beyond what is public on this day (GDPR Art. 19); not how much."""

    __tablename__ = "partner_read"

    partner: Mapped[int] = mapped_column(sa.ForeignKey("partner.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
