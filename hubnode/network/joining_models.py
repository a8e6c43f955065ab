"""The tables of joining: invitations given away, and requests to join in both directions."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime


class Invitation(Base):
    """An invitation of this hub; its token is known here only as a hash."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """SHA-256 of the token, hexadecimal."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    """How often somebody has come with the token; after a few it is void."""
    bound_origin: Mapped[str | None] = mapped_column(sa.String(255))
    """The only hub that may use it, where the administrator has named one; then nobody needs to approve any more."""
    bound_root: Mapped[str | None] = mapped_column(sa.String(80))
    """Fingerprint of the root key of that hub."""
    used_by: Mapped[str | None] = mapped_column(sa.String(255))
    used_root: Mapped[str | None] = mapped_column(sa.String(80))
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Joining(Base):
    """A request to join: of another hub to this one (``in``), or of this one to another (``out``)."""

    __tablename__ = "joining"
    __table_args__ = (sa.UniqueConstraint("direction", "origin"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    direction: Mapped[str] = mapped_column(sa.String(3))
    origin: Mapped[str] = mapped_column(sa.String(255))
    ask: Mapped[str] = mapped_column(sa.String(32), index=True)
    """The id under which the asking hub asks; an answer under another one is nobody's."""
    root: Mapped[str] = mapped_column(sa.String(80))
    """Fingerprint of the other hub's root key: from its request, from the invitation, or from a member's statement."""
    card: Mapped[bytes | None]
    """The other hub's card, fetched from its origin, canonical JSON."""
    state: Mapped[str] = mapped_column(sa.String(16))
    """In: ``pending``, ``approved``, ``rejected``, ``member``. Out: ``asking``, ``waiting``, ``rejected``, ``member``.
    Both: ``failed``, ``expired``."""
    invitation: Mapped[int | None] = mapped_column(sa.ForeignKey("invitation.id", ondelete="SET NULL"))
    vouches: Mapped[int] = mapped_column(default=0)
    """In: how many members vouched for it when it asked."""
    via: Mapped[str] = mapped_column(sa.String(255), default="")
    """Out: the hub that named it, where there was no invitation."""
    introduce: Mapped[bool] = mapped_column(default=False)
    """Out: whether the hubs that this one names in its log are to be asked too."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    """When the worker has something to send about it."""
    failures: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(sa.String(64), default="")
