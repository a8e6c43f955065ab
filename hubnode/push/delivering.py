"""Delivering to webhooks: each subscriber in a task of its own, its messages in their order, one at a time.

What is to be sent is read from the change feed behind the subscriber's cursor, so nothing waits in a queue that could
be lost. A killed worker has sent at most the messages of one page that it had not noted yet; they come again under the
same webhook-id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import uniform
from time import monotonic
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import reading, transaction
from hubnode.feeds import changes
from hubnode.feeds.changes import BadCursor, Changed, LostCursor, Page
from hubnode.feeds.fitting import fitting
from hubnode.feeds.select import NoSuchFeed, Selection, Site
from hubnode.mail import sealing
from hubnode.mail.sealing import CantOpen
from hubnode.network.node import Node
from hubnode.people.viewer import ANONYMOUS
from hubnode.push import callbacks, disabling, matching, messages, signing
from hubnode.push.callbacks import Callback, Outcome
from hubnode.push.models import Webhook, WebhookAside, WebhookHeld
from hubnode.push.webhooks import SECRET, URL
from hubnode.records import reading as records
from hubnode.records.models import Stamp

LEASE = timedelta(seconds=60)
"""Time after which another worker may deliver to the same subscriber; longer than one task can take."""
BUDGET_S = 10.0
"""Seconds after which a task sends nothing further: then others get their turn."""
PAGE = 20
"""Changes that are delivered before it is noted: so many may come twice after a crash."""
PAUSES = tuple(timedelta(seconds=one) for one in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 72000))
"""After each failed try of a message; three days in all, then it is given up."""
LONGEST_WAIT_S = 86_400
DISABLED_AFTER = timedelta(days=5)
"""A subscriber that has taken nothing for so long is sent nothing more."""
TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """What a delivery needs of a webhook, read once."""

    id: int
    callback: Callback
    secrets: Sequence[str]
    selection: Selection
    site: Site


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to send."""

    seq: int
    uri: str
    body: bytes
    put: bool


def due(now: datetime) -> sa.ColumnElement[bool]:
    """Whether a subscriber may have something to get."""
    return sa.exists().where(_due(now))


def _due(now: datetime) -> sa.ColumnElement[bool]:
    wanted = sa.exists().where(WebhookAside.webhook == Webhook.id, WebhookAside.wanted)
    news = sa.and_(Webhook.state == "active", Webhook.stamp != current())
    return sa.and_(Webhook.due_at <= now, sa.or_(news, wanted))


def current() -> sa.ColumnElement[int]:
    """The stamp of the records, in a condition; 0 where nothing was ever written."""
    return sa.func.coalesce(sa.select(Stamp.value).where(Stamp.id == 1).scalar_subquery(), 0)


def claim(session: Session, now: datetime, most: int) -> list[str]:
    """Numbers of subscribers to deliver to now, each claimed by pushing its due time: one worker gets each."""
    chosen = sa.select(Webhook.id).where(_due(now)).order_by(Webhook.due_at).limit(most).scalar_subquery()
    taken = sa.update(Webhook).where(Webhook.id.in_(chosen), Webhook.due_at <= now).values(due_at=now + LEASE)
    found = session.execute(taken.returning(Webhook.id), execution_options={"synchronize_session": False})
    return [str(number) for number in found.scalars()]


def resume(now: datetime) -> None:
    """Give back what a killed worker had claimed; a pause after a failure stays. A transaction of its own."""
    with transaction() as session:
        waiting = sa.update(Webhook).where(Webhook.attempts == 0, Webhook.due_at > now)
        session.execute(waiting.values(due_at=now))


def deliver(node: Node, number: str) -> None:
    """Send what is to be sent to one subscriber; raises nothing that it can cause."""
    until = monotonic() + BUDGET_S
    try:
        to = _subscriber(node, int(number))
    except (CantOpen, NoSuchFeed) as problem:
        error = "selection" if isinstance(problem, NoSuchFeed) else "unreadable"
        _values(int(number), error=error, due_at=node.clock() + timedelta(hours=1))
        return
    if to is None:
        return
    _aside(node, to, until)
    more = True
    while more and monotonic() < until:
        more = _one_page(node, to, until)
    if more:
        _values(to.id, due_at=node.clock())


def _subscriber(node: Node, number: int) -> Subscriber | None:
    """None where it was ended meanwhile; raises `CantOpen` or `NoSuchFeed`."""
    row = reading().get(Webhook, number)
    if row is None:
        return None
    secret = node.settings.secret_key
    sealed = [row.sealed_secret]
    if row.sealed_old is not None and row.old_until is not None and row.old_until > node.clock():
        sealed.append(row.sealed_old)
    url = sealing.unseal(row.sealed_url, secret, URL).decode()
    origin = "/".join(url.split("/", 3)[:3])
    shared = [sealing.unseal(one, secret, SECRET).decode() for one in sealed]
    site = matching.site_of(node.settings)
    return Subscriber(number, Callback(url, origin), shared, matching.selection_of(row.asked, site), site)


def _one_page(node: Node, to: Subscriber, until: float) -> bool:
    """Deliver the next page of changes and note how far it came; answers whether there may be more to send now."""
    reading().rollback()  # a new look
    row = reading().get(Webhook, to.id, populate_existing=True)
    if row is None or row.state != "active" or row.due_at < node.clock():
        return False
    cursor, done, stamp = row.cursor, row.done, records.stamp(reading())
    try:
        page = _page(node, to.selection, cursor)
    except (BadCursor, LostCursor):
        _values(to.id, cursor="", done=0, trying=0, attempts=0)  # the records were put back: all is told anew
        return True
    waiting = _messages(to, [change for change in page.changes if change.seq > done])
    reading().rollback()  # nothing is held open while others are waited for
    epoch = page.cursor.partition("-")[0]
    sent: list[Message] = []
    for message in waiting:
        if monotonic() >= until:  # a slow one: what it took is noted, the rest has to wait for its next turn
            _delivered(node, to.id, sent, {"done": sent[-1].seq} if sent else {"done": done})
            return True
        outcome = _send(node, to, f"msg_{epoch}_{to.id}_{message.seq}", message.body)
        if not outcome.taken:
            _failed(node, to, sent, message, outcome)
            return False
        sent.append(message)
    values: dict[str, Any] = {"cursor": page.cursor, "done": 0}
    _delivered(node, to.id, sent, values if page.more else values | {"stamp": stamp, "due_at": node.clock()})
    return page.more


def _page(node: Node, selection: Selection, cursor: str) -> Page:
    return changes.since(ANONYMOUS, cursor, PAGE, node.clock(), kinds=selection.kinds, hubs=selection.hubs)


def _messages(to: Subscriber, changed: Sequence[Changed]) -> list[Message]:
    """What these changes mean to the subscriber, in order."""
    fit = fitting(to.selection, to.site, changed)
    held = _held(to.id, [one.uri for one in changed])
    found: list[Message] = []
    for one in changed:
        if one.view is not None and one.uri in fit:
            found.append(Message(one.seq, one.uri, messages.put(one.view, to.site, to.selection.lang), put=True))
        elif one.view is None or one.uri in held:
            found.append(Message(one.seq, one.uri, messages.gone(one.uri, one.at), put=False))
    return found


def _held(webhook: int, uris: Sequence[str]) -> set[str]:
    chosen = sa.select(WebhookHeld.uri).where(WebhookHeld.webhook == webhook, WebhookHeld.uri.in_(uris))
    return set(reading().scalars(chosen))


def _send(node: Node, to: Subscriber, message: str, body: bytes) -> Outcome:
    signed = signing.headers(message, node.clock(), body, to.secrets)
    return callbacks.send(node, to.callback, {"Content-Type": TYPE, **signed}, body)


def _delivered(node: Node, webhook: int, sent: Sequence[Message], values: dict[str, Any]) -> None:
    """Note what was taken. A transaction of its own."""
    with transaction() as session:
        _note_held(session, webhook, sent)
        if sent:
            values = values | {"delivered": Webhook.delivered + len(sent), "delivered_at": node.clock()}
            values = {"trying": 0, "attempts": 0, "failing_since": None, "error": "", **values}
        session.execute(sa.update(Webhook).where(Webhook.id == webhook).values(**values))


def _note_held(session: Session, webhook: int, sent: Sequence[Message]) -> None:
    """Note what the subscriber holds now; nothing where it was ended meanwhile."""
    if not sent or session.scalar(sa.select(Webhook.id).where(Webhook.id == webhook)) is None:
        return
    uris = [one.uri for one in sent]
    session.execute(sa.delete(WebhookHeld).where(WebhookHeld.webhook == webhook, WebhookHeld.uri.in_(uris)))
    puts = dict.fromkeys(one.uri for one in sent if one.put)
    if puts:
        session.execute(sa.insert(WebhookHeld), [{"webhook": webhook, "uri": uri} for uri in puts])


def _failed(node: Node, to: Subscriber, sent: Sequence[Message], message: Message, outcome: Outcome) -> None:
    """Note what was taken before, and when the message is tried again; after the last try it is laid aside."""
    now = node.clock()
    if sent:
        _delivered(node, to.id, sent, {"done": sent[-1].seq})
    with transaction() as session:
        row = session.get(Webhook, to.id)
        if row is None:
            return
        row.attempts = row.attempts + 1 if row.trying == message.seq else 1
        row.trying, row.error, row.failing_since = message.seq, outcome.error, row.failing_since or now
        if outcome.status == 410 or now - row.failing_since >= DISABLED_AFTER:
            disabling.disable(session, node.settings, row, now)
        elif row.attempts > len(PAUSES):
            _lay_aside(session, row, message, outcome, now)
        else:
            row.due_at = now + _pause(row.attempts, outcome)


def _lay_aside(session: Session, row: Webhook, message: Message, outcome: Outcome, now: datetime) -> None:
    """Give the message up: it can be sent once more by hand, and those behind it get their turn."""
    name = f"msg_{row.cursor.partition('-')[0]}_{row.id}_{message.seq}"
    session.add(WebhookAside(webhook=row.id, message=name, uri=message.uri, error=outcome.error, wanted=False, at=now))
    row.done, row.trying, row.attempts, row.due_at = message.seq, 0, 0, now


def _pause(attempts: int, outcome: Outcome) -> timedelta:
    asked = timedelta(seconds=min(outcome.retry_after_s, LONGEST_WAIT_S))
    jittered: timedelta = PAUSES[attempts - 1] * uniform(0.9, 1.1)  # noqa: S311 - jitter, no secret
    return max(asked, jittered)


def _aside(node: Node, to: Subscriber, until: float) -> None:
    """Send what somebody wants to be sent: tests, and once more what was given up, as the record is now."""
    chosen = sa.select(WebhookAside).where(WebhookAside.webhook == to.id, WebhookAside.wanted).order_by(WebhookAside.id)
    rows = [(row.id, row.message, row.uri) for row in reading().scalars(chosen.limit(PAGE))]
    for number, name, uri in rows:
        if monotonic() >= until:
            return
        message = _as_now(to, uri, node.clock())
        reading().rollback()
        outcome = _send(node, to, name, message.body)
        with transaction() as session:
            if outcome.taken:
                session.execute(sa.delete(WebhookAside).where(WebhookAside.id == number))
            else:
                row = sa.update(WebhookAside).where(WebhookAside.id == number)
                session.execute(row.values(wanted=False, error=outcome.error, at=node.clock()))
        if outcome.taken:
            _delivered(node, to.id, [message] if uri else [], {"delivered_at": node.clock()})


def _as_now(to: Subscriber, uri: str, now: datetime) -> Message:
    """What is to be said of a record now; of none, a test."""
    if not uri:
        return Message(0, "", messages.test(now), put=False)
    view = records.by_uri(ANONYMOUS, uri)
    if view is not None and fitting(to.selection, to.site, [Changed(0, uri, view.kind, now, view)]):
        return Message(0, uri, messages.put(view, to.site, to.selection.lang), put=True)
    return Message(0, uri, messages.gone(uri, now), put=False)


def _values(webhook: int, **values: Any) -> None:
    with transaction() as session:
        session.execute(sa.update(Webhook).where(Webhook.id == webhook).values(**values))
