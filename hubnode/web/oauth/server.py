"""The one authorization server of a node; each kind of client registers here what is its own.

A kind of client brings: how its clients are found, each of them a `Client` that keeps the tokens it is given; how its
tokens are found for revocation; and with Authlib's own methods its way to prove itself and its grants. Nothing here
knows hubs or partners, keeps a secret, or allows what was not registered.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Protocol

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.integrations.flask_oauth2.requests import FlaskOAuth2Payload
from authlib.oauth2.rfc6749 import ClientMixin, OAuth2Request
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc9207 import IssuerParameter
from flask import Request
from flask import request as current_request

from hubnode.web.context import hub_settings


class Client(ClientMixin):  # type: ignore[misc]  # Authlib is untyped
    """Somebody who may be given tokens; whoever finds none answers None."""

    def keep(self, token: Mapping[str, Any], request: Any) -> None:
        """Keep a token by its hash; raises an `OAuth2Error` where it must not be given. A transaction of its own."""
        raise NotImplementedError


class Token(Protocol):
    """A token as revocation sees it."""

    def check_client(self, client: Client) -> bool:
        """Whether it was given to this client."""
        ...

    def revoke(self) -> None:
        """End it. A transaction of its own."""
        ...


class _OwnAddress(OAuth2Request):  # type: ignore[misc]  # Authlib is untyped
    """A request under the address that our settings name, whatever a header says: TLS may end before us."""

    def __init__(self, given: Request) -> None:
        super().__init__(given.method, hub_settings().base_url + given.full_path, headers=given.headers)
        self._request = given
        self.payload = FlaskOAuth2Payload(given)

    @property
    def args(self) -> Mapping[str, str]:
        """The query."""
        return self._request.args

    @property
    def form(self) -> Mapping[str, str]:
        """The body."""
        return self._request.form


class Provider(AuthorizationServer):  # type: ignore[misc]  # Authlib is untyped
    """Authlib's server over the kinds of clients that were registered."""

    def __init__(self) -> None:
        super().__init__()
        self._finders: list[Callable[[str], Client | None]] = []
        self._token_finders: list[Callable[[str], Token | None]] = []
        self.proofs: list[str] = []
        """Names of the ways in which a client may prove itself at the revocation endpoint."""

    def register_clients(
        self,
        find: Callable[[str], Client | None],
        find_token: Callable[[str], Token | None],
        proof: str,
        prove: Callable[..., Client | None],
    ) -> None:
        """Add a kind of client: how one is found, how its tokens are, and its way to prove itself."""
        self._finders.append(find)
        self._token_finders.append(find_token)
        self.proofs.append(proof)
        self.register_client_auth_method(proof, prove)

    def register_life(self, grant_type: str, life: timedelta) -> None:
        """Let tokens of a grant be random, opaque, and in force for so long."""

        def make(scope: str = "", **_: Any) -> dict[str, Any]:
            seconds = int(life.total_seconds())
            return {"token_type": "Bearer", "access_token": secrets.token_urlsafe(32), "expires_in": seconds,
                    "scope": scope}  # fmt: skip

        self.register_token_generator(grant_type, make)

    def query_client(self, client_id: str) -> Client | None:
        """The client of this name, of whatever kind."""
        found = (find(client_id) for find in self._finders)
        return next((client for client in found if client is not None), None)

    def find_token(self, token: str) -> Token | None:
        """The token, of whatever kind."""
        found = (find(token) for find in self._token_finders)
        return next((one for one in found if one is not None), None)

    def save_token(self, token: Mapping[str, Any], request: Any) -> None:
        """Let the client's own kind keep the token."""
        request.client.keep(token, request)

    def create_oauth2_request(self, _request: object) -> _OwnAddress:
        """The request at hand, under our own address."""
        return _OwnAddress(current_request)


class Revocation(RevocationEndpoint):  # type: ignore[misc]  # Authlib is untyped
    """RFC 7009: whoever was given a token may end it, and nobody else."""

    SUPPORTED_TOKEN_TYPES = ("access_token",)

    @property
    def CLIENT_AUTH_METHODS(self) -> list[str]:  # noqa: N802 - Authlib's name
        """Every way that was registered."""
        return PROVIDER.proofs

    def query_token(self, token: str, _hint: str | None) -> Token | None:
        """The token, of whatever kind."""
        return PROVIDER.find_token(token)

    def revoke_token(self, token: Token, _request: object) -> None:
        """End it."""
        token.revoke()


class OwnIssuer(IssuerParameter):  # type: ignore[misc]  # Authlib is untyped
    """RFC 9207: every answer says from whom it is."""

    def get_issuer(self) -> str:
        """Our origin."""
        return hub_settings().base_url


PROVIDER = Provider()
"""The authorization server of this node; what it needs of the node, it asks at each request."""
PROVIDER.register_extension(OwnIssuer())
PROVIDER.register_endpoint(Revocation)
