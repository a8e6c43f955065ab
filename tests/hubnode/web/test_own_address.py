"""Another mail address: confirmed at the new one, told to the old one, and nobody else's."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hubnode.db import transaction
from hubnode.network.node import utcnow
from hubnode.people import accounts
from hubnode.people.link_models import AccountLink
from tests.hubnode.hubs import Hub
from tests.hubnode.web import letters
from tests.hubnode.web.browsing import PASSWORD, Browser

BOB, NEW = "bob@wilster.example", "robert@amt.example"
FORM = ".//form[@action='/konto/adresse']"


def ask(browser: Browser, address: str = NEW, password: str = PASSWORD) -> int:
    """Fill in the form; answers the status."""
    browser.open("/konto/adresse")
    return browser.send(form=FORM, adresse=address, passwort=password).status_code


def test_the_new_address_counts_once_it_is_confirmed(hub: Hub, bob: Browser) -> None:
    """The old one hears of it twice; other sign-ins end, this one goes on."""
    elsewhere = Browser(hub.app)
    elsewhere.sign_in(BOB)
    assert ask(bob) == 303
    assert letters.to(hub, BOB)[0].subject == "Ihre E-Mail-Adresse soll geändert werden: Digital Hub Wilster"
    with hub.at():
        assert accounts.by_email(BOB).name == "Bob"
    path = letters.link(letters.to(hub, NEW)[0])
    bob.open(path)
    with hub.at():
        assert accounts.by_email(BOB).name == "Bob"  # looking changes nothing: mail programs open links
    assert bob.send(form=f".//form[@action='{path}']").status_code == 200
    assert NEW in bob.text()
    with hub.at():
        assert accounts.by_email(NEW).name == "Bob"
    assert letters.to(hub, BOB)[0].subject == "Ihre E-Mail-Adresse wurde geändert: Digital Hub Wilster"
    assert bob.open("/konto").status_code == 200
    assert elsewhere.open("/konto").status_code == 303
    assert Browser(hub.app).open(path).status_code == 410
    assert Browser(hub.app).sign_in(NEW).status_code == 303


def test_whether_an_address_has_an_account_is_not_told(hub: Hub, bob: Browser) -> None:
    """The same answer for a colleague's address; the link then leads nowhere."""
    assert ask(bob, "charlie@wilster.example") == ask(bob, "nobody@wilster.example") == 303
    ask(bob, "charlie@wilster.example")
    path = letters.link(letters.to(hub, "charlie@wilster.example")[0])
    charlie = Browser(hub.app)
    charlie.open(path)
    assert charlie.send(form=f".//form[@action='{path}']").status_code == 410
    with hub.at():
        assert accounts.by_email("charlie@wilster.example").name == "Charlie"


def test_a_new_password_ends_an_open_change(hub: Hub, bob: Browser) -> None:
    """What somebody else has begun with a stolen sign-in."""
    ask(bob)
    bob.open("/konto")
    new = "Störche klappern im Frühjahr"
    bob.send(form=".//form[@action='/konto/passwort']", alt=PASSWORD, neu=new, wiederholt=new)
    assert Browser(hub.app).open(letters.link(letters.to(hub, NEW)[0])).status_code == 410


def test_an_expired_or_replaced_link_is_refused(hub: Hub, bob: Browser) -> None:
    """Only the latest counts, for a day."""
    ask(bob)
    ask(bob, "bob@amt.example")
    assert Browser(hub.app).open(letters.link(letters.to(hub, NEW)[0])).status_code == 410
    path = letters.link(letters.to(hub, "bob@amt.example")[0])
    assert Browser(hub.app).open(path).status_code == 200
    with hub.at(), transaction() as session:
        session.execute(sa.update(AccountLink).values(expires_at=utcnow()))
    assert Browser(hub.app).open(path).status_code == 410


@pytest.mark.parametrize(
    ("address", "password", "words"),
    [
        (NEW, "falsch", "Das Passwort stimmt nicht"),
        (BOB, PASSWORD, "Das ist schon die Adresse Ihres Kontos"),
        ("robert@amt.example\r\nBcc: eve@evil.example", PASSWORD, "Das ist keine E-Mail-Adresse"),
        ("eve@evil.example,robert@amt.example", PASSWORD, "Das ist keine E-Mail-Adresse"),
        ("", PASSWORD, "Das ist keine E-Mail-Adresse"),
    ],
)
def test_what_is_refused_writes_to_nobody(hub: Hub, bob: Browser, address: str, password: str, words: str) -> None:
    """And says what to do."""
    assert ask(bob, address, password) == 422
    assert words in bob.text()
    assert letters.to(hub, NEW) == letters.to(hub, BOB) == []


def test_nobody_floods_the_mailboxes_of_others(hub: Hub, bob: Browser) -> None:
    """After a few letters it takes longer and longer."""
    statuses = [ask(bob, f"person{n}@amt.example") for n in range(6)]
    assert statuses == [303] * 5 + [429]


def test_a_link_of_one_purpose_opens_nothing_else(hub: Hub, bob: Browser) -> None:
    """Neither a password nor an account."""
    ask(bob)
    token = letters.link(letters.to(hub, NEW)[0]).rsplit("/", 1)[1]
    for place in ("/passwort-neu/", "/einladung/"):
        assert Browser(hub.app).open(place + token).status_code == 410
