"""Every kind of page, wide and narrow, light and dark: accessible, within its policy, never scrolling sideways."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.five import Five

WIDTHS, HEIGHT = (1280, 390), 900
PUBLIC = (
    "/",
    "/suche?q=F%C3%B6rder",
    "/suche?q=Nebelkr%C3%A4henzwirn+Deich",
    "/expertise?thema=ozg",
    "/foerderung",
    "/verbund",
    "/feeds",
    "/datenschutz",
    "/barriere-melden",
    "/anmelden",
    "/das-gibt-es-nicht",
)
ALIKE = ("/projekte", "/termine", "/leichte-sprache", "/lizenzen")
"""Made of the same templates as others of `PUBLIC`."""
OUTSIDE = ("prj-009", "exp-001", "evt-001")
INSIDE = ("/konto", "/redaktion", "prj-001", "exp-007", "rep-001", "fnd-003", "ned-001", "off-001")
ALIKE_INSIDE = ("/", "/konto/suchen", "/redaktion/neu/angebote", "evt-002", "reu-001", "org-amt-musterau")
"""Made of the same templates as others of `INSIDE`."""
ALL_RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LAYOUT = {
    "type": "rule",
    "values": ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"],
}
Look = tuple[int, Literal["light", "dark"], dict[str, Any]]
LOOKS: tuple[Look, ...] = ((WIDTHS[0], "light", ALL_RULES), (WIDTHS[1], "dark", LAYOUT))
"""Width, scheme, and what to examine there: what says the same in all of them is examined once."""
OTHER_LOOKS: tuple[Look, ...] = ((WIDTHS[0], "dark", LAYOUT), (WIDTHS[1], "light", LAYOUT))
"""Each width and each scheme has been seen in `LOOKS`; what only both together show is rare."""


def deep(places: tuple[str, ...]) -> list[Any]:
    """These places as parameters that only `make test-deep` takes."""
    return [pytest.param(place, marks=pytest.mark.deep) for place in places]


WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) =>
    window.refused.push(event.violatedDirective + " " + event.blockedURI));
"""
LET_GO = "() => document.querySelectorAll('.hub-actions').forEach((bar) => { bar.style.position = 'static'; })"
"""The bar of buttons covers an input only until somebody scrolls: here it stands below the form."""
STICKING_OUT = """
() => document.documentElement.scrollWidth <= window.innerWidth ? [] : [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > window.innerWidth)
    .filter((element) => !element.closest(".hub-tbl, .hub-scroll"))
    .map((element) => element.tagName + "." + element.className)
"""


def examine(page: Page, path: str, axe: str, looks: tuple[Look, ...] = LOOKS) -> list[str]:
    """What is wrong with the page at `path`: one line for each finding."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(f"script error: {error}"))
    page.add_init_script(WATCH)
    page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    answer = page.goto(path)
    assert answer is not None
    assert answer.status < 500
    page.evaluate(axe)
    page.evaluate(LET_GO)
    for width, scheme, rules in looks:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.emulate_media(color_scheme=scheme)
        found += [f"{width} {scheme}: {line}" for line in _violations(page, rules)]
    page.set_viewport_size({"width": 320, "height": HEIGHT})
    found += [f"320: sticks out: {line}" for line in page.evaluate(STICKING_OUT)]
    return found + [f"policy: {line}" for line in page.evaluate("window.refused")]


def _violations(page: Page, rules: dict[str, Any]) -> list[str]:
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    result: dict[str, Any] = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{violation['id']} at {node['target']}: {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("path", [*PUBLIC, *deep(ALIKE)])
def test_a_page_for_everybody(visit: Page, axe: str, path: str) -> None:
    """Pages that need no sign-in."""
    assert examine(visit, path, axe) == []


@pytest.mark.parametrize("id", OUTSIDE)
def test_the_page_of_a_record(visit: Page, five: Five, axe: str, id: str) -> None:
    """Records of this hub and of others, as strangers see them."""
    assert examine(visit, five.path(id), axe) == []


@pytest.mark.parametrize("place", [*INSIDE, *deep(ALIKE_INSIDE)])
def test_a_page_for_people_who_signed_in(coordinator: BrowserContext, five: Five, axe: str, place: str) -> None:
    """Signed-in people see more: network fields, where a record has arrived, the way to edit it."""
    page = coordinator.new_page()
    try:
        assert examine(page, place if place.startswith("/") else five.path(place), axe) == []
    finally:
        page.close()


@pytest.mark.parametrize("path", ["/", "/suche?q=F%C3%B6rder", *deep((*PUBLIC[3:], *OUTSIDE))])
def test_a_page_in_its_other_looks(visit: Page, five: Five, axe: str, path: str) -> None:
    """Wide in the dark, and narrow in the light."""
    assert examine(visit, path if path.startswith("/") else five.path(path), axe, OTHER_LOOKS) == []


@pytest.mark.parametrize("place", ["prj-001", *deep(tuple(place for place in INSIDE if place != "prj-001"))])
def test_a_page_behind_the_sign_in_in_its_other_looks(
    coordinator: BrowserContext, five: Five, axe: str, place: str
) -> None:
    """The same for what coordinators see."""
    page = coordinator.new_page()
    try:
        assert examine(page, place if place.startswith("/") else five.path(place), axe, OTHER_LOOKS) == []
    finally:
        page.close()
