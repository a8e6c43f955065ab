"""Partner universities as clients: client credentials (RFC 6749, 4.4), and what is known of a token (RFC 7662)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidScopeError, grants
from authlib.oauth2.rfc6749.util import extract_basic_authorization
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from flask import request as current_request

from hubnode.network.node import current_node
from hubnode.people import partners, tokens
from hubnode.people.errors import Throttled
from hubnode.people.partners import Proven, WrongSecret
from hubnode.people.tokens import OfPartner
from hubnode.web.context import hub_settings
from hubnode.web.oauth.server import PROVIDER, Client

PROOF = "client_secret_basic"
INTROSPECT = "/oauth/introspect"


class TooManyTries(OAuth2Error):  # type: ignore[misc]  # Authlib is untyped
    """A secret was guessed at too often; the next try is answered later."""

    error = "temporarily_unavailable"
    status_code = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(description="Too many attempts with a wrong secret. Try again later.")
        self.seconds = seconds

    def get_headers(self) -> list[tuple[str, str]]:
        """With the time after which to come back."""
        return [*super().get_headers(), ("Retry-After", str(self.seconds))]


@dataclass(frozen=True)
class PartnerClient(Client):
    """A partner as Authlib asks it."""

    held: Proven

    def get_client_id(self) -> str:
        """Its name."""
        return self.held.client_id

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        """Whether a partner may prove itself in this way."""
        return method == PROOF

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether this is the one grant of partners."""
        return grant_type == "client_credentials"

    def check_response_type(self, _response_type: str) -> bool:
        """Partners have no pages."""
        return False

    def get_allowed_scope(self, scope: str | None) -> str:
        """What was asked for; without a wish, all that the partner may do."""
        return " ".join((scope or "").split() or sorted(self.held.scopes))

    def keep(self, token: Mapping[str, Any], request: Any) -> None:  # noqa: ARG002 - one shape
        """Keep a token for minutes, by its hash."""
        now = current_node().clock()
        tokens.give(self.held.id, token["access_token"], token["scope"].split(), now, now + partners.TOKEN_LIFE)


class PartnerCredentials(grants.ClientCredentialsGrant):  # type: ignore[misc]  # Authlib is untyped
    """The grant: a secret for a token, and never for more than was granted."""

    TOKEN_ENDPOINT_AUTH_METHODS = [PROOF]  # noqa: RUF012 - Authlib's own attribute

    def validate_requested_scope(self) -> None:
        """Raise where more is wanted than the partner may do."""
        wanted = set((self.request.payload.scope or "").split())
        if not wanted <= self.request.client.held.scopes:
            raise InvalidScopeError

    def generate_token(self, scope: str | None = None, **more: Any) -> Any:
        """A token for what was asked for, or for all that the partner may do."""
        return super().generate_token(scope=self.request.client.get_allowed_scope(scope), **more)


@dataclass(frozen=True)
class PartnerToken:
    """A partner's token as revocation and introspection see it."""

    row: OfPartner

    def check_client(self, client: object) -> bool:
        """Whether it was given to this partner."""
        return isinstance(client, PartnerClient) and client.held.id == self.row.partner

    def is_expired(self) -> bool:
        """Whether its time is over; `query_token` has looked."""
        return False

    def is_revoked(self) -> bool:
        """Whether it was ended; `query_token` has looked."""
        return False

    def revoke(self) -> None:
        """End it. A transaction of its own."""
        tokens.end(self.row.id, current_node().clock())


class Introspection(IntrospectionEndpoint):  # type: ignore[misc]  # Authlib is untyped
    """RFC 7662: a partner may ask about its own tokens; of all others it hears that they do not hold."""

    CLIENT_AUTH_METHODS = [PROOF]  # noqa: RUF012 - Authlib's own attribute

    def query_token(self, token: str, _hint: str | None) -> PartnerToken | None:
        """The token, where it is one of a partner and holds now."""
        try:
            held = tokens.bearer(token, current_node().clock(), used=False)
        except tokens.BadToken:
            return None
        return find_token(token) if held.partner is not None else None

    def check_permission(self, token: PartnerToken, client: PartnerClient, _request: object) -> bool:
        """Whether the token is the asker's own."""
        return token.check_client(client)

    def introspect_token(self, token: PartnerToken) -> dict[str, Any]:
        """What is known of it."""
        row = token.row
        held = partners.one(row.partner, current_node().clock())
        return {
            "active": True,
            "client_id": held.client_id if held else "",
            "token_type": "Bearer",
            "scope": row.scopes,
            "iss": hub_settings().base_url,
            "iat": _seconds(row.created_at),
            "exp": _seconds(row.expires_at),
        }


def find(client_id: str) -> PartnerClient | None:
    """The partner of this name; None for strangers and for whose access has ended."""
    held = partners.find(client_id, current_node().clock())
    return PartnerClient(held) if held else None


def find_token(token: str) -> PartnerToken | None:
    """A partner's token, in force or not."""
    row = tokens.of_partner(token)
    return PartnerToken(row) if row is not None else None


def prove(query_client: Callable[[str], object], request: Any) -> PartnerClient | None:  # noqa: ARG001 - Authlib's shape
    """The partner that this request's secret proves; None for a wrong one. Raises `TooManyTries`."""
    try:
        client_id, secret = extract_basic_authorization(request.headers)
    except ValueError:  # not UTF-8
        return None
    if not client_id or not secret:
        return None
    now = current_node().clock()
    address = current_request.remote_addr or ""
    try:
        return PartnerClient(partners.prove(client_id, secret, address, hub_settings().secret_key, now))
    except WrongSecret:
        return None
    except Throttled as refusal:
        raise TooManyTries(max(1, int((refusal.until - now).total_seconds()) + 1)) from refusal


def _seconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp())


PROVIDER.register_clients(find, find_token, PROOF, prove)
PROVIDER.register_grant(PartnerCredentials)
PROVIDER.register_life("client_credentials", partners.TOKEN_LIFE)
PROVIDER.register_endpoint(Introspection)
