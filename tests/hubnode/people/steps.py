"""What tests of second factors do over and over: enrol, confirm, sign in by two steps."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyotp
import pytest

from hubnode.people import (
    accounts,
    confirming,
    enrolling,
    pending,
    second_step,
    sessions,
    totp,
)
from hubnode.people.confirming import Given, Oneself
from hubnode.people.passkeys import Site
from hubnode.people.pending import SecondFactorNeeded
from tests.hubnode.people.conftest import NOW, PASSWORD, SECRET, sign_in

SITE = Site("https://wilster.example", "Digital Hub Wilster")
STEP = timedelta(seconds=totp.STEP_S)
ADDRESS = "192.0.2.7"


def number(name: str) -> int:
    """The number of somebody's account."""
    return accounts.by_email(f"{name}@wilster.example").id


def confirmed(name: str = "bob", now: datetime = NOW) -> tuple[str, Oneself]:
    """A sign-in of somebody who has just confirmed, and the proof of it."""
    token = sign_in(f"{name}@wilster.example", now=now)
    return token, confirming.confirm(token, Given(PASSWORD), now, secret=SECRET, site=SITE)


def enrol(name: str = "bob", now: datetime = NOW) -> tuple[pyotp.TOTP, list[str]]:
    """Somebody's app, and the recovery codes."""
    _, proof = confirmed(name, now)
    enrolling.offer_app(proof, now, SECRET)
    app = pyotp.TOTP(enrolling.offered_app(proof.account_id, now, SECRET))
    return app, list(enrolling.confirm_app(proof, app.at(now), now, SECRET))


def half(name: str = "bob", now: datetime = NOW, demanded: tuple[str, ...] = ()) -> pending.Half:
    """The half of a sign-in that the right password gives."""
    with pytest.raises(SecondFactorNeeded) as needed:
        sessions.open(
            f"{name}@wilster.example", PASSWORD, address=ADDRESS, device="", secret=SECRET,
            lasting=timedelta(days=1), now=now, demanded=demanded,
        )  # fmt: skip
    return needed.value.half


def complete(token: str, code: str, now: datetime = NOW) -> str:
    """The second step."""
    return second_step.with_code(token, code, now, address=ADDRESS, secret=SECRET)


def how(name: str, token: str, now: datetime = NOW) -> str:
    """How the sign-in of this token was made."""
    return next(device.how for device in sessions.devices(number(name), token, now) if device.here)
