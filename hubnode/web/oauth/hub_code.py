"""Our people sign in at other hubs: the code flow of OpenID Connect, with every hub of the network as a client.

Nobody registers anything: the client id is the hub's origin, and what else there is to know of it follows from that.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidGrantError, InvalidRequestError, InvalidScopeError, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode
from authlib.oidc.core.util import create_half_hash

from federation import signin
from hubnode.network.node import current_node
from hubnode.network.signing_in import grants as held
from hubnode.network.signing_in import hubs
from hubnode.network.signing_in.errors import SignInRefused
from hubnode.people import sessions
from hubnode.web import cookies
from hubnode.web.oauth.server import PROVIDER, Client

PROOF = "private_key_jwt"
NONCE = re.compile(r"[\x21-\x7e]{16,128}", re.ASCII)
"""Long enough to be random, and nothing that needs escaping."""
MAX_STATE = 512
NOT_HERE = ("request", "request_uri", "registration", "response_mode", "max_age", "acr_values", "id_token_hint")
"""Parameters that OpenID Connect knows and that no hub sends: a second way to say a thing is a way around a check."""


@dataclass(frozen=True)
class HubClient(Client):
    """Another member as a client."""

    origin: str

    def get_client_id(self) -> str:
        """Its origin."""
        return self.origin

    def get_default_redirect_uri(self) -> None:
        """None: a client says where its answer goes."""

    def get_allowed_scope(self, scope: str) -> str | None:
        """What a hub may ask for, or None where anything else is among it."""
        asked = (scope or "").split()
        return scope if "openid" in asked and set(asked) <= set(signin.SCOPES) else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether this is the one address that follows from the two origins."""
        return redirect_uri == signin.callback_of(self.origin, current_node().settings.base_url)

    def check_client_secret(self, _secret: str) -> bool:
        """False: hubs share no secrets."""
        return False

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        """Whether a hub may prove itself in this way."""
        return method == PROOF

    def check_response_type(self, response_type: str) -> bool:
        """Whether this is the code flow."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether this is the code flow; there is nothing to refresh."""
        return grant_type == "authorization_code"

    def keep(self, token: Mapping[str, Any], request: Any) -> None:
        """Use the code up for this token; raises `InvalidGrantError` where somebody else was quicker."""
        code = request.authorization_code
        if not isinstance(code, Code) or not held.spend(code.held, token["access_token"], current_node().clock()):
            raise InvalidGrantError("The code was used before.")


@dataclass(frozen=True)
class Code:
    """A code as Authlib asks it."""

    held: held.HeldCode
    code_challenge_method: str = "S256"

    @property
    def code_challenge(self) -> str:
        """What the verifier must hash to."""
        return self.held.asked.challenge

    def get_redirect_uri(self) -> str:
        """Where the code was sent."""
        return self.held.asked.redirect_uri

    def get_scope(self) -> str:
        """What was agreed to."""
        return self.held.asked.scope


@dataclass(frozen=True)
class HubToken:
    """An access token of a hub."""

    held: held.HeldToken

    def check_client(self, client: Client) -> bool:
        """Whether it was given to this hub."""
        return isinstance(client, HubClient) and client.origin == self.held.client

    def revoke(self) -> None:
        """End it."""
        held.revoke(self.held, current_node().clock())


class HubCode(grants.AuthorizationCodeGrant):  # type: ignore[misc]  # Authlib is untyped
    """The code grant: hashed, for one minute, for one use; whoever uses one again ends what came of it."""

    TOKEN_ENDPOINT_AUTH_METHODS = [PROOF]  # noqa: RUF012 - Authlib's own attribute

    def validate_requested_scope(self) -> None:
        """Raise for a scope that hubs don't have."""
        if self.request.client.get_allowed_scope(self.request.payload.scope) is None:
            raise InvalidScopeError

    def generate_authorization_code(self) -> str:
        """256 random bits."""
        return secrets.token_urlsafe(32)

    def save_authorization_code(self, code: str, request: Any) -> None:
        """Keep it by its hash, with all that it is for."""
        given = request.payload.data
        asked = held.Request(
            request.client.origin, given["redirect_uri"], request.scope, given["nonce"], given["code_challenge"]
        )
        now = current_node().clock()
        held.keep_code(code, request.user.account_id, asked, now, sessions.number(cookies.token(), now))

    def query_authorization_code(self, code: str, client: HubClient) -> Code | None:
        """The code, if this client may still use it."""
        found = held.find_code(code, client.origin, current_node().clock())
        return Code(found) if found else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Nothing: it was used up with the token, in one transaction, and is remembered so that a second use shows."""

    def authenticate_user(self, authorization_code: Code) -> held.Person | None:
        """The person, if still active and still agreed."""
        asked = authorization_code.held.asked
        return held.person(authorization_code.held.account_id, asked.client, current_node().settings.base_url)


class OnlyS256(CodeChallenge):  # type: ignore[misc]  # Authlib is untyped
    """RFC 7636 for every client, and never ``plain``: the library would let a client with a key go without."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012 - Authlib's own attribute

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """Raise `InvalidRequestError` for a request without a challenge by S256."""
        given = grant.request.payload.data
        if not given.get("code_challenge") or given.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with S256 is required.")
        super().validate_code_challenge(grant, redirect_uri)


class IdToken(OpenIDCode):  # type: ignore[misc]  # Authlib is untyped
    """The ID token of our people: signed by the key for tokens, for one hub and five minutes."""

    def validate_openid_authorization_request(self, grant: Any, redirect_uri: str) -> None:
        """Raise `InvalidRequestError` for what hubs don't send."""
        given = grant.request.payload.data
        if any(name in given for name in NOT_HERE) or len(given.get("state", "")) > MAX_STATE:
            raise InvalidRequestError("A parameter is not taken here.")
        if given.get("prompt", "none") not in ("none", "consent"):
            raise InvalidRequestError("This prompt is not taken here.")
        if not given.get("state") or not NONCE.fullmatch(given.get("nonce", "")):
            raise InvalidRequestError("A state and a nonce of 16 to 128 characters are required.")
        super().validate_openid_authorization_request(grant, redirect_uri)

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        """Whether the hub has used it lately."""
        return held.nonce_known(request.payload.client_id, nonce)

    def encode_id_token(self, token: Mapping[str, Any], request: Any) -> str:
        """The signed token."""
        node, code = current_node(), request.authorization_code.held
        now = node.clock()
        said = {
            "iss": node.settings.base_url,
            "aud": request.client.origin,
            "iat": int(now.timestamp()),
            "exp": int((now + held.ID_TOKEN_LIFE).timestamp()),
            "nonce": code.asked.nonce,
            "at_hash": create_half_hash(token["access_token"], signin.ALGORITHM).decode("ascii"),
            **request.user.claims(token["scope"]),
            **({"sid": code.sid} if code.sid else {}),
        }
        return hubs.keys().own.sign(said, signin.ID_TOKEN_TYPE, now)


def find(client_id: str) -> HubClient | None:
    """The member with this origin."""
    return HubClient(client_id) if hubs.is_member(client_id) else None


def find_token(token: str) -> HubToken | None:
    """The access token."""
    found = held.find_token(token, current_node().clock())
    return HubToken(found) if found else None


def prove(query_client: Any, request: Any) -> HubClient | None:
    """The hub that has proven itself by its key (RFC 7523, 2.2); raises `InvalidClientError`."""
    given = request.form
    if given.get("client_assertion_type") != signin.CLIENT_ASSERTION or not given.get("client_assertion"):
        return None
    node = current_node()
    try:
        proven = hubs.prove(node, given["client_assertion"], node.clock())
    except SignInRefused as refusal:
        raise InvalidClientError(description=str(refusal)) from refusal
    if given.get("client_id", proven.origin) != proven.origin:
        raise InvalidClientError(description="The proof is that of another client.")
    client: HubClient | None = query_client(proven.origin)
    return client


PROVIDER.register_clients(find, find_token, PROOF, prove)
PROVIDER.register_life("authorization_code", held.TOKEN_LIFE)
PROVIDER.register_grant(HubCode, [OnlyS256(), IdToken(require_nonce=True)])
