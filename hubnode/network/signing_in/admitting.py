"""From somebody whom an outside provider vouches for to an account here: known, invited, or of a welcome domain."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hubnode.config import Settings
from hubnode.db import transaction
from hubnode.network.signing_in.errors import SignInRefused
from hubnode.network.signing_in.models import OutsideIdentity
from hubnode.network.signing_in.outside import Outsider
from hubnode.people import accounts, audit, invitations, sessions
from hubnode.people.accounts import Prepared
from hubnode.people.errors import BadAccount, EndedLink
from hubnode.people.models import Account
from hubnode.people.pending import Half

NO_PASSWORD = "!"  # noqa: S105 - no hash at all
"""Kept where a hash would be: no password belongs to it, and one can be set by a link in a mail."""


def enter(
    who: Outsider, invitation: str, settings: Settings, *, device: str, lasting: timedelta, now: datetime
) -> str | Half:
    """The token of a sign-in here, or half of one where a second factor is missing. A transaction of its own.

    Raises `SignInRefused` for who has no account, whose account is closed, and who is neither invited nor of a domain
    whose people get one.
    """
    try:
        with transaction() as session:
            account = _known(session, who) or _linked(session, who, invitation, settings, now)
            return sessions.enter(
                session, account, how=who.how, device=device, lasting=lasting, now=now,
                demanded=settings.second_factor_roles,
            )  # fmt: skip
    except IntegrityError as error:  # somebody else was linked, or got the address, at the same moment
        raise SignInRefused("no-account", "the account is another one's") from error


def _known(session: Session, who: Outsider) -> int | None:
    """The account that was linked before; raises `SignInRefused` for one that is closed."""
    chosen = (
        sa.select(Account.id, Account.active)
        .join(OutsideIdentity, OutsideIdentity.account == Account.id)
        .where(OutsideIdentity.issuer == who.issuer, OutsideIdentity.subject == who.subject)
    )
    found = session.execute(chosen).one_or_none()
    if found is not None and not found.active:
        raise SignInRefused("no-account", "the account is closed")
    return found.id if found is not None else None


def _linked(session: Session, who: Outsider, invitation: str, settings: Settings, now: datetime) -> int:
    account = _invited(session, who, invitation, now) if invitation else _of_domain(session, who, settings, now)
    session.add(OutsideIdentity(account=account, issuer=who.issuer, subject=who.subject, linked_at=now))
    session.flush()
    audit.note(session, "sign_in.linked", now, by="node", about=f"account:{account}")
    return account


def _invited(session: Session, who: Outsider, invitation: str, now: datetime) -> int:
    """A new account with the address and the role of the invitation, which is used up by it."""
    try:
        invited = invitations.take(session, invitation, now)
    except EndedLink as error:
        raise SignInRefused("no-account", "the invitation has ended") from error
    return _added(session, invited.email, who.name, invited.role, invited.language, now)


def _of_domain(session: Session, who: Outsider, settings: Settings, now: datetime) -> int:
    """The account of the verified address, or a new one, where its domain is among those in the settings.

    Administrators are not found in this way: whoever can change an address at the provider must not become one.
    """
    domain = who.mail.rpartition("@")[2]
    if not domain or domain not in {one.lower() for one in settings.provider_domains}:
        raise SignInRefused("no-account", "nobody has invited this person")
    found = session.execute(
        sa.select(Account.id, Account.active, Account.role).where(Account.email == who.mail)
    ).one_or_none()
    if found is None:
        return _added(session, who.mail, who.name, who.role, "de", now)
    if not found.active or found.role == "admin":
        raise SignInRefused("no-account", "this account is not linked by its address")
    return int(found.id)


def _added(session: Session, mail: str, name: str, role: str, language: str, now: datetime) -> int:
    try:
        named = accounts.checked_name(name)
    except BadAccount as error:
        raise SignInRefused("bad-token", "the provider does not say what this person is called") from error
    person = accounts.added(session, Prepared(mail, named, role, NO_PASSWORD, language, now))
    audit.note(session, "account.added", now, by="node", about=f"account:{person.id}", detail={"role": role})
    return person.id
