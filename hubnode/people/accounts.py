"""Accounts: who may sign in at this hub, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hubnode.db import reading, transaction
from hubnode.mail import addresses, outbox
from hubnode.mail.addresses import BadAddress
from hubnode.mail.rendering import Letter, moment
from hubnode.people import audit, links, passwords, sessions, throttle
from hubnode.people.errors import BadAccount, UnknownAccount, WrongPassword
from hubnode.people.models import Account
from hubnode.people.viewer import ROLES, Role


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of an account, without its secrets."""

    id: int
    email: str
    name: str
    role: Role
    active: bool
    created_at: datetime
    password_changed_at: datetime
    language: str = "de"


@dataclass(frozen=True, slots=True)
class Prepared:
    """An account with all that was checked and hashed before a transaction; `prepared` makes it."""

    email: str
    name: str
    role: str
    password_hash: str
    language: str
    at: datetime


def add(email: str, name: str, role: str, password: str, now: datetime, *, language: str = "de") -> Person:
    """Add an account that may sign in at once, in the name of who holds the machine. A transaction of its own.

    Raises `BadAccount` or `WeakPassword`.
    """
    made = prepared(email, name, role, password, now, language=language)
    try:
        with transaction() as session:
            person = added(session, made)
            audit.note(session, "account.added", now, by="operator", about=f"account:{person.id}")
            return person
    except IntegrityError as error:
        raise BadAccount("taken", f"there is already an account for {made.email}") from error


def prepared(email: str, name: str, role: str, password: str, now: datetime, *, language: str) -> Prepared:
    """What an account will be, checked, its password hashed; raises `BadAccount` or `WeakPassword`."""
    try:
        address = addresses.checked(email)
    except BadAddress as refusal:
        raise BadAccount("email", f"{email!r} is not a mail address") from refusal
    name = checked_name(name)
    if role not in ROLES:
        raise BadAccount("role", f"the role must be one of {', '.join(ROLES)}")
    passwords.refuse_weak(password, address, name)
    return Prepared(address, name, role, passwords.hashed(password), language if language == "en" else "de", now)


def added(session: Session, made: Prepared) -> Person:
    """Add the account. Part of the caller's transaction; raises `IntegrityError` where the address has one already."""
    account = Account(
        email=made.email, name=made.name, role=made.role, password_hash=made.password_hash, active=True,
        created_at=made.at, password_changed_at=made.at, language=made.language,
    )  # fmt: skip
    session.add(account)
    session.flush()
    return _person(account)


def checked_name(name: str) -> str:
    """A name of 1 to 120 printable characters on one line; raises `BadAccount`."""
    plain = name.strip()
    if not plain or len(plain) > 120 or not plain.isprintable():
        raise BadAccount("name", "the name needs 1 to 120 printable characters")
    return plain


def by_email(email: str) -> Person:
    """The account of this mail address; raises `UnknownAccount`."""
    row = reading().scalar(sa.select(Account).where(Account.email == addresses.normal(email)))
    if row is None:
        raise UnknownAccount(f"there is no account for {email}")
    return _person(row)


def by_id(account_id: int) -> Person:
    """The account with this number; raises `UnknownAccount`."""
    row = reading().get(Account, account_id)
    if row is None:
        raise UnknownAccount(f"there is no account {account_id}")
    return _person(row)


def everybody() -> list[Person]:
    """All accounts, by name."""
    return [_person(row) for row in reading().scalars(sa.select(Account).order_by(Account.name, Account.id))]


def set_password(account_id: int, password: str, now: datetime, *, keep_token: str | None = None) -> None:
    """Replace the password and end all sign-ins but the one of `keep_token`. A transaction of its own.

    Raises `UnknownAccount` or `WeakPassword`.
    """
    person = by_id(account_id)
    passwords.refuse_weak(password, person.email, person.name)
    password_hash = passwords.hashed(password)
    with transaction() as session:
        replace_password(session, person, password_hash, now)
        sessions.end_all(session, account_id, now, but=keep_token)
        audit.note(session, "account.password", now, by=person.role, about=f"account:{account_id}")


def replace_password(session: Session, person: Person, password_hash: str, now: datetime) -> None:
    """Keep the new password, end open links and tell the owner. Part of the caller's transaction.

    Raises `UnknownAccount` where the account was deactivated meanwhile.
    """
    changed = sa.update(Account).where(Account.id == person.id, Account.active.is_(True))
    values = {"password_hash": password_hash, "password_changed_at": now}
    if session.scalar(changed.values(**values).returning(Account.id)) is None:
        raise UnknownAccount(f"there is no active account {person.id}")
    links.end(session, person.id)
    told = {"link": "/passwort-vergessen", "at": moment(now, person.language)}
    outbox.put(session, Letter(person.email, person.language, "password-changed", told), now)


def change_password(
    account_id: int, old: str, new: str, now: datetime, *, secret: str, keep_token: str | None = None
) -> None:
    """Like `set_password` for somebody who knows the old one; raises `WrongPassword` or `Throttled` otherwise.

    Guessing the old one from an open sign-in is slowed down as signing in is.
    """
    check_password(account_id, old, now, secret)
    set_password(account_id, new, now, keep_token=keep_token)


def check_password(account_id: int, password: str, now: datetime, secret: str) -> None:
    """Raise `WrongPassword` or `Throttled` unless this is the account's password. Transactions of its own."""
    person = by_id(account_id)
    password_hash = reading().scalar(sa.select(Account.password_hash).where(Account.id == account_id))
    key = throttle.account_key(person.email, secret)
    with transaction() as session:
        throttle.take(session, (key,), now)
    if not person.active or not passwords.matches(password_hash, password):
        raise WrongPassword
    with transaction() as session:
        throttle.forgive(session, key)


def _person(row: Account) -> Person:
    role = next(role for role in ROLES if role == row.role)
    return Person(row.id, row.email, row.name, role, row.active, row.created_at, row.password_changed_at, row.language)
