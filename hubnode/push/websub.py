"""The WebSub hub (W3C Recommendation) of this node's own feeds: what is wished for, and the bounds of it.

The door only writes a wish down. The worker verifies the intent (see `verifying`) and distributes (`distributing`).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.config import Settings
from hubnode.db import transaction
from hubnode.feeds.select import HUB, NoSuchFeed, Selection, Site
from hubnode.mail import sealing
from hubnode.people import throttle
from hubnode.push import callbacks, matching
from hubnode.push.callbacks import BadCallback, Callback
from hubnode.push.models import NEVER, WebSub

FORMS = ("atom", "rss", "json")
"""Formats that have room for the name of a hub, and are distributed."""
MODES = ("subscribe", "unsubscribe")
LEASE_S = 10 * 86_400
LEAST_LEASE_S, LONGEST_LEASE_S = 300, 30 * 86_400
MAX_SECRET = 200
"""A secret has fewer bytes (WebSub section 5.1)."""
MOST_PER_HOST, MOST = 50, 5_000
CALLBACK, SECRET = "callback of WebSub", "secret of WebSub"


class BadWish(Exception):
    """The hub does not do this; `reason` says why.

    One of ``mode``, ``topic``, ``lease``, ``secret``, ``most``, ``callback`` or a reason of `BadCallback`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def links(base_url: str, topic: str) -> str:
    """The header that names hub and topic of a feed (section 4)."""
    return f'<{base_url}{HUB}>; rel="hub", <{base_url}{topic}>; rel="self"'


def wish(settings: Settings, form: Mapping[str, str], now: datetime, *, address: str) -> None:
    """Write a wish down; the worker asks the subscriber whether it is its own. A transaction of its own.

    `address` is where it came from, for the throttle. Raises `BadWish` or `throttle.Throttled`. A callback's host is
    asked at most so often, whoever wishes: nobody can make this node knock at a stranger's door without end.
    """
    mode = form.get("hub.mode", "")
    if mode not in MODES:
        raise BadWish("mode")
    topic = _topic(settings, form.get("hub.topic", "")) if mode == "subscribe" else _own(settings, form)
    try:
        callback = callbacks.checked(form.get("hub.callback", ""), settings)
    except BadCallback as refusal:
        raise BadWish(refusal.reason) from refusal
    lease, secret = _lease(form.get("hub.lease_seconds", "")), _secret(form.get("hub.secret", ""))
    keys = throttle.websub_keys(callback.machine, address, settings.secret_key)
    with transaction() as session:
        throttle.take(session, keys, now)
    sealed = sealing.seal(secret.encode(), settings.secret_key, SECRET) if secret else None
    with transaction() as session:
        row = (
            _row(session, settings, topic, callback, now)
            if mode == "subscribe"
            else _known(session, key(settings, topic, callback))
        )
        if row is None:
            return  # nothing to end, and the answer does not tell
        row.wish, row.wish_lease_s, row.wish_sealed_secret = mode, lease, sealed
        row.attempts, row.due_at = 0, now


def selection_of(topic: str, site: Site) -> tuple[Selection, str]:
    """Selection and format of a topic; raises `NoSuchFeed`."""
    selection, form = matching.of_address(site.base_url + topic, site)
    if form not in FORMS:
        raise NoSuchFeed("format", form)
    return selection, form


def key(settings: Settings, topic: str, callback: Callback) -> str:
    """What names a subscription here; nobody without the secret of the settings can tell its parts from it."""
    named = f"websub\0{topic}\0{callback.url}".encode()
    return hmac.new(settings.secret_key.encode(), named, hashlib.sha256).hexdigest()


def tidy(now: datetime) -> None:
    """Forget subscriptions whose lease is over, and wishes that nobody has confirmed. A transaction of its own."""
    over = sa.and_(WebSub.expires_at <= now, WebSub.wish == "")
    unconfirmed = sa.and_(WebSub.expires_at.is_(None), WebSub.created_at < now - timedelta(days=1))
    with transaction() as session:
        session.execute(sa.delete(WebSub).where(sa.or_(over, unconfirmed)))


def _topic(settings: Settings, address: str) -> str:
    """Path and query of a feed of this node; raises `BadWish`."""
    try:
        selection_of(address.removeprefix(settings.base_url), matching.site_of(settings))
    except NoSuchFeed as refusal:
        raise BadWish("topic") from refusal
    return _own(settings, {"hub.topic": address})


def _own(settings: Settings, form: Mapping[str, str]) -> str:
    """What stands behind this node's origin; a feed that no longer exists can be unsubscribed, too."""
    topic = form.get("hub.topic", "")
    if not topic.startswith(settings.base_url + "/feeds/") or len(topic) > matching.MAX_ADDRESS or "#" in topic:
        raise BadWish("topic")
    return topic.removeprefix(settings.base_url)


def _lease(text: str) -> int:
    """Seconds within the bounds of this hub; raises `BadWish` for what is no number."""
    if not text:
        return LEASE_S
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise BadWish("lease")
    return min(max(int(text), LEAST_LEASE_S), LONGEST_LEASE_S)


def _secret(text: str) -> str:
    if len(text.encode()) >= MAX_SECRET:
        raise BadWish("secret")
    return text


def _known(session: Session, named: str) -> WebSub | None:
    return session.scalar(sa.select(WebSub).where(WebSub.key == named))


def _row(session: Session, settings: Settings, topic: str, callback: Callback, now: datetime) -> WebSub:
    """The row of this subscription, made where there is none; raises `BadWish` where there are too many."""
    if (row := _known(session, named := key(settings, topic, callback))) is not None:
        return row
    count = sa.select(sa.func.count()).select_from(WebSub)
    of_host = session.scalar(count.where(WebSub.host == callback.machine)) or 0
    if of_host >= MOST_PER_HOST or (session.scalar(count) or 0) >= MOST:
        raise BadWish("most")
    row = WebSub(
        key=named,
        topic=topic,
        host=callback.machine,
        sealed_callback=sealing.seal(callback.url.encode(), settings.secret_key, CALLBACK),
        expires_at=None,
        digest="",
        stamp=NEVER,
        attempts=0,
        due_at=now,
        created_at=now,
    )
    session.add(row)
    return row
