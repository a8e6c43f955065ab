"""The forms of the desk in a real browser: accessible, usable by keyboard, and without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from hubnode.records.kinds import BY_SLUG
from tests.browser.test_every_page import examine
from tests.five import PASSWORD, Five

ADD = re.compile(r"^Eintrag hinzufügen.*Wirkung$")


@pytest.fixture
def desk(coordinator: BrowserContext) -> Iterator[Page]:
    """A page of the coordinator's browser."""
    page = coordinator.new_page()
    yield page
    page.close()


FORMS = [slug if slug in ("projekte", "termine") else pytest.param(slug, marks=pytest.mark.deep) for slug in BY_SLUG]
"""Those of the other kinds are made of the same parts."""


@pytest.mark.parametrize("slug", FORMS)
def test_the_empty_form_of_each_kind(desk: Page, axe: str, slug: str) -> None:
    """What a coordinator begins with."""
    assert examine(desk, f"/redaktion/neu/{slug}", axe) == []


@pytest.mark.parametrize("door", ["", "/vorschau", "/fassungen", "/zurueckziehen", "/loeschen"])
def test_the_pages_around_a_published_record(desk: Page, five: Five, axe: str, door: str) -> None:
    """The filled form, the preview, the versions, the questions before something goes."""
    id = five.path("prj-001").rsplit("/", 1)[1]
    assert examine(desk, f"/redaktion/{id}{door}", axe) == []


def test_the_error_summary_takes_the_focus_and_leads_to_the_fields(desk: Page) -> None:
    """Each link puts the focus into the input that needs attention."""
    desk.set_viewport_size({"width": 390, "height": 900})
    desk.goto("/redaktion/neu/projekte")
    desk.get_by_role("textbox", name="Titel", exact=True).fill("Online-Termine")
    desk.get_by_role("button", name="Veröffentlichen").click()
    summary = desk.locator("[data-autofocus]")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Kurzfassung").press("Enter")
    expect(desk.get_by_role("textbox", name="Kurzfassung", exact=True)).to_be_focused()
    expect(desk.get_by_role("textbox", name="Titel", exact=True)).to_have_value("Online-Termine")


def test_what_has_the_focus_is_not_hidden_by_the_bar_of_buttons(desk: Page) -> None:
    """WCAG 2.4.11, on the way through the first inputs of the form."""
    desk.set_viewport_size({"width": 1280, "height": 500})
    desk.emulate_media(reduced_motion="reduce")  # else the page is still gliding when it is measured
    desk.goto("/redaktion/neu/termine")
    desk.get_by_role("textbox", name="Titel", exact=True).focus()
    for _ in range(25):
        desk.keyboard.press("Tab")
        hidden = desk.evaluate(
            """() => {
                const at = document.activeElement.getBoundingClientRect();
                const bar = document.querySelector(".hub-actions").getBoundingClientRect();
                return !document.activeElement.closest(".hub-actions") && at.top >= bar.top && at.bottom <= bar.bottom;
            }"""
        )
        assert not hidden, desk.evaluate("document.activeElement.outerHTML")


def test_rows_are_added_without_scripts(without_scripts: Page) -> None:
    """The button leads to the new row, and what was typed stays."""
    page = without_scripts
    page.goto("/anmelden?next=/redaktion/neu/projekte")
    page.get_by_label("E-Mail").fill("koordination@wilster.example")
    page.get_by_label("Passwort").fill(PASSWORD)
    page.locator("main form").get_by_role("button", name="Anmelden").click()
    page.get_by_role("textbox", name="Titel", exact=True).fill("Online-Termine")
    page.get_by_role("button", name=ADD).click()
    assert page.url.endswith("/redaktion/neu/projekte#impact.0")
    expect(page.get_by_role("group", name="Eintrag 1")).to_be_in_viewport()
    page.get_by_role("textbox", name="Was wird gemessen?", exact=True).fill("Wartezeit in Tagen")
    page.get_by_role("button", name=ADD).click()
    measured = page.get_by_role("textbox", name="Was wird gemessen?", exact=True)
    expect(measured).to_have_count(2)
    expect(measured.first).to_have_value("Wartezeit in Tagen")
    expect(page.get_by_role("textbox", name="Titel", exact=True)).to_have_value("Online-Termine")
