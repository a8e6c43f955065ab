"""Being told what there is already while a title is typed, and keeping a search, as a person does it."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Request, expect

from tests.browser.test_every_page import examine
from tests.five import Five


def test_while_a_title_is_typed_the_form_says_what_there_is(coordinator: BrowserContext, five: Five) -> None:
    """Once, after a pause; what is chosen to be uploaded stays at home, and an ended sign-in breaks nothing."""
    page = coordinator.new_page()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "/redaktion/aehnlich/" in request.url else None)
    page.goto("/redaktion/neu/projekte")
    upload = {"name": "Geheim.txt", "mimeType": "text/plain", "buffer": b"Dateikanari"}
    page.locator("input[type=file]").set_input_files([upload])  # type: ignore[list-item]
    page.locator("[id='title.de']").press_sequentially("Gewerbeanmeldung ohne", delay=20)
    link = page.locator("#gibt-es").get_by_role("link", name="Gewerbeanmeldung ohne Medienbruch")
    expect(link).to_be_visible()
    assert link.get_attribute("href") == five.path("prj-001")
    assert len(asked) == 1
    assert "Dateikanari" not in (asked[0].post_data or "")
    assert "Gewerbeanmeldung" not in asked[0].url
    page.evaluate("document.querySelector('[name=csrf_token]').value = 'vorbei'")
    page.locator("[id='title.de']").fill("Nebelkrähenzwirn")
    expect(link).to_be_hidden()
    expect(page.locator("#gibt-es")).to_have_text("")
    page.close()


def test_a_search_is_kept_as_it_stands_after_typing(coordinator: BrowserContext, axe: str) -> None:
    """The button that came with the newest results keeps what they are for; nothing around it is sent."""
    page = coordinator.new_page()
    page.goto("/suche?q=Parken")
    page.locator("#q").fill("Gewerbeanmeldung")
    expect(page.locator("button[form=merken]")).to_have_attribute("value", "suche?q=Gewerbeanmeldung")
    page.locator("button[form=merken]").click()
    expect(page.locator(".hub-flash")).to_contain_text("Die Suche ist gespeichert")
    page.wait_for_url("**/suche?q=Gewerbeanmeldung")
    expect(page.locator(".hub-keep")).to_contain_text("Gespeichert als")
    assert examine(page, "/konto/suchen", axe) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_text("Umbenennen oder löschen").click()
    page.get_by_role("button", name="Löschen").click()
    expect(page.locator("main")).to_contain_text("noch keine Suche gespeichert")
    page.close()
