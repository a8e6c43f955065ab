"""Searching as a person does: by keyboard, while typing, with scripts and without, on every screen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.test_every_page import deep, examine
from tests.five import Five

COUNT = re.compile(r"Treffer|Nichts gefunden")


@pytest.mark.parametrize(
    "path",
    [
        "/suche?q=F%C3%B6rdermittel",
        "/suche?q=Parkplatz+Sensor+Ostsee+Bier",
        "/suche?q=Digitaliserung",
        "/suche?q=Nebelkr%C3%A4henzwirn&thema=parking-sensors",
        "/hilfe/suche",
        *deep(("/suche?q=" + "Amt+" * 100, "/expertise?q=OZG", "/suche?sort=titel&seite=2")),
    ],
)
def test_the_search_pages(visit: Page, axe: str, path: str) -> None:
    """Results, similar ones, corrected spellings, nothing at all: accessible, and never scrolling sideways."""
    assert examine(visit, path, axe) == []


def test_one_key_leads_to_the_box(visit: Page, five: Five) -> None:
    """On every page, but not while somebody writes, and not with a key held down that means something else."""
    for path, box in (("/", "#q"), ("/verbund", "#kopfsuche"), (five.path("prj-001"), "#kopfsuche")):
        visit.goto(path)
        visit.keyboard.press("Control+/")
        expect(visit.locator(box)).not_to_be_focused()
        visit.keyboard.press("/")
        expect(visit.locator(box)).to_be_focused()
        expect(visit.locator(box)).to_have_value("")
        visit.keyboard.press("/")
        expect(visit.locator(box)).to_have_value("/")


def test_the_key_can_be_switched_off(visit: Page) -> None:
    """Whoever speaks to the computer must not set it off by accident (WCAG 2.1.4); the browser remembers."""
    visit.goto("/hilfe/suche")
    visit.get_by_role("button", name="Taste / abschalten").click()
    visit.goto("/verbund")
    visit.keyboard.press("/")
    expect(visit.locator("#kopfsuche")).not_to_be_focused()
    visit.goto("/hilfe/suche")
    visit.get_by_role("button", name="Taste / wieder einschalten").click()
    visit.keyboard.press("/")
    expect(visit.locator("#kopfsuche")).to_be_focused()


def test_the_box_in_the_header_searches_everything(without_scripts: Page) -> None:
    """From any page, also on a small screen and without scripts."""
    page = without_scripts
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto("/verbund")
    page.get_by_role("searchbox").fill("Parkplatz")
    page.keyboard.press("Enter")
    expect(page.locator("#anzahl")).to_have_text(re.compile("Treffer"))
    assert page.url.endswith("/suche?q=Parkplatz")


def test_an_older_answer_never_overwrites_a_newer_one(visit: Page) -> None:
    """The answer to the first words is held back until the second has come."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route) if "q=Park&" in route.request.url + "&" else route.continue_()

    visit.route(re.compile(r"/suche\?"), hold)
    visit.goto("/suche")
    box = visit.locator("#q")
    box.press_sequentially("Park")
    visit.wait_for_timeout(600)
    assert held
    box.press_sequentially("xylofon")
    expect(visit.locator("#anzahl")).to_have_text("Nichts gefunden")
    for route in held:
        try:
            route.continue_()
        except Exception as gone:  # the script has given the request up
            assert "Route" in str(gone) or "abort" in str(gone).lower()  # noqa: PT017 - either is right
    visit.wait_for_timeout(500)
    expect(visit.locator("#anzahl")).to_have_text("Nichts gefunden")
    expect(box).to_be_focused()
    expect(box).to_have_value("Parkxylofon")


def test_typing_makes_no_trail_of_half_words(visit: Page) -> None:
    """The address follows the words and can be shared, but the way back leads to where one came from."""
    visit.goto("/verbund")
    visit.goto("/suche")
    for part in ("Par", "kpl", "atz"):
        visit.locator("#q").press_sequentially(part)
        visit.wait_for_timeout(500)
    expect(visit).to_have_url(re.compile("q=Parkplatz"))
    expect(visit.locator("#ansage")).to_have_text(COUNT)
    visit.go_back()
    expect(visit).to_have_url(re.compile("/verbund"))


def test_a_filter_keeps_the_words_and_a_word_keeps_the_filter(visit: Page) -> None:
    """Both stand in one address; the usual order does not."""
    visit.goto("/suche?q=digital")
    visit.get_by_role("checkbox", name=re.compile("^Projekte")).check()
    expect(visit).to_have_url(re.compile("art=projekte"))
    visit.locator("#q").fill("digital Amt")
    expect(visit).to_have_url(re.compile("q=digital(\\+|%20)Amt.*art=projekte"))
    expect(visit.get_by_role("checkbox", name=re.compile("^Projekte"))).to_be_checked()
    visit.goto(visit.url)
    expect(visit.get_by_role("checkbox", name=re.compile("^Projekte"))).to_be_checked()
    assert "sort=neu" not in visit.url


def test_completions_are_offered_while_typing(visit: Page) -> None:
    """As the browser's own list, which every aid for reading knows; each of them finds something."""
    visit.goto("/verbund")
    visit.locator("#kopfsuche").press_sequentially("Park")
    first = visit.locator("#kopfsuche-vorschlaege option").first
    expect(first).to_have_attribute("value", re.compile("."))
    words = first.get_attribute("value") or ""
    visit.locator("#kopfsuche").fill(words)
    visit.keyboard.press("Enter")
    expect(visit.locator("#anzahl")).to_have_text(re.compile(r"\d+ (ähnliche )?Treffer"))


def test_asking_starts_from_the_result(coordinator: BrowserContext) -> None:
    """From the list of people to the form for a question in one step."""
    page = coordinator.new_page()
    try:
        page.goto("/expertise")
        page.get_by_role("link", name=re.compile("^Anfragen")).first.click()
        expect(page.get_by_label("Betreff")).to_be_visible()
    finally:
        page.close()
