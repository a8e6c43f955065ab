"""Wilster with its pages and the demo's records of all five hubs, asked by a stranger and by its coordinator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from hubnode.people import sessions
from tests.five import PASSWORD, Five
from tests.hubnode.hubs import SECRET
from tests.hubnode.web.desk import bob, charlie, hub, password_hash, visitor
from tests.hubnode.web.own_profile import asked, mine, wiebke

__all__ = ["asked", "bob", "charlie", "hub", "mine", "password_hash", "visitor", "wiebke"]


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Five]:
    """The demo hubs; tests only read them."""
    hubs = Five(tmp_path_factory.mktemp("five"))
    yield hubs
    hubs.close()


@pytest.fixture
def stranger(five: Five) -> FlaskClient:
    """Somebody who has not signed in."""
    return five.wilster.app.test_client()


@pytest.fixture
def coordinator(five: Five) -> FlaskClient:
    """Wilster's coordinator, signed in."""
    client = five.wilster.app.test_client()
    with five.wilster.at():
        token = sessions.open(
            "koordination@wilster.example",
            PASSWORD,
            address="192.0.2.7",
            device="Firefox, Linux",
            secret=SECRET,
            lasting=timedelta(hours=1),
            now=datetime.now(UTC),
        )
    client.set_cookie(sessions.cookie_name(five.wilster.origin), token, domain="localhost")
    return client
