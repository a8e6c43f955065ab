"""The pages of webhooks, as coordinators use them and others can't."""

from __future__ import annotations

import pytest

from hubnode.work import loop
from tests.hubnode.push.conftest import Desk
from tests.hubnode.push.subscribers import Subscriber
from tests.hubnode.web.browsing import Browser

FEED = "http://127.0.0.1:5991/feeds?art=projekte"


@pytest.fixture
def bob(door: Desk) -> Browser:
    """The coordinator, signed in."""
    browser = Browser(door.hub.app)
    assert browser.sign_in("bob@wilster.example").status_code == 303
    return browser


def make(bob: Browser, url: str, **more: str) -> str:
    """Set a webhook up by the form; answers the secret that the page shows."""
    bob.open("/verwaltung/webhooks")
    answer = bob.send(**({"name": "Hochschule", "url": url, "auswahl": FEED} | more))
    assert answer.status_code == 200, bob.text()
    assert answer.headers["Cache-Control"] == "no-store"
    return str(bob.page.xpath("string(//*[@id='geheimnis'])"))


def test_a_webhook_is_set_up_tested_and_ended(door: Desk, bob: Browser, partner: Subscriber) -> None:
    secret = make(bob, partner.url)
    assert secret.startswith("whsec_")
    assert "Projekte." in bob.text()
    bob.open("/verwaltung/webhooks/1")
    assert secret not in bob.page.text_content()
    assert "kanal" not in bob.page.text_content(), "an address may hold a secret"
    bob.follow(bob.send("/verwaltung/webhooks/1/test", form=".//main//form[contains(@action, '/test')]"))
    door.publish("Ein Projekt")
    door.work()
    assert [one["type"] for one in partner.messages(secret)] == ["webhook.test", "record.put"]
    bob.open("/verwaltung/webhooks")
    assert "1 zugestellt" in bob.text()
    bob.open("/verwaltung/webhooks/1")
    bob.send(form=".//main//form[contains(@action, '/geheimnis')]")
    renewed = str(bob.page.xpath("string(//*[@id='geheimnis'])"))
    assert renewed not in ("", secret)
    bob.open("/verwaltung/webhooks/1")
    assert "Altes Geheimnis" in bob.text()
    bob.follow(bob.send(form=".//main//form[contains(@action, '/loeschen')]"))
    assert "Noch keiner" in bob.text()


def test_what_was_given_up_is_sent_once_more_or_dropped(door: Desk, bob: Browser, partner: Subscriber) -> None:
    secret = make(bob, partner.url)
    partner.statuses = [500]
    for _ in range(2):
        bob.open("/verwaltung/webhooks/1")
        bob.send(form=".//main//form[contains(@action, '/test')]")
    door.work()
    bob.open("/verwaltung/webhooks/1")
    assert bob.text().count("Der Empfänger hat mit dem Status 500 geantwortet.") == 2
    bob.send(form="(.//main//form[contains(@action, '/nachrichten/')])[1]", button="verwerfen")
    partner.statuses = [204]
    bob.open("/verwaltung/webhooks/1")
    bob.send(form=".//main//form[contains(@action, '/nachrichten/')]", button="erneut")
    door.work()
    bob.open("/verwaltung/webhooks/1")
    assert "Nicht zugestellt" not in bob.text()
    assert len(partner.messages(secret)) == 3


def test_what_waits_is_counted_and_comes_after_a_pause(door: Desk, bob: Browser, partner: Subscriber) -> None:
    secret = make(bob, partner.url)
    bob.open("/verwaltung/webhooks/1")
    bob.send(form=".//main//form[contains(@action, '/anhalten')]")
    door.publish("Eins")
    door.later(seconds=1).publish("Zwei")
    assert door.work() == 0
    bob.open("/verwaltung/webhooks/1")
    assert "Wartet2" in bob.text()
    bob.send(form=".//main//form[contains(@action, '/fortsetzen')]")
    door.work()
    assert [one["data"]["title"] for one in partner.messages(secret)] == ["Eins", "Zwei"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"url": "https://192.168.1.1/"}, "in das dieser Knoten nichts schickt"),
        ({"url": "http://partner.example/"}, "https://"),
        ({"url": "partner.example"}, "keine Adresse"),
        ({"url": "http://127.0.0.1:5991/x"}, "dieser Knoten selbst"),
        ({"auswahl": "https://elsewhere.example/feeds/alle.atom"}, "kein Abo dieses Hubs"),
        ({"auswahl": "http://127.0.0.1:5991/feeds/alle.atom?farbe=rot"}, "kein Abo dieses Hubs"),
        ({"name": ""}, "Namen"),
        ({"name": "x" * 121}, "Namen"),
    ],
)
def test_what_is_wrong_with_a_webhook_is_said(bob: Browser, change: dict[str, str], said: str) -> None:
    bob.open("/verwaltung/webhooks")
    answer = bob.send(**({"name": "Hochschule", "url": "https://partner.example/", "auswahl": FEED} | change))
    assert answer.status_code == 422
    assert said in bob.text()
    bob.open("/verwaltung/webhooks")
    assert "Noch keiner" in bob.text()


def test_others_neither_see_nor_make_them(door: Desk) -> None:
    charlie = Browser(door.hub.app)
    charlie.sign_in("charlie@wilster.example")
    assert charlie.open("/verwaltung/webhooks").status_code == 403
    stranger = door.hub.app.test_client()
    assert stranger.get("/verwaltung/webhooks/1").location.startswith("/anmelden")
    assert charlie.client.post("/verwaltung/webhooks", data={}).status_code >= 400


def test_the_way_leads_from_a_subscription_to_its_webhook(bob: Browser) -> None:
    bob.open("/feeds?art=termine")
    [href] = bob.page.xpath("//a[contains(@href, '/verwaltung/webhooks')]/@href")
    bob.open(href)
    assert bob.page.xpath("//input[@name='auswahl']/@value") == ["http://127.0.0.1:5991/feeds/termine.atom"]


def test_pushing_has_threads_of_its_own() -> None:
    assert {task.name for task in loop.TASKS if task.pushing} == {"webhooks", "websub", "digests"}
