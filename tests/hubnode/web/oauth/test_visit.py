"""Somebody of Hennstedt signs in at Wilster with the account at Hennstedt, and whoever pretends to is refused there."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from joserfc import jwt
from joserfc.jwk import OctKey

from federation import signin
from hubnode.db import reading
from hubnode.network.signing_in import hubs, tending
from hubnode.network.signing_in.models import SignInCode, SignInToken, UsedAssertion, Visit, Visitor
from hubnode.people import audit
from tests.hubnode.bodies import project
from tests.hubnode.hubs import every_value
from tests.hubnode.web.oauth.conftest import Traveller, Two, local, query


@pytest.fixture
def charlie(two: Two) -> Iterator[Traveller]:
    """Somebody of Hennstedt's staff; nobody lies afterwards."""
    yield two.traveller()
    two.liar.said = None


def out(person: Traveller) -> bool:
    """Whether Wilster does not know the person (any more)."""
    return person.away.open("/besuch").status_code == 303


def test_charlie_visits_wilster_with_the_account_of_hennstedt(two: Two, charlie: Traveller) -> None:
    charlie.away.open("/anmelden")
    assert "Mit meinem Hub anmelden" in charlie.away.text()
    assert charlie.away.page.xpath("//section//a/@href") == [f"/anmelden/hub/{signin.host_part(two.hennstedt.origin)}"]
    answer = charlie.visit()
    assert (answer.status_code, answer.location) == (303, "/besuch")
    charlie.away.open("/besuch")
    assert "Charlie (Hub Hennstedt)" in charlie.away.text(".//header")
    assert "charlie@hub.example" not in charlie.away.text(".//body")
    assert charlie.away.client.get("/konto").status_code in (303, 403), "a visitor has no account here"


def test_the_way_home_says_which_hub_asks_and_what_it_gets(two: Two) -> None:
    bob = two.traveller("bob@hub.example")
    answer = bob.ask(bob.set_out())
    assert answer.status_code == 200
    for words in ("Wilster", two.wilster.origin, "Ihren Namen", "Ihre E-Mail-Adresse, Ihr Passwort"):
        assert words in bob.home.text()


def test_a_visitor_sees_the_network_and_no_record_of_the_hub_itself(two: Two, charlie: Traveller) -> None:
    shared = two.wilster.publish("project", project("Deichkamera"), "network")
    inner = two.wilster.publish("project", project("Aktenkeller"), "hub")
    assert charlie.away.open(f"/projekte/{shared}").status_code == 404
    charlie.visit()
    assert charlie.away.open(f"/projekte/{shared}").status_code == 200
    assert charlie.away.open(f"/projekte/{inner}").status_code == 404
    charlie.away.open("/suche?q=Aktenkeller")
    assert not charlie.away.page.xpath(f"//a[contains(@href, '{inner}')]")
    for path in ("/redaktion", "/verwaltung", "/konto", "/konto/suchen"):
        assert charlie.away.open(path).status_code in (303, 403, 404), path


def test_after_a_visit_begins_one_is_where_one_wanted_to_go(charlie: Traveller) -> None:
    assert charlie.come_back(charlie.agree(charlie.set_out("/projekte"))).location == "/projekte"
    for elsewhere in ("https://evil.example", "//evil.example", "/%5Cevil.example"):
        assert charlie.come_back(charlie.agree(charlie.set_out(elsewhere))).location == "/"


def test_a_suspended_hub_loses_its_visitors_with_the_next_request(two: Two, charlie: Traveller) -> None:
    charlie.visit()
    assert not out(charlie)
    two.set_state(two.wilster, two.hennstedt, "suspended")
    try:
        assert out(charlie)
        host = signin.host_part(two.hennstedt.origin)
        assert charlie.away.open(f"/anmelden/hub/{host}").status_code == 403
        assert "gehört zurzeit nicht zum Verbund" in charlie.away.text()
        assert charlie.away.open("/anmelden").status_code == 200
        assert not charlie.away.page.xpath(f"//a[contains(@href, '{host}')][contains(@href, '/anmelden/hub/')]")
    finally:
        two.set_state(two.wilster, two.hennstedt, "active")


def test_a_hub_that_is_suspended_while_somebody_is_on_the_way_is_refused(two: Two, charlie: Traveller) -> None:
    back = charlie.agree(charlie.set_out())
    two.set_state(two.wilster, two.hennstedt, "suspended")
    try:
        assert charlie.come_back(back).status_code == 403
    finally:
        two.set_state(two.wilster, two.hennstedt, "active")
    assert out(charlie)


def test_an_unknown_hub_is_none(charlie: Traveller) -> None:
    assert charlie.away.open("/anmelden/hub/evil.example").status_code == 403
    assert charlie.away.open("/oauth/callback/evil.example?code=x&state=y&iss=z").status_code in (400, 403)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _, given: {**given, "state": "guessed"}, "nicht mehr gültig"),
        (lambda _, given: {name: given[name] for name in ("code", "iss")}, "nicht mehr gültig"),
        (lambda two, given: {**given, "iss": two.wilster.origin}, "von einem anderen Hub als gefragt"),
        (lambda _, given: {name: given[name] for name in ("code", "state")}, "von einem anderen Hub als gefragt"),
        (lambda _, given: {**given, "code": "guessed"}, "nicht bestätigt"),
        (lambda _, given: {name: given[name] for name in ("state", "iss")}, "nicht bestätigt"),
        (lambda _, given: {**given, "error": "access_denied"}, "nicht angemeldet"),
        (lambda _, given: {**given, "error": "server_error"}, "nicht bestätigt"),
    ],
)
def test_an_answer_that_does_not_fit_signs_nobody_in(
    two: Two, charlie: Traveller, change: Callable[[Two, dict[str, str]], dict[str, str]], words: str
) -> None:
    back = charlie.agree(charlie.set_out())
    answer = charlie.away.open(f"{local(back.split('?')[0])}?{urlencode(change(two, query(back)))}")
    assert answer.status_code >= 400
    assert words in charlie.away.text()
    assert charlie.away.page.xpath("//main//a[@href='/anmelden']"), "the page says how to go on"
    assert out(charlie)


def test_an_answer_counts_once_and_in_the_browser_that_asked(two: Two, charlie: Traveller) -> None:
    back = charlie.agree(charlie.set_out())
    thief = two.traveller("bob@hub.example")
    assert thief.come_back(back).status_code == 400
    assert charlie.come_back(back).status_code == 303
    charlie.away.forget("sitzung_")
    assert charlie.come_back(back).status_code == 400
    assert out(charlie)


def test_an_answer_that_takes_too_long_is_late(two: Two, charlie: Traveller) -> None:
    back = charlie.agree(charlie.set_out())
    two.later(minutes=11)
    assert charlie.come_back(back).status_code == 400
    assert "zehn Minuten" in charlie.away.text()


def test_a_parameter_that_comes_twice_is_none(charlie: Traveller) -> None:
    back = charlie.agree(charlie.set_out())
    assert charlie.come_back(back + "&code=second").status_code == 400


def forged(two: Two, person: Traveller, kind: str = signin.ID_TOKEN_TYPE, **changes: Any) -> tuple[str, str]:
    """The address back from Hennstedt, and an ID token signed by its real key that says something else."""
    asked = person.set_out()
    back, now = person.agree(asked), int(two.now.timestamp())
    said = {
        "iss": two.hennstedt.origin, "aud": two.wilster.origin, "sub": "somebody", "name": "Erika", "iat": now,
        "exp": now + 300, "nonce": query(asked)["nonce"], **changes,
    }  # fmt: skip
    with two.hennstedt.at():
        token = hubs.keys().own.sign({name: value for name, value in said.items() if value is not None}, kind, two.now)
    return back, token


def test_the_liar_of_these_tests_is_believed_when_it_says_the_truth(two: Two, charlie: Traveller) -> None:
    back, token = forged(two, charlie)
    two.liar.instead(token)
    assert charlie.come_back(back).status_code == 303


LIES: list[tuple[str, Callable[[Two], dict[str, Any]]]] = [
    ("Die Bestätigung Ihres Hubs ist nicht gültig", lambda two: {"iss": two.wilster.origin}),
    ("Die Bestätigung Ihres Hubs ist nicht gültig", lambda _: {"iss": None}),
    ("Die Bestätigung Ihres Hubs ist nicht gültig", lambda _: {"aud": "https://elsewhere.example"}),
    (
        "Die Bestätigung Ihres Hubs ist nicht gültig",
        lambda two: {"aud": [two.wilster.origin, "https://elsewhere.example"]},
    ),
    ("Die Bestätigung Ihres Hubs ist nicht gültig", lambda _: {"aud": []}),
    ("Die Bestätigung Ihres Hubs ist nicht gültig", lambda _: {"azp": "https://elsewhere.example"}),
    ("Die Bestätigung Ihres Hubs ist nicht gültig", lambda _: {"nonce": "another-nonce-of-another-request"}),
    ("Die Bestätigung Ihres Hubs ist nicht gültig", lambda _: {"nonce": None}),
    ("Die Bestätigung Ihres Hubs ist nicht gültig", lambda two: {"exp": int(two.now.timestamp()) - 60}),
    ("Die Bestätigung Ihres Hubs ist nicht gültig", lambda two: {"exp": int(two.now.timestamp()) + 86400}),
    ("Die Bestätigung Ihres Hubs ist nicht gültig", lambda _: {"exp": None}),
    ("Die Bestätigung Ihres Hubs ist nicht gültig", lambda two: {"iat": int(two.now.timestamp()) + 120}),
    ("Die Bestätigung Ihres Hubs ist nicht gültig", lambda _: {"sub": None}),
    ("Die Bestätigung Ihres Hubs ist nicht gültig", lambda _: {"sub": 7}),
    ("Die Bestätigung Ihres Hubs ist nicht gültig", lambda _: {"name": "Erika\nMustermann"}),
    ("Die Bestätigung Ihres Hubs ist nicht gültig", lambda _: {"name": "E" * 121}),
    ("Die Zugehörigkeit passt nicht", lambda _: {"eduperson_scoped_affiliation": "staff@uni-kiel.example"}),
    (
        "Die Zugehörigkeit passt nicht",
        lambda two: {"eduperson_scoped_affiliation": f"staff@{signin.host_part(two.wilster.origin)}"},
    ),
    ("Die Zugehörigkeit passt nicht", lambda _: {"eduperson_scoped_affiliation": "staff"}),
]


@pytest.mark.parametrize(("words", "lie"), LIES)
def test_a_home_hub_that_lies_signs_nobody_in(
    two: Two, charlie: Traveller, words: str, lie: Callable[[Two], dict[str, Any]]
) -> None:
    back, token = forged(two, charlie, **lie(two))
    two.liar.instead(token)
    assert charlie.come_back(back).status_code in (400, 403)
    assert words in charlie.away.text()
    assert out(charlie)
    with two.wilster.at():
        assert audit.notes(audit.Wanted(act="sign_in.refused"))


def test_an_id_token_is_signed_by_the_key_of_its_issuer_and_in_the_one_way(two: Two, charlie: Traveller) -> None:
    [public] = two.hennstedt.app.test_client().get(signin.JWKS).get_json()["keys"][:1]
    for make in (_unsigned, _with_the_public_key, _tampered, _another_kind, _of_another_hub):
        back, token = make(two, charlie, public)
        two.liar.instead(token)
        assert charlie.come_back(back).status_code == 400, make.__name__
        assert out(charlie)


def _unsigned(two: Two, person: Traveller, public: dict[str, str]) -> tuple[str, str]:
    back, token = forged(two, person)
    return back, ".".join((_part({"alg": "none", "kid": public["kid"], "typ": "JWT"}), token.split(".")[1], ""))


def _with_the_public_key(two: Two, person: Traveller, public: dict[str, str]) -> tuple[str, str]:
    back, token = forged(two, person)
    secret = OctKey.import_key(json.dumps(public))
    said = json.loads(_unpart(token.split(".")[1]))
    return back, jwt.encode({"alg": "HS256", "kid": public["kid"], "typ": "JWT"}, said, secret, ["HS256"])


def _tampered(two: Two, person: Traveller, _public: dict[str, str]) -> tuple[str, str]:
    back, token = forged(two, person)
    head, said, signature = token.split(".")
    return back, ".".join((head, _part({**json.loads(_unpart(said)), "sub": "admin"}), signature))


def _another_kind(two: Two, person: Traveller, _public: dict[str, str]) -> tuple[str, str]:
    return forged(two, person, signin.ASSERTION_TYPE)


def _of_another_hub(two: Two, person: Traveller, _public: dict[str, str]) -> tuple[str, str]:
    back, token = forged(two, person)
    said = json.loads(_unpart(token.split(".")[1]))
    with two.wilster.at():
        return back, hubs.keys().own.sign(said, signin.ID_TOKEN_TYPE, two.now)


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _unpart(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("200 OK", b"{}"),
        ("200 OK", b"[]"),
        ("200 OK", b"not json"),
        ("200 OK", b'{"access_token":"x","token_type":"Bearer"}'),
        ("200 OK", b'{"access_token":"x","token_type":"Bearer","id_token":7}'),
        ("200 OK", b'{"access_token":"x","token_type":"Bearer","id_token":"' + b"x" * 70_000 + b'"}'),
        ("302 Found", b""),
        ("500 Internal Server Error", b"{}"),
    ],
)
def test_an_answer_that_is_none_signs_nobody_in(two: Two, charlie: Traveller, status: str, body: bytes) -> None:
    back = charlie.agree(charlie.set_out())
    headers = [("Content-Type", "application/json"), ("Location", two.wilster.origin + "/")]
    two.liar.said = lambda: (status, headers, body)
    assert charlie.come_back(back).status_code in (400, 502)
    assert out(charlie)


def test_a_new_key_of_the_home_hub_is_fetched_once_and_the_old_one_still_counts(two: Two, charlie: Traveller) -> None:
    charlie.visit()
    old_back, old = forged(two, charlie)
    with two.hennstedt.at():
        fresh = hubs.keys().own.rotate(two.now)
    two.later(days=1, minutes=1)
    back, token = forged(two, charlie)
    assert json.loads(_unpart(token.split(".")[0]))["kid"] == fresh
    assert json.loads(_unpart(old.split(".")[0]))["kid"] != fresh
    two.liar.instead(token)
    assert charlie.come_back(back).status_code == 303
    assert old_back


def test_visits_are_listed_and_ended_like_other_sign_ins(two: Two, charlie: Traveller) -> None:
    elsewhere = two.traveller()
    charlie.visit()
    elsewhere.visit()
    charlie.away.open("/besuch")
    assert len(charlie.away.page.xpath("//ul[contains(@class, 'hub-devices')]/li")) >= 2
    [*others, last] = charlie.away.page.xpath("//form[contains(@action, '/beenden')]/@action")
    assert others
    charlie.away.send(others[0], form=".//form[@action='/besuch/abmelden']")
    assert out(elsewhere)
    assert not out(charlie)
    assert last


def test_nobody_ends_the_visit_of_somebody_else(two: Two, charlie: Traveller) -> None:
    charlie.visit()
    alice = two.traveller("alice@hub.example")
    alice.visit()
    charlie.away.open("/besuch")
    [action, *_] = charlie.away.page.xpath("//form[contains(@action, '/beenden')]/@action")
    alice.away.open("/besuch")
    assert alice.away.send(action, form=".//form[@action='/besuch/abmelden']").status_code == 404
    assert not out(charlie)


def test_signing_out_ends_the_visit_and_leads_home_to_do_the_same_there(two: Two, charlie: Traveller) -> None:
    charlie.visit()
    charlie.away.open("/besuch")
    answer = charlie.away.send(form=".//form[@action='/besuch/abmelden']")
    assert answer.status_code == 200
    [way] = charlie.away.page.xpath("//a[contains(@href, '/oauth/logout')]/@href")
    assert out(charlie)
    assert charlie.ask(way).status_code == 200
    assert "Auch hier abmelden?" in charlie.home.text()
    gone = charlie.home.send(local(way), form=".//form[contains(@action, '/oauth/logout')]")
    assert gone.location == two.wilster.origin + signin.SIGNED_OUT
    assert charlie.home.open("/konto").status_code == 303
    assert charlie.away.open(local(gone.location)).location == "/anmelden?ok=abgemeldet"


def test_signing_out_leads_to_no_address_but_that_of_a_member(two: Two, charlie: Traveller) -> None:
    for client, back in (
        (two.wilster.origin, "https://evil.example/"),
        (two.wilster.origin, two.wilster.origin + "/elsewhere"),
        ("https://evil.example", "https://evil.example" + signin.SIGNED_OUT),
    ):
        path = f"{signin.END_SESSION}?client_id={client}&post_logout_redirect_uri={back}"
        assert charlie.home.open(path).status_code == 400


def test_a_visit_ends_after_eight_hours_and_the_visitor_is_forgotten_after_thirty_days(
    two: Two, charlie: Traveller
) -> None:
    charlie.visit()
    two.later(hours=7, minutes=59)
    assert not out(charlie)
    two.later(minutes=2)
    assert out(charlie)
    two.later(days=29)
    tend(two)
    with two.wilster.at():
        assert reading().scalar(sa.select(sa.func.count()).select_from(Visitor).where(Visitor.name == "Charlie"))
    two.later(days=2)
    tend(two)
    with two.wilster.at():
        assert not reading().scalar(sa.select(sa.func.count()).select_from(Visitor))
        assert not reading().scalar(sa.select(sa.func.count()).select_from(Visit))
    with two.hennstedt.at():
        for table in (SignInCode, SignInToken, UsedAssertion):
            assert not reading().scalar(sa.select(sa.func.count()).select_from(table)), table


def tend(two: Two) -> None:
    """What the workers of both do from time to time."""
    for hub in (two.wilster, two.hennstedt):
        with hub.at():
            tending.forget(two.now)


def test_a_visitor_is_forgotten_at_once_who_wants_to_be(two: Two) -> None:
    alice = two.traveller("alice@hub.example")
    alice.visit()
    alice.away.open("/besuch")
    assert alice.away.send(form=".//form[@action='/besuch/vergessen']").status_code == 200
    assert out(alice)
    with two.wilster.at():
        assert reading().scalar(sa.select(Visitor.id).where(Visitor.name == "Alice")) is None


def test_neither_database_holds_a_token_or_a_code(two: Two, charlie: Traveller) -> None:
    back = charlie.agree(charlie.set_out())
    charlie.come_back(back)
    shown = [query(back)["code"], charlie.away.cookie("sitzung_") or "?", charlie.home.cookie("sitzung_") or "?"]
    for hub in (two.wilster, two.hennstedt):
        with hub.at():
            held = every_value(reading())
            assert not [secret for secret in shown if secret.lower() in held]
