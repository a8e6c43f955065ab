"""The tables of sign-in across hubs: what our people have allowed, codes and tokens by their hashes, and who visits."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime


class HubConsent(Base):
    """That somebody of this hub signs in at another one, under a name that means nothing anywhere else."""

    __tablename__ = "hub_consent"
    __table_args__ = (sa.UniqueConstraint("subject"),)

    account: Mapped[int] = mapped_column(BigId, sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    client: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    """Origin of the other hub."""
    subject: Mapped[str] = mapped_column(sa.String(43))
    """The ``sub`` under which that hub knows the person: random, and another one for each hub."""
    given_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the person agreed; None after a withdrawal, and the next sign-in asks again."""


class SignInCode(Base):
    """An authorization code, by its hash: for one hub, one person, one use and one minute."""

    __tablename__ = "sign_in_code"

    code_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account: Mapped[int] = mapped_column(BigId, sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    client: Mapped[str] = mapped_column(sa.String(255))
    redirect_uri: Mapped[str] = mapped_column(sa.String(600))
    scope: Mapped[str] = mapped_column(sa.String(120))
    nonce: Mapped[str] = mapped_column(sa.String(128))
    challenge: Mapped[str] = mapped_column(sa.String(128))
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sid: Mapped[str | None] = mapped_column(sa.String(43))
    """Which sign-in at another hub comes of it."""


class HubSession(Base):
    """That somebody of this hub was let in at another one by a sign-in here; forgotten when that visit has ended."""

    __tablename__ = "hub_session"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sid: Mapped[str] = mapped_column(sa.String(43), unique=True)
    """The name of this sign-in to the other hub, and to no other."""
    client: Mapped[str] = mapped_column(sa.String(255))
    """Origin of the other hub."""
    subject: Mapped[str] = mapped_column(sa.String(43))
    account: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("account.id", ondelete="SET NULL"), index=True)
    sign_in: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("sign_in.id", ondelete="SET NULL"), index=True)
    """Without it, or without the account, the sign-in has ended."""
    begun_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the code was redeemed; before that nobody is let in."""
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    attempts: Mapped[int]


class SignInToken(Base):
    """An access token that came of a code, by its hash; it reads what the consent names, and nothing else."""

    __tablename__ = "sign_in_token"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    account: Mapped[int] = mapped_column(BigId, sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    client: Mapped[str] = mapped_column(sa.String(255))
    scope: Mapped[str] = mapped_column(sa.String(120))
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class UsedAssertion(Base):
    """A client's proof that was used already, by its hash; kept until it would have expired anyway."""

    __tablename__ = "used_assertion"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class Visitor(Base):
    """A member of another hub who has signed in here with the account there; no mail address, no password."""

    __tablename__ = "visitor"
    __table_args__ = (sa.UniqueConstraint("home", "subject"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    home: Mapped[str] = mapped_column(sa.String(255))
    """Origin of the home hub."""
    subject: Mapped[str] = mapped_column(sa.String(255))
    name: Mapped[str] = mapped_column(sa.String(120))
    affiliation: Mapped[str] = mapped_column(sa.String(320))
    """How the home hub says that the person belongs to it."""
    last_sign_in_on: Mapped[date] = mapped_column(sa.Date, index=True)


class Visit(Base):
    """One sign-in of a visitor on one device, kept as those of accounts are: the token by its hash, use to the day."""

    __tablename__ = "visit"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    visitor: Mapped[int] = mapped_column(BigId, sa.ForeignKey("visitor.id", ondelete="CASCADE"), index=True)
    device: Mapped[str] = mapped_column(sa.String(60))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    last_used_on: Mapped[date] = mapped_column(sa.Date)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sid: Mapped[str | None] = mapped_column(sa.String(128), index=True)
    """The name of the sign-in at the home hub that has led here: when it ends, so does the visit."""


class OutsideIdentity(Base):
    """An account of this hub as an outside provider knows it."""

    __tablename__ = "outside_identity"
    __table_args__ = (sa.UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account: Mapped[int] = mapped_column(BigId, sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    issuer: Mapped[str] = mapped_column(sa.String(255))
    subject: Mapped[str] = mapped_column(sa.String(255))
    linked_at: Mapped[datetime] = mapped_column(UTCDateTime)
