"""Accounts in Chromium: an administrator invites, the letter lies in the mailbox of the demo, its reader comes in.

Every page on the way is examined for barriers.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from hubnode.db import transaction
from hubnode.people import passwords
from tests.browser.test_every_page import examine
from tests.hubnode.hubs import Hub, close, make_hub
from tests.hubnode.web import letters
from tests.hubnode.web.desk import account
from tests.migrated import sqlite_template
from tests.serving import free_port, served

PASSWORD = "Deichgraf reitet Schimmel"
NEW = "Störche klappern im Frühjahr"
DORA = "dora@amt.example"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The hub in Wilster with its administrator."""
    port = free_port()
    made = make_hub(tmp_path_factory.mktemp("people") / "hub", sqlite_template(), "Wilster", port, pages=True)
    with made.at(), transaction() as session:
        session.add(account("Alice", "admin", passwords.hashed(PASSWORD)))
    with served(made.app, port):
        yield made
    close(made)


@pytest.fixture
def person(chromium: Browser, hub: Hub) -> Iterator[Page]:
    """A fresh visitor's page."""
    with chromium.new_context(base_url=hub.origin, locale="de-DE") as context:
        yield context.new_page()


def sign_in(page: Page, email: str, password: str) -> None:
    """Fill in the sign-in page and send it."""
    page.goto("/anmelden")
    page.get_by_label("E-Mail-Adresse").fill(email)
    page.get_by_label("Passwort", exact=True).fill(password)
    page.get_by_role("button", name="Anmelden", exact=True).click()
    page.wait_for_url(lambda url: "/anmelden" not in url)


def read_letter(page: Page, hub: Hub, axe: str) -> None:
    """Open the newest letter in the mailbox and press what it offers."""
    letters.work(hub)
    assert examine(page, "/postfach", axe) == []
    page.locator("article").first.get_by_role("link", name="So zeigt es ein Mailprogramm").click()
    page.get_by_role("link").first.click()


def choose_password(page: Page, password: str) -> None:
    """Type it twice and send the form."""
    page.locator("#neu").fill(password)
    page.locator("#wiederholt").fill(password)
    page.locator("main form button[type=submit]").first.click()


def test_from_an_invitation_to_a_forgotten_password(person: Page, chromium: Browser, hub: Hub, axe: str) -> None:
    """And to a draft that is handed over: the editor sees no button to publish."""
    sign_in(person, "alice@wilster.example", PASSWORD)
    for place in ("/verwaltung/personen", "/verwaltung/personen/1", "/verwaltung/nachrichten", "/konto/adresse"):
        assert examine(person, place, axe) == []
    person.goto("/verwaltung/personen")
    form = person.locator("form[action='/verwaltung/personen/einladen']")
    form.get_by_label("E-Mail-Adresse").fill(DORA)
    form.get_by_label("Redaktion").check()
    form.get_by_label("Ihr Passwort").fill(PASSWORD)
    form.get_by_role("button", name="Einladung schicken").click()
    expect(person.get_by_text("Die Einladung ist unterwegs")).to_be_visible()

    with chromium.new_context(base_url=hub.origin, locale="de-DE") as context:
        dora = context.new_page()
        read_letter(dora, hub, axe)
        assert examine(dora, dora.url.removeprefix(hub.origin), axe) == []
        dora.get_by_label("Ihr Name").fill("Dora Probe")
        choose_password(dora, PASSWORD)
        assert examine(dora, "/passwort-vergessen", axe) == []
        dora.get_by_label("E-Mail-Adresse").fill(DORA)
        dora.get_by_role("button", name="Link schicken").click()
        expect(dora.get_by_text("Wenn es zu dieser Adresse ein Konto gibt")).to_be_visible()
        read_letter(dora, hub, axe)
        assert examine(dora, dora.url.removeprefix(hub.origin), axe) == []
        choose_password(dora, NEW)
        sign_in(dora, DORA, NEW)
        assert dora.url == f"{hub.origin}/redaktion"
        dora.goto("/redaktion/neu/organisationen")
        expect(dora.get_by_role("button", name="Zum Veröffentlichen übergeben")).to_be_visible()
        expect(dora.get_by_role("button", name="Veröffentlichen", exact=True)).to_have_count(0)
