"""Fresh confirmation: by what, how long, in which sign-in, and as whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from hubnode.db import reading
from hubnode.people import (
    confirming,
    sessions,
)
from hubnode.people.confirming import Given
from hubnode.people.errors import (
    NotAdministrator,
    SignedOut,
    Throttled,
    WrongCode,
    WrongPassword,
)
from hubnode.people.models import SignIn
from tests.hubnode.people.conftest import NOW, PASSWORD, SECRET, sign_in
from tests.hubnode.people.steps import SITE, STEP, complete, confirmed, enrol, half


def test_a_confirmation_is_good_for_ten_minutes_in_its_own_sign_in(people: Flask) -> None:
    elsewhere = sign_in()
    assert confirming.recent(elsewhere, NOW) is None
    token, proof = confirmed()
    assert confirming.recent(token, NOW + timedelta(minutes=9, seconds=59)) == proof
    assert confirming.recent(token, NOW + timedelta(minutes=10)) is None
    assert confirming.recent(elsewhere, NOW) is None
    sessions.close(token, NOW)
    assert confirming.recent(token, NOW) is None


@pytest.mark.parametrize("token", [None, "", "x" * 43])
def test_nobody_confirms_without_a_sign_in(people: Flask, token: str | None) -> None:
    with pytest.raises(SignedOut):
        confirming.confirm(token, Given(PASSWORD), NOW, secret=SECRET, site=SITE)


def test_with_a_factor_the_password_alone_confirms_nothing(people: Flask) -> None:
    app, codes = enrol()
    later = NOW + STEP
    token = complete(half(now=later).token, app.at(later), later)
    for given in (Given(PASSWORD), Given(PASSWORD, "000000"), Given(PASSWORD, app.at(later))):
        with pytest.raises(WrongCode):
            confirming.confirm(token, given, later, secret=SECRET, site=SITE)
    with pytest.raises(WrongPassword):
        confirming.confirm(token, Given("falsch", codes[0]), later, secret=SECRET, site=SITE)
    assert confirming.recent(token, later) is None
    assert confirming.confirm(token, Given(PASSWORD, codes[0]), later, secret=SECRET, site=SITE)
    assert reading().scalar(sa.select(SignIn.confirmed_by).where(sessions.held_by(token, later))) == "password+recovery"


def test_guessing_while_confirming_is_slowed_down(people: Flask) -> None:
    token = sign_in()
    for _ in range(5):
        with pytest.raises(WrongPassword):
            confirming.confirm(token, Given("falsch"), NOW, secret=SECRET, site=SITE)
    with pytest.raises(Throttled):
        confirming.confirm(token, Given(PASSWORD), NOW, secret=SECRET, site=SITE)


def test_only_administrators_confirm_deeds_of_administration(people: Flask) -> None:
    assert confirming.as_administrator(confirmed("alice")[1]).by == "Verwaltung"
    with pytest.raises(NotAdministrator):
        confirming.as_administrator(confirmed("bob")[1])
