"""A forgotten password: the wish, which tells nobody whether there is such an account, and the link in the mail.

The page keeps every wish in the same way and with the same work; only the worker looks whether it meets an account.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import reading, transaction
from hubnode.mail import addresses, outbox, sealing
from hubnode.mail.rendering import LANGUAGES, Letter, moment
from hubnode.mail.sealing import CantOpen
from hubnode.people import accounts, audit, links, passwords, sessions, throttle
from hubnode.people.accounts import Person
from hubnode.people.confirming import Confirmed
from hubnode.people.errors import EndedLink, UnknownAccount
from hubnode.people.link_models import ResetWish
from hubnode.people.models import Account

LIFE = timedelta(hours=1)
"""How long the link is good for."""
PURPOSE = "wish for a new password"


def wish(email: str, language: str, *, address: str, secret: str, now: datetime) -> None:
    """Keep the wish for a new password, whoever has this mail address; raises `Throttled`. A transaction of its own.

    `address` is where the request came from, for the throttle only; signing in is not slowed down by it.
    """
    typed = addresses.normal(email)[: addresses.MAX]
    sealed = sealing.seal(typed.encode(), secret, PURPOSE)
    with transaction() as session:
        throttle.take(session, throttle.reset_keys(typed, address, secret), now)
        session.add(ResetWish(sealed=sealed, language=language if language in LANGUAGES else "de", created_at=now))


def due(now: datetime) -> sa.ColumnElement[bool]:
    """Whether a wish waits."""
    return sa.exists().where(ResetWish.created_at <= now)


def claim(session: Session, now: datetime, most: int) -> list[str]:
    """The numbers of wishes that wait; `answer` decides which worker gets each. Part of the caller's transaction."""
    chosen = sa.select(ResetWish.id).where(ResetWish.created_at <= now).order_by(ResetWish.id).limit(most)
    return [str(number) for number in session.scalars(chosen)]


def answer(number: int, now: datetime, *, secret: str) -> None:
    """Write to the account that a wish meets, if it meets one, and forget the wish. A transaction of its own."""
    with transaction() as session:
        gone = sa.delete(ResetWish).where(ResetWish.id == number).returning(ResetWish.sealed, ResetWish.language)
        found = session.execute(gone).one_or_none()
        if found is None:
            return
        sealed, language = found
        try:
            email = sealing.unseal(sealed, secret, PURPOSE).decode()
        except CantOpen:
            return
        account_id = session.scalar(sa.select(Account.id).where(Account.email == email, Account.active.is_(True)))
        if account_id is not None:
            _send(session, account_id, email, language, now)


def send(proof: Confirmed, account_id: int, now: datetime) -> str:
    """Send a link in the name of the administration, and answer its path. A transaction of its own.

    The old password stays good until the link is used. Raises `UnknownAccount`, also for a deactivated one.
    """
    with transaction() as session:
        row = session.get(Account, account_id)
        if row is None or not row.active:
            raise UnknownAccount(f"there is no active account {account_id}")
        audit.note(session, "account.reset", now, by=proof, about=f"account:{account_id}", detail={"step": "link"})
        return _send(session, account_id, row.email, row.language, now)


def owner(token: str, now: datetime) -> Person:
    """Whose password this link replaces; raises `EndedLink`."""
    try:
        return accounts.by_id(links.of_token(token, "reset", now).account_id)
    except UnknownAccount as error:
        raise EndedLink from error


def reset(token: str, password: str, now: datetime, *, secret: str) -> None:
    """Replace the password by the link: all sign-ins and other links of the account end, a second factor stays.

    Raises `EndedLink` or `WeakPassword`. A transaction of its own.
    """
    person = owner(token, now)
    passwords.refuse_weak(password, person.email, person.name)
    password_hash = passwords.hashed(password)
    with transaction() as session:
        links.use(session, token, "reset", person.id, now)
        accounts.replace_password(session, person, password_hash, now)
        sessions.end_all(session, person.id, now)
        throttle.forgive(session, throttle.account_key(person.email, secret))
        audit.note(session, "account.reset", now, by="nobody", about=f"account:{person.id}", detail={"step": "done"})


def sweep(now: datetime) -> None:
    """Forget links that have ended, and wishes that no worker could answer for a day. A transaction of its own."""
    if reading().scalar(sa.select(sa.exists().where(ResetWish.created_at < now - timedelta(days=1)))):
        with transaction() as session:
            session.execute(sa.delete(ResetWish).where(ResetWish.created_at < now - timedelta(days=1)))
    with transaction() as session:
        links.sweep(session, now)


def _send(session: Session, account_id: int, email: str, language: str, now: datetime) -> str:
    path = f"/passwort-neu/{links.make(session, account_id, 'reset', LIFE, now)}"
    values = {"link": path, "until": moment(now + LIFE, language)}
    outbox.put(session, Letter(email, language, "reset", values, now + LIFE), now)
    return path
