"""Tables of the links that a mail carries: invitations, and what the owner of an account has asked for."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime

PURPOSES = ("reset", "mail")


class PersonInvitation(Base):
    """Somebody who may make an account; gone once it is accepted. The link is kept as its hash."""

    __tablename__ = "person_invitation"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    role: Mapped[str] = mapped_column(sa.String(20))
    language: Mapped[str] = mapped_column(sa.String(2))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class AccountLink(Base):
    """One link for the owner of an account, good for one use; the link is kept as its hash."""

    __tablename__ = "account_link"
    __table_args__ = (
        sa.CheckConstraint("purpose IN ({})".format(", ".join(f"'{one}'" for one in PURPOSES)), name="purpose_known"),
        sa.UniqueConstraint("account_id", "purpose", name="uq_account_link_account_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("account.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(sa.String(8))
    """``reset``: choose a new password; ``mail``: the account gets `new_email`."""
    new_email: Mapped[str | None] = mapped_column(sa.String(254))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class ResetWish(Base):
    """An address that was typed as "password forgotten", until the worker looks whether there is such an account.

    The page that takes it does not look, so neither its words nor its time tell anything. The address is sealed.
    """

    __tablename__ = "reset_wish"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    language: Mapped[str] = mapped_column(sa.String(2))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
