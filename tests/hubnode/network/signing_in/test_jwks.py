"""The keys that others publish are asked for seldom, whatever strangers send."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from federation.wire import Wire
from hubnode.network.signing_in.errors import SignInRefused
from hubnode.network.signing_in.jwks import KEPT, MAX_TOKEN, PAUSE, PublishedKeys

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def token(**head: object) -> str:
    """What a stranger sends."""
    part = base64.urlsafe_b64encode(json.dumps({"alg": "ES256", "kid": "k", **head}).encode()).decode().rstrip("=")
    return f"{part}.e30.AAAA"


def test_a_hub_that_does_not_answer_is_not_asked_again_at_once(free_port: int) -> None:
    asked: list[str] = []

    def resolver(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    keys, origin = PublishedKeys(Wire(allow_loopback=True, resolver=resolver)), f"http://127.0.0.1:{free_port}"
    for moment, times in ((NOW, 1), (NOW, 1), (NOW + PAUSE / 2, 1), (NOW + PAUSE, 2), (NOW + PAUSE, 2)):
        with pytest.raises(SignInRefused):
            keys.verify(token(), f"{origin}/oauth/jwks", origin, moment, ("ES256",))
        assert len(asked) == times
    assert KEPT > PAUSE


@pytest.mark.parametrize(
    "sent",
    [
        token(alg="none"), token(alg="HS256"), token(alg="RS256"), token(alg=None), token(kid=None), token(kid=7),
        "", ".", "..", "a.b.c", "x" * (MAX_TOKEN + 1), "e30.e30.e30", "W10.W10.W10", "\u00e4.\u00e4.\u00e4",
    ],
)  # fmt: skip
def test_what_can_not_be_a_token_asks_nobody(sent: str) -> None:
    def resolver(_host: str, _port: int) -> Sequence[str]:
        raise AssertionError("nobody is asked")

    keys = PublishedKeys(Wire(allow_loopback=True, resolver=resolver))
    with pytest.raises(SignInRefused) as refusal:
        keys.verify(sent, "http://127.0.0.1:9/oauth/jwks", "http://127.0.0.1:9", NOW, ("ES256",))
    assert refusal.value.why == "bad-token"
