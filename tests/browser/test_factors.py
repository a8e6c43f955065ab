"""Second factors in Chromium: from an invitation to a published record by app, and passkeys by its authenticator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from hubnode.db import transaction
from hubnode.network.node import utcnow
from hubnode.people import invitations, passwords
from hubnode.people.confirming import OPERATOR_CONFIRMED
from tests.browser.test_every_page import examine
from tests.hubnode.hubs import Hub, close, make_hub
from tests.hubnode.web.desk import account
from tests.migrated import sqlite_template
from tests.serving import free_port, served

PASSWORD = "Deichgraf reitet Schimmel"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The hub in Wilster under a name, as passkeys need it, with two people."""
    folder, port = tmp_path_factory.mktemp("factors"), free_port()
    made = make_hub(folder / "hub", sqlite_template(), "Wilster", port, pages=True, host="localhost")
    with made.at(), transaction() as session:
        known = passwords.hashed(PASSWORD)
        session.add_all(account(name, role, known) for name, role in (("Alice", "admin"), ("Bob", "coordinator")))
    with served(made.app, port):
        yield made
    close(made)


@pytest.fixture
def context(chromium: Browser, hub: Hub) -> Iterator[BrowserContext]:
    """A fresh visitor's browser."""
    with chromium.new_context(base_url=hub.origin, locale="de-DE") as made:
        yield made


def sign_in(page: Page, email: str) -> None:
    """Fill in the sign-in page and send it."""
    page.goto("/anmelden")
    page.get_by_label("E-Mail-Adresse").fill(email)
    page.get_by_label("Passwort", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Anmelden", exact=True).click()


def own_path(page: Page, hub: Hub) -> str:
    """Where the page is, without the host."""
    return page.url.removeprefix(hub.origin)


def test_somebody_invited_gets_an_app_signs_in_by_it_and_publishes(context: BrowserContext, hub: Hub, axe: str) -> None:
    """Invitation, password, app, two steps, and a record that the hub shows."""
    with hub.at():
        link = invitations.invite(OPERATOR_CONFIRMED, "ilse@wilster.example", "coordinator", "de", utcnow())
    page = context.new_page()
    page.goto(link)
    page.get_by_label("Ihr Name").fill("Ilse Probe")
    page.get_by_label(re.compile("^(Neues )?Passwort$")).fill(PASSWORD)
    page.get_by_label(re.compile("wiederholen")).fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    sign_in(page, "ilse@wilster.example")

    assert examine(page, "/konto/zweiter-faktor", axe) == []
    form = page.locator("form[action='/konto/zweiter-faktor/app']")
    form.get_by_label("Ihr Passwort").fill(PASSWORD)
    form.get_by_role("button", name="App einrichten").click()
    assert examine(page, "/konto/zweiter-faktor/app", axe) == []
    app = pyotp.TOTP(page.locator("[aria-labelledby=schluessel]").inner_text().replace(" ", ""))
    page.get_by_label("Code aus Ihrer App").fill(app.now())
    page.get_by_role("button", name="Einrichten").click()
    codes = page.locator(".hub-codes li").all_inner_texts()
    assert len(codes) == 10
    page.goto("/konto")
    page.get_by_role("button", name="Abmelden").last.click()

    sign_in(page, "ilse@wilster.example")
    expect(page.get_by_role("heading", name="Zweiter Schritt")).to_be_visible()
    assert examine(page, own_path(page, hub), axe) == []
    page.get_by_label(re.compile("^Code aus Ihrer App")).fill(app.at(utcnow() + timedelta(seconds=30)))
    page.get_by_role("button", name="Anmelden", exact=True).click()
    page.goto("/redaktion/neu/organisationen")
    publish(page)
    page.goto("/organisationen")
    expect(page.get_by_role("link", name="Amt Wilstermarsch")).to_be_visible()


def publish(page: Page) -> None:
    """Fill in what an organisation needs, and publish it."""
    page.get_by_role("textbox", name="Name", exact=True).first.fill("Amt Wilstermarsch")
    page.get_by_role("combobox", name="Art", exact=True).select_option(index=1)
    page.get_by_role("button", name="Veröffentlichen").click()
    expect(page.get_by_role("status")).to_contain_text("Veröffentlicht.")


@pytest.fixture
def device(context: BrowserContext) -> tuple[Page, Any, str]:
    """A page, and the virtual authenticator of its browser."""
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    made = wire.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return page, wire, made["authenticatorId"]


def test_a_passkey_is_made_signs_in_confirms_and_goes(device: tuple[Page, Any, str], hub: Hub, axe: str) -> None:
    """With the page's own script and Chromium's own authenticator, nothing forged."""
    page, wire, number = device
    sign_in(page, "alice@wilster.example")
    page.goto("/konto/zweiter-faktor")
    form = page.locator("form[action='/konto/zweiter-faktor/passkeys']")
    form.get_by_label("Name des Passkeys").fill("Diensthandy")
    form.get_by_label("Ihr Passwort").fill("falsch")
    form.get_by_role("button", name="Passkey einrichten").click()
    expect(form.get_by_role("alert")).to_have_text("Das Passwort stimmt nicht. Es ist nichts geändert.")
    form.get_by_label("Ihr Passwort").fill(PASSWORD)
    form.get_by_role("button", name="Passkey einrichten").click()
    expect(page.locator(".hub-codes li")).to_have_count(10)
    [kept] = wire.send("WebAuthn.getCredentials", {"authenticatorId": number})["credentials"]
    assert (kept["rpId"], kept["isResidentCredential"]) == ("localhost", True)
    page.goto("/konto")
    page.get_by_role("button", name="Abmelden").last.click()

    page.goto("/anmelden?next=/verwaltung/hubs")
    page.get_by_role("button", name="Mit Passkey anmelden").click()
    page.wait_for_url("**/verwaltung/hubs")
    invite = page.locator("form[action='/verwaltung/hubs/einladen']")
    invite.get_by_role("button", name="Stattdessen mit Passkey bestätigen").click()
    page.wait_for_url("**/verwaltung/hubs/einladen")  # the page before says how such a word begins, too
    expect(page.locator("main")).to_contain_text("apl1:")
    assert examine(page, "/konto/zweiter-faktor", axe) == []
    page.goto("/konto")
    expect(page.locator(".hub-devices")).to_contain_text("mit: Passkey")
    page.get_by_role("button", name="Abmelden").last.click()

    sign_in(page, "alice@wilster.example")
    page.get_by_role("button", name="Passkey zeigen").click()
    page.wait_for_url("**/redaktion")
    page.goto("/konto/zweiter-faktor")
    wire.send("WebAuthn.setUserVerified", {"authenticatorId": number, "isUserVerified": False})
    page.get_by_text("Entfernen: Diensthandy").first.click()
    gone = page.locator("form[action$='/entfernen']")
    gone.get_by_role("button", name="Stattdessen mit Passkey bestätigen").click()
    expect(gone.get_by_role("alert")).to_contain_text("Der Vorgang wurde abgebrochen.")
    wire.send("WebAuthn.setUserVerified", {"authenticatorId": number, "isUserVerified": True})
    gone.get_by_role("button", name="Stattdessen mit Passkey bestätigen").click()
    expect(page.get_by_role("status")).to_contain_text("Der Passkey ist entfernt.")


def test_without_scripts_there_is_the_password(chromium: Browser, hub: Hub) -> None:
    """No button that leads nowhere."""
    with chromium.new_context(base_url=hub.origin, java_script_enabled=False, locale="de-DE") as context:
        page = context.new_page()
        sign_in(page, "bob@wilster.example")
        page.goto("/konto/zweiter-faktor")
        expect(page.get_by_role("button", name="Passkey einrichten")).to_have_count(0)
        expect(page.get_by_text("Passkeys brauchen JavaScript")).to_be_visible()
        expect(page.get_by_role("button", name="App einrichten")).to_be_visible()
