"""The same pushing on PostgreSQL: claims, places in the change feed, what subscribers hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from hubnode.db import reading
from hubnode.mail.models import MailOut
from hubnode.network.node import EXTENSION
from hubnode.push import digests, websub
from hubnode.push.models import MailDigest, Webhook, WebhookHeld, WebSub
from tests.hubnode.hubs import close, make_hub
from tests.hubnode.push.conftest import Desk
from tests.hubnode.push.subscribers import Subscriber, hub_verified
from tests.migrated import migrate


@pytest.fixture
def desk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """Wilster on PostgreSQL."""
    url: str = request.getfixturevalue("postgres_url")
    migrate(url)
    hub = make_hub(tmp_path / "push", Path(), "Wilster", 5991, url)
    found = Desk(hub)
    hub.app.extensions[EXTENSION] = replace(found.node(), clock=lambda: found.now)
    yield found
    close(hub)


@pytest.mark.postgresql
def test_each_way_of_pushing_walks(desk: Desk, partner: Subscriber) -> None:
    number = desk.hook(partner.url, whole=True)
    with desk.hub.at() as node:
        asked = {"hub.mode": "subscribe", "hub.topic": f"{desk.hub.origin}/feeds/alle.atom", "hub.secret": "geheim"}
        websub.wish(node.settings, asked | {"hub.callback": partner.url}, desk.now, address="192.0.2.7")
        digests.ask(node.settings, "a@amt.example", "q=Sensoren", "instant", "de", desk.now, address="192.0.2.7")
    desk.work()
    with desk.hub.at():
        token = "x" * 43
        session = reading()
        session.execute(sa.update(MailDigest).values(token_hash=digests._hashed(token)))
        session.commit()
        digests.confirm(token, desk.now)
    uri = desk.later(minutes=1).publish()
    desk.later(seconds=10).work()
    desk.withdraw(uri)
    desk.later(seconds=10).work()
    hooks = [one for one in partner.got if "webhook-id" in one.headers]
    feeds = [one for one in partner.got if "x-hub-signature" in one.headers]
    assert [one.headers["content-type"] for one in hooks] == ["application/json"] * 2
    assert b"record.gone" in hooks[1].body
    assert len(feeds) == 2
    assert all(hub_verified(one, "geheim") for one in feeds)
    with desk.hub.at():
        assert reading().scalar(sa.select(Webhook.delivered).where(Webhook.id == number)) == 2
        assert reading().scalar(sa.select(sa.func.count()).select_from(WebhookHeld)) == 0
        assert reading().scalar(sa.select(sa.func.count()).select_from(WebSub)) == 1
        assert set(reading().scalars(sa.select(MailOut.template))) == {"digest-confirm", "digest-one"}
