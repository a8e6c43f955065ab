"""The mails of subscriptions: put together by the worker, handed to the outbox in the transaction that notes it.

So a mail is neither lost nor written twice, whenever a process is killed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from hubnode.db import reading, transaction
from hubnode.feeds import changes, select
from hubnode.feeds.changes import BadCursor, LostCursor
from hubnode.feeds.fitting import fitting
from hubnode.feeds.select import NoSuchFeed, Selection, Site, item
from hubnode.mail import outbox, sealing
from hubnode.mail.rendering import Letter, Listed
from hubnode.mail.sealing import CantOpen
from hubnode.network.node import Node
from hubnode.people.viewer import ANONYMOUS
from hubnode.push import digests, matching, webhooks
from hubnode.push.delivering import current
from hubnode.push.models import MailDigest
from hubnode.records import reading as records
from hubnode.records.reading import RecordView

LEASE = timedelta(minutes=2)
PAGE, PAGES = 200, 20
"""Changes that are looked at together, and how often for one mail."""
LISTED = 50
"""Titles in one mail; the rest is a number and a link."""
USEFUL = timedelta(days=3)
"""After this a mail of news is not sent any more."""
MOST_REFUSALS = 3
"""Letters refused for good, after which a subscription is over: the address does not exist, or does not want it."""
NEWS, ONE, CONFIRM = "digest", "digest-one", "digest-confirm"


@dataclass(frozen=True, slots=True)
class News:
    """What a subscription has to tell, newest last, and the place in the change feed after it."""

    views: Sequence[RecordView]
    cursor: str


def due(now: datetime) -> sa.ColumnElement[bool]:
    """Whether a mail may have to be put together."""
    return sa.exists().where(_due(now))


def _due(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(MailDigest.due_at <= now, sa.or_(MailDigest.rhythm != "instant", MailDigest.stamp != current()))


def claim(session: Session, now: datetime, most: int) -> list[str]:
    """Numbers of subscriptions whose time has come, each claimed by pushing its due time: one worker gets each."""
    chosen = sa.select(MailDigest.id).where(_due(now)).order_by(MailDigest.due_at).limit(most).scalar_subquery()
    taken = sa.update(MailDigest).where(MailDigest.id.in_(chosen), MailDigest.due_at <= now).values(due_at=now + LEASE)
    found = session.execute(taken.returning(MailDigest.id), execution_options={"synchronize_session": False})
    return [str(number) for number in found.scalars()]


def send(node: Node, number: str) -> None:
    """Put one mail together if there is anything to tell."""
    row, now = reading().get(MailDigest, int(number), populate_existing=True), node.clock()
    if row is None or row.due_at is None:
        return
    asked, cursor, secret = row.asked, row.cursor, node.settings.secret_key
    try:
        to = sealing.unseal(row.sealed_email, secret, digests.ADDRESS).decode()
    except CantOpen:  # the secret of the settings was replaced: nobody can read the address any more
        _forget(row.id)
        return
    site = matching.site_of(node.settings)
    try:
        selection = matching.selection_of(asked, site)
    except NoSuchFeed:
        _put_off(row.id, now + timedelta(days=1))
        return
    stamp = records.stamp(reading())
    news = _news(selection, site, cursor, now)
    reading().rollback()
    with transaction() as session:
        kept = session.get(MailDigest, int(number), populate_existing=True)
        if kept is None or kept.cursor != cursor or kept.due_at is None:
            return  # ended, or told by another worker
        if news.views:
            outbox.put(session, _letter(node, kept, to, selection, site, news, now), now)
        instant = kept.rhythm == "instant"
        kept.due_at = now + digests.APART if instant and news.views else digests.next_due(kept.rhythm, now)
        kept.cursor, kept.stamp, kept.seen_at = news.cursor, stamp, now


def tend(now: datetime) -> None:
    """Count refusals, and forget what nobody can get. Transactions of their own."""
    for template in (NEWS, ONE, CONFIRM):
        for letter, error, values in outbox.given_up_of(template):
            _bounced(letter, error, digests.number_of(values.get("manage", "")))
    digests.tidy(now)


def _bounced(letter: int, error: str, number: int | None) -> None:
    """Forget a letter that was given up; what was refused for good is counted. A transaction of its own."""
    with transaction() as session:
        if not outbox.forget(session, letter):
            return
        row = session.get(MailDigest, number) if number is not None and error == "refused" else None
        if row is not None:
            row.refusals += 1
            if row.refusals >= MOST_REFUSALS:
                session.delete(row)


def _news(selection: Selection, site: Site, cursor: str, now: datetime) -> News:
    """What has been published or changed behind `cursor`; nothing where the records were put back."""
    views: dict[str, RecordView] = {}
    try:
        for _round in range(PAGES):
            page = changes.since(ANONYMOUS, cursor, PAGE, now, kinds=selection.kinds, hubs=selection.hubs)
            fit = fitting(selection, site, page.changes)
            views |= {one.uri: one.view for one in page.changes if one.view is not None and one.uri in fit}
            cursor = page.cursor
            if not page.more:
                break
    except (BadCursor, LostCursor):
        return News((), webhooks.place_now(now))
    return News(tuple(views.values()), cursor)


def _letter(
    node: Node, row: MailDigest, to: str, selection: Selection, site: Site, news: News, now: datetime
) -> Letter:
    manage, newest = digests.path_of(node.settings, row), list(reversed(news.views))
    with force_locale(row.language):
        listed = [_listed(view, selection, site, row.seen_at) for view in newest[:LISTED]]
        what = digests.printable(select.title(selection, site))
    values = {
        "what": what,
        "count": str(len(newest)),
        "title": listed[0].title,
        "manage": node.settings.base_url + manage,
        "link": selection.page,
    }
    template = ONE if len(newest) == 1 else NEWS
    return Letter(to, row.language, template, values, now + USEFUL, listed, f"{manage}/ende")


def _listed(view: RecordView, selection: Selection, site: Site, seen_at: datetime) -> Listed:
    found = item(view, site, selection.lang)
    note = f"{found.label}, {found.hub}"
    if view.published_at is not None and view.published_at < seen_at - timedelta(days=1):
        note = _("geändert: %(what)s", what=note)
    return Listed(found.url, digests.printable(found.title), digests.printable(note))


def _forget(number: int) -> None:
    with transaction() as session:
        session.execute(sa.delete(MailDigest).where(MailDigest.id == number))


def _put_off(number: int, until: datetime) -> None:
    with transaction() as session:
        session.execute(sa.update(MailDigest).where(MailDigest.id == number).values(due_at=until))
