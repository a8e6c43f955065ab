"""What a token must claim to be believed here and now (OpenID Connect Core 1.0, 3.1.3.7; RFC 7523, 3)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from federation.signin import LEEWAY_S
from hubnode.network.signing_in.errors import SignInRefused

LEEWAY = timedelta(seconds=LEEWAY_S)
LONGEST = timedelta(hours=1)
"""The longest time between a token's making and its end."""


def check_issued(claims: Mapping[str, Any], issuer: str, audience: str) -> None:
    """Raise `SignInRefused` unless `issuer` made this for `audience`, alone or as the party that asked for it."""
    if claims.get("iss") != issuer:
        raise SignInRefused("bad-token", "the token is from another issuer")
    named = claims.get("aud")
    audiences = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    if audience not in audiences:
        raise SignInRefused("bad-token", "the token is for somebody else")
    if len(audiences) > 1 and claims.get("azp") != audience:
        raise SignInRefused("bad-token", "the token is for several, and does not say who asked")
    if claims.get("azp", audience) != audience:
        raise SignInRefused("bad-token", "somebody else asked for the token")


def check_times(claims: Mapping[str, Any], now: datetime, longest: timedelta = LONGEST) -> datetime:
    """The end of the token; raises `SignInRefused` for one that has ended, is not yet, or would last too long."""
    expires, issued = _moment(claims.get("exp")), _moment(claims.get("iat"))
    if expires <= now - LEEWAY:
        raise SignInRefused("bad-token", "the token has expired")
    if issued > now + LEEWAY or _moment(claims.get("nbf", 0)) > now + LEEWAY:
        raise SignInRefused("bad-token", "the token is from the future")
    if expires - issued > longest or issued < now - longest - LEEWAY:
        raise SignInRefused("bad-token", "the token lasts too long")
    return expires


def check_nonce(claims: Mapping[str, Any], nonce: str) -> None:
    """Raise `SignInRefused` unless the token answers the very request that was made."""
    said = claims.get("nonce")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode(), nonce.encode()):
        raise SignInRefused("bad-token", "the token answers another request")


def text(claims: Mapping[str, Any], name: str, longest: int) -> str:
    """A claim that is a text without control characters; empty where there is none. Raises `SignInRefused`."""
    value = claims.get(name, "")
    if not isinstance(value, str) or len(value) > longest or any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
        raise SignInRefused("bad-token", f"the claim {name} can't be read")
    return value.strip()


def _moment(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SignInRefused("bad-token", "the token lacks a time")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise SignInRefused("bad-token", "the token has a time that is none") from error
