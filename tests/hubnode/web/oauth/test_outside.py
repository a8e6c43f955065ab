"""An outside provider that lies, or for whom nobody here has room: each refusal through the door of the callback."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from hubnode.app import create_app
from hubnode.db import transaction
from hubnode.network.signing_in import outside
from hubnode.people import accounts, administering
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.people.models import Account
from tests.hubnode.hubs import NOW, Hub, close, make_hub
from tests.hubnode.web.browsing import Browser
from tests.hubnode.web.oauth.conftest import local, query
from tests.migrated import sqlite_template
from tests.serving import free_port, served

RSA = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}, private=True)
START = "/anmelden/anbieter"


@dataclass
class Provider:
    """Answers what a test has put in."""

    issuer: str
    token: str = ""
    discovery: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer."""
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answers = {
            outside.DISCOVERY: {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/me",
                **self.discovery,
            },
            "/token": {"access_token": "a", "token_type": "Bearer", "id_token": self.token},
            "/keys": {"keys": [RSA.as_dict(private=False)]},
            "/me": self.told,
        }
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(answers[environ["PATH_INFO"]]).encode()]


@dataclass
class Place:
    """A hub and its provider."""

    hub: Hub
    provider: Provider

    def arrive(self, key: Any = RSA, head: dict[str, Any] | None = None, **changes: Any) -> tuple[int, Browser]:
        """Sign in with an ID token that says this; the status at the hub."""
        browser = Browser(self.hub.app)
        asked = query(str(browser.open(START).location))
        now = int(datetime.now(UTC).timestamp())
        said = {
            "iss": self.provider.issuer, "aud": "hub", "sub": "1", "iat": now, "exp": now + 300,
            "nonce": asked["nonce"], "name": "Erika", "email": "erika@kreis.example", "email_verified": True,
            "eduperson_scoped_affiliation": "staff@kreis.example", "roles": [], **changes,
        }  # fmt: skip
        header = {"alg": "RS256", "kid": "one", **(head or {})}
        self.provider.token = jwt.encode(header, said, key, [header["alg"]])
        return browser.open(f"{outside.CALLBACK}?code=x&state={asked['state']}").status_code, browser


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The hub knows the provider and takes people of one domain."""
    made = make_hub(tmp_path_factory.mktemp("outside") / "hub", sqlite_template(), "Wilster", free_port(), pages=True)
    close(made)
    provider = Provider(f"http://127.0.0.1:{free_port()}")
    settings = replace(
        made.settings,
        provider_issuer=provider.issuer,
        provider_client_id="hub",
        provider_client_secret="agreed",
        provider_domains=("kreis.example",),
        provider_scopes=("kreis.example",),
        provider_roles={"Redaktion": "editor"},
    )
    hub = Hub(create_app(settings), settings)
    with served(provider, int(provider.issuer.rsplit(":", 1)[1])):
        yield Place(hub, provider)
    close(hub)


@pytest.fixture(autouse=True)
def _honest(place: Place) -> None:
    """Every test begins with a provider that says the truth, and is asked anew."""
    place.provider.discovery, place.provider.told = {}, {}
    place.hub.app.extensions.pop(outside.EXTENSION, None)


def test_the_truth_is_believed(place: Place) -> None:
    status, browser = place.arrive()
    assert status == 303
    assert browser.open("/konto").status_code == 200


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another"},
        {"aud": ["hub", "another"]},
        {"azp": "another"},
        {"nonce": "another"},
        {"exp": 1},
        {"iat": 1},
        {"sub": ""},
        {"sub": 1},
        {"name": "Erika\x00"},
        {"eduperson_scoped_affiliation": "staff@elsewhere.example"},
        {"eduperson_scoped_affiliation": ["staff@kreis.example", "staff@elsewhere.example"]},
        {"eduperson_scoped_affiliation": []},
    ],
)
def test_a_lie_signs_nobody_in(place: Place, lie: dict[str, Any]) -> None:
    status, browser = place.arrive(**lie)
    assert status in (400, 403)
    assert browser.page.xpath("//main//a[@href='/anmelden']")
    assert browser.open("/konto").status_code == 303


def test_the_public_key_is_no_secret_to_sign_with(place: Place) -> None:
    secret = OctKey.import_key(json.dumps(RSA.as_dict(private=False)))
    assert place.arrive(secret, {"alg": "HS256"})[0] == 400
    stranger = RSAKey.generate_key(2048, private=True)
    assert place.arrive(stranger)[0] == 400
    assert place.arrive(head={"kid": "two"})[0] == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": "erika@kreis.example.evil.example"},
        {"email": "erika@evil.example"},
        {"email": ""},
    ],
)
def test_an_address_counts_where_it_is_verified_and_of_the_domain(place: Place, changes: dict[str, Any]) -> None:
    status, browser = place.arrive(sub="somebody else", **changes)
    assert status == 403
    assert "noch kein Konto" in browser.text()


def test_an_administrator_is_not_taken_over_by_an_address(place: Place) -> None:
    with place.hub.at(), transaction() as session:
        session.add(
            Account(
                email="chef@kreis.example", name="Chef", role="admin", password_hash="!", active=True,
                created_at=NOW, password_changed_at=NOW,
            )
        )  # fmt: skip
    assert place.arrive(sub="mallory", email="chef@kreis.example")[0] == 403


def test_a_closed_account_stays_closed(place: Place) -> None:
    assert place.arrive(sub="2", email="zwei@kreis.example")[0] == 303
    with place.hub.at():
        administering.deactivate(OPERATOR_CONFIRMED, accounts.by_email("zwei@kreis.example").id, datetime.now(UTC))
    assert place.arrive(sub="2", email="zwei@kreis.example")[0] == 403


def test_a_role_is_taken_from_the_table_of_the_operator_only(place: Place) -> None:
    place.arrive(sub="3", email="drei@kreis.example", roles=["admin", "Redaktion"])
    place.arrive(sub="4", email="vier@kreis.example", roles=["admin"], role="admin")
    with place.hub.at():
        assert accounts.by_email("drei@kreis.example").role == "editor"
        assert accounts.by_email("vier@kreis.example").role == "staff"


def test_userinfo_about_somebody_else_is_not_taken(place: Place) -> None:
    place.provider.told = {"sub": "other", "name": "Erika"}
    browser = Browser(place.hub.app)
    assert browser.open(START).status_code == 303
    status, _ = place.arrive(sub="5", name=None, email="fuenf@kreis.example")
    assert status == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": "http://169.254.169.254/latest"},
        {"jwks_uri": "http://intranet.example/keys"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
        {"token_endpoint": 7},
    ],
)
def test_a_discovery_document_leads_nowhere_else(place: Place, changes: dict[str, Any]) -> None:
    place.provider.discovery = changes
    answer = Browser(place.hub.app).open(START)
    assert answer.status_code in (400, 502)
    assert answer.location is None


def test_an_answer_of_another_issuer_is_a_mix_up(place: Place) -> None:
    browser = Browser(place.hub.app)
    asked = query(str(browser.open(START).location))
    path = f"{outside.CALLBACK}?code=x&state={asked['state']}&iss=https://elsewhere.example"
    assert browser.open(path).status_code == 400
    assert "von einem anderen Hub" in browser.text()


def test_without_a_provider_there_is_no_such_page(tmp_path: Path, template: Path) -> None:
    hub = make_hub(tmp_path / "plain", template, "Wilster", free_port(), pages=True)
    browser = Browser(hub.app)
    assert browser.open(START).status_code == 404
    assert browser.open(outside.CALLBACK).status_code == 404
    browser.open("/anmelden")
    assert "Ohne eigenes Passwort" not in browser.text()
    assert local("https://a.example/b?c=d") == "/b?c=d"
    close(hub)
