"""Accounts: who may sign in at this hub, and as what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from hubnode.db import reading, transaction
from hubnode.people import passwords, sessions, throttle
from hubnode.people.errors import BadAccount, UnknownAccount, WrongPassword
from hubnode.people.models import Account
from hubnode.people.viewer import ROLES, Role

_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f.]+(\.[^@\s\x00-\x1f.]+)+")


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


def normal_email(email: str) -> str:
    """The one spelling under which a mail address is kept and looked up."""
    return email.strip().lower()


def add(email: str, name: str, role: str, password: str, now: datetime) -> Person:
    """Add an account that may sign in at once; raises `BadAccount` or `WeakPassword`. A transaction of its own."""
    address, name = normal_email(email), name.strip()
    if not _EMAIL.fullmatch(address) or len(address) > 254:
        raise BadAccount("email", f"{email!r} is not a mail address")
    if not name or len(name) > 120:
        raise BadAccount("name", "the name needs 1 to 120 characters")
    if role not in ROLES:
        raise BadAccount("role", f"the role must be one of {', '.join(ROLES)}")
    passwords.refuse_weak(password, address, name)
    account = Account(
        email=address, name=name, role=role, password_hash=passwords.hashed(password), active=True,
        created_at=now, password_changed_at=now,
    )  # fmt: skip
    try:
        with transaction() as session:
            session.add(account)
            session.flush()
            return _person(account)
    except IntegrityError as error:
        raise BadAccount("taken", f"there is already an account for {address}") from error


def by_email(email: str) -> Person:
    """The account of this mail address; raises `UnknownAccount`."""
    row = reading().scalar(sa.select(Account).where(Account.email == normal_email(email)))
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


def deactivate(account_id: int, now: datetime) -> None:
    """End all sign-ins of an account and take no new ones; raises `UnknownAccount`. A transaction of its own."""
    with transaction() as session:
        wanted = sa.update(Account).where(Account.id == account_id).values(active=False).returning(Account.id)
        if session.scalar(wanted) is None:
            raise UnknownAccount(f"there is no account {account_id}")
        sessions.end_all(session, account_id, now)


def set_password(account_id: int, password: str, now: datetime, *, keep_token: str | None = None) -> None:
    """Replace the password and end all sign-ins but the one of `keep_token`. A transaction of its own.

    Raises `UnknownAccount` or `WeakPassword`.
    """
    person = by_id(account_id)
    passwords.refuse_weak(password, person.email, person.name)
    password_hash = passwords.hashed(password)
    with transaction() as session:
        session.execute(
            sa.update(Account)
            .where(Account.id == account_id)
            .values(password_hash=password_hash, password_changed_at=now)
        )
        sessions.end_all(session, account_id, now, but=keep_token)


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
    return Person(row.id, row.email, row.name, role, row.active, row.created_at, row.password_changed_at)
