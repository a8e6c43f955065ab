"""An outside provider, such as Keycloak: whom it vouches for, by its own discovery and the settings of this hub.

It is not one of ours: its addresses come from its discovery document, whose issuer must be the one in the settings, and
its signatures may be RSA. Everything else is asked of its answers as of those of a hub.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError
from flask import current_app

from federation import signin
from federation.errors import ProtocolError
from federation.origin import parse_origin
from hubnode.config import Settings
from hubnode.network.node import Node
from hubnode.network.signing_in import carrying, errand, hubs
from hubnode.network.signing_in import claims as rules
from hubnode.network.signing_in.errand import Answer, Attempt
from hubnode.network.signing_in.errors import SignInRefused
from hubnode.network.signing_in.jwks import fetch_json
from hubnode.people import factors

CALLBACK = "/oauth/provider"
DISCOVERY = "/.well-known/openid-configuration"
ALGORITHMS = ("ES256", "ES384", "PS256", "RS256")
"""Signatures by keys that the provider publishes; never ``none``, never one by a shared secret."""
KEPT = timedelta(minutes=10)
LONGEST = timedelta(hours=24)
EXTENSION = "hubnode.signing_in.provider"


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is used of the discovery document."""

    authorize: str
    token: str
    jwks: str
    userinfo: str
    names_issuer: bool
    """Whether its answers name their issuer (RFC 9207)."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Outsider:
    """Somebody for whom the provider vouches in a token that was verified; `finish` makes it."""

    issuer: str
    subject: str
    name: str
    mail: str
    """A mail address that the provider has verified; empty where it says of none that it has."""
    role: str
    how: str
    """What the person has shown there: ``provider`` or ``provider+mfa``."""


def address(node: Node, attempt: Attempt, now: datetime) -> str:
    """Where the browser goes; raises `SignInRefused` where the provider does not answer."""
    known = _metadata(node, now)
    more = {"acr_values": " ".join(node.settings.provider_acr)} if node.settings.provider_acr else {}
    made = _client(node, known.token).create_authorization_url(
        known.authorize, state=attempt.state, code_verifier=attempt.verifier, nonce=attempt.nonce, **more
    )
    return str(made[0])


def finish(node: Node, attempt: Attempt, answer: Answer, now: datetime) -> Outsider:
    """For whom the provider vouches; raises `SignInRefused`. No transaction may be open: it asks the provider."""
    settings, known = node.settings, _metadata(node, now)
    code = errand.check(attempt, settings.provider_issuer, answer, now, names_issuer=known.names_issuer)
    given = _redeemed(node, known, code, attempt.verifier, now)
    header, said = hubs.keys().published.verify(given["id_token"], known.jwks, _origin(known.jwks), now, ALGORITHMS)
    if header.get("typ", signin.ID_TOKEN_TYPE) != signin.ID_TOKEN_TYPE:
        raise SignInRefused("bad-token", "this is no ID token")
    rules.check_issued(said, settings.provider_issuer, _client_id(settings))
    rules.check_times(said, now, LONGEST)
    rules.check_nonce(said, attempt.nonce)
    return _outsider(settings, {**_told(node, known, given, said), **said}, said)


def _outsider(settings: Settings, told: Mapping[str, Any], signed: Mapping[str, Any]) -> Outsider:
    """What the claims mean here; how the person has signed in stands in the signed token only."""
    subject = rules.text(signed, "sub", 255)
    if not subject:
        raise SignInRefused("bad-token", "the provider does not say who this is")
    _check_affiliation(settings, told)
    verified = told.get("email_verified") is True or _claim(settings, "mail") != "email"
    mail = rules.text(told, _claim(settings, "mail"), 254).lower() if verified else ""
    name = rules.text(told, _claim(settings, "name"), 120) or mail.split("@")[0]
    strong = factors.satisfied_by(_texts(signed.get("amr")), rules.text(signed, "acr", 255), settings.provider_acr)
    how = "provider+mfa" if strong else "provider"
    return Outsider(settings.provider_issuer, subject, name, mail, _role(settings, told), how)


def _check_affiliation(settings: Settings, told: Mapping[str, Any]) -> None:
    """Raise `SignInRefused` where the provider says that somebody belongs to what it does not speak for."""
    if not settings.provider_scopes:
        return
    named = _texts(told.get(_claim(settings, "affiliation")))
    scopes = {one.partition("@")[2].lower() for one in named}
    if not scopes or not scopes <= {scope.lower() for scope in settings.provider_scopes}:
        raise SignInRefused("bad-affiliation", "the affiliation is missing, or that of another organisation")


def _role(settings: Settings, told: Mapping[str, Any]) -> str:
    """The role of a new account: the first in the operator's table that the provider names, else staff."""
    named = set(_texts(told.get(_claim(settings, "role"))))
    return next((role for value, role in settings.provider_roles.items() if value in named), "staff")


def _claim(settings: Settings, what: str) -> str:
    """What the provider calls it."""
    usual = {"name": "name", "mail": "email", "affiliation": "eduperson_scoped_affiliation", "role": "roles"}
    return settings.provider_claims.get(what, usual[what])


def _texts(value: object) -> Sequence[str]:
    """A claim that is a text or a list of texts; others are none."""
    found = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return [one for one in found if isinstance(one, str)]


def _told(node: Node, known: Metadata, given: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """What userinfo adds, where the token lacks a claim that is wanted; it must be about the same person."""
    wanted = [_claim(node.settings, what) for what in ("name", "mail", "affiliation", "role")]
    if not known.userinfo or all(name in said for name in wanted):
        return {}
    try:
        answer = _client(node, known.userinfo, token=dict(given)).get(known.userinfo)
        told = answer.json() if answer.status_code == 200 else {}
    except (*carrying.NO_ANSWER, AuthlibBaseError, ValueError) as error:
        raise SignInRefused("unreachable", "the provider does not answer") from error
    if not isinstance(told, dict) or told.get("sub") != said.get("sub"):
        raise SignInRefused("bad-token", "the provider speaks of somebody else")
    return {name: told[name] for name in (*wanted, "email_verified") if name in told}


def _redeemed(node: Node, known: Metadata, code: str, verifier: str, now: datetime) -> Mapping[str, Any]:
    """Tokens for a code."""
    proof = {} if node.settings.provider_client_secret else _proof(node, now)
    try:
        made = _client(node, known.token).fetch_token(
            known.token, grant_type="authorization_code", code=code, code_verifier=verifier, **proof
        )
    except carrying.NO_ANSWER as error:
        raise SignInRefused("unreachable", "the provider does not answer") from error
    except (AuthlibBaseError, ValueError, TypeError, KeyError) as error:
        raise SignInRefused("refused", "the provider does not take the code") from error
    if not isinstance(made.get("id_token"), str):
        raise SignInRefused("refused", "the provider sent no ID token")
    return dict(made)


def _proof(node: Node, now: datetime) -> dict[str, str]:
    """The proof by our own key, where there is no secret."""
    made = hubs.proof(node, node.settings.provider_issuer, now, _client_id(node.settings))
    return {"client_assertion_type": signin.CLIENT_ASSERTION, "client_assertion": made}


def _client_id(settings: Settings) -> str:
    return settings.provider_client_id or settings.base_url


def _client(node: Node, url: str, **more: Any) -> Any:
    settings = node.settings
    how = "client_secret_basic" if settings.provider_client_secret else "none"
    return carrying.session(
        node.wire,
        _origin(url),
        _client_id(settings),
        client_secret=settings.provider_client_secret or None,
        token_endpoint_auth_method=how,
        scope="openid profile email",
        redirect_uri=settings.base_url + CALLBACK,
        code_challenge_method="S256",
        **more,
    )


def _metadata(node: Node, now: datetime) -> Metadata:
    held = current_app.extensions.get(EXTENSION)
    if not isinstance(held, Metadata) or not held.at <= now < held.at + KEPT:
        held = current_app.extensions[EXTENSION] = _discovered(node, now)
    return held


def _discovered(node: Node, now: datetime) -> Metadata:
    issuer = node.settings.provider_issuer
    document = fetch_json(node.wire, issuer.rstrip("/") + DISCOVERY, _origin(issuer))
    if document.get("issuer") != issuer:
        raise SignInRefused("mixed-up", "the discovery document is that of another issuer")
    named = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    found = [document.get(name) for name in (*named, "userinfo_endpoint")]
    if not all(isinstance(url, str) and _origin(url) for url in found[:3]):
        raise SignInRefused("unreachable", "the discovery document lacks an address")
    authorize, token, keys, userinfo = (str(url or "") for url in found)
    names_issuer = document.get("authorization_response_iss_parameter_supported") is True
    return Metadata(authorize, token, keys, userinfo, names_issuer, now)


def _origin(url: str) -> str:
    """The origin of an address of the provider; raises `SignInRefused` for one that may not be asked."""
    parts = urlsplit(url)
    try:
        return parse_origin(f"{parts.scheme}://{parts.netloc}")
    except ProtocolError as error:
        raise SignInRefused("unreachable", "an address of the provider may not be asked") from error
