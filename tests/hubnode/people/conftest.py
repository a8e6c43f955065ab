"""A database with people in it. Alice is admin, Bob coordinator, Charlie staff."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from hubnode.config import Settings
from hubnode.db import db, engine_options
from hubnode.language import init_languages
from hubnode.people import accounts, passwords, sessions
from tests import cheaper
from tests.migrated import migrate

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SECRET = "a secret of this test, long enough to be one"
PASSWORD = "Deichgraf reitet Schimmel"


@pytest.fixture
def dear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost what they cost outside of tests."""
    for hasher in cheaper.dear:
        monkeypatch.setattr(passwords, "_hasher", hasher)


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Flask]:
    """An application whose database knows Alice, Bob and Charlie."""
    yield from application(f"sqlite:///{tmp_path / 'hub.db'}")


def application(url: str) -> Iterator[Flask]:
    """An application with Alice, Bob and Charlie in the empty database at `url`."""
    migrate(url)
    app = Flask("people")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    app.extensions["hubnode.settings"] = Settings(
        instance=Path(app.instance_path),
        base_url="http://127.0.0.1:5991",
        name="Digital Hub Wilster",
        place="Wilster",
        secret_key=SECRET,
        contact_email="hub@wilster.example",
        mode="test",
    )
    init_languages(app)
    db.init_app(app)
    with app.app_context():
        for name, role in (("Alice", "admin"), ("Bob", "coordinator"), ("Charlie", "staff")):
            accounts.add(f"{name.lower()}@wilster.example", name, role, PASSWORD, NOW)
        yield app
        db.session.remove()
        db.engine.dispose()


def sign_in(
    email: str = "bob@wilster.example",
    password: str = PASSWORD,
    *,
    now: datetime = NOW,
    address: str = "192.0.2.7",
    lasting: timedelta = timedelta(days=14),
) -> str:
    """The token of a new sign-in."""
    return sessions.open(
        email, password, address=address, device="Firefox, Linux", secret=SECRET, lasting=lasting, now=now
    )
