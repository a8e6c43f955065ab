"""Signing in at another hub in a real browser: the policy of the pages lets it, with scripts and without."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from federation import signin
from tests.hubnode.conftest import template
from tests.hubnode.web.browsing import PASSWORD
from tests.hubnode.web.oauth.conftest import Two, password_hash, two

__all__ = ["password_hash", "template", "two"]


def problems(page: Page, axe: str) -> list[str]:
    """What the accessibility checker finds."""
    page.evaluate(axe)
    found = page.evaluate("() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found["violations"]]


def sign_in(page: Page, two: Two, who: str) -> None:
    """From Wilster's sign-in page to the consent at Hennstedt."""
    page.goto(f"{two.wilster.origin}/anmelden?next=/besuch")
    page.locator(f"a[href*='/anmelden/hub/{signin.host_part(two.hennstedt.origin)}']").click()
    page.wait_for_url(f"{two.hennstedt.origin}/anmelden**")
    page.get_by_label("E-Mail").fill(f"{who}@hub.example")
    page.locator("#passwort").fill(PASSWORD)
    page.locator("main form.hub-form button[type=submit]").first.click()
    page.wait_for_url(f"{two.hennstedt.origin}{signin.AUTHORIZE}**")


@pytest.mark.parametrize(("who", "scripts"), [("alice", True), ("bob", False)])
def test_a_browser_goes_to_the_home_hub_and_comes_back_signed_in(
    chromium: Browser, two: Two, who: str, scripts: bool
) -> None:
    context = chromium.new_context(locale="de-DE", java_script_enabled=scripts)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    sign_in(page, two, who)
    page.locator("button[value=zustimmen]").click()
    page.wait_for_url(f"{two.wilster.origin}/besuch")
    assert f"{who.title()} (Hub Hennstedt)" in page.locator("header").inner_text()
    context.clear_cookies(name=next(c["name"] for c in context.cookies() if c["value"].startswith("gast.")))  # type: ignore[typeddict-item]
    page.goto(f"{two.hennstedt.origin}/konto")
    page.locator("form[action='/abmelden'] button").click()
    page.goto(f"{two.wilster.origin}/anmelden?next=/projekte")
    page.locator(f"a[href*='/anmelden/hub/{signin.host_part(two.hennstedt.origin)}']").click()
    page.wait_for_url(f"{two.hennstedt.origin}/anmelden**")
    page.get_by_label("E-Mail").fill(f"{who}@hub.example")
    page.locator("#passwort").fill(PASSWORD)
    page.locator("main form.hub-form button[type=submit]").first.click()
    page.wait_for_url(f"{two.wilster.origin}/projekte")  # agreed before: nobody is asked twice
    assert not [text for text in said if "Content Security Policy" in text]
    context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), pytest.param(390, "dark", marks=pytest.mark.deep)])
def test_its_pages_are_accessible(chromium: Browser, two: Two, axe: str, width: int, scheme: str) -> None:
    context = chromium.new_context(
        locale="de-DE",
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        bypass_csp=True,  # type: ignore[arg-type]
    )
    page = context.new_page()
    shown: list[str] = []

    def look(name: str) -> None:
        if folder := os.environ.get("HUBNODE_SHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth")
        shown.extend(f"{name}: {one}" for one in problems(page, axe) + ([f"{wide} wide"] if wide > width else []))

    page.goto(f"{two.wilster.origin}/anmelden")
    look("sign-in")
    sign_in(page, two, "charlie")
    if page.locator("button[value=zustimmen]").count():
        look("consent")
        page.locator("button[value=zustimmen]").click()
    page.wait_for_url(f"{two.wilster.origin}/besuch")
    look("visit")
    page.locator("form[action='/besuch/abmelden'] button").click()
    look("end")
    assert "Charlie" not in page.locator("header").inner_text()
    page.locator("a[href*='/oauth/logout']").click()
    look("sign-out")
    page.goto(f"{two.hennstedt.origin}/konto/hubs")
    look("hubs")
    page.goto(f"{two.wilster.origin}/anmelden/hub/unknown.example")
    look("refused")
    assert shown == []
    context.close()
