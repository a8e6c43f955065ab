"""The hub in Wilster with its pages and three people: Alice is admin, Bob coordinator, Charlie staff."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubnode.db import transaction
from hubnode.people import passwords
from hubnode.people.models import Account
from tests.hubnode.hubs import NOW, Hub, close, make_hub
from tests.hubnode.web.browsing import PASSWORD, Browser

ROLES = {"Alice": "admin", "Bob": "coordinator", "Charlie": "staff"}


@pytest.fixture(scope="session")
def password_hash() -> str:
    """The hash of everybody's password: one is enough for all tests."""
    return passwords.hashed(PASSWORD)


@pytest.fixture
def hub(tmp_path: Path, template: Path, password_hash: str) -> Iterator[Hub]:
    """The hub in Wilster."""
    made = make_hub(tmp_path / "pages", template, "Wilster", 5991, pages=True)
    with made.at(), transaction() as session:
        session.add_all(account(name, role, password_hash) for name, role in ROLES.items())
    yield made
    close(made)


def account(name: str, role: str, password_hash: str) -> Account:
    """An account of the hub in Wilster."""
    return Account(
        email=f"{name.lower()}@wilster.example",
        name=name,
        role=role,
        password_hash=password_hash,
        active=True,
        created_at=NOW,
        password_changed_at=NOW,
    )


@pytest.fixture
def visitor(hub: Hub) -> Browser:
    """Somebody who is not signed in."""
    return Browser(hub.app)


@pytest.fixture
def bob(hub: Hub) -> Browser:
    """The coordinator, signed in."""
    browser = Browser(hub.app)
    browser.keep_signed_in("bob@wilster.example")
    return browser


@pytest.fixture
def charlie(hub: Hub) -> Browser:
    """Somebody of the staff, signed in."""
    browser = Browser(hub.app)
    browser.keep_signed_in("charlie@wilster.example")
    return browser
