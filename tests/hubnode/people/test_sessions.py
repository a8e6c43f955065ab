"""Sign-ins: opened, known, listed, ended; and what the database keeps of them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask

from hubnode.db import db, transaction
from hubnode.people import accounts, sessions
from hubnode.people.errors import Throttled, WrongPassword
from hubnode.people.models import Account, SignIn, Throttle
from hubnode.people.viewer import ANONYMOUS
from tests.hubnode.people.conftest import NOW, PASSWORD, sign_in

WRONG = "Deichgraf reitet Rappen"


def test_a_right_password_opens_a_sign_in(people: Flask) -> None:
    viewer = sessions.viewer_of(sign_in("BOB@wilster.example"), NOW)
    assert (viewer.level, viewer.role, viewer.name) == ("hub", "coordinator", "Bob")
    assert viewer.may_publish
    assert not viewer.may_admin


@pytest.mark.parametrize(("email", "password"), [("bob@wilster.example", WRONG), ("dora@wilster.example", PASSWORD)])
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(people: Flask, email: str, password: str) -> None:
    with pytest.raises(WrongPassword, match=r"^mail address or password is wrong$"):
        sign_in(email, password)


@pytest.mark.parametrize("token", [None, "", "x", "ä" * 43])
def test_who_holds_no_token_is_anonymous(people: Flask, token: str | None) -> None:
    sign_in()
    assert sessions.viewer_of(token, NOW) is ANONYMOUS


def test_a_sign_in_ends_when_its_time_is_over(people: Flask) -> None:
    token = sign_in(lasting=timedelta(hours=12))
    assert sessions.viewer_of(token, NOW + timedelta(hours=11, minutes=59)).signed_in
    assert not sessions.viewer_of(token, NOW + timedelta(hours=12)).signed_in


def test_a_closed_sign_in_is_over_and_others_stay(people: Flask) -> None:
    here, there = sign_in(), sign_in()
    sessions.close(here, NOW)
    assert not sessions.viewer_of(here, NOW).signed_in
    assert sessions.viewer_of(there, NOW).signed_in


def test_a_person_sees_and_ends_own_sign_ins_only(people: Flask) -> None:
    bob = accounts.by_email("bob@wilster.example")
    foreign = sign_in("charlie@wilster.example")
    here, there = sign_in(), sign_in(now=NOW + timedelta(minutes=1))
    later = NOW + timedelta(days=1)
    listed = sessions.devices(bob.id, here, later)
    assert [(device.label, device.here) for device in listed] == [("Firefox, Linux", False), ("Firefox, Linux", True)]
    assert sessions.revoke(bob.id, listed[0].id, later)
    assert not sessions.viewer_of(there, later).signed_in
    charlie = accounts.by_email("charlie@wilster.example")
    [charlies] = sessions.devices(charlie.id, None, later)
    assert not sessions.revoke(bob.id, charlies.id, later)
    assert sessions.viewer_of(foreign, later).signed_in


def test_signing_out_everywhere_ends_all(people: Flask) -> None:
    tokens = [sign_in(), sign_in()]
    sessions.revoke_all(accounts.by_email("bob@wilster.example").id, NOW)
    assert not any(sessions.viewer_of(token, NOW).signed_in for token in tokens)


def test_use_is_noted_to_the_day_only(people: Flask) -> None:
    bob = accounts.by_email("bob@wilster.example")
    token = sign_in()
    sessions.viewer_of(token, NOW + timedelta(days=2, hours=3))
    [device] = sessions.devices(bob.id, token, NOW + timedelta(days=2, hours=3))
    assert device.last_used_on == (NOW + timedelta(days=2)).date()


def test_neither_token_nor_password_nor_address_reach_the_disk(people: Flask, tmp_path: Path) -> None:
    token = sign_in(address="192.0.2.77")
    with pytest.raises(WrongPassword):
        sign_in(password=WRONG, address="192.0.2.77")
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for secret in (token, PASSWORD, WRONG, "192.0.2.77"):
        assert secret.encode() not in written


@pytest.mark.usefixtures("dear")
def test_a_hash_of_older_parameters_is_renewed_on_sign_in(people: Flask) -> None:
    weaker = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with transaction() as session:
        session.execute(sa.update(Account).where(Account.name == "Bob").values(password_hash=weaker))
    sign_in()
    renewed = db.session.scalar(sa.select(Account.password_hash).where(Account.name == "Bob"))
    assert renewed is not None
    assert "m=19456,t=2,p=1" in renewed
    assert sign_in()


def test_rows_past_their_time_go(people: Flask) -> None:
    sign_in(lasting=timedelta(hours=12))
    sign_in(now=NOW + timedelta(days=1), lasting=timedelta(hours=12))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SignIn)) == 1


def fail(times: int, *, email: str = "bob@wilster.example", address: str = "192.0.2.7", after: int = 0) -> None:
    """That many wrong passwords, one after the other."""
    for _ in range(times):
        with pytest.raises(WrongPassword):
            sign_in(email, WRONG, address=address, now=NOW + timedelta(seconds=after))


def test_after_five_failures_even_the_right_password_waits(people: Flask) -> None:
    fail(5)
    with pytest.raises(Throttled) as refused:
        sign_in(address="198.51.100.9")
    assert refused.value.until == NOW + timedelta(seconds=15)
    assert sign_in(now=NOW + timedelta(seconds=15))


def test_two_people_of_one_office_sign_in_at_the_same_moment(people: Flask) -> None:
    """The second request was here first and had to wait for the first: that is no failure of anybody."""
    sign_in("alice@wilster.example", now=NOW)
    assert sign_in("bob@wilster.example", now=NOW - timedelta(seconds=1))
    fail(4)
    with pytest.raises(WrongPassword):
        sign_in(password=WRONG, now=NOW - timedelta(seconds=1))
    with pytest.raises(Throttled):
        sign_in(now=NOW)


def test_an_unknown_address_is_slowed_down_alike(people: Flask) -> None:
    fail(5, email="dora@wilster.example")
    with pytest.raises(Throttled):
        sign_in("dora@wilster.example")


def test_the_pause_doubles_up_to_a_quarter_of_an_hour(people: Flask) -> None:
    fail(5)
    clock, pauses = NOW, []
    for _ in range(8):
        with pytest.raises(Throttled) as refused:
            sign_in(now=clock)
        pauses.append((refused.value.until - clock).total_seconds())
        clock = refused.value.until
        with pytest.raises(WrongPassword):
            sign_in(password=WRONG, now=clock)
    assert pauses == [15, 30, 60, 120, 240, 480, 900, 900]


def test_one_address_that_tries_many_accounts_waits(people: Flask) -> None:
    for number in range(20):
        fail(1, email=f"person{number}@wilster.example")
    with pytest.raises(Throttled):
        sign_in()
    assert sign_in(address="198.51.100.9")


def test_an_own_account_does_not_buy_more_guesses(people: Flask) -> None:
    for number in range(20):
        fail(1, email=f"person{number}@wilster.example")
        if number < 19:
            sign_in("charlie@wilster.example")
    with pytest.raises(Throttled):
        sign_in("charlie@wilster.example")


def test_one_subscriber_is_one_address_in_ipv6(people: Flask) -> None:
    for number in range(20):
        fail(1, email=f"person{number}@wilster.example", address=f"2001:db8:0:1::{number:x}")
    with pytest.raises(Throttled):
        sign_in(address="2001:db8:0:1:ffff::1")
    assert sign_in(address="2001:db8:0:2::1")


def test_failures_are_forgotten_after_success_and_after_an_hour(people: Flask) -> None:
    fail(4)
    sign_in()
    fail(4)
    sign_in(now=NOW + timedelta(hours=1, seconds=1), address="198.51.100.9")
    keys = db.session.scalar(sa.select(sa.func.count()).select_from(Throttle))
    assert keys == 1  # the address of the last sign-in; all others are gone


def test_every_node_has_a_cookie_of_its_own() -> None:
    names = {
        sessions.cookie_name(origin)
        for origin in ("http://127.0.0.1:5001", "http://127.0.0.1:5002", "http://hub.example", "https://hub.example")
    }
    assert len(names) == 4
    assert sessions.cookie_name("http://127.0.0.1:5001") == "sitzung_5001"
    assert sessions.cookie_name("https://hub.example").startswith("__Host-sitzung_")


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari, iPhone"),
        ("curl/8.0", ""),
    ],
)
def test_a_device_is_named_without_versions(agent: str, label: str) -> None:
    assert sessions.device_label(agent) == label
