"""Staff of Hennstedt work at Wilster with the account of Hennstedt, and are out when Wilster suspends their hub."""

from __future__ import annotations

import time
from urllib.parse import urljoin

import pytest
import requests
from lxml import html
from ulid import ULID

from hubnode.demo.nodes import Node
from tests.journeys import writing
from tests.journeys.conftest import PASSWORD, Network, eventually

pytestmark = pytest.mark.journey
PATIENCE_S = 15


class Browser:
    """One browser at several hubs; it follows every redirect, and all hubs share one host, as cookies see it."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self.answer = requests.Response()

    def open(self, url: str) -> str:
        """Go to a page; its words."""
        self.answer = self._session.get(url, timeout=PATIENCE_S)
        return self.words

    def send(self, form: str, button: tuple[str, str] | None = None, **typed: str) -> str:
        """Fill in a form of the page and send it; the words of what comes then."""
        found = html.fromstring(self.answer.text).xpath(form)[0]
        fields = {**dict(found.form_values()), **typed, **dict([button] if button else [])}
        target = urljoin(self.answer.url, found.get("action") or self.answer.url)
        self.answer = self._session.post(target, fields, timeout=PATIENCE_S)
        return self.words

    @property
    def words(self) -> str:
        """What the page says."""
        return " ".join(html.fromstring(self.answer.text).text_content().split())


def visit(network: Network, browser: Browser) -> str:
    """Sign in at Hennstedt, then at Wilster with the account of Hennstedt; the words of the page at Wilster."""
    browser.open(f"{network.hennstedt.origin}/anmelden")
    browser.send("//form[.//input[@name='passwort']]", email="anna@hennstedt.example", passwort=PASSWORD)
    browser.open(f"{network.wilster.origin}/anmelden?next=/besuch")
    host = network.hennstedt.origin.removeprefix("http://")
    [way] = html.fromstring(browser.answer.text).xpath(f"//a[contains(@href, '/anmelden/hub/{host}')]/@href")
    browser.open(urljoin(network.wilster.origin, way))
    if browser.answer.url.startswith(network.hennstedt.origin):
        browser.send("//form[.//button[@value='zustimmen']]", ("aktion", "zustimmen"))
        if not browser.answer.url.startswith(network.wilster.origin):  # the page that leads on where a form has led
            [way] = html.fromstring(browser.answer.text).xpath("//main//a/@href")
            browser.open(way)
    return browser.words


def askable(network: Network, node: Node) -> str:
    """A new project of `node` that is for the network only; its number."""
    lead, project = str(ULID()), str(ULID())
    network.publish(
        node,
        writing.organisation("Amt Deichbau", id=lead),
        writing.project("Deichkamera", f"{node.origin}/r/{lead}", id=project, visibility="network"),
    )
    return project


def test_who_signs_out_at_home_is_signed_out_at_the_hub_visited(network: Network) -> None:
    """In the same browser, and by the worker of the home hub."""
    browser = Browser()
    assert "Anna (Hub Hennstedt)" in visit(network, browser)
    browser.open(f"{network.hennstedt.origin}/konto")
    browser.send("//form[@action='/abmelden']")
    assert eventually(lambda: "Ihr Besuch" not in browser.open(f"{network.wilster.origin}/besuch"))
    assert browser.answer.url.startswith(f"{network.wilster.origin}/anmelden")


def test_a_visitor_asks_gets_the_answer_and_is_out_when_the_home_hub_is_suspended(network: Network) -> None:
    """One browser, two hubs, no second password; the suspension takes effect within a second."""
    wilster, project = network.wilster, askable(network, network.wilster)
    browser = Browser()
    assert "Diese Seite gibt es nicht" in browser.open(f"{wilster.origin}/projekte/{project}")
    assert "Anna (Hub Hennstedt)" in visit(network, browser)
    assert "Deichkamera" in browser.open(f"{wilster.origin}/projekte/{project}")
    browser.open(f"{wilster.origin}/fragen/neu/projekte/{project}")
    browser.send("//form[.//textarea]", subject="Sicht bei Nebel", text="Was sieht sie dann?", signed_as="Bauamt")
    thread = browser.answer.url
    expert = network.anna(wilster)
    assert "Bauamt , Hennstedt" in expert.words(thread.removeprefix(wilster.origin))
    path = thread.removeprefix(wilster.origin)
    assert expert.send(path, {**expert.form(path), "text": "Wärme, auch bei Nebel."}).status_code == 303
    assert "Wärme, auch bei Nebel." in browser.open(thread)
    network.operator.run(wilster, "peer", "suspend", network.hennstedt.origin)
    suspended = time.monotonic()
    try:
        assert eventually(lambda: "Wärme" not in browser.open(thread), 1.0)
        assert time.monotonic() - suspended < 1.0
        assert browser.answer.url.startswith(f"{wilster.origin}/anmelden")
        host = network.hennstedt.origin.removeprefix("http://")
        assert "gehört zurzeit nicht zum Verbund" in browser.open(f"{wilster.origin}/anmelden/hub/{host}")
        assert "Anna" in browser.open(f"{network.hennstedt.origin}/konto"), "at home nothing has changed"
    finally:
        network.operator.run(wilster, "peer", "resume", network.hennstedt.origin)
