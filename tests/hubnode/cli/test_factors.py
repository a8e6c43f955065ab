"""`hubnode user forget-factors` through its own door."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.db import db
from hubnode.network.node import utcnow
from hubnode.people import accounts, enrolling, sessions
from hubnode.people.confirming import Oneself
from hubnode.people.pending import SecondFactorNeeded
from tests.hubnode.cli.test_commands import Run, ready, run
from tests.hubnode.people.conftest import PASSWORD

__all__ = ["ready", "run"]
EMAIL = "bob@wilster.example"


def sign_in(settings: Settings) -> str:
    """Sign Bob in."""
    return sessions.open(
        EMAIL,
        PASSWORD,
        address="192.0.2.7",
        device="",
        secret=settings.secret_key,
        lasting=timedelta(hours=1),
        now=utcnow(),
    )


def test_whoever_has_lost_everything_is_let_in_and_an_unknown_address_is_named(ready: Run, tmp_path: Path) -> None:
    assert ready("user", "add", EMAIL, "--name", "Bob", "--password-stdin", input=PASSWORD + "\n").exit_code == 0
    settings = Settings.load(tmp_path / "hub")
    with create_core(settings).app_context():
        person = accounts.by_email(EMAIL)
        proof, now = Oneself(person.id, person.role), utcnow()
        enrolling.offer_app(proof, now, settings.secret_key)
        app = pyotp.TOTP(enrolling.offered_app(person.id, now, settings.secret_key))
        enrolling.confirm_app(proof, app.at(now), now, settings.secret_key)
        with pytest.raises(SecondFactorNeeded):
            sign_in(settings)
        answer = ready("user", "forget-factors", EMAIL)
        assert answer.exit_code == 0, answer.output
        db.session.rollback()
        assert sign_in(settings)
        assert not enrolling.of(person.id).any
        db.session.remove()
        db.engine.dispose()
    answer = ready("user", "forget-factors", "dora@wilster.example")
    assert answer.exit_code == 1
    assert "there is no account for dora@wilster.example" in answer.output
