"""What scripts add, and that nothing is lost without them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from hubnode.db import transaction
from hubnode.network import events
from tests.five import Five


def test_everything_works_without_scripts(without_scripts: Page) -> None:
    """Menu, search, filters, paging and colours are plain links and forms."""
    page = without_scripts
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto("/")
    expect(page.get_by_role("navigation", name="Hauptmenü").get_by_role("link", name="Projekte")).to_be_visible()
    page.get_by_role("searchbox").fill("Parkplatz")
    page.get_by_role("button", name="Suchen").click()
    expect(page.get_by_role("heading", name=re.compile(r"\d+ Treffer"))).to_be_visible()
    page.get_by_role("checkbox", name=re.compile("^Projekte")).check()
    page.get_by_role("button", name="Filter anwenden").click()
    assert "art=projekte" in page.url
    page.get_by_role("button", name="Dunkle Darstellung").click()
    assert page.locator("html").get_attribute("data-kern-theme") == "dark"
    assert "art=projekte" in page.url


def test_the_first_tab_stops_lead_into_the_page(visit: Page) -> None:
    """The skip link comes first, is seen when it has the focus, and leads to the content."""
    visit.goto("/")
    visit.keyboard.press("Tab")
    skip = visit.get_by_role("link", name="Zum Inhalt springen")
    expect(skip).to_be_focused()
    box = skip.bounding_box()
    assert box is not None
    assert box["y"] >= 0
    visit.keyboard.press("Enter")
    expect(visit.locator("main")).to_be_focused()


def test_the_focus_is_always_seen(visit: Page) -> None:
    """Each of the first thirty stops has an outline or a changed border."""
    visit.goto("/")
    for _ in range(30):
        visit.keyboard.press("Tab")
        marked = visit.evaluate(
            """() => {
                const at = document.activeElement;
                const after = getComputedStyle(at, "::after");
                const own = getComputedStyle(at);
                const seen = (style) => style.outlineStyle !== "none" || style.boxShadow !== "none";
                return at === document.body || seen(own) || seen(after);
            }"""
        )
        assert marked, visit.evaluate("document.activeElement.outerHTML")


def test_search_while_typing(visit: Page) -> None:
    """The list follows the words, the focus stays in the box, the address can be shared and the way back works."""
    visit.goto("/suche")
    box = visit.locator("#q")
    box.press_sequentially("Parkplatz", delay=30)
    heading = visit.locator("#anzahl")
    expect(heading).to_have_text(re.compile("Treffer"))
    expect(box).to_be_focused()
    expect(visit.locator("#ansage")).to_have_text(re.compile("Treffer"))
    expect(visit).to_have_url(re.compile("q=Parkplatz"))
    visit.get_by_role("checkbox", name=re.compile("^Projekte")).check()
    expect(visit).to_have_url(re.compile("art=projekte"))
    visit.locator("#treffer h3 a").first.click()
    expect(visit.locator("h1")).to_be_visible()
    visit.go_back()
    expect(visit.get_by_role("navigation", name="Hauptmenü")).to_be_visible()
    expect(heading).to_have_text(re.compile("Treffer"))


def test_colours_change_without_a_reload_and_stay(visit: Page) -> None:
    """The script sets the cookie, the server reads it: no flash on the next page."""
    visit.goto("/")
    button = visit.get_by_role("button", name="Dunkle Darstellung")
    assert visit.context.cookies() == []
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    visit.goto("/projekte")
    expect(visit.locator("html")).to_have_attribute("data-kern-theme", "dark")


def test_the_menu_of_small_screens(visit: Page) -> None:
    """It opens and closes by keyboard and says so."""
    visit.set_viewport_size({"width": 390, "height": 900})
    visit.goto("/")
    button = visit.get_by_role("button", name="Menü")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    visit.get_by_role("navigation", name="Hauptmenü").get_by_role("link", name="Termine").focus()
    visit.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")


def test_the_state_of_the_network_can_be_held(visit: Page) -> None:
    """What moves by itself has a button to stop it (WCAG 2.2.2)."""
    visit.goto("/verbund")
    expect(visit.get_by_text("Aktualisiert alle 15 Sekunden")).to_be_visible()
    visit.get_by_role("button", name="Anhalten").click()
    expect(visit.get_by_role("button", name="Fortsetzen")).to_be_visible()
    expect(visit.get_by_text("Hennstedt ist nicht erreichbar")).to_be_visible()


def test_what_a_reader_has_opened_stays_open(chromium: Browser, five: Five) -> None:
    """When something happens, the page shows it without closing the table that somebody reads."""
    with chromium.new_context(base_url=five.wilster.origin) as context:  # its own: the clock is that of a whole browser
        page = context.new_page()
        page.clock.install()
        page.goto("/verbund")
        page.get_by_text("Als Tabelle").click()
        page.get_by_role("button", name="Anhalten").focus()
        with five.wilster.at(), transaction() as session:
            events.tell(session, datetime.now(UTC), five.origins["oldenburg"], "back")
        page.clock.run_for(16_000)
        expect(page.get_by_text("ist wieder erreichbar")).to_be_visible()
        expect(page.get_by_role("columnheader", name="Stunde ab")).to_be_visible()


def test_nothing_is_loaded_from_elsewhere(visit: Page, five: Five) -> None:
    """Not one request leaves the hub, and none fails."""
    asked: list[str] = []
    failed: list[str] = []
    visit.on("request", lambda request: asked.append(request.url))
    visit.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    for path in ("/", "/suche", "/verbund", five.path("evt-001")):
        visit.goto(path)
    assert [url for url in asked if not url.startswith(five.wilster.origin)] == []
    assert failed == []


def test_forced_colours_keep_icons_and_tiles(visit: Page) -> None:
    """With the contrast colours of the system nothing that carries meaning vanishes."""
    visit.emulate_media(forced_colors="active")
    visit.goto("/")
    border = visit.locator(".hub-tilemap .has").first.evaluate("(tile) => getComputedStyle(tile).borderTopStyle")
    assert border == "solid"


@pytest.mark.parametrize("time", [1, 2])
def test_a_visitor_finds_nothing_that_another_one_has_left(visit: Page, time: int) -> None:
    """All of them use one browser: what one was given to keep would change what the next one sees."""
    visit.goto("/")
    assert visit.context.cookies() == []
    assert visit.evaluate("localStorage.length + sessionStorage.length") == 0
    visit.get_by_role("button", name="Dunkle Darstellung").click()
    visit.evaluate("[localStorage, sessionStorage].forEach((kept) => kept.setItem('left', 'behind'))")
    assert visit.context.cookies() != []
