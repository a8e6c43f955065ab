"""WebSub by the worker: verifying the intent of subscribers, and sending them the feed when it has changed."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import uniform
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from hubnode.db import reading, transaction
from hubnode.feeds.formats import FORMATS
from hubnode.feeds.select import NoSuchFeed, midnight
from hubnode.feeds.shelf import Shelf
from hubnode.mail import sealing
from hubnode.mail.sealing import CantOpen
from hubnode.network.node import Node
from hubnode.push import callbacks, matching, signing, websub
from hubnode.push.callbacks import Callback, Outcome
from hubnode.push.delivering import current
from hubnode.push.models import WebSub
from hubnode.records import reading as records

LEASE = timedelta(seconds=60)
"""Time after which another worker may take the same subscription up; longer than its two requests may take."""
GATHERED = timedelta(seconds=5)
"""Least time between two deliveries to one subscriber, in which changes are gathered."""
VERIFY_PAUSES = tuple(timedelta(seconds=one) for one in (30, 300))
"""After each failed question whether a wish is the subscriber's own; then the wish is forgotten."""
PAUSES = tuple(timedelta(seconds=one) for one in (10, 60, 300, 1800, 7200, 21600))
GIVEN_UP_AFTER = timedelta(days=3)
"""A subscriber that has taken nothing for so long is forgotten, whatever its lease."""


@dataclass(frozen=True, slots=True)
class Document:
    """A feed as it is sent."""

    body: bytes
    mimetype: str

    @property
    def digest(self) -> str:
        """By which it is known whether a subscriber has it."""
        return hashlib.sha256(self.body).hexdigest()


EXTENSION = "hubnode.push"
"""Where a process keeps the feeds that it has rendered for subscribers."""


def due(now: datetime) -> sa.ColumnElement[bool]:
    """Whether a wish waits, or a subscriber may have something to get."""
    return sa.exists().where(_due(now))


def _due(now: datetime) -> sa.ColumnElement[bool]:
    in_force = sa.and_(WebSub.expires_at > now, WebSub.stamp != current())
    return sa.and_(WebSub.due_at <= now, sa.or_(WebSub.wish != "", in_force))


def claim(session: Session, now: datetime, most: int) -> list[str]:
    """Numbers of subscriptions with something to do, each claimed by pushing its due time: one worker gets each."""
    chosen = sa.select(WebSub.id).where(_due(now)).order_by(WebSub.due_at).limit(most).scalar_subquery()
    taken = sa.update(WebSub).where(WebSub.id.in_(chosen), WebSub.due_at <= now).values(due_at=now + LEASE)
    found = session.execute(taken.returning(WebSub.id), execution_options={"synchronize_session": False})
    return [str(number) for number in found.scalars()]


def resume(now: datetime) -> None:
    """Give back what a killed worker had claimed. A transaction of its own."""
    with transaction() as session:
        session.execute(sa.update(WebSub).where(WebSub.attempts == 0, WebSub.due_at > now).values(due_at=now))


def do(node: Node, number: str) -> None:
    """Verify the wish of one subscription, or send it what has changed; raises nothing that the subscriber causes."""
    row = reading().get(WebSub, int(number), populate_existing=True)
    if row is None:
        return
    try:
        url = sealing.unseal(row.sealed_callback, node.settings.secret_key, websub.CALLBACK).decode()
    except CantOpen:
        _forget(row.id)
        return
    callback = Callback(url, "/".join(url.split("/", 3)[:3]))
    (_verify if row.wish else _distribute)(node, row, callback)


def _verify(node: Node, row: WebSub, callback: Callback) -> None:
    """Ask whether the wish is the subscriber's own (section 5.3); only the echo of a random word is a yes."""
    number, mode, lease, topic, attempts = row.id, row.wish, row.wish_lease_s, row.topic, row.attempts
    document, stamp = _document(node, topic), records.stamp(reading())
    if mode == "subscribe" and document is None:
        _deny(node, number, topic, callback)
        return
    challenge = secrets.token_urlsafe(32)
    asked = {"hub.mode": mode, "hub.topic": node.settings.base_url + topic, "hub.challenge": challenge}
    reading().rollback()  # nothing is held open while the subscriber is waited for
    outcome = callbacks.ask(node, callback, asked | ({"hub.lease_seconds": str(lease)} if mode == "subscribe" else {}))
    if not outcome.taken and outcome.status != 404 and attempts < len(VERIFY_PAUSES):
        _values(number, attempts=attempts + 1, due_at=node.clock() + VERIFY_PAUSES[attempts])
    elif not outcome.taken or not hmac.compare_digest(outcome.body, challenge.encode()):
        _unwished(number)
    elif mode == "unsubscribe" or document is None:
        _forget(number)
    else:
        _in_force(number, node.clock(), lease, document.digest, stamp)


def _in_force(number: int, now: datetime, lease: int, digest: str, stamp: int) -> None:
    """Let a verified wish hold; the subscriber is taken to have the feed as it is now, which it reads by itself."""
    with transaction() as session:
        row = session.get(WebSub, number, populate_existing=True)
        if row is None:
            return
        renewed = row.expires_at is not None and row.expires_at > now
        row.expires_at, row.sealed_secret = now + timedelta(seconds=lease), row.wish_sealed_secret
        row.wish, row.wish_sealed_secret, row.attempts, row.failing_since, row.due_at = "", None, 0, None, now
        if not renewed:
            row.digest, row.stamp = digest, stamp


def _unwished(number: int) -> None:
    """Forget a wish that nobody stands by; a subscription that is in force stays."""
    with transaction() as session:
        session.execute(sa.delete(WebSub).where(WebSub.id == number, WebSub.expires_at.is_(None)))
        kept = sa.update(WebSub).where(WebSub.id == number)
        session.execute(kept.values(wish="", wish_sealed_secret=None, attempts=0, due_at=WebSub.created_at))


def _distribute(node: Node, row: WebSub, callback: Callback) -> None:
    number, topic, had, stamp = row.id, row.topic, row.digest, records.stamp(reading())
    attempts, since, sealed = row.attempts, row.failing_since, row.sealed_secret
    if (document := _document(node, topic)) is None:
        _deny(node, number, topic, callback)
        return
    reading().rollback()  # nothing is held open while the subscriber is waited for
    if document.digest == had:
        _values(number, stamp=stamp, due_at=node.clock(), attempts=0)
        return
    secret = sealing.unseal(sealed, node.settings.secret_key, websub.SECRET).decode() if sealed else ""
    outcome = callbacks.send(node, callback, _headers(node, topic, document, secret), document.body)
    now = node.clock()
    if outcome.taken:
        taken = {"digest": document.digest, "stamp": stamp, "attempts": 0, "failing_since": None}
        _values(number, due_at=now + GATHERED, **taken)
    elif outcome.status == 410 or (since is not None and now - since >= GIVEN_UP_AFTER):
        _forget(number)
    else:
        _values(number, attempts=attempts + 1, failing_since=since or now, due_at=now + _pause(attempts, outcome))


def _headers(node: Node, topic: str, document: Document, secret: str) -> dict[str, str]:
    links = websub.links(node.settings.base_url, topic)
    signature = {"X-Hub-Signature": signing.hub_signature(secret, document.body)} if secret else {}
    return {"Content-Type": document.mimetype, "Link": links, **signature}


def _document(node: Node, topic: str) -> Document | None:
    """The feed as it is now, rendered once for all its subscribers; None where there is no such feed any more."""
    site, now = matching.site_of(node.settings), node.clock()
    try:
        selection, form = websub.selection_of(topic, site)
    except NoSuchFeed:
        return None
    state = repr((site, records.stamp(reading()), midnight(now)))
    shelf: Shelf = current_app.extensions.setdefault(EXTENSION, Shelf())
    kept = shelf.get(state, (form, selection), lambda: FORMATS[form].render(selection, site, now), now)
    return Document(kept.body, FORMATS[form].mimetype)


def _deny(node: Node, number: int, topic: str, callback: Callback) -> None:
    """Tell the subscriber that there is no such feed any more (section 5.2), and forget it."""
    reading().rollback()
    told = {"hub.mode": "denied", "hub.topic": node.settings.base_url + topic, "hub.reason": "no such feed"}
    callbacks.ask(node, callback, told)
    _forget(number)


def _pause(attempts: int, outcome: Outcome) -> timedelta:
    asked = timedelta(seconds=min(outcome.retry_after_s, 86_400))
    jittered: timedelta = PAUSES[min(attempts, len(PAUSES) - 1)] * uniform(0.9, 1.1)  # noqa: S311 - jitter
    return max(asked, jittered)


def _forget(number: int) -> None:
    with transaction() as session:
        session.execute(sa.delete(WebSub).where(WebSub.id == number))


def _values(number: int, **values: Any) -> None:
    with transaction() as session:
        session.execute(sa.update(WebSub).where(WebSub.id == number).values(**values))
