"""A forgotten password: the same answer and the same work for everybody, and a link that works once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hubnode.db import db, reading, transaction
from hubnode.network.node import utcnow
from hubnode.people import accounts, administering, sessions
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.people.link_models import AccountLink, ResetWish
from tests.hubnode.hubs import SECRET, Hub, every_value
from tests.hubnode.web import letters
from tests.hubnode.web.browsing import PASSWORD, Browser

BOB, NOBODY = "bob@wilster.example", "nobody@wilster.example"
NEW = "Störche klappern im Frühjahr"
FORGOTTEN = ".//form[@action='/passwort-vergessen']"


def forget(hub: Hub, email: str) -> tuple[int, str, str]:
    """Ask for a link; answers status, place and words of the page that follows."""
    browser = Browser(hub.app)
    browser.open("/passwort-vergessen")
    answer = browser.send(form=FORGOTTEN, email=email)
    if answer.status_code == 303:
        browser.follow(answer)
    return answer.status_code, str(answer.location), browser.text()


def test_who_forgot_the_password_chooses_another(hub: Hub, bob: Browser) -> None:
    """Everybody is signed out, the throttle of signing in is forgiven, and the owner is told."""
    for _ in range(4):
        Browser(hub.app).sign_in(BOB, "falsch geraten")
    assert forget(hub, BOB)[0] == 303
    letters.work(hub)
    [letter] = letters.to(hub, BOB)
    browser = Browser(hub.app)
    browser.open(letters.link(letter))
    assert browser.send(neu=NEW, wiederholt=NEW).location == "/anmelden?ok=neu"
    assert bob.open("/konto").status_code == 303
    assert browser.cookie("sitzung") is None
    assert browser.sign_in(BOB).status_code == 422
    assert browser.sign_in(BOB, NEW).status_code == 303
    assert letters.to(hub, BOB)[0].subject == "Ihr Passwort wurde geändert: Digital Hub Wilster"


def test_a_link_works_once_and_the_latest_alone(hub: Hub) -> None:
    """An older link ends with a newer one."""
    for _ in range(2):
        forget(hub, BOB)
        letters.work(hub)
    newer, older = (letters.link(letter) for letter in letters.to(hub, BOB))
    browser = Browser(hub.app)
    assert browser.open(older).status_code == 410
    browser.open(newer)
    assert browser.send(neu="kurz", wiederholt="kurz").status_code == 422
    assert browser.send(neu=NEW, wiederholt=NEW).status_code == 303
    assert browser.open(newer).status_code == 410


def test_a_link_ends_after_an_hour(hub: Hub) -> None:
    """To the second."""
    forget(hub, BOB)
    letters.work(hub)
    path = letters.link(letters.to(hub, BOB)[0])
    with hub.at(), transaction() as session:
        [link] = session.scalars(sa.select(AccountLink))
        assert link.expires_at - link.created_at == timedelta(hours=1)
        link.expires_at = utcnow()
    assert Browser(hub.app).open(path).status_code == 410


@pytest.mark.parametrize("who", ["nobody", "deactivated"])
def test_the_page_says_the_same_and_does_the_same_for_everybody(hub: Hub, who: str) -> None:
    """Status, place, words, and every statement that the database is given: nothing tells who has an account."""
    email = NOBODY
    if who == "deactivated":
        email = "charlie@wilster.example"
        with hub.at():
            administering.deactivate(OPERATOR_CONFIRMED, accounts.by_email(email).id, utcnow())
    forget(hub, "warm@up.example")
    done: dict[str, list[str]] = {}
    answers = []
    for one in (BOB, email):
        with statements(hub, done.setdefault(one, [])):
            answers.append(forget(hub, one))
    assert answers[0] == answers[1]
    assert sorted(done[BOB]) == sorted(done[email])  # rows of the throttle come in the order of their hashes
    assert len(done[BOB]) > 2
    letters.work(hub)
    assert letters.to(hub, email) == []
    assert len(letters.to(hub, BOB)) == 1


@pytest.mark.parametrize("email", [NOBODY, "charlie@wilster.example"])
def test_signing_in_tells_nobody_who_has_an_account(hub: Hub, email: str) -> None:
    """A wrong password, an unknown address and a deactivated account: equal words and equal statements."""
    if email != NOBODY:
        with hub.at():
            administering.deactivate(OPERATOR_CONFIRMED, accounts.by_email(email).id, utcnow())
    Browser(hub.app).sign_in("warm@up.example")
    seen = []
    for one in (BOB, email):
        done: list[str] = []
        with statements(hub, done):
            browser = Browser(hub.app)
            status = browser.sign_in(one, "falsch geraten").status_code
        seen.append((status, browser.text().replace(one, ""), sorted(done)))
    assert seen[0] == seen[1]


def test_asking_again_and_again_is_slowed_down_and_locks_nobody_out(hub: Hub) -> None:
    """The same for an address without an account; signing in goes on."""
    for email in (BOB, NOBODY):
        assert [forget(hub, email)[0] for _ in range(4)] == [303, 303, 303, 429]
    assert Browser(hub.app).sign_in(BOB).status_code == 303


def test_spraying_one_password_over_many_accounts_is_slowed_down(hub: Hub) -> None:
    """By the address it comes from, before the password is even looked at."""
    statuses = [Browser(hub.app).sign_in(f"person{n}@wilster.example", "Sommer2026!!").status_code for n in range(25)]
    assert statuses[:20] == [422] * 20
    assert 429 in statuses[20:]


def test_many_wishes_from_one_address_are_slowed_down(hub: Hub) -> None:
    """Whatever mail addresses are typed."""
    statuses = [forget(hub, f"person{n}@wilster.example")[0] for n in range(25)]
    assert statuses[:20] == [303] * 20
    assert 429 in statuses[20:]


def test_what_was_typed_lies_nowhere_readable(hub: Hub) -> None:
    """Neither before the worker looks nor after; and no wish stays."""
    forget(hub, NOBODY)
    with hub.at():
        assert NOBODY not in every_value(reading())
    letters.work(hub)
    with hub.at():
        assert reading().scalar(sa.select(sa.func.count()).select_from(ResetWish)) == 0
        assert NOBODY not in every_value(reading())


def test_the_page_reads_no_host_of_the_request(hub: Hub) -> None:
    """A forged Host or X-Forwarded-Host never gets into the link."""
    client = hub.app.test_client()
    page = client.get("/passwort-vergessen").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    client.post("/passwort-vergessen", data={"email": BOB, "csrf_token": token}, headers=headers)
    forget(hub, BOB)
    letters.work(hub)
    assert all("evil.example" not in letter.text + letter.html for letter in letters.to(hub, BOB))


@pytest.mark.parametrize("path", ["/passwort-vergessen", "/passwort-neu/x", "/einladung/x", "/adresse-bestaetigen/x"])
def test_forms_of_others_are_refused(hub: Hub, path: str) -> None:
    """No token of the form, no deed (CSRF)."""
    answer = hub.app.test_client().post(path, data={"email": BOB, "neu": NEW, "wiederholt": NEW})
    assert answer.status_code == 400
    with hub.at():
        assert reading().scalar(sa.select(sa.func.count()).select_from(ResetWish)) == 0


def test_an_administrator_sends_a_link_and_never_sees_it(hub: Hub) -> None:
    """The old password stays good until the link is used."""
    alice = Browser(hub.app)
    alice.sign_in("alice@wilster.example")
    with hub.at():
        number = accounts.by_email(BOB).id
    alice.open(f"/verwaltung/personen/{number}")
    answer = alice.send(form=".//form[contains(@action, '/passwort')]", passwort=PASSWORD)
    page = alice.follow(answer).text
    [letter] = letters.to(hub, BOB)
    assert letters.link(letter) not in page
    assert Browser(hub.app).sign_in(BOB).status_code == 303
    with hub.at():
        token = sessions.open(
            BOB, PASSWORD, address="", device="", secret=SECRET, lasting=timedelta(hours=1), now=utcnow()
        )
        assert sessions.viewer_of(token, utcnow()).signed_in


class statements:  # noqa: N801 - used like a function
    """Collects what the database is asked, without the values."""

    def __init__(self, hub: Hub, into: list[str]) -> None:
        with hub.at():
            self._engine = db.engine
        self._into = into

    def __enter__(self) -> None:
        sa.event.listen(self._engine, "before_cursor_execute", self._note)

    def __exit__(self, *_error: object) -> None:
        sa.event.remove(self._engine, "before_cursor_execute", self._note)

    def _note(self, _c: object, _k: object, statement: str, *_more: object) -> None:
        self._into.append(statement)
