"""The links that an account's owner gets by mail: one of a kind at a time, kept as a hash, good for one use."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import reading
from hubnode.people.errors import EndedLink
from hubnode.people.link_models import AccountLink
from hubnode.people.models import Account

Purpose = Literal["reset", "mail"]
TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Link:
    """What a good link is for."""

    account_id: int
    email: str
    """The account's address."""
    name: str
    language: str
    new_email: str


def hashed(token: str) -> str:
    """How a token is kept: it is 256 random bits, so a plain hash keeps a stolen database from using it."""
    return hashlib.sha256(token.encode()).hexdigest()


def make(
    session: Session, account_id: int, purpose: Purpose, life: timedelta, now: datetime, new_email: str | None = None
) -> str:
    """The token of a new link; an older one of the same purpose ends. Part of the caller's transaction."""
    end(session, account_id, purpose)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        AccountLink(
            account_id=account_id,
            purpose=purpose,
            new_email=new_email,
            token_hash=hashed(token),
            created_at=now,
            expires_at=now + life,
        )
    )
    return token


def of_token(token: str, purpose: Purpose, now: datetime) -> Link:
    """What this link is for; raises `EndedLink` for one that was used, has ended or never was."""
    chosen = (
        sa.select(Account.id, Account.email, Account.name, Account.language, AccountLink.new_email)
        .join(AccountLink, AccountLink.account_id == Account.id)
        .where(_good(token, purpose, now), Account.active.is_(True))
    )
    row = reading().execute(chosen).one_or_none()
    if row is None:
        raise EndedLink
    account_id, email, name, language, new_email = row
    return Link(account_id, email, name, language, new_email or "")


def use(session: Session, token: str, purpose: Purpose, account_id: int, now: datetime) -> None:
    """Use the link up; raises `EndedLink` where somebody was faster. Part of the caller's transaction."""
    used = sa.delete(AccountLink).where(_good(token, purpose, now), AccountLink.account_id == account_id)
    if session.scalar(used.returning(AccountLink.id)) is None:
        raise EndedLink


def end(session: Session, account_id: int, purpose: Purpose | None = None) -> None:
    """End the links of an account, of one purpose or all. Part of the caller's transaction."""
    wanted = sa.delete(AccountLink).where(AccountLink.account_id == account_id)
    session.execute(wanted.where(AccountLink.purpose == purpose) if purpose else wanted)


def sweep(session: Session, now: datetime) -> None:
    """Forget links that have ended. Part of the caller's transaction."""
    session.execute(sa.delete(AccountLink).where(AccountLink.expires_at < now))


def _good(token: str, purpose: Purpose, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        AccountLink.token_hash == hashed(token), AccountLink.purpose == purpose, AccountLink.expires_at > now
    )
