"""Second factors: app codes, recovery codes, and what a sign-in is without them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask

from hubnode.db import reading, transaction
from hubnode.mail.models import MailOut
from hubnode.people import (
    accounts,
    audit,
    confirming,
    enrolling,
    factors,
    pending,
    recovery,
    second_step,
    sessions,
)
from hubnode.people.confirming import OPERATOR_CONFIRMED, Oneself
from hubnode.people.errors import (
    LastFactor,
    NothingOffered,
    StepOver,
    Throttled,
    UnknownAccount,
    WrongCode,
    WrongPassword,
)
from hubnode.people.factor_models import RecoveryCode, SignInStep, Totp
from hubnode.people.models import Account
from tests.hubnode.people.conftest import NOW, SECRET, application, sign_in
from tests.hubnode.people.steps import ADDRESS, STEP, complete, confirmed, enrol, half, how, number


def test_with_an_app_the_password_alone_signs_nobody_in(people: Flask) -> None:
    app, _ = enrol()
    later = NOW + STEP
    waiting = half(now=later)
    assert waiting.step == "factor"
    assert not sessions.viewer_of(waiting.token, later).signed_in
    token = complete(waiting.token, app.at(later), later)
    assert sessions.viewer_of(token, later).name == "Bob"
    assert how("bob", token, later) == "password+totp"


def test_a_code_is_good_once(people: Flask) -> None:
    app, _ = enrol()
    later = NOW + STEP
    code = app.at(later)
    complete(half(now=later).token, code, later)
    with pytest.raises(WrongCode):
        complete(half(now=later).token, code, later)


def test_the_code_of_the_enrolment_is_used_up(people: Flask) -> None:
    app, _ = enrol()
    with pytest.raises(WrongCode):
        complete(half().token, app.at(NOW))


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_differ_by_one_step(people: Flask, steps: int, taken: bool) -> None:
    app, _ = enrol()
    later = NOW + timedelta(hours=1)
    waiting = half(now=later)
    if taken:
        assert complete(waiting.token, app.at(later + steps * STEP), later)
    else:
        with pytest.raises(WrongCode):
            complete(waiting.token, app.at(later + steps * STEP), later)


def test_after_a_later_code_an_earlier_one_is_worth_nothing(people: Flask) -> None:
    app, _ = enrol()
    later = NOW + timedelta(hours=1)
    complete(half(now=later).token, app.at(later + STEP), later)
    with pytest.raises(WrongCode):
        complete(half(now=later).token, app.at(later), later)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "-12345", "000000 OR 1=1"])
def test_what_is_no_code_is_refused(people: Flask, code: str) -> None:
    enrol()
    with pytest.raises(WrongCode):
        complete(half().token, code)


def test_guessing_codes_is_slowed_down_and_the_right_password_gives_no_new_tries(people: Flask) -> None:
    app, _ = enrol()
    later = NOW + STEP
    for _ in range(5):
        with pytest.raises(WrongCode):
            complete(half(now=later).token, "000000", later)
    with pytest.raises(Throttled):
        complete(half(now=later).token, app.at(later), later)
    later += timedelta(minutes=1)
    assert complete(half(now=later).token, app.at(later), later)


def test_half_a_sign_in_ends_after_five_minutes(people: Flask) -> None:
    app, _ = enrol()
    waiting, later = half(), NOW + timedelta(minutes=5)
    with pytest.raises(StepOver):
        complete(waiting.token, app.at(later), later)


@pytest.mark.parametrize("token", [None, "", "x" * 43])
def test_nobody_completes_what_was_not_begun(people: Flask, token: str | None) -> None:
    enrol()
    with pytest.raises(StepOver):
        second_step.with_code(token, "000000", NOW, address=ADDRESS, secret=SECRET)


def test_a_sign_in_is_completed_once(people: Flask) -> None:
    _, codes = enrol()
    waiting = half()
    complete(waiting.token, codes[0])
    with pytest.raises(StepOver):
        complete(waiting.token, codes[1])


def test_a_new_password_ends_what_was_half_done(people: Flask) -> None:
    _, codes = enrol()
    waiting = half()
    accounts.set_password(number("bob"), "Störche klappern im Frühjahr", NOW)
    with pytest.raises(StepOver):
        complete(waiting.token, codes[0])


def test_a_wrong_password_says_nothing_about_factors(people: Flask) -> None:
    enrol()
    for email in ("bob@wilster.example", "charlie@wilster.example", "dora@wilster.example"):
        with pytest.raises(WrongPassword):
            sign_in(email, "Deichgraf reitet Rappen")


def test_a_recovery_code_is_good_once_however_it_is_typed(people: Flask) -> None:
    _, codes = enrol()
    assert len(set(codes)) == recovery.COUNT
    typed = codes[3].upper().replace("-", " ").replace("0", "O").replace("1", "l")
    token = complete(half().token, typed)
    assert how("bob", token) == "password+recovery"
    with pytest.raises(WrongCode):
        complete(half().token, codes[3])
    assert factors.enrolled(reading(), number("bob")).codes == recovery.COUNT - 1
    assert [note.act for note in audit.notes(audit.Wanted("factor.recovered"))] == ["factor.recovered"]


def test_nobody_uses_the_recovery_code_of_somebody_else(people: Flask) -> None:
    _, codes = enrol("charlie")
    enrol()
    with pytest.raises(WrongCode):
        complete(half().token, codes[0])


def test_new_recovery_codes_replace_the_old_ones(people: Flask) -> None:
    _, codes = enrol()
    fresh = list(enrolling.renew_codes(Oneself(number("bob"), "coordinator"), NOW))
    assert len(fresh) == recovery.COUNT
    with pytest.raises(WrongCode):
        complete(half().token, codes[0])
    assert complete(half().token, fresh[0])


def test_without_a_factor_there_are_no_recovery_codes(people: Flask) -> None:
    assert enrolling.renew_codes(Oneself(number("bob"), "coordinator"), NOW) == ()
    enrol()
    assert enrolling.remove_app(Oneself(number("bob"), "coordinator"), (), NOW)
    assert factors.enrolled(reading(), number("bob")) == factors.NOTHING
    assert sign_in()


def test_an_app_counts_only_after_its_first_code(people: Flask) -> None:
    _, proof = confirmed()
    enrolling.offer_app(proof, NOW, SECRET)
    with pytest.raises(WrongCode):
        enrolling.confirm_app(proof, "000000", NOW, SECRET)
    assert sign_in()
    with pytest.raises(NothingOffered):
        enrolling.confirm_app(proof, "000000", NOW + enrolling.OFFERED_FOR, SECRET)


def test_an_offer_that_is_not_taken_leaves_the_old_app_in_force(people: Flask) -> None:
    app, _ = enrol()
    enrolling.offer_app(Oneself(number("bob"), "coordinator"), NOW, SECRET)
    later = NOW + STEP
    assert complete(half(now=later).token, app.at(later), later)


def test_neither_app_secret_nor_codes_nor_tokens_are_in_the_database(people: Flask) -> None:
    app, codes = enrol()
    waiting = half()
    kept = reading().scalars(sa.select(Totp.secret)).one()
    assert kept is not None
    hashes = [
        *reading().scalars(sa.select(RecoveryCode.code_hash)),
        *reading().scalars(sa.select(SignInStep.token_hash)),
    ]
    for plain in (app.secret, *codes, waiting.token):
        assert plain.encode() not in kept
        assert plain not in hashes


def test_with_another_secret_key_the_app_is_useless_and_recovery_codes_are_not(people: Flask) -> None:
    app, codes = enrol()
    later = NOW + STEP
    other = "another secret of this test, long enough to be one"
    with pytest.raises(WrongCode):
        second_step.with_code(half(now=later).token, app.at(later), later, address=ADDRESS, secret=other)
    assert second_step.with_code(half(now=later).token, codes[0], later, address=ADDRESS, secret=other)


def test_the_sealed_secret_of_one_account_opens_nothing_at_another(people: Flask) -> None:
    app, _ = enrol()
    enrol("charlie")
    stolen = reading().scalars(sa.select(Totp.secret).where(Totp.account_id == number("bob"))).one()
    with transaction() as session:
        session.execute(sa.update(Totp).where(Totp.account_id == number("charlie")).values(secret=stolen))
    later = NOW + STEP
    with pytest.raises(WrongCode):
        complete(half("charlie", later).token, app.at(later), later)


def test_a_role_that_needs_a_factor_gets_one_before_the_sign_in(people: Flask) -> None:
    waiting = half("alice", demanded=("admin",))
    assert waiting.step == "enrol"
    with pytest.raises(StepOver):
        complete(waiting.token, "000000")
    with pytest.raises(StepOver):
        second_step.enrolled(waiting.token, "totp", NOW)
    waiting = half("alice", demanded=("admin",))
    proof = confirming.by_half(waiting.token, NOW)
    enrolling.offer_app(proof, NOW, SECRET)
    app = pyotp.TOTP(enrolling.offered_app(proof.account_id, NOW, SECRET))
    assert len(enrolling.confirm_app(proof, app.at(NOW), NOW, SECRET)) == recovery.COUNT
    token = second_step.enrolled(waiting.token, "totp", NOW)
    assert sessions.viewer_of(token, NOW, ("admin",)).may_admin


def test_the_half_of_somebody_with_a_factor_enrols_nothing(people: Flask) -> None:
    enrol()
    with pytest.raises(StepOver):
        confirming.by_half(half().token, NOW)


def test_a_younger_rule_makes_weak_sign_ins_worthless_and_spares_other_roles(people: Flask) -> None:
    token, bobs = sign_in("alice@wilster.example"), sign_in()
    assert sessions.viewer_of(token, NOW).may_admin
    assert not sessions.viewer_of(token, NOW, ("admin",)).signed_in
    assert sessions.viewer_of(bobs, NOW, ("admin",)).name == "Bob"
    sessions.shown_too(token, "totp", NOW)
    assert sessions.viewer_of(token, NOW, ("admin",)).may_admin


def test_the_last_factor_of_a_role_that_needs_one_stays(people: Flask) -> None:
    enrol("alice")
    proof = Oneself(number("alice"), "admin")
    with pytest.raises(LastFactor):
        enrolling.remove_app(proof, ("admin",), NOW)
    assert factors.enrolled(reading(), proof.account_id).app
    assert enrolling.remove_app(proof, (), NOW)


@pytest.mark.parametrize(
    ("amr", "acr", "counts"),
    [
        ((), "", False),
        (("pwd",), "", False),
        (("pwd", "pin"), "", False),
        (("pwd", "otp"), "", True),
        (("hwk", "fpt"), "", True),
        (("mfa",), "", True),
        (("pwd",), "urn:example:loa:2", True),
        (("pwd",), "urn:example:loa:1", False),
    ],
)
def test_what_an_outside_provider_has_asked_for_counts(amr: tuple[str, ...], acr: str, counts: bool) -> None:
    assert factors.satisfied_by(amr, acr, ("urn:example:loa:2",)) is counts


@pytest.mark.parametrize(("shown", "half_way"), [("provider", True), ("provider+mfa", False)])
def test_who_comes_from_an_outside_provider_with_two_factors_is_asked_for_none(
    people: Flask, shown: str, half_way: bool
) -> None:
    enrol()
    with transaction() as session:
        entered = sessions.enter(
            session, number("bob"), how=shown, device="", lasting=sessions.SHORT, now=NOW, demanded=("coordinator",)
        )
    assert isinstance(entered, pending.Half) is half_way


def test_what_happens_to_factors_is_noted(people: Flask) -> None:
    enrol()
    proof = Oneself(number("bob"), "coordinator")
    enrolling.renew_codes(proof, NOW)
    enrolling.remove_app(proof, (), NOW)
    acts = [note.act for note in audit.notes(audit.Wanted()) if note.act.startswith("factor.")]
    assert acts == ["factor.removed", "factor.codes", "factor.added"]
    assert set(reading().scalars(sa.select(MailOut.template))) == {"factor-removed", "factor-codes", "factor-added"}


def test_the_operator_lets_somebody_in_who_has_lost_everything(people: Flask) -> None:
    enrol()
    token = confirmed("charlie")[0]
    enrolling.forget_all(OPERATOR_CONFIRMED, number("bob"), NOW)
    assert sign_in()
    assert sessions.viewer_of(token, NOW).signed_in
    with pytest.raises(UnknownAccount):
        enrolling.forget_all(OPERATOR_CONFIRMED, 4711, NOW)


def together(app: Flask, code: str, tokens: list[str], now: datetime) -> list[bool]:
    """Whether each of these half sign-ins was completed, all with the same code at the same moment."""
    ready = threading.Barrier(len(tokens))

    def attempt(token: str) -> bool:
        with app.app_context():
            ready.wait()
            try:
                return bool(complete(token, code, now))
            except WrongCode:
                return False

    with ThreadPoolExecutor(len(tokens)) as pool:
        return list(pool.map(attempt, tokens))


def test_of_two_who_send_the_same_code_at_the_same_moment_one_gets_in(people: Flask) -> None:
    app, codes = enrol()
    later = NOW + STEP
    for code in (app.at(later), codes[0]):
        tokens = [half(now=later).token for _ in range(2)]
        assert sorted(together(people, code, tokens, later)) == [False, True]


@pytest.mark.postgresql
def test_both_steps_on_postgresql_too(postgres_url: str) -> None:
    for node in application(postgres_url):
        app, codes = enrol()
        later = NOW + STEP
        tokens = [half(now=NOW).token for _ in range(2)]
        assert sorted(together(node, codes[9], tokens, NOW)) == [False, True]
        token = complete(half(now=later).token, app.at(later), later)
        assert how("bob", token, later) == "password+totp"
        with pytest.raises(WrongCode):
            complete(half(now=later).token, app.at(later), later)
        assert complete(half(now=later).token, codes[0], later)
        with transaction() as session:
            session.execute(sa.delete(Account).where(Account.name == "Bob"))
        assert reading().scalar(sa.select(sa.func.count()).select_from(RecoveryCode)) == 0
