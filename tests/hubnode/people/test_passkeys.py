"""Passkeys against an authenticator in software: what is taken, and every way to forge an answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubnode.db import reading
from hubnode.people import (
    accounts,
    administering,
    audit,
    confirming,
    enrolling,
    factors,
    passkeys,
    second_step,
    sessions,
)
from hubnode.people.confirming import OPERATOR_CONFIRMED, Given, Oneself
from hubnode.people.errors import StepOver, Throttled, WrongCode, WrongPasskey
from hubnode.people.passkeys import Site
from hubnode.people.pending import SecondFactorNeeded
from tests.hubnode.people.authenticator import PRESENT, VERIFIED, Authenticator, packed
from tests.hubnode.people.conftest import NOW, PASSWORD, SECRET, application, sign_in

ORIGIN = "https://wilster.example"
SITE = Site(ORIGIN, "Digital Hub Wilster")
LATER = NOW + timedelta(minutes=1)


def number(name: str = "bob") -> int:
    """The number of somebody's account."""
    return accounts.by_email(f"{name}@wilster.example").id


def enrol(name: str = "bob", **traits: Any) -> tuple[Authenticator, list[str]]:
    """Somebody's device with a passkey, and the recovery codes."""
    device = Authenticator(ORIGIN, "wilster.example", **traits)
    person = accounts.by_id(number(name))
    made = passkeys.made(SITE, device.make(passkeys.registration(SITE, person.id, NOW)), person.id, NOW)
    return device, list(enrolling.add_passkey(Oneself(person.id, person.role), made, "Diensthandy", NOW))


def ask() -> str:
    """What somebody is asked who has not said who it is."""
    return passkeys.asking(SITE, "sign-in", None, LATER)


def prove(answer: str) -> passkeys.Shown:
    """What an answer to that proves."""
    return passkeys.prove(SITE, answer, "sign-in", None, LATER)


def test_a_passkey_signs_in_alone(people: Flask) -> None:
    device, codes = enrol()
    assert len(codes) == 10
    shown = prove(device.show(ask()))
    assert (shown.account_id, shown.role) == (number(), "coordinator")
    token = second_step.without_password(shown, device="Firefox, Linux", lasting=sessions.SHORT, now=LATER)
    assert sessions.viewer_of(token, LATER, ("coordinator",)).name == "Bob"
    assert [one.how for one in sessions.devices(number(), token, LATER)] == ["passkey"]
    [named] = enrolling.passkeys(number())
    assert (named.name, named.last_used_on) == ("Diensthandy", LATER.date())


def test_what_the_browser_is_asked_for(people: Flask) -> None:
    device, _ = enrol()
    asked = json.loads(passkeys.registration(SITE, number(), NOW))
    assert asked["rp"] == {"id": "wilster.example", "name": "Digital Hub Wilster"}
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert [one["id"] for one in asked["excludeCredentials"]] == [packed(device.credential_id)]
    assert asked["user"]["id"] == packed(device.handle)
    asked = json.loads(ask())
    assert (asked["rpId"], asked["userVerification"], asked["allowCredentials"]) == ("wilster.example", "required", [])


def test_a_passkey_is_the_second_step_after_the_password(people: Flask) -> None:
    device, _ = enrol()
    with pytest.raises(SecondFactorNeeded) as needed:
        sign_in(now=LATER)
    half = needed.value.half.token
    shown = passkeys.prove(
        SITE, device.show(passkeys.asking(SITE, "second", number(), LATER)), "second", number(), LATER
    )
    token = second_step.with_passkey(half, shown, LATER)
    assert [one.how for one in sessions.devices(number(), token, LATER)] == ["password+passkey"]
    with pytest.raises(StepOver):
        second_step.with_passkey(half, shown, LATER)


def test_the_passkey_of_somebody_else_does_not_complete_a_sign_in(people: Flask) -> None:
    enrol()
    device, _ = enrol("charlie")
    with pytest.raises(SecondFactorNeeded) as needed:
        sign_in(now=LATER)
    shown = prove(device.show(ask()))
    with pytest.raises(WrongPasskey):
        second_step.with_passkey(needed.value.half.token, shown, LATER)


def test_a_passkey_confirms(people: Flask) -> None:
    device, _ = enrol()
    token = second_step.without_password(prove(device.show(ask())), device="", lasting=sessions.SHORT, now=LATER)
    answer = device.show(passkeys.asking(SITE, "confirm", number(), LATER))
    proof = confirming.confirm(token, Given(passkey=answer), LATER, secret=SECRET, site=SITE)
    assert confirming.recent(token, LATER) == proof
    with pytest.raises(WrongCode):
        confirming.confirm(token, Given(PASSWORD), LATER, secret=SECRET, site=SITE)


Forgery = Callable[[Authenticator], Authenticator]
FORGED: dict[str, Forgery] = {
    "another origin": lambda device: replace(device, origin="https://wilster.example.evil.example"),
    "plain HTTP": lambda device: replace(device, origin="http://wilster.example"),
    "another port": lambda device: replace(device, origin="https://wilster.example:8443"),
    "another site": lambda device: replace(device, rp_id="evil.example"),
    "nobody verified": lambda device: replace(device, flags=PRESENT),
    "nobody present": lambda device: replace(device, flags=VERIFIED),
    "another key": lambda device: Authenticator(ORIGIN, "wilster.example", credential_id=device.credential_id),
    "a foreign credential": lambda device: replace(device, credential_id=b"x" * 32),
    "another person": lambda device: replace(device, handle=b"y" * 32),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_a_forged_answer_proves_nothing(people: Flask, forge: Forgery) -> None:
    device, _ = enrol()
    with pytest.raises(WrongPasskey):
        prove(forge(device).show(ask()))
    assert prove(device.show(ask())).account_id == number()


def test_a_challenge_is_good_for_one_answer(people: Flask) -> None:
    device, _ = enrol()
    asked = ask()
    answer = device.show(asked)
    assert prove(answer)
    for again in (answer, device.show(asked)):
        with pytest.raises(WrongPasskey, match="challenge"):
            prove(again)


def test_a_wrong_answer_uses_the_challenge_up(people: Flask) -> None:
    device, _ = enrol()
    asked = ask()
    with pytest.raises(WrongPasskey):
        prove(replace(device, origin="https://evil.example").show(asked))
    with pytest.raises(WrongPasskey, match="challenge"):
        prove(device.show(asked))


def test_a_challenge_that_was_never_ours_is_refused(people: Flask) -> None:
    device, _ = enrol()
    with pytest.raises(WrongPasskey, match="challenge"):
        prove(device.sign(packed(b"z" * 32)))


def test_a_challenge_ends_after_five_minutes(people: Flask) -> None:
    device, _ = enrol()
    answer = device.show(ask())
    with pytest.raises(WrongPasskey, match="challenge"):
        passkeys.prove(SITE, answer, "sign-in", None, LATER + passkeys.GOOD_FOR)


@pytest.mark.parametrize(("purpose", "whose"), [("second", "bob"), ("confirm", "bob"), ("register", "bob")])
def test_an_answer_for_one_purpose_serves_no_other(people: Flask, purpose: passkeys.Purpose, whose: str) -> None:
    device, _ = enrol()
    asked = passkeys.asking(SITE, purpose, number(whose), LATER)
    with pytest.raises(WrongPasskey, match="challenge"):
        prove(device.show(asked))


def test_a_challenge_of_one_account_is_not_answered_for_another(people: Flask) -> None:
    device, _ = enrol()
    asked = passkeys.asking(SITE, "confirm", number("charlie"), LATER)
    with pytest.raises(WrongPasskey, match="challenge"):
        passkeys.prove(SITE, device.show(asked), "confirm", number(), LATER)
    asked = passkeys.asking(SITE, "confirm", number("charlie"), LATER)
    with pytest.raises(WrongPasskey, match="unknown"):
        passkeys.prove(SITE, device.show(asked), "confirm", number("charlie"), LATER)


def test_a_counter_that_does_not_grow_shows_a_copy_and_is_noted(people: Flask) -> None:
    device, _ = enrol()
    copy = replace(device)
    assert prove(device.show(ask()))
    with pytest.raises(WrongPasskey, match="counter"):
        prove(copy.show(ask()))
    assert [note.act for note in audit.notes(audit.Wanted("factor.cloned"))] == ["factor.cloned"]
    assert prove(device.show(ask()))


def test_a_device_that_does_not_count_is_taken_each_time(people: Flask) -> None:
    device, _ = enrol(step=0)
    assert prove(device.show(ask())) == prove(device.show(ask()))


def test_a_counter_that_was_there_does_not_go_away(people: Flask) -> None:
    device, _ = enrol()
    assert prove(device.show(ask()))
    with pytest.raises(WrongPasskey, match="counter"):
        prove(replace(device, count=0, step=0).show(ask()))


def test_the_passkey_of_a_deactivated_account_proves_nothing(people: Flask) -> None:
    device, _ = enrol()
    administering.deactivate(OPERATOR_CONFIRMED, number(), NOW)
    with pytest.raises(WrongPasskey, match="unknown"):
        prove(device.show(ask()))


@pytest.mark.parametrize(
    "forge",
    [FORGED[name] for name in ("another origin", "another site", "nobody verified", "nobody present")],
)
def test_a_forged_registration_makes_nothing(people: Flask, forge: Forgery) -> None:
    device = forge(Authenticator(ORIGIN, "wilster.example"))
    with pytest.raises(WrongPasskey):
        passkeys.made(SITE, device.make(passkeys.registration(SITE, number(), NOW)), number(), NOW)


def test_a_registration_is_for_whom_it_was_begun_and_once(people: Flask) -> None:
    device = Authenticator(ORIGIN, "wilster.example")
    answer = device.make(passkeys.registration(SITE, number(), NOW))
    with pytest.raises(WrongPasskey, match="challenge"):
        passkeys.made(SITE, answer, number("charlie"), NOW)
    made = passkeys.made(SITE, answer, number(), NOW)
    with pytest.raises(WrongPasskey, match="challenge"):
        passkeys.made(SITE, answer, number(), NOW)
    with pytest.raises(WrongPasskey, match="another account"):
        enrolling.add_passkey(Oneself(number("charlie"), "staff"), made, "", NOW)
    enrolling.add_passkey(Oneself(number(), "coordinator"), made, "", NOW)
    with pytest.raises(WrongPasskey, match="known already"):
        enrolling.add_passkey(Oneself(number(), "coordinator"), made, "", NOW)


def test_nobody_removes_the_passkey_of_somebody_else(people: Flask) -> None:
    device, _ = enrol()
    [named] = enrolling.passkeys(number())
    assert not enrolling.remove_passkey(Oneself(number("charlie"), "staff"), named.id, (), NOW)
    assert prove(device.show(ask()))
    assert enrolling.remove_passkey(Oneself(number(), "coordinator"), named.id, (), NOW)
    assert factors.enrolled(reading(), number()) == factors.NOTHING
    with pytest.raises(WrongPasskey):
        prove(device.show(ask()))


def test_asking_without_end_is_slowed_down(people: Flask) -> None:
    for _ in range(60):
        passkeys.asking_stranger(SITE, "192.0.2.7", SECRET, NOW)
    with pytest.raises(Throttled):
        passkeys.asking_stranger(SITE, "192.0.2.7", SECRET, NOW)
    assert passkeys.asking_stranger(SITE, "198.51.100.9", SECRET, NOW)


@pytest.mark.parametrize(
    ("origin", "possible"),
    [
        ("https://hub.example", True),
        ("http://localhost:5001", True),
        ("http://127.0.0.1:5001", False),
        ("http://[::1]:5", False),
    ],
)
def test_passkeys_need_a_name(origin: str, possible: bool) -> None:
    assert Site(origin, "").possible is possible


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)
PARTS = ("clientDataJSON", "authenticatorData", "signature", "userHandle", "attestationObject")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(broken=st.dictionaries(st.sampled_from((*PARTS, "id", "rawId", "type", "response")), JSON, min_size=1))
def test_whatever_is_sent_is_refused_by_name(people: Flask, broken: dict[str, Any]) -> None:
    """No answer, however mangled, is anything else than a `WrongPasskey`."""
    device = Authenticator(ORIGIN, "wilster.example", handle=b"h" * 32)
    answers = (device.show(ask()), device.make(passkeys.registration(SITE, number(), LATER)))
    for answer, use in zip(answers, (prove, _registered), strict=True):
        mangled = json.loads(answer)
        mangled["response"] |= {name: value for name, value in broken.items() if name in PARTS}
        mangled |= {name: value for name, value in broken.items() if name not in PARTS}
        with suppress(WrongPasskey):
            use(json.dumps(mangled))


def _registered(answer: str) -> object:
    return passkeys.made(SITE, answer, number(), LATER)


@pytest.mark.parametrize("answer", ["", "{", "[]", "null", '{"response": []}', "[" * 20_000, "x" * 20_000])
def test_what_is_no_answer_is_refused(people: Flask, answer: str) -> None:
    with pytest.raises(WrongPasskey):
        prove(answer)


@pytest.mark.postgresql
def test_passkeys_on_postgresql_too(postgres_url: str) -> None:
    for _ in application(postgres_url):
        device, _ = enrol()
        answer = device.show(ask())
        assert prove(answer).account_id == number()
        with pytest.raises(WrongPasskey):
            prove(answer)
        with pytest.raises(WrongPasskey):
            prove(replace(device, count=0).show(ask()))
