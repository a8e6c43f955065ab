"""The page "Protokoll": read, narrowed, taken along, and for administrators only."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hubnode.db import transaction
from hubnode.people import audit
from tests.hubnode.hubs import Hub
from tests.hubnode.web.browsing import Browser

PAGE = "/verwaltung/protokoll"


@pytest.fixture
def alice(hub: Hub) -> Browser:
    """The administrator, signed in, at a hub where two things have happened."""
    with hub.at(), transaction() as session:
        at = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # 21 November in Wilster
        audit.note(session, "key.root", at.replace(day=19), by="operator")
        audit.note(session, "peer.suspended", at, by="Verwaltung", about="http://127.0.0.1:5993")
    browser = Browser(hub.app)
    browser.keep_signed_in("alice@wilster.example")
    return browser


def rows(browser: Browser) -> list[str]:
    """The acts that the page shows."""
    return [" ".join(head.text_content().split()) for head in browser.page.xpath(".//tbody//th")]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["Hub ausgesetzt", "Wurzelschlüssel ersetzt"]),
        ("?art=key.root", ["Wurzelschlüssel ersetzt"]),
        ("?von=2026-11-21", ["Hub ausgesetzt"]),
        ("?bis=2026-11-20", ["Wurzelschlüssel ersetzt"]),
        ("?art=nonsense&von=yesterday&vor=x&bis=99999-01-01", ["Hub ausgesetzt", "Wurzelschlüssel ersetzt"]),
        ("?art=peer.left_alone&vor=1", []),
    ],
)
def test_acts_are_shown_newest_first_and_narrowed(alice: Browser, query: str, shown: list[str]) -> None:
    assert alice.open(PAGE + query).status_code == 200
    assert rows(alice) == shown


def test_what_is_shown_can_be_taken_along_and_that_is_noted(alice: Browser) -> None:
    alice.open(PAGE + "?art=peer.suspended")
    answer = alice.send()
    assert answer.content_type == "text/csv; charset=utf-8"
    [_head, line, _end] = answer.get_data(as_text=True).split("\r\n")
    assert "key.root" not in line
    assert "peer.suspended,Hub ausgesetzt,admin,,http://127.0.0.1:5993" in line
    alice.open(PAGE)
    assert rows(alice)[0] == "Protokoll ausgegeben"
    assert "Alice" in alice.text(".//tbody/tr[1]")


def test_a_file_asked_for_without_the_pages_token_is_refused(alice: Browser) -> None:
    assert alice.client.post(PAGE + "/protokoll.csv").status_code == 400


def test_nobody_else_reads_it(visitor: Browser, bob: Browser, charlie: Browser) -> None:
    assert visitor.open(PAGE).location.startswith("/anmelden")
    assert bob.open(PAGE).status_code == charlie.open(PAGE).status_code == 403
