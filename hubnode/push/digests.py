"""Subscriptions by mail, without an account: asked for, confirmed by a link, changed and ended by a link in each mail.

Whoever asks learns nothing about an address: the answer and the work for it are the same whether it is subscribed or
not. An address is kept sealed and only while its subscription lasts, or waits 48 hours to be confirmed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from hubnode.config import Settings
from hubnode.db import reading, transaction
from hubnode.feeds import select
from hubnode.feeds.select import NoSuchFeed, Selection, Site
from hubnode.mail import addresses, outbox, sealing
from hubnode.mail.rendering import LANGUAGES, Letter, moment
from hubnode.people import throttle
from hubnode.push import matching, webhooks
from hubnode.push.models import NEVER, RHYTHMS, MailDigest

LIFE = timedelta(hours=48)
"""How long the link that confirms is good for."""
ADDRESS = "address of a subscription"
PLACE = "/abo/"
HOUR = time(7)
"""When daily and weekly mails are put together, weekly ones on Mondays."""
ZONE = ZoneInfo("Europe/Berlin")
RHYTHM_NAMES: Mapping[str, LazyString] = {
    "instant": _l("sofort, höchstens alle 15 Minuten"),
    "daily": _l("täglich um 7 Uhr"),
    "weekly": _l("wöchentlich, montags um 7 Uhr"),
}
APART = timedelta(minutes=15)
"""Least time between two mails of a subscription that wants them at once."""
_TOKEN = re.compile(r"([1-9][0-9]{0,17})-([0-9a-f]{64})")


class EndedLink(Exception):
    """The link was used, has expired, or never was."""


class BadRhythm(Exception):
    """There is no such rhythm."""


@dataclass(frozen=True, slots=True)
class Digest:
    """A subscription as its pages show it; the address is not in it."""

    id: int
    selection: Selection
    site: Site
    rhythm: str


def ask(settings: Settings, email: str, asked: str, rhythm: str, language: str, now: datetime, *, address: str) -> None:
    """Send a link that confirms this subscription, whether there is one already or not. Transactions of its own.

    `address` is where the request came from, for the throttle. Raises `addresses.BadAddress`, `BadRhythm`,
    `NoSuchFeed` or `throttle.Throttled`.
    """
    to = addresses.checked(email)
    if rhythm not in RHYTHMS:
        raise BadRhythm(rhythm)
    site = matching.site_of(settings)
    selection = matching.selection_of(asked, site)
    with transaction() as session:
        throttle.take(session, throttle.digest_keys(to, address, settings.secret_key), now)
    spoken, token = language if language in LANGUAGES else "de", secrets.token_urlsafe(32)
    with force_locale(spoken):
        what, often = printable(select.title(selection, site)), str(RHYTHM_NAMES[rhythm])
    values = {"what": what, "rhythm": often, "until": moment(now + LIFE, spoken), "link": f"{PLACE}bestaetigen/{token}"}
    with transaction() as session:
        row = _row(session, settings, to, selection.asked, now)
        row.language, row.wish = spoken, rhythm
        row.token_hash, row.token_until = _hashed(token), now + LIFE
        outbox.put(session, Letter(to, spoken, "digest-confirm", values, now + LIFE), now)


def _row(session: Session, settings: Settings, to: str, asked: str, now: datetime) -> MailDigest:
    """The subscription of this address to this selection, made where there is none."""
    named = hmac.new(settings.secret_key.encode(), f"digest\0{to}\0{asked}".encode(), hashlib.sha256).hexdigest()
    row = session.scalar(sa.select(MailDigest).where(MailDigest.key == named))
    if row is None:
        row = MailDigest(
            key=named,
            sealed_email=sealing.seal(to.encode(), settings.secret_key, ADDRESS),
            asked=asked,
            rhythm="weekly",
            cursor="",
            stamp=NEVER,
            seen_at=now,
            refusals=0,
            created_at=now,
        )
        session.add(row)
    return row


def waiting(settings: Settings, token: str, now: datetime) -> Digest:
    """What a link would confirm, with the rhythm that it brings; raises `EndedLink`."""
    row = reading().scalar(sa.select(MailDigest).where(_good(token, now)))
    if row is None:
        raise EndedLink
    return _digest(settings, row, row.wish)


def confirm(token: str, now: datetime) -> None:
    """Begin the subscription, or give it another rhythm; the link is used up. Raises `EndedLink`."""
    cursor = webhooks.place_now(now)
    with transaction() as session:
        row = session.scalar(sa.select(MailDigest).where(_good(token, now)))
        if row is None:
            raise EndedLink
        if row.confirmed_at is None:
            row.confirmed_at = row.seen_at = now
            row.cursor, row.stamp = cursor, NEVER
        row.rhythm, row.due_at = row.wish, next_due(row.wish, now)
        row.token_hash = row.token_until = None


def held(settings: Settings, token: str) -> Digest:
    """The subscription whose mails carry this token; raises `EndedLink`."""
    row = _of_token(reading(), settings, token)
    return _digest(settings, row, row.rhythm)


def change(settings: Settings, token: str, rhythm: str, now: datetime) -> None:
    """Give it another rhythm; raises `EndedLink` or `BadRhythm`. A transaction of its own."""
    if rhythm not in RHYTHMS:
        raise BadRhythm(rhythm)
    with transaction() as session:
        row = _of_token(session, settings, token)
        row.rhythm, row.due_at = rhythm, next_due(rhythm, now)


def end(settings: Settings, token: str) -> None:
    """End it and forget the address; raises `EndedLink`. A transaction of its own."""
    with transaction() as session:
        session.delete(_of_token(session, settings, token))


def path_of(settings: Settings, row: MailDigest) -> str:
    """Where the subscription is changed and ended; only mails to its address carry this."""
    return f"{PLACE}{row.id}-{_mac(settings, row)}"


def number_of(path: str) -> int | None:
    """The number of the subscription that a path of `path_of` belongs to, unchecked."""
    found = _TOKEN.fullmatch(path.rpartition(PLACE)[2])
    return int(found[1]) if found else None


def next_due(rhythm: str, now: datetime) -> datetime:
    """When the next mail may go; on the clocks of the hubs."""
    if rhythm == "instant":
        return now
    day = now.astimezone(ZONE).date()
    first = datetime.combine(day, HOUR, ZONE)
    while first <= now or (rhythm == "weekly" and first.weekday() != 0):
        day += timedelta(days=1)
        first = datetime.combine(day, HOUR, ZONE)
    return first


def printable(text: str) -> str:
    """The text without signs that mails have no use for, such as those that turn its direction."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def tidy(now: datetime) -> None:
    """Forget addresses that were not confirmed in time, and links that have ended. A transaction of its own."""
    ended = MailDigest.token_until <= now
    with transaction() as session:
        session.execute(sa.delete(MailDigest).where(ended, MailDigest.confirmed_at.is_(None)))
        session.execute(sa.update(MailDigest).where(ended).values(token_hash=None, token_until=None))


def count() -> int:
    """How many subscriptions by mail there are."""
    chosen = sa.select(sa.func.count()).select_from(MailDigest).where(MailDigest.confirmed_at.is_not(None))
    return reading().scalar(chosen) or 0


def _digest(settings: Settings, row: MailDigest, rhythm: str) -> Digest:
    number, asked, site = row.id, row.asked, matching.site_of(settings)
    try:
        selection = matching.selection_of(asked, site)
    except NoSuchFeed:  # a hub of it has left: what it names is gone, and it can still be ended
        selection = Selection(hubs=("",))
    return Digest(number, selection, site, rhythm)


def _of_token(session: Session, settings: Settings, token: str) -> MailDigest:
    found = _TOKEN.fullmatch(token)
    row = session.get(MailDigest, int(found[1])) if found else None
    if found is None or row is None or row.confirmed_at is None:
        raise EndedLink
    if not hmac.compare_digest(_mac(settings, row), found[2]):
        raise EndedLink
    return row


def _mac(settings: Settings, row: MailDigest) -> str:
    """Bound to this row and no later one of its number; nothing of it lies in the database."""
    named = f"digest manage\0{row.id}\0{row.key}\0{row.created_at.isoformat()}".encode()
    return hmac.new(settings.secret_key.encode(), named, hashlib.sha256).hexdigest()


def _good(token: str, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(MailDigest.token_hash == _hashed(token), MailDigest.token_until > now)


def _hashed(token: str) -> str:
    """How a link is kept: it is 256 random bits, so a plain hash keeps a stolen database from using it."""
    return hashlib.sha256(token.encode()).hexdigest()
