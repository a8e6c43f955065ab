"""Slows guessing down, per account and per address, without ever locking anybody out for longer than 15 minutes.

An attempt is counted before the password is looked at and given back when it was right, so guesses sent at the same
moment count too. Account and address are known here only by a keyed hash, and the row goes soon after.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import insert_many
from hubnode.people import audit
from hubnode.people.errors import Throttled
from hubnode.people.models import Throttle

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=15)
FORGET_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Key:
    """What is counted: a keyed hash, and how many failures cost nothing."""

    digest: str
    free: int
    what: str = "account"
    """What is paused, for the audit trail: ``account`` or ``address``, never which."""
    act: str = "sign_in.throttled"
    """How the audit trail calls it."""


def account_key(email: str, secret: str) -> Key:
    """The key of an account, existing or not, by the mail address that was typed."""
    return Key(_digest("account", email, secret), free=5)


def address_key(address: str, secret: str) -> Key:
    """The key of the address a request came from; an office behind one address has more than one person."""
    return Key(_digest("address", _network(address), secret), free=20, what="address")


def factor_key(account_id: int, secret: str) -> Key:
    """The key of an account's second step, which a right password does not open: it would give endless tries."""
    return Key(_digest("factor", str(account_id), secret), free=5)


def challenge_key(address: str, secret: str) -> Key:
    """The key of the address from which passkeys are asked for; each asking leaves a row for five minutes."""
    return Key(_digest("challenge", _network(address), secret), free=60, what="address")


def knock_key(address: str, secret: str) -> Key:
    """The key of the address from which a hub asks to join; a hub that waits for its members' word asks again."""
    return Key(_digest("knock", _network(address), secret), 20, "address", "peer.throttled")


def reset_keys(email: str, address: str, secret: str) -> tuple[Key, Key]:
    """The keys of a wish for a new password; they are others than those of signing in, which goes on meanwhile."""
    return (
        Key(_digest("reset account", email, secret), free=3),
        Key(_digest("reset address", _network(address), secret), free=20),
    )


def letters_key(account_id: int, secret: str) -> Key:
    """The key of an account that has letters sent to other addresses."""
    return Key(_digest("letters", str(account_id), secret), free=5)


def client_key(client_id: str, secret: str) -> Key:
    """The key of the name under which a program proves itself by a secret."""
    return Key(_digest("client", client_id, secret), free=5, act="token.throttled")


def barrier_key(address: str, secret: str) -> Key:
    """The key of the address from which barriers are reported; a school behind one address may find several."""
    return Key(_digest("barrier", _network(address), secret), 5, "address", "barrier.throttled")


def websub_keys(host: str, address: str, secret: str) -> tuple[Key, Key]:
    """The keys of a wish that another machine be asked and sent something: of that machine, and of who wishes."""
    return (
        Key(_digest("websub host", host, secret), 30, "address", "push.throttled"),
        Key(_digest("websub address", _network(address), secret), 60, "address", "push.throttled"),
    )


def digest_keys(email: str, address: str, secret: str) -> tuple[Key, Key]:
    """The keys of a wish for news by mail: of the mail address, subscribed or not, and of who wishes."""
    return (
        Key(_digest("digest mail", email, secret), 3, "address", "push.throttled"),
        Key(_digest("digest address", _network(address), secret), 20, "address", "push.throttled"),
    )


def take(session: Session, keys: tuple[Key, ...], now: datetime) -> None:
    """Count one attempt against every key, or raise `Throttled` and count nothing. Part of the caller's transaction."""
    session.execute(sa.delete(Throttle).where(Throttle.until < now - FORGET_AFTER))
    digests = sorted(key.digest for key in keys)
    # Rows first, then locked in one order: what comes at the same moment is counted one after the other.
    insert_many(session, Throttle, ("key", "failures", "until"), [(one, 0, now) for one in digests], "(key) DO NOTHING")
    locked = sa.select(Throttle).where(Throttle.key.in_(digests)).order_by(Throttle.key).with_for_update()
    rows = {row.key: row for row in session.scalars(locked.execution_options(populate_existing=True))}
    # Below what is free nothing is paused: `until` may be the moment of somebody who asked just before.
    paused = [rows[key.digest] for key in keys if rows[key.digest].failures >= key.free]
    if waiting := [row.until for row in paused if row.until > now]:
        raise Throttled(max(waiting))
    for key in keys:
        row = rows[key.digest]
        row.failures += 1
        row.until = now + pause(row.failures, key.free)
        if row.failures == key.free:
            audit.note_rarely(session, key.act, now, by="nobody", detail={"by": key.what})


def forgive(session: Session, account: Key) -> None:
    """Forget the failures of an account whose password was right. Part of the caller's transaction."""
    session.execute(sa.delete(Throttle).where(Throttle.key == account.digest))


def give_back(session: Session, address: Key, now: datetime) -> None:
    """Take back the one attempt of an address that was no failure. Part of the caller's transaction.

    Its other failures stay, or one's own account would be the way to guess on without end.
    """
    fewer = sa.update(Throttle).where(Throttle.key == address.digest)
    session.execute(fewer.values(failures=Throttle.failures - 1, until=now))


def pause(failures: int, free: int) -> timedelta:
    """How long to wait after that many failures: nothing at first, then doubling from 15 seconds to 15 minutes."""
    if failures < free:
        return timedelta(0)
    doubled: timedelta = FIRST_PAUSE * 2 ** min(failures - free, 10)
    return min(doubled, LONGEST_PAUSE)


def _network(address: str) -> str:
    """The address, or for IPv6 its /64, which one subscriber can roam freely."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def _digest(what: str, value: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"throttle\0{what}\0{value}".encode(), hashlib.sha256).hexdigest()
