"""Tables of the second factors: authenticator apps, recovery codes, passkeys, and what is open while one is shown."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime


def _account() -> Mapped[int]:
    return mapped_column(BigId, sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)


class Totp(Base):
    """The authenticator app of an account: the secret in force, and one that is offered and not yet confirmed."""

    __tablename__ = "totp"

    account_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    secret: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    """Sealed with a key that is not in the database; the same for `offered`."""
    step: Mapped[int] = mapped_column(sa.BigInteger)
    """The last time step of which a code was taken: that one and all before it are used up."""
    since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    offered: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    offered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class RecoveryCode(Base):
    """One unused recovery code, known by its hash; it goes when it is used."""

    __tablename__ = "recovery_code"

    code_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account_id: Mapped[int] = _account()


class Passkey(Base):
    """A WebAuthn credential of an account."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = _account()
    credential_id: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    handle: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """The random name of the account towards authenticators."""
    sign_count: Mapped[int] = mapped_column(sa.BigInteger)
    name: Mapped[str] = mapped_column(sa.String(60))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_used_on: Mapped[date | None] = mapped_column(sa.Date)


class Challenge(Base):
    """A challenge that an authenticator was given, known by its hash; good for one answer."""

    __tablename__ = "passkey_challenge"

    challenge_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(sa.String(12))
    account_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    """Whom it was made for; none when somebody signs in and has not said who."""
    handle: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    until: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class SignInStep(Base):
    """A sign-in half done: the password was right, the second factor is missing. Known by the hash of a token."""

    __tablename__ = "sign_in_step"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account_id: Mapped[int] = _account()
    step: Mapped[str] = mapped_column(sa.String(12))
    how: Mapped[str] = mapped_column(sa.String(20))
    """What was shown so far, as `SignIn.how`."""
    device: Mapped[str] = mapped_column(sa.String(60))
    lasting_s: Mapped[int] = mapped_column(sa.Integer)
    until: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
