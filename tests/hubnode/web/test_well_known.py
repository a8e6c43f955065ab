"""Addresses that are the same at every site."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from hubnode.app import create_app
from tests.hubnode.hubs import Hub
from tests.hubnode.web.browsing import Browser

FILE = "/.well-known/security.txt"


def fields(client: FlaskClient) -> dict[str, str]:
    """The file as names and values."""
    answer = client.get(FILE)
    assert (answer.status_code, answer.content_type) == (200, "text/plain; charset=utf-8")
    return dict(line.split(": ", 1) for line in answer.text.splitlines())


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("", "mailto:hub@example.org"),
        ("cert@example.org", "mailto:cert@example.org"),
        ("https://hub.example/melden", "https://hub.example/melden"),
    ],
)
def test_whoever_finds_a_weakness_learns_whom_to_tell(hub: Hub, contact: str, shown: str) -> None:
    found = fields(create_app(replace(hub.settings, security_contact=contact)).test_client())
    assert found["Contact"] == shown
    assert found["Canonical"] == hub.origin + FILE
    until = datetime.fromisoformat(found["Expires"]) - datetime.now(UTC)
    assert timedelta(days=90) < until < timedelta(days=365)


def test_a_hub_that_names_nobody_has_no_such_file(hub: Hub) -> None:
    nameless = create_app(replace(hub.settings, contact_email=""))
    assert nameless.test_client().get(FILE).status_code == 404


def test_password_managers_are_led_to_the_account(bob: Browser) -> None:
    answer = bob.follow(bob.open("/.well-known/change-password"))
    assert answer.status_code == 200
    assert bob.page.xpath("//form[@action='/konto/passwort']")
