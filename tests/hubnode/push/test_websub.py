"""The WebSub hub, asked by a subscriber that is written as the W3C Recommendation says."""

from __future__ import annotations

from dataclasses import replace

import feedparser
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hubnode.db import reading
from hubnode.feeds.formats import FORMATS
from hubnode.push import matching
from hubnode.push.models import WebSub
from tests.hubnode.hubs import every_value
from tests.hubnode.push.conftest import Desk
from tests.hubnode.push.subscribers import Subscriber, hub_verified

SECRET = "ein gemeinsames Geheimnis"
TOPIC = "/feeds/projekte.atom?thema=mobility"


@pytest.fixture
def client(door: Desk) -> FlaskClient:
    """A program at the door of the hub."""
    return door.hub.app.test_client()


def wish(client: FlaskClient, door: Desk, callback: str, mode: str = "subscribe", **more: str) -> TestResponse:
    """Ask the hub as section 5.1 says."""
    asked = {"mode": mode, "topic": door.hub.origin + TOPIC, "callback": callback, "secret": SECRET} | more
    data = {f"hub.{name}": value for name, value in asked.items() if value}
    return client.post("/websub", data=data, environ_base={"REMOTE_ADDR": "192.0.2.7"})


def rows(door: Desk) -> int:
    """How many subscriptions there are, wished for or in force."""
    with door.hub.at():
        return reading().scalar(sa.select(sa.func.count()).select_from(WebSub)) or 0


@pytest.mark.parametrize("form", ["atom", "rss", "json"])
def test_a_feed_is_discovered_subscribed_and_sent(
    client: FlaskClient, door: Desk, partner: Subscriber, form: str
) -> None:
    found = client.get(TOPIC.replace("atom", form))
    links = {
        link.split('rel="')[1].rstrip('"'): link[1 : link.index(">")] for link in found.headers["Link"].split(", ")
    }
    assert links["hub"] == door.hub.origin + "/websub"
    assert links["hub"].encode() in found.data
    assert wish(client, door, partner.url, topic=links["self"], lease_seconds="86400").status_code == 202
    assert door.work() == 1
    [asked] = partner.got
    assert asked.method == "GET"
    assert asked.query | {"hub.challenge": ""} == {
        "kanal": "1",
        "hub.mode": "subscribe",
        "hub.topic": links["self"],
        "hub.challenge": "",
        "hub.lease_seconds": "86400",
    }
    door.later(minutes=1).publish("Ein Sensor")
    door.later(minutes=1).work()
    sent = partner.got[-1]
    assert (sent.method, len(partner.got)) == ("POST", 2)
    assert hub_verified(sent, SECRET)
    assert not hub_verified(sent, SECRET + "!")
    assert sent.body == client.get(links["self"].removeprefix(door.hub.origin)).data
    assert f'<{links["hub"]}>; rel="hub"' in sent.headers["link"]
    assert f'<{links["self"]}>; rel="self"' in sent.headers["link"]
    assert sent.headers["content-type"] == found.mimetype
    if form != "json":
        assert [entry.title for entry in feedparser.parse(sent.body).entries] == ["Ein Sensor"]


def test_what_does_not_change_the_feed_is_not_sent(client: FlaskClient, door: Desk, partner: Subscriber) -> None:
    wish(client, door, partner.url)
    door.work()
    door.publish("Sitzbank", topics=["startups"])
    door.later(minutes=1).work()
    assert [one.method for one in partner.got] == ["GET"]


def test_a_forged_challenge_subscribes_nobody(client: FlaskClient, door: Desk, partner: Subscriber) -> None:
    partner.echo = lambda challenge: challenge[::-1]
    assert wish(client, door, partner.url).status_code == 202
    door.work()
    assert rows(door) == 0
    door.publish()
    door.later(minutes=1).work()
    assert [one.method for one in partner.got] == ["GET"]


def test_nobody_ends_the_subscription_of_another(client: FlaskClient, door: Desk, partner: Subscriber) -> None:
    wish(client, door, partner.url)
    door.work()
    partner.echo = lambda _challenge: "nein"
    wish(client, door, partner.url, "unsubscribe")
    door.work()
    door.publish()
    door.later(minutes=1).work()
    assert [one.method for one in partner.got] == ["GET", "GET", "POST"]


def test_who_unsubscribes_gets_nothing_more(client: FlaskClient, door: Desk, partner: Subscriber) -> None:
    wish(client, door, partner.url)
    door.work()
    assert wish(client, door, partner.url, "unsubscribe").status_code == 202
    door.work()
    assert partner.got[-1].query["hub.mode"] == "unsubscribe"
    assert "hub.lease_seconds" not in partner.got[-1].query
    assert rows(door) == 0


def test_a_lease_is_bounded_and_ends(client: FlaskClient, door: Desk, partner: Subscriber) -> None:
    wish(client, door, partner.url, lease_seconds="1000000000")
    door.work()
    assert partner.got[0].query["hub.lease_seconds"] == str(30 * 86_400)
    door.later(days=31).publish()
    assert door.work() == 0


def test_a_failed_delivery_is_repeated_with_the_feed_of_then(
    client: FlaskClient, door: Desk, partner: Subscriber
) -> None:
    wish(client, door, partner.url)
    door.work()
    partner.statuses = [503, 204]
    door.publish("Eins")
    door.work()
    door.publish("Zwei")
    assert door.work() == 0, "a pause after the failure"
    door.later(minutes=2).work()
    assert b"Zwei" not in partner.got[1].body
    assert b"Zwei" in partner.got[2].body
    assert len(partner.got) == 3


def test_who_is_gone_is_forgotten(client: FlaskClient, door: Desk, partner: Subscriber) -> None:
    wish(client, door, partner.url)
    door.work()
    assert rows(door) == 1
    partner.statuses = [410]
    door.publish()
    door.work()
    assert rows(door) == 0


def test_many_changes_are_gathered(client: FlaskClient, door: Desk, partner: Subscriber) -> None:
    wish(client, door, partner.url)
    door.work()
    for number in range(5):
        door.publish(f"Projekt {number}")
        door.work()
    assert len(partner.got) == 2
    door.later(seconds=6).work()
    assert len(partner.got) == 3
    assert b"Projekt 4" in partner.got[-1].body


REFUSALS = [
    ({"mode": "publish"}, "hub.mode"),
    ({"topic": "https://elsewhere.example/feeds/alle.atom"}, "hub.topic"),
    ({"topic": "http://127.0.0.1:5991/projekte"}, "hub.topic"),
    ({"topic": "http://127.0.0.1:5991/feeds/alle.csv"}, "hub.topic"),
    ({"topic": "http://127.0.0.1:5991/feeds/alle.atom?seite=2"}, "hub.topic"),
    ({"topic": "http://127.0.0.1:5991/feeds/alle.atom?farbe=rot"}, "hub.topic"),
    ({"callback": "http://10.0.0.7/geheim"}, "https"),
    ({"callback": "https://10.0.0.7/geheim"}, "Netz"),
    ({"callback": "https://169.254.169.254/latest/meta-data"}, "Netz"),
    ({"callback": "https://[fd00::1]/"}, "Netz"),
    ({"callback": "http://127.0.0.1:5991/websub"}, "dieser Knoten selbst"),
    ({"callback": "ftp://partner.example/"}, "keine Adresse"),
    ({"callback": "https://user:word@partner.example/"}, "keine Adresse"),
    ({"callback": "https://partner.example/#teil"}, "keine Adresse"),
    ({"callback": "https://partner.example/\r\nX-Injected: 1"}, "keine Adresse"),
    ({"lease_seconds": "1e9"}, "hub.lease_seconds"),
    ({"lease_seconds": "-1"}, "hub.lease_seconds"),
    ({"secret": "x" * 200}, "hub.secret"),
]


@pytest.mark.parametrize(("change", "said"), REFUSALS)
def test_what_the_hub_does_not_do_is_named(client: FlaskClient, door: Desk, change: dict[str, str], said: str) -> None:
    answer = wish(client, door, **({"callback": "https://partner.example/"} | change))
    assert answer.status_code == 400
    assert said in answer.text
    assert rows(door) == 0


def test_a_name_that_leads_inside_is_never_asked(client: FlaskClient, door: Desk) -> None:
    """The name is harmless; what it resolves to is not, and only the connection knows that."""
    assert wish(client, door, "https://localhost.partner.invalid/").status_code == 202
    for _ in range(3):
        door.work()
        door.later(minutes=6)
    assert rows(door) == 0


def test_one_machine_is_asked_a_few_times_only(client: FlaskClient, door: Desk, partner: Subscriber) -> None:
    statuses = [wish(client, door, f"{partner.url}&n={number}").status_code for number in range(35)]
    assert statuses[0] == 202
    assert statuses[-1] == 429
    assert statuses.count(202) <= 30
    last = wish(client, door, partner.url)
    assert int(last.headers["Retry-After"]) > 0


def test_callbacks_and_secrets_lie_sealed(client: FlaskClient, door: Desk, partner: Subscriber) -> None:
    wish(client, door, partner.url)
    door.work()
    with door.hub.at():
        kept = every_value(reading())
    assert SECRET.lower() not in kept
    assert "kanal=1" not in kept


@pytest.mark.parametrize("form", ["atom", "rss", "json"])
def test_what_is_not_for_everybody_names_no_hub(door: Desk, form: str) -> None:
    with door.hub.at() as node:
        site = matching.site_of(node.settings)
        for level, named in (("public", True), ("network", False)):
            selection = replace(matching.selection_of("", site), level=level)
            assert (b"/websub" in FORMATS[form].render(selection, site, door.now)) is named
