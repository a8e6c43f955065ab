"""The tables of whom a profile belongs to: the person, the letters to it, and what it has consented to."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime


class Profile(Base):
    """Whose own record of the kind expertise this is, and what the person has said to it."""

    __tablename__ = "profile"

    record: Mapped[int] = mapped_column(sa.ForeignKey("record.id", ondelete="CASCADE"), primary_key=True)
    account: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("account.id", ondelete="SET NULL"), index=True)
    """Whose it is; of an erased one, who may still read the proof of that."""
    email: Mapped[str | None] = mapped_column(sa.String(254), unique=True)
    """Where the notice went; None once the profile is linked to an account, or erased."""
    language: Mapped[str] = mapped_column(sa.String(2), default="de", server_default="de")
    """In which language the hub writes to this person."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    noticed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the notice of GDPR Art. 14 was written."""
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the person last said that it is right; None until then, and nothing is published before."""
    review_due: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    """When it has to be said again; of what nobody has confirmed, when it is deleted."""
    reminded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the person was last asked to look at it again."""
    hidden_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Since when it is taken back because nobody has confirmed it again."""
    restricted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Since when it is kept and not shown, by the person's wish (GDPR Art. 18, 21)."""
    objected_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    objection: Mapped[str] = mapped_column(sa.String(1000), default="", server_default="")
    """What the person has said against it."""


class ProfileLink(Base):
    """A link out of a letter, good for one act; the token is kept as its hash."""

    __tablename__ = "profile_link"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    record: Mapped[int] = mapped_column(sa.ForeignKey("profile.record", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Consent(Base):
    """That the person has agreed to one purpose: to which text, when, how far, and until when."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    record: Mapped[int] = mapped_column(sa.ForeignKey("profile.record", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(sa.String(16))
    version: Mapped[str] = mapped_column(sa.String(16))
    language: Mapped[str] = mapped_column(sa.String(2))
    """In which language the text was read."""
    scope: Mapped[str] = mapped_column(sa.String(8))
    """The widest audience: ``hub``, ``network`` or ``public``."""
    given_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
