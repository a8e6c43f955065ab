"""The doors of sign-in and of one's own account."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hubnode.app import create_app
from hubnode.network.node import utcnow
from hubnode.people import accounts, administering, sessions
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.people.viewer import Viewer
from tests.hubnode.hubs import Hub, close
from tests.hubnode.web.browsing import PASSWORD, Browser

NEW = "Störche klappern im Frühjahr"
OUT = ".//form[@action='/abmelden']"
SIGN_IN = ".//form[@action='/anmelden']"
CHANGE = ".//form[@action='/konto/passwort']"


def viewer(hub: Hub, browser: Browser) -> Viewer:
    """Who the hub takes this browser for."""
    with hub.at():
        return sessions.viewer_of(browser.cookie("sitzung_"), utcnow())


def test_bob_signs_in_and_comes_to_his_desk(hub: Hub, visitor: Browser) -> None:
    answer = visitor.sign_in("BOB@wilster.example")
    assert (answer.status_code, answer.location) == (303, "/redaktion")
    assert viewer(hub, visitor).name == "Bob"
    [kept] = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("sitzung_5991=")]
    assert "HttpOnly" in kept
    assert "SameSite=Lax" in kept
    assert "Max-Age" not in kept


def test_who_wants_to_stay_signed_in_gets_a_lasting_cookie(visitor: Browser) -> None:
    answer = visitor.sign_in("bob@wilster.example", bleiben="1")
    assert any("Max-Age=1209600" in line for line in answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize("email", ["bob@wilster.example", "dora@wilster.example"])
def test_a_wrong_password_and_an_unknown_address_look_the_same(visitor: Browser, email: str) -> None:
    answer = visitor.sign_in(email, "Deichgraf reitet Rappen")
    assert answer.status_code == 422
    assert "E-Mail-Adresse oder Passwort stimmt nicht." in visitor.text()
    assert visitor.page.xpath("//input[@id='email']/@value") == [email]
    assert not visitor.page.xpath("//input[@id='passwort'][@value!='']")
    assert visitor.cookie("sitzung_") is None


def test_a_sign_in_without_form_token_is_refused(visitor: Browser) -> None:
    answer = visitor.client.post("/anmelden", data={"email": "bob@wilster.example", "passwort": PASSWORD})
    assert answer.status_code == 400
    assert visitor.cookie("sitzung_") is None


def test_guessing_is_slowed_down_whatever_address_the_request_claims(visitor: Browser) -> None:
    for number in range(5):
        visitor.open("/anmelden")
        visitor.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"203.0.113.{number}"
        assert visitor.send(form=SIGN_IN, email="bob@wilster.example", passwort="wrong").status_code == 422
    answer = visitor.sign_in("bob@wilster.example")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 15
    assert "Zu viele Versuche." in visitor.text()


def test_behind_a_web_server_of_ours_its_word_for_the_address_counts(hub: Hub) -> None:
    behind = Hub(create_app(replace(hub.settings, proxies=1)), hub.settings)
    browser = Browser(behind.app)
    for number in range(20):
        browser.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"203.0.113.{number}, 198.51.100.9"
        assert browser.sign_in(f"person{number}@wilster.example").status_code == 422
    assert browser.sign_in("person20@wilster.example").status_code == 429
    browser.client.environ_base["HTTP_X_FORWARDED_FOR"] = "198.51.100.9, 203.0.113.1"
    assert browser.sign_in("person21@wilster.example").status_code == 422
    close(behind)


def test_a_new_sign_in_replaces_the_token_of_the_old_one(hub: Hub, bob: Browser) -> None:
    old = bob.cookie("sitzung_")
    bob.open("/konto")
    answer = bob.send("/anmelden", form=CHANGE, email="charlie@wilster.example", passwort=PASSWORD)
    assert answer.status_code == 303
    assert viewer(hub, bob).name == "Charlie"
    with hub.at():
        assert not sessions.viewer_of(old, utcnow()).signed_in


@pytest.mark.parametrize("target", ["/redaktion/neu/projekte?von=start", "/konto"])
def test_after_signing_in_one_is_where_one_wanted_to_go(visitor: Browser, target: str) -> None:
    answer = visitor.follow(visitor.open(target))
    assert answer.status_code == 200
    answer = visitor.send(form=SIGN_IN, email="bob@wilster.example", passwort=PASSWORD)
    assert answer.location == target


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "evil",
        "javascript:alert(1)",
        "/anmelden",
    ],
)
def test_nobody_is_led_elsewhere_after_signing_in(visitor: Browser, target: str) -> None:
    visitor.open("/anmelden")
    answer = visitor.send(form=SIGN_IN, email="bob@wilster.example", passwort=PASSWORD, next=target)
    assert answer.location == "/"


def test_who_is_signed_in_needs_no_sign_in_page(bob: Browser) -> None:
    assert bob.open("/anmelden?next=/konto").location == "/konto"


def test_signing_out_ends_the_sign_in_at_the_hub_not_only_in_the_browser(hub: Hub, bob: Browser) -> None:
    token = bob.cookie("sitzung_")
    bob.open("/konto")
    bob.follow(bob.send(form=OUT))
    assert "Sie sind abgemeldet." in bob.text()
    assert bob.cookie("sitzung_") is None
    with hub.at():
        assert not sessions.viewer_of(token, utcnow()).signed_in


def test_signing_out_by_a_link_is_refused(bob: Browser) -> None:
    assert bob.open("/abmelden").status_code == 405
    assert bob.client.post("/abmelden").status_code == 400


@pytest.mark.parametrize("path", ["/konto", "/konto/passwort", "/konto/ueberall-abmelden"])
def test_an_account_is_for_the_signed_in_only(visitor: Browser, path: str) -> None:
    visitor.open("/anmelden")
    answer = visitor.open(path) if path == "/konto" else visitor.send(path)
    assert answer.status_code == 303
    assert answer.location.startswith("/anmelden")


def test_people_see_their_sign_ins_and_end_another_one(hub: Hub, bob: Browser) -> None:
    elsewhere = Browser(hub.app)
    elsewhere.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"
    elsewhere.sign_in("bob@wilster.example")
    bob.open("/konto")
    assert "Firefox, Windows" in bob.text()
    assert "Dieses Gerät" in bob.text()
    bob.follow(bob.send(form="(.//form[contains(@action, '/beenden')])[1]"))
    assert "Die Anmeldung ist beendet." in bob.text()
    assert elsewhere.open("/konto").status_code == 303


def test_nobody_ends_the_sign_in_of_somebody_else(hub: Hub, bob: Browser, charlie: Browser) -> None:
    charlie.open("/konto")
    [action] = charlie.page.xpath(".//form[contains(@action, '/beenden')]/@action")
    bob.open("/konto")
    assert bob.send(action, form=OUT).status_code == 404
    assert viewer(hub, charlie).signed_in


def test_signing_out_everywhere_ends_all(hub: Hub, bob: Browser) -> None:
    elsewhere = Browser(hub.app)
    elsewhere.sign_in("bob@wilster.example")
    bob.open("/konto")
    bob.follow(bob.send(form=".//form[@action='/konto/ueberall-abmelden']"))
    assert "Sie sind auf allen Geräten abgemeldet." in bob.text()
    assert not viewer(hub, elsewhere).signed_in


def test_a_new_password_takes_over_and_ends_other_sign_ins(hub: Hub, bob: Browser) -> None:
    elsewhere = Browser(hub.app)
    elsewhere.sign_in("bob@wilster.example")
    bob.open("/konto")
    bob.follow(bob.send(form=CHANGE, alt=PASSWORD, neu=NEW, wiederholt=NEW))
    assert "Ihr Passwort ist geändert." in bob.text()
    assert not viewer(hub, elsewhere).signed_in
    assert elsewhere.sign_in("bob@wilster.example").status_code == 422
    assert elsewhere.sign_in("bob@wilster.example", NEW).status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "again", "field", "words"),
    [
        ("wrong", NEW, NEW, "alt", "Das bisherige Passwort stimmt nicht."),
        (PASSWORD, NEW, NEW + "!", "wiederholt", "Die beiden neuen Passwörter sind verschieden."),
        (PASSWORD, "kurz", "kurz", "neu", "Verwenden Sie mindestens 12 Zeichen"),
        (PASSWORD, "passwortpasswort", "passwortpasswort", "neu", "Liste häufiger Passwörter"),
        (PASSWORD, "bob@wilster.example", "bob@wilster.example", "neu", "nicht Ihren Namen"),
    ],
)
def test_a_refused_password_is_named_at_its_field(
    bob: Browser, old: str, new: str, again: str, field: str, words: str
) -> None:
    bob.open("/konto")
    answer = bob.send(form=CHANGE, alt=old, neu=new, wiederholt=again)
    assert answer.status_code == 422
    assert words in bob.text(f".//*[@id='{field}-error']")
    assert bob.page.xpath(f".//*[@data-autofocus]//a[@href='#{field}']")
    assert not bob.page.xpath("//input[@type='password'][@value!='']")


def test_a_deactivated_account_is_out_at_once(hub: Hub, bob: Browser) -> None:
    with hub.at():
        administering.deactivate(OPERATOR_CONFIRMED, accounts.by_email("bob@wilster.example").id, utcnow())
    assert bob.open("/konto").status_code == 303
    assert bob.sign_in("bob@wilster.example").status_code == 422


def test_account_pages_are_never_stored(bob: Browser) -> None:
    assert bob.open("/konto").headers["Cache-Control"] == "no-store"
