"""Accounts: added, refused, deactivated, their password replaced."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from hubnode.people import accounts, administering, sessions
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.people.errors import BadAccount, Throttled, UnknownAccount, WeakPassword, WrongPassword
from tests.hubnode.people.conftest import NOW, PASSWORD, SECRET, application, sign_in

NEW = "Störche klappern im Frühjahr"


def test_an_account_is_found_by_its_address_in_any_case(people: Flask) -> None:
    bob = accounts.by_email(" BOB@Wilster.example ")
    assert (bob.email, bob.name, bob.role, bob.active) == ("bob@wilster.example", "Bob", "coordinator", True)
    assert accounts.by_id(bob.id) == bob
    assert [person.name for person in accounts.everybody()] == ["Alice", "Bob", "Charlie"]


@pytest.mark.parametrize(
    ("email", "name", "role", "code"),
    [
        ("not an address", "Dora", "staff", "email"),
        ("dora@wilster", "Dora", "staff", "email"),
        ("dora@wilster.example\nBcc: x@y.example", "Dora", "staff", "email"),
        ("dora@wilster.example", " ", "staff", "name"),
        ("dora@wilster.example", "Dora", "king", "role"),
        ("Bob@wilster.example", "Bob the second", "staff", "taken"),
    ],
)
def test_an_account_that_cant_be_is_refused(people: Flask, email: str, name: str, role: str, code: str) -> None:
    with pytest.raises(BadAccount) as refused:
        accounts.add(email, name, role, PASSWORD, NOW)
    assert refused.value.code == code
    assert len(accounts.everybody()) == 3


def test_a_weak_password_adds_nobody(people: Flask) -> None:
    with pytest.raises(WeakPassword):
        accounts.add("dora@wilster.example", "Dora", "staff", "dora", NOW)
    with pytest.raises(UnknownAccount):
        accounts.by_email("dora@wilster.example")


def test_deactivating_ends_all_sign_ins_at_once(people: Flask) -> None:
    token = sign_in()
    administering.deactivate(OPERATOR_CONFIRMED, accounts.by_email("bob@wilster.example").id, NOW)
    assert not sessions.viewer_of(token, NOW).signed_in
    with pytest.raises(WrongPassword):
        sign_in()


def test_nobody_is_deactivated_by_a_wrong_number(people: Flask) -> None:
    with pytest.raises(UnknownAccount):
        administering.deactivate(OPERATOR_CONFIRMED, 4711, NOW)


def test_a_new_password_ends_the_other_sign_ins_and_the_old_password(people: Flask) -> None:
    here, there = sign_in(), sign_in()
    bob = accounts.by_email("bob@wilster.example")
    accounts.change_password(bob.id, PASSWORD, NEW, NOW, secret=SECRET, keep_token=here)
    assert sessions.viewer_of(here, NOW).name == "Bob"
    assert not sessions.viewer_of(there, NOW).signed_in
    with pytest.raises(WrongPassword):
        sign_in()
    assert sessions.viewer_of(sign_in(password=NEW), NOW).name == "Bob"


def test_a_new_password_needs_the_old_one(people: Flask) -> None:
    bob = accounts.by_email("bob@wilster.example")
    with pytest.raises(WrongPassword):
        accounts.change_password(bob.id, NEW, NEW, NOW, secret=SECRET)
    assert sign_in()


def test_guessing_the_old_password_is_slowed_down(people: Flask) -> None:
    bob = accounts.by_email("bob@wilster.example")
    for _ in range(5):
        with pytest.raises(WrongPassword):
            accounts.change_password(bob.id, "wrong", NEW, NOW, secret=SECRET)
    with pytest.raises(Throttled):
        accounts.change_password(bob.id, PASSWORD, NEW, NOW, secret=SECRET)
    accounts.change_password(bob.id, PASSWORD, NEW, NOW + timedelta(minutes=1), secret=SECRET)


def test_a_weak_new_password_changes_nothing(people: Flask) -> None:
    bob = accounts.by_email("bob@wilster.example")
    with pytest.raises(WeakPassword):
        accounts.change_password(bob.id, PASSWORD, "bob", NOW, secret=SECRET)
    assert sign_in()


@pytest.mark.postgresql
def test_people_sign_in_and_are_slowed_down_on_postgresql_too(postgres_url: str) -> None:
    for _ in application(postgres_url):
        bob = accounts.by_email("bob@wilster.example")
        token = sign_in()
        assert sessions.viewer_of(token, NOW + timedelta(days=1)).name == "Bob"
        assert [device.here for device in sessions.devices(bob.id, token, NOW)] == [True]
        for _ in range(5):
            with pytest.raises(WrongPassword):
                sign_in(password="wrong")
        with pytest.raises(Throttled):
            sign_in()
        administering.deactivate(OPERATOR_CONFIRMED, bob.id, NOW)
        assert not sessions.viewer_of(token, NOW).signed_in
