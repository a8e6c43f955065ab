"""The doors of the second step and of one's own factors, without scripts where there is a way without."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pyotp
import pytest

from hubnode.app import create_app
from hubnode.config import BadSettings
from hubnode.db import transaction
from hubnode.network.node import utcnow
from hubnode.people import accounts, enrolling, sessions
from hubnode.people.confirming import Oneself
from tests.hubnode.hubs import Hub, close, make_hub
from tests.hubnode.people.authenticator import Authenticator
from tests.hubnode.web.browsing import PASSWORD, Browser
from tests.hubnode.web.desk import ROLES, account

SECOND = ".//form[@action='/anmelden/zweiter-schritt']"
OWN = "/konto/zweiter-faktor"
APP, APP_GONE, CODES = (f".//form[@action='{OWN}/{name}']" for name in ("app", "app/entfernen", "codes"))
FIRST_CODE = f".//form[@action='{OWN}/app/code']"
NAME = "http://localhost:5991"


@pytest.fixture
def named(tmp_path: Path, template: Path, password_hash: str) -> Iterator[Hub]:
    """A hub under a name, as passkeys need it."""
    made = make_hub(tmp_path / "named", template, "Wilster", 5991, pages=True, host="localhost")
    with made.at(), transaction() as session:
        session.add_all(account(name, role, password_hash) for name, role in ROLES.items())
    yield made
    close(made)


def enrol(hub: Hub, name: str = "bob") -> tuple[pyotp.TOTP, list[str]]:
    """Somebody's app, and the recovery codes."""
    with hub.at():
        person = accounts.by_email(f"{name}@wilster.example")
        proof, now, secret = Oneself(person.id, person.role), utcnow(), hub.settings.secret_key
        enrolling.offer_app(proof, now, secret)
        app = pyotp.TOTP(enrolling.offered_app(person.id, now, secret))
        return app, list(enrolling.confirm_app(proof, app.now(), now, secret))


def signed_in(hub: Hub, browser: Browser) -> str | None:
    """As whom the browser is signed in."""
    with hub.at():
        return sessions.viewer_of(browser.cookie("sitzung_"), utcnow()).name


def key_on(browser: Browser) -> pyotp.TOTP:
    """The app that has read the key on the page."""
    return pyotp.TOTP(browser.text(".//*[@aria-labelledby='schluessel']").replace(" ", ""))


def test_somebody_enrols_an_app_and_signs_in_by_two_steps(hub: Hub, bob: Browser) -> None:
    bob.open("/konto")
    bob.open(OWN)
    page = bob.follow(bob.send(form=APP, passwort=PASSWORD))
    assert page.headers["Cache-Control"] == "no-store"
    assert bob.page.xpath("//img[starts-with(@src, 'data:image/svg+xml')]")
    app = key_on(bob)
    bob.send(form=FIRST_CODE, code=app.now())
    codes = [item.text_content() for item in bob.page.xpath("//ol[contains(@class, 'hub-codes')]/li")]
    assert len(codes) == 10
    bob.open("/konto")
    assert "mit: Passwort und Code aus der App" in bob.text()

    other = Browser(hub.app)
    answer = other.sign_in("bob@wilster.example", next="/konto", bleiben="1")
    assert answer.location == "/anmelden/zweiter-schritt?next=/konto"
    assert signed_in(hub, other) is None
    other.follow(answer)
    assert other.send(form=SECOND, code="000000").status_code == 422
    assert "Der Code stimmt nicht" in other.text("//*[@id='code-error']")
    answer = other.send(form=SECOND, code=codes[0])
    assert (answer.status_code, answer.location) == (303, "/konto")
    assert any("Max-Age=1209600" in line for line in answer.headers.getlist("Set-Cookie"))
    assert signed_in(hub, other) == "Bob"
    assert other.cookie("schritt_") is None
    other.open("/konto")
    assert "mit: Passwort und Wiederherstellungscode" in other.text()


def test_half_a_sign_in_opens_no_page(hub: Hub, visitor: Browser) -> None:
    enrol(hub)
    visitor.sign_in("bob@wilster.example")
    for path in ("/konto", OWN, "/redaktion"):
        assert visitor.open(path).location.startswith("/anmelden?")
    assert visitor.open("/anmelden/einrichten").location == "/anmelden?grund=zweiter-schritt"


@pytest.mark.parametrize("path", ["/anmelden/zweiter-schritt", "/anmelden/einrichten"])
def test_without_a_first_step_there_is_no_second(visitor: Browser, path: str) -> None:
    visitor.follow(visitor.open(path))
    assert "Melden Sie sich bitte noch einmal an" in visitor.text()
    for place in (path, f"{path}/aufgabe", f"{path}/passkey"):
        visitor.open("/anmelden")
        assert visitor.send(place, form=".//form[@action='/anmelden']", code="123456").status_code in (303, 405)


def test_the_second_step_wants_its_form_token(hub: Hub, visitor: Browser) -> None:
    _, codes = enrol(hub)
    visitor.follow(visitor.sign_in("bob@wilster.example"))
    assert visitor.send(form=SECOND, code=codes[0], drop=("csrf_token",)).status_code == 400
    assert signed_in(hub, visitor) is None


def test_guessing_the_code_is_slowed_down(hub: Hub, visitor: Browser) -> None:
    enrol(hub)
    visitor.follow(visitor.sign_in("bob@wilster.example"))
    for _ in range(5):
        assert visitor.send(form=SECOND, code="000000").status_code == 422
    assert visitor.send(form=SECOND, code="000000").status_code == 429
    assert "Zu viele Versuche." in visitor.text()


@pytest.mark.parametrize(
    ("form", "words"), [(APP, "Andere App einrichten"), (APP_GONE, "Entfernen"), (CODES, "Neue Codes ausgeben")]
)
def test_factors_are_changed_only_after_both_are_shown_again(hub: Hub, bob: Browser, form: str, words: str) -> None:
    _, codes = enrol(hub)
    bob.open(OWN)
    assert words in bob.text(form)
    for given in ({}, {"passwort": "falsch"}, {"passwort": PASSWORD}, {"passwort": PASSWORD, "code": "000000"}):
        assert bob.send(form=form, **given).status_code == 422
        assert "Noch nichts geändert" in bob.text()
        bob.open(OWN)
    assert bob.send(form=form, passwort=PASSWORD, code=codes[0]).status_code in (200, 303)


def test_removing_the_app_makes_the_password_enough_again(hub: Hub, bob: Browser) -> None:
    _, codes = enrol(hub)
    bob.open(OWN)
    bob.follow(bob.send(form=APP_GONE, passwort=PASSWORD, code=codes[0]))
    assert "Die App ist entfernt." in bob.text()
    assert Browser(hub.app).sign_in("bob@wilster.example").location == "/redaktion"
    bob.open(OWN)
    assert bob.send(f"{OWN}/app/entfernen", form=APP).status_code == 404


def test_an_app_without_offer_is_not_confirmed(bob: Browser) -> None:
    assert bob.open(f"{OWN}/app").location == OWN
    bob.open(OWN)
    assert bob.send(f"{OWN}/app/code", form=APP, code="123456").location == OWN


def test_what_one_sign_in_has_confirmed_serves_no_other(hub: Hub, bob: Browser) -> None:
    bob.open(OWN)
    bob.follow(bob.send(form=APP, passwort=PASSWORD))
    app = key_on(bob)
    again = Browser(hub.app)
    again.sign_in("bob@wilster.example")
    again.open(OWN)
    assert again.send(f"{OWN}/app/code", form=APP, code=app.now()).location == OWN
    with hub.at():
        assert not enrolling.of(accounts.by_email("bob@wilster.example").id).app


@pytest.fixture
def strict(hub: Hub) -> Iterator[Hub]:
    """The same hub, whose administrators need a second factor."""
    settings = replace(hub.settings, second_factor_roles=("admin",))
    made = Hub(create_app(settings), settings)
    yield made
    close(made)


def test_a_role_that_needs_a_factor_enrols_one_and_can_do_nothing_before(strict: Hub) -> None:
    alice = Browser(strict.app)
    answer = alice.sign_in("alice@wilster.example", next="/verwaltung")
    assert answer.location == "/anmelden/einrichten?next=/verwaltung"
    alice.follow(answer)
    assert "Zweiten Faktor einrichten" in alice.text()
    for path in ("/konto", "/verwaltung", OWN, "/redaktion"):
        assert alice.open(path).location.startswith("/anmelden?")
    assert alice.open("/anmelden/zweiter-schritt").location.startswith("/anmelden?")
    alice.open("/anmelden/einrichten?next=/verwaltung")
    alice.follow(alice.send(form=".//form[@action='/anmelden/einrichten/app']"))
    app = key_on(alice)
    code = ".//form[@action='/anmelden/einrichten/code']"
    assert alice.send(form=code, code="000000").status_code == 422
    assert signed_in(strict, alice) is None
    answer = alice.send(form=code, code=app.now())
    assert answer.headers["Cache-Control"] == "no-store"
    assert alice.page.xpath("//a[@href='/verwaltung']")
    assert alice.open("/verwaltung").status_code == 200


def test_a_sign_in_from_before_the_rule_counts_for_nothing(hub: Hub, strict: Hub) -> None:
    alice, bob = Browser(hub.app), Browser(hub.app)
    for browser, name in ((alice, "alice"), (bob, "bob")):
        browser.sign_in(f"{name}@wilster.example")
        browser.client.application = strict.app
    assert alice.open("/verwaltung").location.startswith("/anmelden?")
    assert bob.open("/redaktion").status_code == 200


def test_a_role_that_there_is_not_refuses_to_start(hub: Hub) -> None:
    with pytest.raises(BadSettings, match="king"):
        create_app(replace(hub.settings, second_factor_roles=("admin", "king")))


def test_the_last_factor_of_such_a_role_stays(strict: Hub) -> None:
    _, codes = enrol(strict, "alice")
    alice = Browser(strict.app)
    alice.follow(alice.sign_in("alice@wilster.example"))
    alice.send(form=SECOND, code=codes[0])
    alice.open(OWN)
    assert alice.send(form=APP_GONE, passwort=PASSWORD, code=codes[1]).status_code == 409
    assert "Ihre Rolle verlangt einen zweiten Faktor." in alice.text()


def options(browser: Browser, place: str, form: str, **more: str) -> str:
    """What the page's script asks for before it turns to the authenticator."""
    [found] = browser.page.xpath(form)
    inputs = dict(found.form_values()) | more
    answer = browser.client.post(place, data=inputs)
    assert answer.status_code == 200, answer.text
    return answer.text


MAKE = f".//form[@action='{OWN}/passkeys']"
SHOW = ".//form[@action='/anmelden/passkey']"


def add_passkey(hub: Hub, browser: Browser) -> Authenticator:
    """Let the page make a passkey, as its script does."""
    device = Authenticator(NAME, "localhost")
    browser.open(OWN)
    asked = options(browser, f"{OWN}/passkeys/aufgabe", MAKE, passwort=PASSWORD)
    assert browser.send(form=MAKE, antwort=device.make(asked), name="Diensthandy").status_code == 200
    return device


def test_a_passkey_is_made_and_signs_in_alone(named: Hub) -> None:
    bob = Browser(named.app)
    bob.sign_in("bob@wilster.example")
    device = add_passkey(named, bob)
    bob.open(OWN)
    assert "Diensthandy" in bob.text()
    other = Browser(named.app)
    other.open("/anmelden?next=/konto")
    asked = options(other, "/anmelden/passkey/aufgabe", SHOW)
    answer = other.send(form=SHOW, antwort=device.show(asked))
    assert (answer.status_code, answer.location) == (303, "/konto")
    other.follow(answer)
    assert "mit: Passkey" in other.text()
    again = Browser(named.app)
    again.open("/anmelden")
    again.follow(again.send(form=SHOW, antwort=device.show(asked)))
    assert "Dieser Passkey gilt hier nicht." in again.text()
    assert signed_in(named, again) is None


def test_a_passkey_is_the_second_step_and_confirms(named: Hub) -> None:
    alice = Browser(named.app)
    alice.sign_in("alice@wilster.example")
    device = add_passkey(named, alice)
    other = Browser(named.app)
    other.follow(other.sign_in("alice@wilster.example"))
    form = ".//form[@action='/anmelden/zweiter-schritt/passkey']"
    asked = options(other, "/anmelden/zweiter-schritt/aufgabe", form)
    assert other.send(form=form, antwort=replace(device, origin="http://evil.example").show(asked)).status_code == 422
    assert signed_in(named, other) is None
    asked = options(other, "/anmelden/zweiter-schritt/aufgabe", form)
    other.send(form=form, antwort=device.show(asked))
    assert signed_in(named, other) == "Alice"
    other.open(OWN)
    assert other.send(form=CODES, passwort=PASSWORD).status_code == 422
    asked = options(other, f"{OWN}/bestaetigen", CODES)
    assert other.send(form=CODES, passkey=device.show(asked)).status_code == 200
    other.open(OWN)
    assert "Sie haben sich gerade erst bestätigt." in other.text(CODES)
    assert other.send(form=CODES).status_code == 200


def test_keys_ask_each_time_and_take_a_passkey(named: Hub) -> None:
    alice = Browser(named.app)
    alice.sign_in("alice@wilster.example")
    device = add_passkey(named, alice)
    rotate = ".//form[contains(@action, 'erneuern')]"
    alice.open("/verwaltung/schluessel")
    assert "gerade erst bestätigt" not in alice.text(rotate)
    assert alice.send(form=rotate).status_code == 422
    asked = options(alice, f"{OWN}/bestaetigen", rotate)
    assert alice.send(form=rotate, passkey=device.show(asked)).status_code == 303


def test_who_has_just_confirmed_is_not_asked_again_except_for_keys(hub: Hub) -> None:
    alice = Browser(hub.app)
    alice.sign_in("alice@wilster.example")
    withdraw = ".//form[@action='/verwaltung/hubs/einladungen-zurueckziehen']"
    invite = ".//form[@action='/verwaltung/hubs/einladen']"
    alice.open("/verwaltung/hubs")
    assert alice.send(form=invite).status_code == 422
    assert alice.send(form=invite, passwort=PASSWORD).status_code == 200
    alice.open("/verwaltung/hubs")
    assert "Sie haben sich gerade erst bestätigt." in alice.text(withdraw)
    assert alice.send(form=withdraw, passwort="falsch").status_code == 422
    assert alice.send(form=withdraw).status_code == 303
    alice.open("/verwaltung/schluessel")
    assert alice.send(form=".//form[contains(@action, 'erneuern')]").status_code == 422


def test_no_passkey_is_made_without_confirmation(named: Hub) -> None:
    bob = Browser(named.app)
    bob.sign_in("bob@wilster.example")
    bob.open(OWN)
    inputs = dict(bob.page.xpath(MAKE)[0].form_values())
    answer = bob.client.post(f"{OWN}/passkeys/aufgabe", data=inputs | {"passwort": "falsch"})
    assert answer.status_code == 422
    assert json.loads(answer.text)["words"] == "Das Passwort stimmt nicht. Es ist nichts geändert."
    assert bob.send(form=MAKE, antwort="{}").location == OWN


def test_under_a_number_there_are_no_passkeys_and_the_page_says_so(bob: Browser, visitor: Browser) -> None:
    bob.open(OWN)
    assert not bob.page.xpath(MAKE)
    assert "Hier sind Passkeys nicht möglich" in bob.text()
    visitor.open("/anmelden")
    assert not visitor.page.xpath(SHOW)


def test_an_administrator_lets_somebody_in_who_has_lost_everything(hub: Hub) -> None:
    enrol(hub)
    alice = Browser(hub.app)
    alice.sign_in("alice@wilster.example")
    with hub.at():
        path = f"/verwaltung/personen/{accounts.by_email('bob@wilster.example').id}"
    alice.open(path)
    form = f".//form[@action='{path}/faktoren']"
    assert alice.send(form=form, passwort="falsch").status_code == 422
    alice.follow(alice.send(form=form, passwort=PASSWORD))
    assert "Die zweiten Faktoren sind entfernt" in alice.text()
    assert not alice.page.xpath(form)
    assert Browser(hub.app).sign_in("bob@wilster.example").location == "/redaktion"


SCRIPTED: Callable[[str], list[str]] = re.compile(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", re.IGNORECASE).findall


def test_the_pages_carry_no_script_and_no_style_of_their_own(named: Hub) -> None:
    bob = Browser(named.app)
    bob.sign_in("bob@wilster.example")
    pages = [bob.open(OWN)]
    pages.append(bob.follow(bob.send(form=APP, passwort=PASSWORD)))
    pages.append(bob.send(form=FIRST_CODE, code=key_on(bob).now()))
    assert [SCRIPTED(page.text) for page in pages] == [[], [], []]
