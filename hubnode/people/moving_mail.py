"""Another mail address for an account: asked for by its owner, confirmed at the new one, told to the old one."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from hubnode.db import transaction
from hubnode.mail import addresses, outbox
from hubnode.mail.addresses import BadAddress
from hubnode.mail.rendering import Letter, moment
from hubnode.people import accounts, audit, links, sessions, throttle
from hubnode.people.confirming import Oneself
from hubnode.people.errors import BadAccount, EndedLink
from hubnode.people.links import Link
from hubnode.people.models import Account

LIFE = timedelta(days=1)
"""How long the new address can be confirmed."""


def ask(proof: Oneself, new_email: str, now: datetime, *, secret: str) -> None:
    """Write to the new address, and tell the old one; nothing changes yet. A transaction of its own.

    Whether the new address has an account already is not told here. Raises `BadAccount` or `Throttled`.
    """
    person = accounts.by_id(proof.account_id)
    try:
        address = addresses.checked(new_email)
    except BadAddress as refusal:
        raise BadAccount("email", str(refusal)) from refusal
    if address == person.email:
        raise BadAccount("same", "this is the account's address already")
    with transaction() as session:
        throttle.take(session, (throttle.letters_key(person.id, secret),), now)
        token = links.make(session, person.id, "mail", LIFE, now, address)
        until = {"link": f"/adresse-bestaetigen/{token}", "until": moment(now + LIFE, person.language)}
        outbox.put(session, Letter(address, person.language, "mail-confirm", until, now + LIFE), now)
        told = {"link": "/konto", "at": moment(now, person.language)}
        outbox.put(session, Letter(person.email, person.language, "mail-asked", told), now)


def asked(token: str, now: datetime) -> Link:
    """Which account gets which address by this link; raises `EndedLink`."""
    return links.of_token(token, "mail", now)


def confirm(token: str, now: datetime, *, keep_token: str | None = None) -> str:
    """Give the account its new address and answer it; every sign-in but the one of `keep_token` ends.

    Raises `EndedLink`, also where another account has the address meanwhile. A transaction of its own.
    """
    link = asked(token, now)
    try:
        with transaction() as session:
            links.use(session, token, "mail", link.account_id, now)
            changed = sa.update(Account).where(Account.id == link.account_id, Account.active.is_(True))
            if session.scalar(changed.values(email=link.new_email).returning(Account.id)) is None:
                raise EndedLink
            links.end(session, link.account_id)
            sessions.end_all(session, link.account_id, now, but=keep_token)
            values = {"at": moment(now, link.language)}
            outbox.put(session, Letter(link.email, link.language, "mail-changed", values), now)
            audit.note(session, "account.mail", now, by="nobody", about=f"account:{link.account_id}")
    except IntegrityError as error:
        raise EndedLink from error
    return link.new_email
