"""Invitations of people: a link by mail, good for one account within seven days."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import force_locale
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hubnode.db import reading, transaction
from hubnode.mail import addresses, outbox
from hubnode.mail.addresses import BadAddress
from hubnode.mail.rendering import LANGUAGES, Letter, moment
from hubnode.people import accounts, audit, links
from hubnode.people.accounts import Person
from hubnode.people.confirming import Confirmed
from hubnode.people.errors import BadAccount, EndedLink
from hubnode.people.link_models import PersonInvitation
from hubnode.people.models import Account
from hubnode.people.viewer import ROLES

LIFE = timedelta(days=7)
"""How long an invitation can be accepted."""
SHOWN = timedelta(days=30)
"""How long one that has ended is still listed, so that it can be sent again."""


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that nobody has accepted yet."""

    id: int
    email: str
    role: str
    language: str
    created_at: datetime
    expires_at: datetime


def invite(proof: Confirmed, email: str, role: str, language: str, now: datetime) -> str:
    """Invite somebody by mail, and answer the link's path; one open for this address ends. A transaction of its own.

    Raises `BadAccount` where the address is none or has an account, or the role or language is unknown.
    """
    address = _address(email)
    if role not in ROLES:
        raise BadAccount("role", f"the role must be one of {', '.join(ROLES)}")
    if language not in LANGUAGES:
        raise BadAccount("language", f"the language must be one of {', '.join(LANGUAGES)}")
    token = secrets.token_urlsafe(links.TOKEN_BYTES)
    with transaction() as session:
        if session.scalar(sa.select(Account.id).where(Account.email == address)) is not None:
            raise BadAccount("taken", "there is already an account for this address")
        session.execute(sa.delete(PersonInvitation).where(PersonInvitation.email == address))
        row = PersonInvitation(
            email=address,
            role=role,
            language=language,
            token_hash=links.hashed(token),
            created_at=now,
            expires_at=now + LIFE,
        )
        session.add(row)
        path = f"/einladung/{token}"
        _write(session, row, path, now)
        audit.note(session, "account.invited", now, by=proof, detail={"role": role})
    return path


def again(proof: Confirmed, number: int, now: datetime) -> None:
    """Send an invitation once more, with a new link and seven new days; the old link ends.

    Raises `EndedLink` where it was accepted or withdrawn meanwhile. A transaction of its own.
    """
    row = reading().get(PersonInvitation, number)
    if row is None:
        raise EndedLink
    invite(proof, row.email, row.role, row.language, now)


def withdraw(proof: Confirmed, number: int, now: datetime) -> None:
    """End an invitation; raises `EndedLink` where there is none any more. A transaction of its own."""
    with transaction() as session:
        gone = sa.delete(PersonInvitation).where(PersonInvitation.id == number).returning(PersonInvitation.id)
        if session.scalar(gone) is None:
            raise EndedLink
        audit.note(session, "account.uninvited", now, by=proof)


def waiting() -> list[Invited]:
    """The invitations that nobody has accepted, newest first; ended ones too."""
    rows = reading().scalars(sa.select(PersonInvitation).order_by(PersonInvitation.created_at.desc()))
    return [_invited(row) for row in rows]


def of_token(token: str, now: datetime) -> Invited:
    """The invitation of this link; raises `EndedLink` for one that was used, has ended or never was."""
    chosen = sa.select(PersonInvitation).where(_good(token, now))
    row = reading().scalar(chosen)
    if row is None:
        raise EndedLink
    return _invited(row)


def take(session: Session, token: str, now: datetime) -> Invited:
    """Use the invitation of this link up for an account that shows itself otherwise than by a password.

    Part of the caller's transaction, which adds the account; raises `EndedLink`.
    """
    row = session.scalar(sa.select(PersonInvitation).where(_good(token, now)))
    if row is None:
        raise EndedLink
    invited = _invited(row)
    used = sa.delete(PersonInvitation).where(PersonInvitation.id == invited.id, _good(token, now))
    if session.scalar(used.returning(PersonInvitation.id)) is None:
        raise EndedLink
    return invited


def accept(token: str, name: str, password: str, language: str, now: datetime) -> Person:
    """Make the account of an invitation, with the role that stands in it and no other; the link ends.

    Raises `EndedLink`, `BadAccount` or `WeakPassword`. A transaction of its own.
    """
    invited = of_token(token, now)
    made = accounts.prepared(invited.email, name, invited.role, password, now, language=language)
    try:
        with transaction() as session:
            used = sa.delete(PersonInvitation).where(_good(token, now), PersonInvitation.role == invited.role)
            if session.scalar(used.returning(PersonInvitation.id)) is None:
                raise EndedLink
            person = accounts.added(session, made)
            audit.note(session, "account.added", now, by=person.role, about=f"account:{person.id}")
            return person
    except IntegrityError as error:
        raise EndedLink from error


def tidy(now: datetime) -> None:
    """Forget invitations that ended long ago. A transaction of its own."""
    with transaction() as session:
        session.execute(sa.delete(PersonInvitation).where(PersonInvitation.expires_at < now - SHOWN))


def _write(session: Session, row: PersonInvitation, path: str, now: datetime) -> None:
    with force_locale(row.language):
        role = str(audit.ACTORS[row.role])
    values = {"link": path, "role": role, "until": moment(row.expires_at, row.language)}
    outbox.put(session, Letter(row.email, row.language, "invitation", values, row.expires_at), now)


def _good(token: str, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(PersonInvitation.token_hash == links.hashed(token), PersonInvitation.expires_at > now)


def _invited(row: PersonInvitation) -> Invited:
    return Invited(row.id, row.email, row.role, row.language, row.created_at, row.expires_at)


def _address(email: str) -> str:
    try:
        return addresses.checked(email)
    except BadAddress as refusal:
        raise BadAccount("email", str(refusal)) from refusal
