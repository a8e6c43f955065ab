"""The pages of administrators about people and letters, through their doors."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hubnode.db import transaction
from hubnode.mail import outbox
from hubnode.mail.models import MailOut
from hubnode.mail.rendering import Letter
from hubnode.people import accounts
from tests.hubnode.hubs import NOW, Hub
from tests.hubnode.web import letters
from tests.hubnode.web.browsing import PASSWORD, Browser

DEEDS = ("rolle", "sperren", "entsperren", "abmelden", "passwort")


@pytest.fixture
def alice(hub: Hub) -> Browser:
    """The administrator, signed in."""
    browser = Browser(hub.app)
    browser.keep_signed_in("alice@wilster.example")
    return browser


def number(hub: Hub, name: str) -> int:
    """The number of an account."""
    with hub.at():
        return accounts.by_email(f"{name}@wilster.example").id


def act(alice: Browser, person: int, deed: str, password: str = PASSWORD, **typed: str) -> int:
    """Send one form of a person's page; answers the status."""
    alice.open(f"/verwaltung/personen/{person}")
    return alice.send(form=f".//form[contains(@action, '/{deed}')]", passwort=password, **typed).status_code


def test_people_are_listed_and_their_role_is_changed(hub: Hub, alice: Browser, bob: Browser) -> None:
    """The person signs in anew, as somebody else."""
    alice.open("/verwaltung")
    assert alice.page.xpath(".//a[@href='/verwaltung/personen']")
    alice.open("/verwaltung/personen")
    assert [" ".join(name.text_content().split()) for name in alice.page.xpath(".//tbody//th")] == [
        "Alice",
        "Bob",
        "Charlie",
    ]
    assert act(alice, number(hub, "bob"), "rolle", rolle="staff") == 303
    assert bob.open("/redaktion").status_code == 303
    assert bob.sign_in("bob@wilster.example").location == "/"
    assert bob.open("/redaktion").status_code == 403


def test_a_locked_account_is_out_until_it_is_unlocked(hub: Hub, alice: Browser, bob: Browser) -> None:
    """At once, and for every sign-in."""
    person = number(hub, "bob")
    assert act(alice, person, "sperren") == 303
    assert bob.open("/konto").status_code == 303
    assert bob.sign_in("bob@wilster.example").status_code == 422
    alice.open("/verwaltung/personen")
    assert "gesperrt" in alice.text(".//tr[contains(., 'bob@')]")
    assert act(alice, person, "entsperren") == 303
    assert bob.sign_in("bob@wilster.example").status_code == 303


def test_the_last_administrator_cant_lock_the_hub_out(hub: Hub, alice: Browser) -> None:
    """Neither by role nor by locking; the page says what to do first."""
    person = number(hub, "alice")
    for deed, typed in (("rolle", {"rolle": "staff"}), ("sperren", {})):
        assert act(alice, person, deed, **typed) == 409
        assert "Geben Sie die Rolle zuerst noch jemandem" in alice.text()
    assert alice.open("/verwaltung").status_code == 200


@pytest.mark.parametrize("deed", DEEDS)
def test_every_deed_asks_for_the_password_and_for_the_role(hub: Hub, bob: Browser, alice: Browser, deed: str) -> None:
    """An open browser is not enough, a coordinator neither, and a form of another site not at all."""
    person = number(hub, "charlie")
    path = f"/verwaltung/personen/{person}/{deed}"
    alice.open("/verwaltung/personen")
    form = ".//form[@action='/verwaltung/personen/einladen']"
    assert alice.send(path, form=form, passwort="falsch", rolle="admin").status_code == 422
    bob.open("/konto")
    assert bob.send(path, form=".//form[@action='/abmelden']", passwort=PASSWORD, rolle="admin").status_code == 403
    assert bob.client.post(path, data={"passwort": PASSWORD}).status_code == 400
    with hub.at():
        charlie = accounts.by_id(person)
        assert (charlie.role, charlie.active) == ("staff", True)
    assert letters.to(hub, "charlie@wilster.example") == []


def test_there_is_no_such_person_or_deed(hub: Hub, alice: Browser) -> None:
    """Numbers are no secret, but nothing hides behind wrong ones."""
    assert alice.open("/verwaltung/personen/4711").status_code == 404
    for path in ("/verwaltung/personen/4711/sperren", f"/verwaltung/personen/{number(hub, 'bob')}/loeschen"):
        alice.open(f"/verwaltung/personen/{number(hub, 'bob')}")
        assert alice.send(path, form=".//form[contains(@action, '/sperren')]", passwort=PASSWORD).status_code == 404


def test_a_letter_that_was_given_up_is_shown_with_its_reason_and_tried_again(hub: Hub, alice: Browser) -> None:
    """Or thrown away."""
    with hub.at(), transaction() as session:
        values = {"link": "/x", "role": "r", "until": "u"}
        outbox.put(session, Letter("dora@amt.example", "de", "invitation", values), NOW)
        session.flush()
        session.execute(sa.update(MailOut).values(state="dead", error="refused", due_at=None, attempts=9))
    alice.open("/verwaltung/nachrichten")
    assert "endgültig abgelehnt" in alice.text()
    assert "dora@amt.example" in alice.text()
    assert alice.send(button="erneut").status_code == 303
    with hub.at():
        assert [(one.state, one.attempts) for one in outbox.mailbox()] == [("waiting", 0)]
        with transaction() as session:
            session.execute(sa.update(MailOut).values(state="dead", error="refused", due_at=None))
    alice.open("/verwaltung/nachrichten")
    assert alice.send(button="verwerfen").status_code == 303
    with hub.at():
        assert outbox.mailbox() == []


def test_the_mailbox_of_the_demo_shows_what_would_be_sent_and_is_nowhere_else(hub: Hub, visitor: Browser) -> None:
    """In production there is no such page, and with a mail server neither."""
    with hub.at(), transaction() as session:
        values = {"link": "/einladung/x", "role": "<b>r</b>", "until": "u"}
        outbox.put(session, Letter("dora@amt.example", "de", "invitation", values), NOW)
    with hub.at():
        [one] = outbox.mailbox()
        outbox.deliver(hub.settings, one.id, NOW)
        assert outbox.mailbox()[0].state == "kept"
    page = visitor.open("/postfach")
    assert page.status_code == 200
    assert "Ihre Einladung" in visitor.text()
    assert "&lt;b&gt;r&lt;/b&gt;" in page.text
    letter = visitor.open(f"/postfach/{one.id}")
    assert letter.status_code == 200
    assert letter.headers["Content-Security-Policy"].startswith("sandbox;")
    assert visitor.open("/postfach/4711").status_code == 404
    object.__setattr__(hub.settings, "smtp_host", "mail.example")
    assert visitor.open("/postfach").status_code == 404
    assert visitor.open(f"/postfach/{one.id}").status_code == 404
    object.__setattr__(hub.settings, "smtp_host", "")
    object.__setattr__(hub.settings, "mode", "production")
    assert visitor.open("/postfach").status_code == 404
