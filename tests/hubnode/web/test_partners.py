"""Partner universities and personal tokens, through the doors: given, used, refused, renewed, ended, and listed."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hubnode.db import reading
from hubnode.network.node import EXTENSION, utcnow
from hubnode.people import audit, partners
from hubnode.people.confirming import Oneself
from hubnode.people.partner_models import AccessToken, PartnerRead
from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub
from tests.hubnode.web.browsing import PASSWORD, Browser

ALL = ("records:read", "network:read", "feeds:network")
BOB = Oneself(2, "coordinator")


@dataclass
class University:
    """A partner's program at the doors of Wilster, under a clock that the test moves."""

    hub: Hub
    client: FlaskClient
    client_id: str
    secret: str
    number: int
    ahead: list[timedelta]

    def later(self, **time: float) -> None:
        """Let time pass at the hub."""
        self.ahead[0] += timedelta(**time)

    def basic(self, secret: str = "") -> dict[str, str]:
        """The header by which it proves itself."""
        pair = f"{self.client_id}:{secret or self.secret}"
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}

    def ask(self, scope: str = "", secret: str = "", **more: str) -> TestResponse:
        """Ask for a token."""
        data = {"grant_type": "client_credentials", **({"scope": scope} if scope else {}), **more}
        return self.client.post("/oauth/token", data=data, headers=self.basic(secret))

    def token(self, scope: str = "") -> str:
        """A token."""
        answer = self.ask(scope)
        assert answer.status_code == 200, answer.text
        return str(answer.get_json()["access_token"])

    def read(self, path: str, token: str) -> TestResponse:
        """Read with a token."""
        return self.client.get(path, headers={"Authorization": f"Bearer {token}"})

    def introspect(self, token: str, secret: str = "") -> Any:
        """What is known of a token."""
        return self.client.post("/oauth/introspect", data={"token": token}, headers=self.basic(secret)).get_json()


@pytest.fixture
def uni(hub: Hub) -> University:
    """A university with all rights to read, and two records: one public, one for the network."""
    hub.publish("project", project("Offenes Vorhaben"))
    hub.publish("project", project("Geschlossenes Vorhaben"), "network")
    ahead = [timedelta(0)]
    hub.app.extensions[EXTENSION] = replace(hub.app.extensions[EXTENSION], clock=lambda: utcnow() + ahead[0])
    with hub.at():
        until = date.today() + timedelta(days=90)  # noqa: DTZ011 - a local day
        client_id, secret = partners.add(BOB, "Universität Probe", ALL, until, utcnow())
        [view] = partners.everybody(utcnow())
    return University(hub, hub.app.test_client(use_cookies=False), client_id, secret, view.id, ahead)


def titles(answer: TestResponse) -> set[str]:
    """The first words of the titles that an answer has."""
    assert answer.status_code == 200, answer.text
    return {word for word in ("Offenes", "Geschlossenes") if word in answer.text}


DOORS = ["/api/search", "/api/v1/records", "/feeds/alle.atom", "/feeds/alle.json"]


@pytest.mark.parametrize("door", DOORS)
def test_a_token_opens_what_its_scope_says_and_nobody_keeps_the_answer(uni: University, door: str) -> None:
    assert titles(uni.client.get(door)) == {"Offenes"}
    answer = uni.read(door, uni.token())
    assert titles(answer) == {"Offenes", "Geschlossenes"}
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert titles(uni.client.get(door)) == {"Offenes"}


def test_a_token_for_less_sees_less(uni: University) -> None:
    reading_only = uni.token("records:read")
    assert titles(uni.read("/api/search", reading_only)) == {"Offenes"}
    refused = uni.read("/feeds/alle.atom", reading_only)
    assert refused.status_code == 403
    assert 'scope="feeds:network"' in refused.headers["WWW-Authenticate"]
    feeds_only = uni.token("feeds:network")
    assert uni.read("/api/search", feeds_only).status_code == 403
    assert uni.read("/api/v1/records", feeds_only).status_code == 403


@pytest.mark.parametrize("scope", ["records:write", "network:read records:write", "openid", "everything"])
def test_a_scope_that_was_not_granted_is_refused(uni: University, scope: str) -> None:
    answer = uni.ask(scope)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize("door", DOORS)
def test_a_token_in_the_address_is_refused(uni: University, door: str) -> None:
    assert uni.client.get(f"{door}?access_token={uni.token()}").status_code == 400


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer", "Basic eDp5", "wrong", ""])
def test_what_is_no_token_is_never_read_as_none(uni: University, door: str, header: str) -> None:
    answer = uni.client.get(door, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("how", ["expired", "revoked", "partner ended", "last day over", "secret revoked"])
def test_a_token_that_is_over_opens_nothing(uni: University, how: str) -> None:
    token = uni.token()
    with uni.hub.at():
        now = utcnow()
        if how == "partner ended":
            partners.end(BOB, uni.number, now)
        elif how == "secret revoked":
            [secret] = partners.everybody(now)[0].secrets
            partners.revoke_secret(BOB, uni.number, secret.id, now)
    if how == "expired":
        uni.later(minutes=15, seconds=1)
    elif how == "last day over":
        uni.later(days=91)
    elif how == "revoked":
        assert uni.client.post("/oauth/revoke", data={"token": token}, headers=uni.basic()).status_code == 200
    assert uni.read("/api/search", token).status_code == 401
    if how != "expired" and how != "revoked":
        assert uni.ask().status_code == 401


def test_a_right_taken_away_is_gone_from_tokens_given_before(uni: University) -> None:
    token = uni.token()
    with uni.hub.at():
        until = date.today() + timedelta(days=9)  # noqa: DTZ011 - a local day
        partners.change(BOB, uni.number, ["records:read"], until, utcnow())
    assert titles(uni.read("/api/search", token)) == {"Offenes"}


def test_two_secrets_overlap_and_no_third(uni: University) -> None:
    with uni.hub.at():
        second = partners.renew(BOB, uni.number, utcnow())
        assert [uni.ask(secret=one).status_code for one in (uni.secret, second)] == [200, 200]
        third = partners.renew(BOB, uni.number, utcnow())
    assert [uni.ask(secret=one).status_code for one in (uni.secret, second, third)] == [401, 200, 200]


def test_a_secret_in_the_form_is_not_taken(uni: University) -> None:
    data = {"grant_type": "client_credentials", "client_id": uni.client_id, "client_secret": uni.secret}
    assert uni.client.post("/oauth/token", data=data).status_code == 401


@pytest.mark.parametrize("header", ["Basic", "Basic %%%", "Basic " + base64.b64encode(b"\xff\xfe:x").decode()])
def test_a_proof_that_cant_be_read_is_none(uni: University, header: str) -> None:
    data = {"grant_type": "client_credentials"}
    answer = uni.client.post("/oauth/token", data=data, headers={"Authorization": header})
    assert answer.status_code == 401


def test_guessing_a_secret_is_slowed_down_and_noted_once(uni: University) -> None:
    assert [uni.ask(secret="wrong").status_code for _ in range(6)] == [401] * 5 + [429]
    refused = uni.ask()
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    uni.later(minutes=1)
    assert uni.ask().status_code == 200
    with uni.hub.at():
        assert len(audit.notes(audit.Wanted("token.throttled"))) == 1


def test_only_its_own_partner_learns_about_or_ends_a_token(uni: University) -> None:
    token = uni.token()
    told = uni.introspect(token)
    assert (told["active"], told["client_id"], told["scope"]) == (True, uni.client_id, " ".join(sorted(ALL)))
    with uni.hub.at():
        until = date.today() + timedelta(days=9)  # noqa: DTZ011 - a local day
        other_id, other_secret = partners.add(BOB, "Andere", ALL, until, utcnow())
    other = replace(uni, client_id=other_id, secret=other_secret)
    assert other.introspect(token) == {"active": False}
    other.client.post("/oauth/revoke", data={"token": token}, headers=other.basic())
    assert titles(uni.read("/api/search", token)) == {"Offenes", "Geschlossenes"}
    uni.client.post("/oauth/revoke", data={"token": token}, headers=uni.basic())
    assert uni.introspect(token) == {"active": False}
    assert uni.introspect("nothing") == {"active": False}
    assert uni.client.post("/oauth/introspect", data={"token": token}).status_code == 401


def test_neither_secret_nor_token_is_kept(uni: University) -> None:
    token = uni.token()
    uni.read("/api/search", token)
    files = b"".join(file.read_bytes() for file in uni.hub.settings.instance.glob("hub.db*"))
    assert token.encode() not in files
    assert uni.secret.encode() not in files
    with uni.hub.at():
        row = reading().scalars(sa.select(AccessToken)).one()
        assert row.last_used_on == utcnow().date()


def test_what_was_read_beyond_the_public_is_listed_by_kind_and_day(uni: University) -> None:
    uni.read("/api/search", uni.token("records:read"))
    with uni.hub.at():
        assert reading().scalars(sa.select(PartnerRead)).all() == []
    for door in ("/api/search", "/api/v1/records", "/api/search"):
        uni.read(door, uni.token())
    with uni.hub.at():
        today = utcnow().date()
        reading().rollback()
        assert partners.read_between(today, today) == {"Universität Probe": {"project": [today]}}


def test_coordinators_give_renew_and_end_access_on_pages(hub: Hub, bob: Browser, charlie: Browser) -> None:
    page = "/verwaltung/partner"
    bob.open(page)
    until = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011 - a local day
    answer = bob.send(name="Hochschule Nord", recht=["records:read"], bis=until, passwort=PASSWORD)
    assert answer.headers["Cache-Control"] == "no-store"
    secret = bob.text(".//main//dd[contains(@class, 'hub-mono')]").split()[1]
    bob.open(page)
    assert "Hochschule Nord" in bob.text()
    assert secret not in bob.text()
    with hub.at():
        [held] = partners.everybody(utcnow())
    bob.open(f"{page}/{held.id}")
    bob.follow(bob.send(form=".//form[contains(@action, 'beenden')]", passwort=PASSWORD))
    assert "beendet" in bob.text()
    with hub.at():
        assert [one.act for one in audit.notes(audit.Wanted())] == ["partner.ended", "partner.added"]
    assert charlie.open(page).status_code == 403


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": "x"}, "name"),
        ({"recht": []}, "rechte"),
        ({"recht": ["root"]}, "rechte"),
        ({"bis": "2020-01-01"}, "bis"),
        ({"bis": "bald"}, "bis"),
        ({"passwort": "falsch"}, "passwort-neu"),
    ],
)
def test_what_is_wrong_with_a_new_partner_is_said_at_its_field(
    hub: Hub, bob: Browser, typed: dict[str, Any], field: str
) -> None:
    bob.open("/verwaltung/partner")
    until = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011 - a local day
    right: dict[str, Any] = {"name": "Hochschule", "recht": ["records:read"], "bis": until, "passwort": PASSWORD}
    assert bob.send(**right | typed).status_code == 422
    assert bob.page.xpath(f".//a[@href='#{field}']")
    with hub.at():
        assert partners.everybody(utcnow()) == []


def test_a_person_makes_uses_and_ends_a_token(uni: University, charlie: Browser) -> None:
    charlie.open("/konto/zugaenge")
    answer = charlie.send(name="Mein Programm", recht=["records:read", "network:read"], tage="30", passwort=PASSWORD)
    assert answer.headers["Cache-Control"] == "no-store"
    [token] = re.findall(r"hubt_[\w-]{43}", answer.text)
    assert titles(uni.read("/api/search", token)) == {"Offenes", "Geschlossenes"}
    charlie.open("/konto/zugaenge")
    assert token not in charlie.text()
    charlie.follow(charlie.send(form=".//form[contains(@action, 'widerrufen')]"))
    assert uni.read("/api/search", token).status_code == 401
    with uni.hub.at():
        assert reading().scalars(sa.select(PartnerRead)).all() == []


def test_nobody_gives_a_token_more_than_the_own_rights_or_ends_anothers(uni: University, charlie: Browser) -> None:
    charlie.open("/konto/zugaenge")
    more = {"name": "Mehr", "recht": ["records:read", "records:write"], "tage": "30", "passwort": PASSWORD}
    assert charlie.send(**more).status_code == 422  # type: ignore[arg-type]
    uni.token()
    with uni.hub.at():
        foreign = reading().scalars(sa.select(AccessToken.id)).one()
    charlie.open("/konto/zugaenge")
    assert charlie.send(f"/konto/zugaenge/{foreign}/widerrufen").status_code == 404


def test_the_discovery_document_names_what_partners_need(uni: University) -> None:
    told = json.loads(uni.client.get("/.well-known/openid-configuration").data)
    assert "client_credentials" in told["grant_types_supported"]
    assert "client_secret_basic" in told["token_endpoint_auth_methods_supported"]
    assert told["introspection_endpoint"].endswith("/oauth/introspect")
