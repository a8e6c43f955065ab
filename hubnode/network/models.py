"""The tables of the network: the hubs we know, requests already answered, and what happened."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime


class Peer(Base):
    """Another hub, pinned by its root key; what we hold of it and what it holds of us."""

    __tablename__ = "peer"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    origin: Mapped[str] = mapped_column(sa.String(255), unique=True)
    root: Mapped[bytes]
    """Public root key, pinned when the hub was added; 32 bytes."""
    keyset: Mapped[bytes]
    """Latest keyset verified under the pinned root, canonical JSON."""
    card: Mapped[bytes]
    """Latest hub card, canonical JSON."""
    log: Mapped[int] = mapped_column(sa.ForeignKey("log.id"))
    """Our copy of its log."""
    state: Mapped[str] = mapped_column(sa.String(16), default="active")
    """``active``; ``suspended`` by an administrator; ``left``, a former member whose archive may be held."""
    leaving: Mapped[str | None] = mapped_column(sa.String(8))
    """``keep`` or ``drop`` its archive: this hub leaves, and waits for that one to have read so."""
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)

    pull_due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    pull_failures: Mapped[int] = mapped_column(default=0)
    offered_size: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    """The largest size of its log that it has told us."""
    last_contact_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When it last answered us with a valid page."""
    silent_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_error: Mapped[str | None] = mapped_column(sa.String(64))
    card_checked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    keys_asked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When its card was last asked for because of a key that we did not know."""

    poke_due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    poke_failures: Mapped[int] = mapped_column(default=0)
    told_size: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    """The size of our log that a poke has told it."""
    acked_size: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    """Its cursor in our log, from its own signed request: it holds that many entries."""
    acked_most: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    """The highest cursor in our log that it has ever shown: one that shows less was restored from a backup."""
    doubted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When it last claimed to hold more of our log than we do, and we asked the others."""
    acked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    again_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When to ask once more for texts that it has not given; none are missing where there is none."""

    receipts_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When to send it receipts for what it took back; at once where there is none."""
    receipt_failures: Mapped[int] = mapped_column(default=0, server_default="0")

    compare_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When to ask a third hub what it holds of this one's log; at once where there is none."""
    digest_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When to compare our copy with its records; at once where there is none."""
    digest_matched_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When our copy was last found equal, record by record."""
    digest_differs_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Since when our copy differs from its records, although both hold the same log."""


class Nonce(Base):
    """A signed request already answered; kept until it would have expired anyway."""

    __tablename__ = "nonce"

    keyid: Mapped[str] = mapped_column(sa.String(320), primary_key=True)
    nonce: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class NetworkEvent(Base):
    """Something about a hub that people may want to know later; the newest few hundred are kept."""

    __tablename__ = "network_event"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    origin: Mapped[str] = mapped_column(sa.String(255))
    what: Mapped[str] = mapped_column(sa.String(32))
    """What happened; the words for each are in the pages."""
    detail: Mapped[str] = mapped_column(sa.String(255), default="")


class LagHour(Base):
    """How long entries of one hub took to arrive here, in one hour."""

    __tablename__ = "lag_hour"

    origin: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    hour: Mapped[datetime] = mapped_column(UTCDateTime, primary_key=True)
    entries: Mapped[int]
    worst_ms: Mapped[int] = mapped_column(sa.BigInteger)
