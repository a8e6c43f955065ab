"""Hennstedt as a provider: each refusal through its door, asked by a client that holds Wilster's real key."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import OctKey
from werkzeug.test import TestResponse

from federation import signin
from hubnode.network.signing_in import hubs
from hubnode.people import accounts, administering, audit
from hubnode.people.confirming import OPERATOR_CONFIRMED
from tests.hubnode.web.oauth.conftest import Traveller, Two, local, query

VERIFIER = "a" * 20 + "verifier-of-this-test-that-is-long-enough"


def asked(two: Two, **changes: str | None) -> str:
    """The address of a request as Wilster makes it, some parameters changed, or left out where they are None."""
    wilster, hennstedt = two.wilster.origin, two.hennstedt.origin
    parameters: dict[str, str | None] = {
        "response_type": "code",
        "client_id": wilster,
        "redirect_uri": signin.callback_of(wilster, hennstedt),
        "scope": "openid profile",
        "state": "state-of-this-test",
        "nonce": secrets.token_urlsafe(24),
        "code_challenge": create_s256_code_challenge(VERIFIER),
        "code_challenge_method": "S256",
        **changes,
    }
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"{hennstedt}{signin.AUTHORIZE}?{urlencode(given)}"


def claims(two: Two, **changes: Any) -> dict[str, Any]:
    """What Wilster's proof says."""
    now = int(two.now.timestamp())
    made = {
        "iss": two.wilster.origin,
        "sub": two.wilster.origin,
        "aud": two.hennstedt.origin,
        "jti": secrets.token_urlsafe(16),
        "iat": now,
        "exp": now + 60,
    }
    return {**made, **changes}


def signed(two: Two, said: dict[str, Any], kind: str = signin.ASSERTION_TYPE) -> str:
    """A proof signed by Wilster's key."""
    with two.wilster.at():
        return hubs.keys().own.sign(said, kind, two.now)


def redeem(two: Two, code: str, proof: str | None = None, /, **changes: str) -> TestResponse:
    """Ask for the token of a code."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": VERIFIER,
        "redirect_uri": signin.callback_of(two.wilster.origin, two.hennstedt.origin),
        "client_assertion_type": signin.CLIENT_ASSERTION,
        "client_assertion": signed(two, claims(two)) if proof is None else proof,
        **changes,
    }
    return two.hennstedt.app.test_client().post(signin.TOKEN, data=form)


def code_for(two: Two, person: Traveller, **changes: str) -> str:
    """A code that the person has agreed to."""
    return query(person.agree(asked(two, **changes)))["code"]


def userinfo(two: Two, token: str) -> TestResponse:
    """Ask with a token."""
    return two.hennstedt.app.test_client().get(signin.USERINFO, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def charlie(two: Two) -> Traveller:
    """Somebody of Hennstedt's staff."""
    return two.traveller()


def test_a_code_brings_a_token_that_opens_name_and_affiliation_and_no_more(two: Two, charlie: Traveller) -> None:
    answer = redeem(two, code_for(two, charlie))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    given = answer.get_json()
    assert set(given) == {"access_token", "token_type", "expires_in", "scope", "id_token"}
    assert given["expires_in"] <= 900
    told = userinfo(two, given["access_token"]).get_json()
    host = signin.host_part(two.hennstedt.origin)
    assert told == {"sub": told["sub"], "name": "Charlie", "eduperson_scoped_affiliation": f"employee@{host}"}
    assert "3" != told["sub"] != "charlie@hub.example"


def test_discovery_names_what_there_is(two: Two) -> None:
    told = two.hennstedt.app.test_client().get(signin.DISCOVERY).get_json()
    assert told["issuer"] == two.hennstedt.origin
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["id_token_signing_alg_values_supported"] == ["ES256"]
    assert "private_key_jwt" in told["token_endpoint_auth_methods_supported"]
    assert "none" not in told["token_endpoint_auth_methods_supported"]
    keys = two.hennstedt.app.test_client().get(local(told["jwks_uri"])).get_json()["keys"]
    assert keys
    assert all("d" not in key and key["alg"] == "ES256" for key in keys)


def test_a_code_used_again_takes_its_token_with_it(two: Two, charlie: Traveller) -> None:
    code = code_for(two, charlie)
    token = redeem(two, code).get_json()["access_token"]
    assert userinfo(two, token).status_code == 200
    again = redeem(two, code)
    assert (again.status_code, again.get_json()["error"]) == (400, "invalid_grant")
    assert userinfo(two, token).status_code == 401
    with two.hennstedt.at():
        assert audit.notes(audit.Wanted(act="sign_in.replayed"))


def test_a_code_lives_for_a_minute_and_a_token_for_ten(two: Two, charlie: Traveller) -> None:
    late = code_for(two, charlie)
    two.later(seconds=61)
    assert redeem(two, late).get_json()["error"] == "invalid_grant"
    token = redeem(two, code_for(two, charlie)).get_json()["access_token"]
    two.later(seconds=590)
    assert userinfo(two, token).status_code == 200
    two.later(seconds=11)
    assert userinfo(two, token).status_code == 401


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"nonce": None}, "invalid_request"),
        ({"nonce": "short"}, "invalid_request"),
        ({"state": None}, "invalid_request"),
        ({"scope": "openid profile records:write"}, "invalid_scope"),
        ({"scope": "openid email"}, "invalid_scope"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "invalid_request"),
        ({"request_uri": "https://evil.example/r"}, "invalid_request"),
        ({"prompt": "login"}, "invalid_request"),
    ],
)
def test_what_hubs_do_not_ask_is_refused_at_the_client_with_the_issuer_named(
    two: Two, charlie: Traveller, changes: dict[str, str | None], error: str
) -> None:
    answer = charlie.ask(asked(two, **changes))
    assert answer.status_code == 303
    assert answer.location.startswith(signin.callback_of(two.wilster.origin, two.hennstedt.origin) + "?")
    told = query(answer.location)
    assert (told["error"], told["iss"]) == (error, two.hennstedt.origin)
    assert "code" not in told
    assert told.get("state", "state-of-this-test") == "state-of-this-test"


@pytest.mark.parametrize(
    "change",
    [
        lambda _: {"client_id": "https://unknown.example"},
        lambda two: {"client_id": two.hennstedt.origin},
        lambda _: {"client_id": None},
        lambda _: {"redirect_uri": "https://evil.example/oauth/callback/x"},
        lambda two: {"redirect_uri": signin.callback_of(two.wilster.origin, two.hennstedt.origin) + "/"},
        lambda two: {"redirect_uri": signin.callback_of(two.wilster.origin, two.hennstedt.origin) + "?next=//evil"},
        lambda two: {"redirect_uri": signin.callback_of(two.wilster.origin, two.wilster.origin)},
        lambda _: {"redirect_uri": None},
    ],
)
def test_nobody_is_led_to_an_address_that_is_not_the_one_of_a_member(
    two: Two, charlie: Traveller, change: Callable[[Two], dict[str, str | None]]
) -> None:
    answer = charlie.ask(asked(two, **change(two)))
    assert answer.status_code == 400
    assert answer.location is None
    assert "Diese Anmeldung passt nicht zusammen" in charlie.home.text()


def test_a_parameter_that_comes_twice_is_refused(two: Two, charlie: Traveller) -> None:
    answer = charlie.ask(asked(two) + "&scope=openid")
    assert "code" not in query(answer.location or "")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "b" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_grant"),
        ({"code": "guessed"}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_assertion_type": ""}, "invalid_client"),
        ({"client_id": "https://other.example"}, "invalid_client"),
    ],
)
def test_a_stolen_code_is_worth_nothing(two: Two, charlie: Traveller, changes: dict[str, str], error: str) -> None:
    answer = redeem(two, code_for(two, charlie), **changes)
    assert answer.status_code in (400, 401)
    assert answer.get_json()["error"] == error


@pytest.mark.parametrize(
    "said",
    [
        lambda two: claims(two, aud="https://elsewhere.example"),
        lambda two: claims(two, aud=[two.hennstedt.origin, "https://elsewhere.example"]),
        lambda two: claims(two, aud=two.hennstedt.origin + signin.TOKEN),
        lambda two: claims(two, iss="https://elsewhere.example"),
        lambda two: claims(two, sub=two.hennstedt.origin),
        lambda two: claims(two, exp=int(two.now.timestamp()) - 60),
        lambda two: claims(two, exp=int(two.now.timestamp()) + 3600),
        lambda two: claims(two, iat=int(two.now.timestamp()) + 600),
        lambda two: claims(two, jti=""),
        lambda two: {name: value for name, value in claims(two).items() if name != "exp"},
        lambda two: {name: value for name, value in claims(two).items() if name != "aud"},
        lambda two: claims(two, sub=None),
    ],
)
def test_a_proof_for_somebody_else_or_for_another_time_proves_nothing(
    two: Two, charlie: Traveller, said: Callable[[Two], dict[str, Any]]
) -> None:
    answer = redeem(two, code_for(two, charlie), signed(two, said(two)))
    assert answer.get_json()["error"] == "invalid_client"


def test_a_proof_proves_once(two: Two, charlie: Traveller) -> None:
    proof = signed(two, claims(two))
    assert redeem(two, code_for(two, charlie), proof).status_code == 200
    assert redeem(two, code_for(two, charlie), proof).get_json()["error"] == "invalid_client"


def test_a_token_of_another_kind_is_no_proof(two: Two, charlie: Traveller) -> None:
    answer = redeem(two, code_for(two, charlie), signed(two, claims(two), signin.ID_TOKEN_TYPE))
    assert answer.get_json()["error"] == "invalid_client"


def test_neither_no_signature_nor_one_with_the_public_key_as_a_secret_counts(two: Two, charlie: Traveller) -> None:
    [public] = two.wilster.app.test_client().get(signin.JWKS).get_json()["keys"][:1]
    head = {"kid": public["kid"], "typ": signin.ASSERTION_TYPE}
    said = claims(two)
    none = (
        ".".join(
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
            for part in ({**head, "alg": "none"}, said)
        )
        + "."
    )
    secret = OctKey.import_key(str(public["x"]) + str(public["y"]))
    shared = jwt.encode({**head, "alg": "HS256"}, said, secret, ["HS256"])
    stranger = signed(two, said).rsplit(".", 1)[0] + "." + "A" * 86
    for forged in (none, shared, stranger, "", "a.b.c", "a.b", "e30.e30.e30"):
        assert redeem(two, code_for(two, charlie), forged).get_json()["error"] == "invalid_client"


def test_a_key_that_wilster_does_not_publish_proves_nothing(two: Two, charlie: Traveller) -> None:
    with two.hennstedt.at():  # a real key of the network, but of another hub
        forged = hubs.keys().own.sign(claims(two), signin.ASSERTION_TYPE, two.now)
    assert redeem(two, code_for(two, charlie), forged).get_json()["error"] == "invalid_client"


@pytest.mark.parametrize("state", ["suspended", "left"])
def test_a_hub_that_is_no_active_member_is_refused_at_every_step(two: Two, charlie: Traveller, state: str) -> None:
    code, token = code_for(two, charlie), redeem(two, code_for(two, charlie)).get_json()["access_token"]
    two.set_state(two.hennstedt, two.wilster, state)
    try:
        assert charlie.ask(asked(two)).status_code == 400
        assert redeem(two, code).get_json()["error"] == "invalid_client"
        assert userinfo(two, token).status_code == 401
        assert charlie.home.open(f"{signin.END_SESSION}?client_id={two.wilster.origin}").status_code == 400
    finally:
        two.set_state(two.hennstedt, two.wilster, "active")


def test_the_hub_to_which_a_token_was_given_ends_it_and_nobody_else(two: Two, charlie: Traveller) -> None:
    token = redeem(two, code_for(two, charlie)).get_json()["access_token"]
    client = two.hennstedt.app.test_client()
    assert client.post(signin.REVOKE, data={"token": token}).status_code in (400, 401)
    assert userinfo(two, token).status_code == 200
    proof = {"client_assertion_type": signin.CLIENT_ASSERTION, "client_assertion": signed(two, claims(two))}
    assert client.post(signin.REVOKE, data={"token": token, **proof}).status_code == 200
    assert userinfo(two, token).status_code == 401


@pytest.mark.parametrize("given", ["", "guessed", "Bearer"])
def test_no_token_opens_nothing(two: Two, given: str) -> None:
    answer = two.hennstedt.app.test_client().get(signin.USERINFO, headers={"Authorization": given})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_who_says_no_is_led_back_without_a_code(two: Two) -> None:
    bob = two.traveller("bob@hub.example")
    assert bob.ask(asked(two)).status_code == 200
    form = ".//form[.//button[@value='zustimmen']]"
    answer = bob.home.send(local(asked(two)), form=form, button="ablehnen")
    told = query(answer.location)
    assert (told["error"], told["iss"]) == ("access_denied", two.hennstedt.origin)
    assert bob.ask(asked(two)).status_code == 200, "a no is not remembered as a yes"


def test_nobody_agrees_without_the_form(two: Two, charlie: Traveller) -> None:
    answer = charlie.home.client.post(local(asked(two)), data={"aktion": "zustimmen"})
    assert answer.status_code == 400
    assert answer.location is None


def test_partners_have_no_visits(two: Two) -> None:
    paula = two.traveller("paula@hub.example")
    assert query(paula.ask(asked(two)).location)["error"] == "access_denied"


def test_who_is_not_signed_in_signs_in_first_and_comes_back(two: Two) -> None:
    somebody = two.traveller("")
    answer = somebody.ask(asked(two))
    assert answer.status_code == 303
    assert answer.location.startswith("/anmelden?next=/oauth/authorize")
    assert query(somebody.ask(asked(two, prompt="none")).location)["error"] == "login_required"


def test_an_account_that_was_closed_meanwhile_gets_no_token(two: Two) -> None:
    bob = two.traveller("bob@hub.example")
    code = code_for(two, bob)
    with two.hennstedt.at():
        administering.deactivate(OPERATOR_CONFIRMED, accounts.by_email("bob@hub.example").id, two.now)
    assert redeem(two, code).get_json()["error"] == "invalid_grant"


def test_an_agreement_is_seen_and_taken_back_with_what_came_of_it(two: Two) -> None:
    alice = two.traveller("alice@hub.example")
    token = redeem(two, code_for(two, alice)).get_json()["access_token"]
    assert alice.ask(asked(two)).status_code == 303, "it is asked once"
    unused = code_for(two, alice)
    alice.home.open("/konto/hubs")
    assert "Wilster" in alice.home.text()
    assert alice.home.send(form=".//form[contains(@action, '/entziehen')]").status_code == 303
    assert userinfo(two, token).status_code == 401
    assert redeem(two, unused).get_json()["error"] == "invalid_grant"
    assert alice.ask(asked(two)).status_code == 200, "it is asked anew"
