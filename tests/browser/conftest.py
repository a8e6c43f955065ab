"""A node with the demo's records, served on this machine, and headless Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.five import PASSWORD, Five
from tests.serving import free_port, served

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",
]
"""The last one lets all pages of a hub share one process, whose start would cost more than most tests."""
RESTING = "/robots.txt"
"""What a page shows that only stays open."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs the browser."""
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def five(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Five]:
    """The demo hubs; Wilster answers on its address."""
    hubs = Five(tmp_path_factory.mktemp("five"), free_port())
    with served(hubs.wilster.app, int(hubs.wilster.origin.rpartition(":")[2])):
        yield hubs
    hubs.close()


@pytest.fixture(scope="package")
def axe() -> str:
    """The accessibility checker's source."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed; run: npm ci (or make setup)")
    return AXE.read_text("utf-8")


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Headless Chromium, one for all tests."""
    path = CHROMIUM if Path(CHROMIUM).is_file() else shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium on this machine; run: apt-get install -y chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def _visitors(chromium: Browser, five: Five) -> Iterator[BrowserContext]:
    with lasting(chromium, five.wilster.origin) as context:
        yield context


@pytest.fixture
def visit(_visitors: BrowserContext) -> Iterator[Page]:
    """A fresh visitor's empty page; relative addresses lead to Wilster."""
    with fresh(_visitors) as page:
        yield page


@pytest.fixture(scope="package")
def _careful(chromium: Browser, five: Five) -> Iterator[BrowserContext]:
    with lasting(chromium, five.wilster.origin, scripts=False) as context:
        yield context


@pytest.fixture
def without_scripts(_careful: BrowserContext) -> Iterator[Page]:
    """The same of somebody who allows no scripts."""
    with fresh(_careful) as page:
        yield page


@pytest.fixture(scope="package")
def coordinator(chromium: Browser, five: Five) -> Iterator[BrowserContext]:
    """A browser in which Wilster's coordinator has signed in."""
    with lasting(chromium, five.wilster.origin) as context:
        page = context.pages[0]
        page.goto("/anmelden")
        page.get_by_label("E-Mail").fill("koordination@wilster.example")
        page.locator("input[type=password]").fill(PASSWORD)
        page.locator("main button[type=submit]").first.click()
        page.wait_for_url(lambda url: "/anmelden" not in url)
        page.goto(RESTING)
        yield context


@contextmanager
def lasting(chromium: Browser, origin: str, *, scripts: bool = True) -> Iterator[BrowserContext]:
    """A browser for many tests, with one page that stays open: the others use its process."""
    with chromium.new_context(base_url=origin, locale="de-DE", java_script_enabled=scripts) as context:
        context.new_page().goto(RESTING)
        yield context


@contextmanager
def fresh(context: BrowserContext) -> Iterator[Page]:
    """An empty page in such a browser, which afterwards has forgotten all that it was given to keep."""
    page = context.new_page()
    try:
        yield page
    finally:
        page.close()
        context.clear_cookies()
        context.pages[0].evaluate("localStorage.clear()")
