"""The webhooks of partners, for those who look after them: make, rotate, pause, test, send once more, end."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.config import Settings
from hubnode.db import reading, transaction
from hubnode.feeds import changes
from hubnode.feeds.fitting import fitting
from hubnode.feeds.select import NoSuchFeed, Selection, Site
from hubnode.mail import sealing
from hubnode.people import audit
from hubnode.people.viewer import ANONYMOUS, Viewer
from hubnode.push import callbacks, matching, signing
from hubnode.push.models import NEVER, Webhook, WebhookAside

OVERLAP = timedelta(hours=24)
"""How long the secret before a rotation signs, too."""
MOST = 100
MAX_NAME = 120
ASIDE_SHOWN = 200
COUNTED = 100
"""Changes that wait are counted up to here."""
URL, SECRET = "url of a webhook", "secret of a webhook"


class BadWebhook(Exception):
    """It can't be like this: `field` is ``name``, or ``most`` where there are too many already."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class NoWebhook(Exception):
    """There is no such webhook, or no such message of it."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A webhook as its page shows it; neither the address nor the secret is in it."""

    id: int
    name: str
    host: str
    selection: Selection | None
    """None where a part of it no longer exists, such as a hub that has left."""
    state: str
    created_at: datetime
    old_until: datetime | None
    delivered: int
    delivered_at: datetime | None
    failing_since: datetime | None
    attempts: int
    due_at: datetime
    error: str
    given_up: int


@dataclass(frozen=True, slots=True)
class Aside:
    """A message that was given up, or a test that was not taken or waits."""

    id: int
    message: str
    uri: str
    error: str
    wanted: bool
    at: datetime


def make(
    settings: Settings, name: str, url: str, address: str, now: datetime, *, by: Viewer, whole: bool = False
) -> tuple[int, str]:
    """Number and secret of a new webhook for the selection of `address`; the secret is told this once.

    It begins with what changes from now on, or, `whole`, with all that fits. Raises `BadWebhook`,
    `callbacks.BadCallback` or `NoSuchFeed`. A transaction of its own.
    """
    if not 1 <= len(name.strip()) <= MAX_NAME or not name.strip().isprintable():
        raise BadWebhook("name")
    callback = callbacks.checked(url, settings)
    selection, _form = matching.of_address(address, matching.site_of(settings))
    secret, cursor = signing.new_secret(), "" if whole else place_now(now)
    with transaction() as session:
        if (session.scalar(sa.select(sa.func.count()).select_from(Webhook)) or 0) >= MOST:
            raise BadWebhook("most")
        row = Webhook(
            name=name.strip(),
            host=callback.host,
            sealed_url=sealing.seal(callback.url.encode(), settings.secret_key, URL),
            asked=selection.asked,
            sealed_secret=sealing.seal(secret.encode(), settings.secret_key, SECRET),
            state="active",
            account_id=by.account_id,
            cursor=cursor,
            done=0,
            stamp=NEVER,
            trying=0,
            attempts=0,
            due_at=now,
            delivered=0,
            error="",
            created_at=now,
        )
        session.add(row)
        session.flush()
        _note(session, "webhook.made", row, now, by)
        return row.id, secret


def place_now(now: datetime) -> str:
    """The cursor behind everything that there is."""
    return changes.since(ANONYMOUS, "", 1, now, kinds=("",)).cursor  # no record is of no kind


def rotate(settings: Settings, number: int, now: datetime, *, by: Viewer) -> str:
    """A new secret, told this once; the one before signs too for a day. Raises `NoWebhook`."""
    secret = signing.new_secret()
    with transaction() as session:
        row = _row(session, number)
        row.sealed_old, row.old_until = row.sealed_secret, now + OVERLAP
        row.sealed_secret = sealing.seal(secret.encode(), settings.secret_key, SECRET)
        _note(session, "webhook.rotated", row, now, by)
    return secret


def pause(number: int) -> None:
    """Send nothing more until `resume`; nothing is lost meanwhile. Raises `NoWebhook`."""
    with transaction() as session:
        _row(session, number).state = "paused"


def resume(number: int, now: datetime) -> None:
    """Go on where delivery stopped, with new patience. Raises `NoWebhook`."""
    with transaction() as session:
        row = _row(session, number)
        row.state, row.due_at, row.stamp = "active", now, NEVER
        row.trying = row.attempts = 0
        row.failing_since, row.error = None, ""


def end(number: int, now: datetime, *, by: Viewer) -> None:
    """Forget a webhook with all that belongs to it. Raises `NoWebhook`."""
    with transaction() as session:
        row = _row(session, number)
        _note(session, "webhook.ended", row, now, by)
        session.delete(row)


def test(number: int, now: datetime) -> None:
    """Have a test message sent by the worker. Raises `NoWebhook`."""
    with transaction() as session:
        row = _row(session, number)
        message = f"test_{secrets.token_hex(8)}"
        session.add(WebhookAside(webhook=row.id, message=message, uri="", error="", wanted=True, at=now))
        row.due_at = now


def again(number: int, aside: int, now: datetime) -> None:
    """Have a message that was given up sent once more, as things are now. Raises `NoWebhook`."""
    with transaction() as session:
        row, found = _row(session, number), session.get(WebhookAside, aside)
        if found is None or found.webhook != number:
            raise NoWebhook
        found.wanted, found.at = True, now
        row.due_at = now


def drop(number: int, aside: int) -> None:
    """Forget a message that was given up. Raises `NoWebhook`."""
    gone = sa.delete(WebhookAside).where(WebhookAside.id == aside, WebhookAside.webhook == number)
    with transaction() as session:
        if session.scalar(gone.returning(WebhookAside.id)) is None:
            raise NoWebhook


def every(settings: Settings) -> list[Stand]:
    """All webhooks, by name."""
    site = matching.site_of(settings)
    dead = sa.select(WebhookAside.webhook, sa.func.count()).where(WebhookAside.uri != "").group_by(WebhookAside.webhook)
    given_up: dict[int, int] = dict(reading().execute(dead).all())
    rows = reading().scalars(sa.select(Webhook).order_by(Webhook.name, Webhook.id))
    return [_stand(row, given_up.get(row.id, 0), _selection(row.asked, site)) for row in rows]


def one(settings: Settings, number: int) -> Stand:
    """One webhook; raises `NoWebhook`."""
    found = next((stand for stand in every(settings) if stand.id == number), None)
    if found is None:
        raise NoWebhook
    return found


def asides(number: int) -> Sequence[Aside]:
    """Its messages beside the row, newest first."""
    chosen = sa.select(WebhookAside).where(WebhookAside.webhook == number).order_by(WebhookAside.id.desc())
    rows = reading().scalars(chosen.limit(ASIDE_SHOWN))
    return [Aside(row.id, row.message, row.uri, row.error, row.wanted, row.at) for row in rows]


def waiting(settings: Settings, number: int, now: datetime) -> int:
    """How many messages are still to be sent, counted up to `COUNTED`; raises `NoWebhook`."""
    row = reading().get(Webhook, number)
    if row is None:
        raise NoWebhook
    site = matching.site_of(settings)
    selection = _selection(row.asked, site)
    if selection is None:
        return 0
    cursor, done = row.cursor, row.done
    try:
        page = changes.since(ANONYMOUS, cursor, COUNTED, now, kinds=selection.kinds, hubs=selection.hubs)
    except (changes.BadCursor, changes.LostCursor):
        return 0
    left = [change for change in page.changes if change.seq > done]
    return len(fitting(selection, site, left)) + sum(change.view is None for change in left)


def troubled() -> int:
    """How many webhooks were disabled by this node or have given up messages."""
    dead = sa.exists().where(WebhookAside.webhook == Webhook.id, WebhookAside.uri != "")
    chosen = sa.select(sa.func.count()).select_from(Webhook).where(sa.or_(Webhook.state == "disabled", dead))
    return reading().scalar(chosen) or 0


def _stand(row: Webhook, given_up: int, selection: Selection | None) -> Stand:
    return Stand(
        row.id,
        row.name,
        row.host,
        selection,
        row.state,
        row.created_at,
        row.old_until,
        row.delivered,
        row.delivered_at,
        row.failing_since,
        row.attempts,
        row.due_at,
        row.error,
        given_up,
    )


def _selection(asked: str, site: Site) -> Selection | None:
    try:
        return matching.selection_of(asked, site)
    except NoSuchFeed:
        return None


def _row(session: Session, number: int) -> Webhook:
    row = session.get(Webhook, number)
    if row is None:
        raise NoWebhook
    return row


def _note(session: Session, act: str, row: Webhook, now: datetime, by: Viewer | str) -> None:
    audit.note(session, act, now, by=by, about=f"webhook:{row.id}", detail={"host": row.host})
