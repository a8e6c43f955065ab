"""Invitations, from the administrator's form to the first sign-in, and everything that is refused on the way."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.network.node import utcnow
from hubnode.people import accounts
from hubnode.people.link_models import PersonInvitation
from hubnode.people.models import SignIn
from tests.hubnode.hubs import Hub, every_value
from tests.hubnode.web import letters
from tests.hubnode.web.browsing import PASSWORD, Browser

DORA = "dora@amt.example"
NEW = "Störche klappern im Frühjahr"
INVITE = ".//form[@action='/verwaltung/personen/einladen']"


@pytest.fixture
def alice(hub: Hub) -> Browser:
    """The administrator, signed in."""
    browser = Browser(hub.app)
    browser.keep_signed_in("alice@wilster.example")
    return browser


def invite(alice: Browser, email: str = DORA, role: str = "editor", **more: str) -> int:
    """Fill in the form; answers the status."""
    alice.open("/verwaltung/personen")
    wanted = {"passwort": PASSWORD} | more
    return alice.send(form=INVITE, adresse=email, rolle=role, **wanted).status_code


def accept(hub: Hub, path: str, **typed: str) -> tuple[Browser, int]:
    """Open the link as a new person and send the form."""
    browser = Browser(hub.app)
    assert browser.open(path).status_code == 200
    wanted = {"name": "Dora Probe", "neu": NEW, "wiederholt": NEW} | typed
    return browser, browser.send(**wanted).status_code


def test_who_is_invited_makes_an_account_and_signs_in(hub: Hub, alice: Browser) -> None:
    """The role is the invitation's, the password nobody else's, and the letter says all of it in both forms."""
    assert invite(alice) == 303
    [letter] = letters.to(hub, DORA)
    assert letter.subject == "Ihre Einladung: Digital Hub Wilster"
    for words in (letter.text, letter.html):
        assert "Ihre Rolle: Redaktion" in words
        assert letters.link(letter) in words
    dora, status = accept(hub, letters.link(letter))
    assert status == 303
    assert dora.open("/anmelden?ok=angelegt").status_code == 200
    assert "Ihr Konto ist angelegt" in dora.text()
    assert dora.sign_in(DORA, NEW).location == "/redaktion"
    with hub.at():
        assert (accounts.by_email(DORA).role, accounts.by_email(DORA).name) == ("editor", "Dora Probe")
        assert reading().scalar(sa.select(sa.func.count()).select_from(PersonInvitation)) == 0


def test_an_invitation_makes_one_account(hub: Hub, alice: Browser) -> None:
    """The second use is told that the link has ended, like one that never was."""
    invite(alice)
    path = letters.link(letters.to(hub, DORA)[0])
    accept(hub, path)
    stranger = Browser(hub.app)
    for address in (path, "/einladung/" + "x" * 43):
        assert stranger.open(address).status_code == 410
        assert "Dieser Link gilt nicht mehr" in stranger.text()
    stranger.open("/anmelden")
    answer = stranger.send(path, form=".//form[@action='/anmelden']", name="Eve", neu=NEW, wiederholt=NEW)
    assert answer.status_code == 410


def test_an_expired_invitation_is_refused_and_can_be_sent_again(hub: Hub, alice: Browser) -> None:
    """With a new link; the old one stays ended."""
    invite(alice)
    old = letters.link(letters.to(hub, DORA)[0])
    with hub.at(), transaction() as session:
        session.execute(sa.update(PersonInvitation).values(expires_at=utcnow()))
    assert Browser(hub.app).open(old).status_code == 410
    alice.open("/verwaltung/personen")
    assert "abgelaufen" in alice.text()
    assert alice.send(form=".//form[contains(@action, 'einladungen')]", passwort=PASSWORD).status_code == 303
    new = letters.link(letters.to(hub, DORA)[0])
    assert new != old
    assert Browser(hub.app).open(old).status_code == 410
    assert accept(hub, new)[1] == 303


def test_a_withdrawn_invitation_is_refused(hub: Hub, alice: Browser) -> None:
    """From that moment."""
    invite(alice)
    path = letters.link(letters.to(hub, DORA)[0])
    alice.open("/verwaltung/personen")
    button = alice.page.xpath("string(.//button[contains(@formaction, 'zurueckziehen')]/@formaction)")
    form = ".//form[contains(@action, 'einladungen')]"
    assert alice.send(button, form=form, passwort=PASSWORD).status_code == 303
    assert Browser(hub.app).open(path).status_code == 410


def test_nobody_gives_oneself_another_role_or_address(hub: Hub, alice: Browser) -> None:
    """What the form does not ask, it does not take."""
    invite(alice, role="staff")
    path = letters.link(letters.to(hub, DORA)[0])
    accept(hub, path, rolle="admin", role="admin", email="alice@wilster.example", active="1", id="1")
    with hub.at():
        dora = accounts.by_email(DORA)
        assert (dora.role, dora.id > 3) == ("staff", True)
    browser = Browser(hub.app)
    browser.sign_in(DORA, NEW)
    browser.open("/konto")
    form = ".//form[@action='/konto/passwort']"
    browser.send(form=form, alt=NEW, neu=PASSWORD, wiederholt=PASSWORD, rolle="admin", role="admin")
    with hub.at():
        assert accounts.by_email(DORA).role == "staff"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": " "}, "Geben Sie Ihren Namen ein"),
        ({"name": "Dora\r\nBcc: eve@evil.example"}, "Geben Sie Ihren Namen ein"),
        ({"name": "Dora\u202eevil"}, "Geben Sie Ihren Namen ein"),
        ({"neu": "kurz", "wiederholt": "kurz"}, "Verwenden Sie mindestens 12 Zeichen"),
        ({"neu": "Dora Probe 12", "wiederholt": "Dora Probe 12"}, "nicht Ihren Namen"),
        ({"wiederholt": "etwas ganz anderes"}, "zweimal dasselbe"),
    ],
)
def test_a_bad_name_or_password_uses_nothing_up(hub: Hub, alice: Browser, typed: dict[str, str], words: str) -> None:
    """The page says what to do, and the link still works."""
    invite(alice)
    path = letters.link(letters.to(hub, DORA)[0])
    browser, status = accept(hub, path, **typed)
    assert status == 422
    assert words in browser.text()
    assert accept(hub, path)[1] == 303


@pytest.mark.parametrize(
    ("email", "role", "words"),
    [
        ("dora@amt.example\r\nBcc: eve@evil.example", "staff", "Das ist keine E-Mail-Adresse"),
        ("dora@amt.example,eve@evil.example", "staff", "Das ist keine E-Mail-Adresse"),
        ("Dora <dora@amt.example>", "staff", "Das ist keine E-Mail-Adresse"),
        ("bob@wilster.example", "staff", "Zu dieser Adresse gibt es schon ein Konto"),
        (DORA, "king", "Wählen Sie eine Rolle"),
        (DORA, "", "Wählen Sie eine Rolle"),
    ],
)
def test_an_invitation_that_cant_be_is_refused(hub: Hub, alice: Browser, email: str, role: str, words: str) -> None:
    """Nothing is written to anybody."""
    assert invite(alice, email, role) == 422
    assert words in alice.text()
    with hub.at():
        assert reading().scalar(sa.select(sa.func.count()).select_from(PersonInvitation)) == 0


def test_inviting_asks_for_the_password(hub: Hub, alice: Browser) -> None:
    """An open browser is not enough."""
    assert invite(alice, passwort="falsch") == 422
    assert "Das Passwort stimmt nicht" in alice.text()
    assert letters.to(hub, DORA) == []


def test_no_link_lies_readable_in_the_database(hub: Hub, alice: Browser) -> None:
    """Neither the token nor, of the letter, the address that it goes to."""
    invite(alice)
    token = letters.link(letters.to(hub, DORA)[0]).rsplit("/", 1)[1]
    with hub.at(), transaction() as session:
        session.execute(sa.delete(PersonInvitation))
        kept = every_value(session)
    assert token.lower() not in kept
    assert DORA not in kept


def test_accepting_signs_nobody_in(hub: Hub, alice: Browser) -> None:
    """A session that somebody else prepared in this browser gets nothing."""
    invite(alice)
    browser, _status = accept(hub, letters.link(letters.to(hub, DORA)[0]))
    assert browser.cookie("sitzung") is None
    with hub.at():
        assert reading().scalar(sa.select(sa.func.count()).select_from(SignIn)) == 1
