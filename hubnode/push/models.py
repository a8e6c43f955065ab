"""The tables of push: who gets what, and how far each has come. What is to be sent stands in none of them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime

NEVER = -1
"""A stamp that no state of the records has."""
STATES = ("active", "paused", "disabled")
RHYTHMS = ("instant", "daily", "weekly")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Webhook(Base):
    """One partner's address, to which each change of a selection is sent in order."""

    __tablename__ = "webhook"
    __table_args__ = (sa.CheckConstraint(_one_of("state", STATES), name="state_known"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    host: Mapped[str] = mapped_column(sa.String(255))
    """Where it goes, for pages and messages: an address may hold a secret in its path."""
    sealed_url: Mapped[bytes]
    asked: Mapped[str] = mapped_column(sa.Text)
    """The selection, as its address asks for it."""
    sealed_secret: Mapped[bytes]
    sealed_old: Mapped[bytes | None]
    """The secret before the last rotation, which signs too until `old_until`."""
    old_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(sa.String(8))
    """``active``; ``paused`` by people; ``disabled`` by this node, after failing for long."""
    account_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("account.id", ondelete="SET NULL"))
    """Who made it, and is told when it is disabled."""
    cursor: Mapped[str] = mapped_column(sa.String(64))
    """Place in the change feed up to which everything is delivered."""
    done: Mapped[int] = mapped_column(sa.BigInteger)
    """Number of the last change that was delivered behind the cursor."""
    stamp: Mapped[int] = mapped_column(sa.BigInteger)
    """The stamp of the records when nothing was left to deliver."""
    trying: Mapped[int] = mapped_column(sa.BigInteger)
    """Number of the change whose delivery failed last; 0 where none did."""
    attempts: Mapped[int] = mapped_column(sa.Integer)
    """Failed tries of that one."""
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    failing_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Since when nothing was taken."""
    delivered: Mapped[int] = mapped_column(sa.BigInteger)
    delivered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    error: Mapped[str] = mapped_column(sa.String(40))
    """Why the last try failed, as a slug."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class WebhookHeld(Base):
    """That a subscriber holds a record, and must be told when it leaves the selection."""

    __tablename__ = "webhook_held"

    webhook: Mapped[int] = mapped_column(BigId, sa.ForeignKey("webhook.id", ondelete="CASCADE"), primary_key=True)
    uri: Mapped[str] = mapped_column(sa.String(320), primary_key=True)


class WebhookAside(Base):
    """A message beside the row: one that was given up, or a test. What it says is made anew when it is sent."""

    __tablename__ = "webhook_aside"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    webhook: Mapped[int] = mapped_column(BigId, sa.ForeignKey("webhook.id", ondelete="CASCADE"), index=True)
    message: Mapped[str] = mapped_column(sa.String(80))
    """Its webhook-id, the same at every try."""
    uri: Mapped[str] = mapped_column(sa.String(320))
    """The record; empty for a test."""
    error: Mapped[str] = mapped_column(sa.String(40))
    wanted: Mapped[bool]
    """Whether it is to be sent now."""
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class WebSub(Base):
    """One subscription of a feed document by another program (W3C WebSub), wished for or in force."""

    __tablename__ = "websub"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """Keyed hash of topic and callback, which together name a subscription."""
    topic: Mapped[str] = mapped_column(sa.Text)
    """Path and query of the feed, as the subscriber spelled them."""
    host: Mapped[str] = mapped_column(sa.String(255), index=True)
    """Without its port: by it is counted how much one machine may be sent."""
    sealed_callback: Mapped[bytes]
    sealed_secret: Mapped[bytes | None]
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    """When the lease ends; None until the subscriber has confirmed for the first time."""
    wish: Mapped[str] = mapped_column(sa.String(11))
    """``subscribe`` or ``unsubscribe`` until its intent is verified, else empty."""
    wish_lease_s: Mapped[int] = mapped_column(sa.Integer)
    wish_sealed_secret: Mapped[bytes | None]
    digest: Mapped[str] = mapped_column(sa.String(64))
    """Hash of the document that the subscriber has."""
    stamp: Mapped[int] = mapped_column(sa.BigInteger)
    attempts: Mapped[int] = mapped_column(sa.Integer)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    failing_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class MailDigest(Base):
    """A subscription by mail, without an account; the address is sealed, and gone with the row."""

    __tablename__ = "mail_digest"
    __table_args__ = (sa.CheckConstraint(_one_of("rhythm", RHYTHMS), name="rhythm_known"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """Keyed hash of address and selection."""
    sealed_email: Mapped[bytes]
    language: Mapped[str] = mapped_column(sa.String(2))
    asked: Mapped[str] = mapped_column(sa.Text)
    """The selection, as its address asks for it."""
    rhythm: Mapped[str] = mapped_column(sa.String(8))
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    """Of the link that confirms, while there is one."""
    token_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    wish: Mapped[str] = mapped_column(sa.String(8))
    """The rhythm that the link confirms."""
    cursor: Mapped[str] = mapped_column(sa.String(64))
    stamp: Mapped[int] = mapped_column(sa.BigInteger)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """None until it is confirmed."""
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """Up to when its letters have told what is new."""
    refusals: Mapped[int] = mapped_column(sa.Integer)
    """Letters that the mail server has refused for good."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
