"""Asking a question in Chromium: every page of it is accessible, and what is missing is named where the eye is."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, expect

from tests.browser.test_every_page import examine
from tests.five import Five


def test_a_question_is_asked_by_hand(coordinator: BrowserContext, five: Five, axe: str) -> None:
    """From the project of another hub through the form to the thread, its list, and the way to delete it."""
    page = coordinator.new_page()
    page.goto(five.path("prj-009"))
    page.get_by_role("link", name="Fachfrage stellen").click()
    form = page.url.removeprefix(five.wilster.origin)
    assert examine(page, form, axe) == []
    page.get_by_role("button", name="Frage abschicken").click()
    expect(page.locator(".hub-errors")).to_be_focused()
    page.get_by_role("link", name="Betreff: Geben Sie einen Betreff ein.").click()
    page.keyboard.type("Gewerbeflächen")
    page.get_by_label("Nachricht").fill("Woher kommen die Daten?\n\nUnd was kosten sie?")
    page.get_by_role("button", name="Frage abschicken").click()
    expect(page.locator("#stand")).to_contain_text("Unterwegs")
    thread = page.url.removeprefix(five.wilster.origin)
    for path in (thread, "/fragen", f"{thread}/loeschen"):
        assert examine(page, path, axe) == []
    page.goto(f"{thread}/loeschen")
    page.get_by_role("button", name="Löschen").click()
    expect(page.locator("main")).to_contain_text("Sie haben noch nichts gefragt.")
    page.close()
