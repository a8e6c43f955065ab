"""Own people sign in with an outside provider that is not ours: npm's `oidc-provider`, a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from lxml import html

from federation import signin
from hubnode.app import create_app
from hubnode.config import Settings
from hubnode.network.signing_in import outside
from hubnode.people import accounts, invitations
from hubnode.people.confirming import OPERATOR_CONFIRMED
from tests.hubnode.hubs import Hub, close, make_hub
from tests.migrated import sqlite_template
from tests.serving import free_port, served

pytestmark = pytest.mark.journey
ROOT = Path(__file__).parents[2]
PATIENCE_S = 20
SECRET = "agreed-between-hub-and-provider-0123456789"
PEOPLE = {
    "erika": {
        "name": "Erika Mustermann",
        "email": "erika@kreis.example",
        "email_verified": True,
        "eduperson_scoped_affiliation": "employee@kreis.example",
        "roles": ["Redaktion"],
    },
    "mallory": {
        "name": "Mallory",
        "email": "mallory@kreis.example",
        "email_verified": True,
        "eduperson_scoped_affiliation": "employee@elsewhere.example",
    },
    "heinz": {"name": "Heinz", "email": "heinz@private.example", "email_verified": True,
              "eduperson_scoped_affiliation": "employee@kreis.example"},
    "unsure": {"name": "Ute", "email": "ute@kreis.example", "email_verified": False,
               "eduperson_scoped_affiliation": "employee@kreis.example"},
}  # fmt: skip


@dataclass
class Place:
    """The hub and its provider."""

    hub: Hub
    issuer: str

    def person(self) -> requests.Session:
        """Somebody with a browser."""
        made = requests.Session()
        made.trust_env = False
        return made

    def sign_in(
        self, who: str, browser: requests.Session | None = None, begin: str = "/anmelden/anbieter", **shown: str
    ) -> requests.Response:
        """Go the whole way as this person; the last answer, of the hub."""
        browser = browser or self.person()
        answer = browser.get(self.hub.origin + begin, timeout=PATIENCE_S, allow_redirects=False)
        while answer.status_code in (302, 303):
            url = requests.compat.urljoin(answer.url, answer.headers["Location"])
            more = {"login": who, **shown} if "/interaction/" in url else {}
            answer = browser.get(url, params=more, timeout=PATIENCE_S, allow_redirects=False)
        return answer


def words(answer: requests.Response) -> str:
    """What a page says."""
    return " ".join(html.fromstring(answer.text).text_content().split())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A hub that has entered the provider, which knows it by a secret."""
    node = shutil.which("node")
    if node is None or not (ROOT / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("needs node and npm's oidc-provider (make setup)")
    folder = tmp_path_factory.mktemp("outside")
    hub = make_hub(folder / "hub", sqlite_template(), "Wilster", free_port(), pages=True)
    issuer = f"http://127.0.0.1:{free_port()}"
    close(hub)
    hub = Hub(create_app(_settings(hub.settings, issuer)), hub.settings)
    with Provider(node, issuer, hub), served(hub.app, int(hub.origin.rsplit(":", 1)[1])):
        yield Place(hub, issuer)
    close(hub)


def _settings(settings: Settings, issuer: str) -> Settings:
    return replace(
        settings,
        provider_issuer=issuer,
        provider_name="Kreis Steinburg",
        provider_client_id="hub",
        provider_client_secret=SECRET,
        provider_scopes=("kreis.example",),
        provider_domains=("kreis.example",),
        provider_roles={"Redaktion": "editor"},
        provider_acr=("two-factors",),
        second_factor_roles=("coordinator",),
    )


class Provider:
    """The provider's process, ended with the block."""

    def __init__(self, node: str, issuer: str, hub: Hub) -> None:
        common = {
            "redirect_uris": [hub.origin + outside.CALLBACK],
            "response_types": ["code"],
            "grant_types": ["authorization_code"],
        }
        by_secret = {
            "client_id": "hub", "client_secret": SECRET, "token_endpoint_auth_method": "client_secret_basic", **common,
        }  # fmt: skip
        by_key = {
            "client_id": hub.origin, "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": "ES256", "jwks_uri": hub.origin + signin.JWKS,
            "id_token_signed_response_alg": "ES256", **common,
        }  # fmt: skip
        given = {"port": int(issuer.rsplit(":", 1)[1]), "clients": [by_secret, by_key], "people": PEOPLE}
        self._process = subprocess.Popen(
            [node, "provider.mjs"],
            cwd=Path(__file__).parent,
            env={**os.environ, "PROVIDER": json.dumps(given), "NODE_PATH": str(ROOT / "node_modules")},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "ready" in line:
                return
        raise AssertionError("the provider did not start")

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def test_who_signs_in_for_the_first_time_from_an_allowed_domain_gets_an_account(place: Place) -> None:
    browser = place.person()
    answer = place.sign_in("erika", browser)
    assert answer.status_code == 200
    assert "Erika Mustermann" in words(browser.get(place.hub.origin + "/konto", timeout=PATIENCE_S))
    with place.hub.at():
        person = accounts.by_email("erika@kreis.example")
        assert (person.role, person.name) == ("editor", "Erika Mustermann")
    assert place.sign_in("erika").status_code == 200, "and is the same person the second time"
    with place.hub.at():
        assert len([one for one in accounts.everybody() if one.name == "Erika Mustermann"]) == 1


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("mallory", "Die Zugehörigkeit passt nicht"),
        ("heinz", "Für Sie gibt es hier noch kein Konto"),
        ("unsure", "Für Sie gibt es hier noch kein Konto"),
    ],
)
def test_others_are_told_what_to_do(place: Place, who: str, said: str) -> None:
    answer = place.sign_in(who)
    assert answer.status_code == 403
    assert said in words(answer)
    with place.hub.at():
        assert not [one for one in accounts.everybody() if one.email.startswith(who)]


def test_an_invitation_makes_the_account_of_its_role_and_asks_for_the_second_factor_that_the_role_needs(
    place: Place,
) -> None:
    now = datetime.now(UTC)
    with place.hub.at():
        path = invitations.invite(OPERATOR_CONFIRMED, "heinz@private.example", "coordinator", "de", now)
    token = path.rsplit("/", 1)[1]
    answer = place.sign_in("heinz", begin=f"/anmelden/anbieter?einladung={token}")
    assert answer.status_code == 200
    assert "/konto" not in answer.url
    with place.hub.at():
        assert accounts.by_email("heinz@private.example").role == "coordinator"
    browser = place.person()
    assert place.sign_in("heinz", browser, amr="pwd").status_code == 200
    page = browser.get(place.hub.origin + "/konto", timeout=PATIENCE_S, allow_redirects=False)
    assert page.status_code == 303, "one factor is not enough for this role"
    for shown in ({"amr": "pwd otp"}, {"acr": "two-factors"}):
        browser = place.person()
        place.sign_in("heinz", browser, **shown)
        assert browser.get(place.hub.origin + "/konto", timeout=PATIENCE_S, allow_redirects=False).status_code == 200


def test_a_hub_without_a_secret_proves_itself_by_its_key(place: Place) -> None:
    by_key = replace(_settings(place.hub.settings, place.issuer), provider_client_id="", provider_client_secret="")
    kept = place.hub.app.extensions["hubnode"]
    place.hub.app.extensions["hubnode"] = replace(kept, settings=by_key)
    try:
        browser = place.person()
        assert place.sign_in("erika", browser).status_code == 200
        assert browser.get(place.hub.origin + "/konto", timeout=PATIENCE_S, allow_redirects=False).status_code == 200
    finally:
        place.hub.app.extensions["hubnode"] = kept
