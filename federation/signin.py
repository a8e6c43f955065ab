"""Addresses of sign-in across hubs, all derived from two origins (OpenID Connect Core 1.0; RFC 7523, 7636, 9207).

A hub is a provider for its own people and a client of every other member. Its client id and its issuer are its origin;
nothing is registered, and no document of another hub decides where a browser or a request is sent.
"""

from typing import Final

from federation.origin import parse_origin

DISCOVERY: Final = "/.well-known/openid-configuration"
AUTHORIZE: Final = "/oauth/authorize"
TOKEN: Final = "/oauth/token"  # noqa: S105 - a path
JWKS: Final = "/oauth/jwks"
USERINFO: Final = "/oauth/userinfo"
REVOKE: Final = "/oauth/revoke"
BACKCHANNEL: Final = "/oauth/backchannel-logout"
"""Where a hub is told that a sign-in at the home hub has ended (Back-Channel Logout 1.0)."""
END_SESSION: Final = "/oauth/logout"
CALLBACK: Final = "/oauth/callback/"
"""Followed by host and port of the issuer: one address for each, so that no answer is taken for that of another."""
SIGNED_OUT: Final = "/oauth/signed-out"
"""Where a browser comes back to after it was signed out at the home hub."""

ALGORITHM: Final = "ES256"
"""The one signature of tokens and assertions (RFC 7518, 3.4)."""
ASSERTION_TYPE: Final = "client-authentication+jwt"
"""The ``typ`` of a client's proof, so that no other token signed by the same key passes for one."""
CLIENT_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""How a request names the kind of its proof (RFC 7523, 2.2)."""
ID_TOKEN_TYPE: Final = "JWT"  # noqa: S105 - a type
LOGOUT_TYPE: Final = "logout+jwt"
"""The ``typ`` of a logout token (Back-Channel Logout 1.0, 2.4)."""
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
"""What a logout token is about."""
SCOPES: Final = ("openid", "profile")
ASSERTION_LIFE_S: Final = 60
"""Seconds in which a client's proof must be used."""
LEEWAY_S: Final = 30
"""Seconds by which the clocks of two hubs may differ."""


def callback_of(client: str, issuer: str) -> str:
    """The one redirect address of the hub ``client`` for answers of the hub ``issuer``."""
    return parse_origin(client) + CALLBACK + host_part(issuer)


def host_part(origin: str) -> str:
    """Host and port of an origin as they stand in a path."""
    return parse_origin(origin).split("://", 1)[1]


def affiliation(role: str, issuer: str) -> str:
    """How somebody belongs to a hub, such as ``employee@hub.example`` (eduPerson, scoped)."""
    return f"{role}@{host_part(issuer)}"


def belongs(value: str, issuer: str) -> bool:
    """Whether an affiliation speaks of the hub that says it, and of no other."""
    role, at, scope = value.partition("@")
    return bool(role and at) and scope == host_part(issuer)
