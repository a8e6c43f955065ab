"""Requests from Wilster to Kiel: honest ones, and validly signed ones outside the profile."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from http_message_signatures import HTTPMessageSigner, algorithms

from federation import signatures
from federation.signatures import DOCUMENT_TYPE, Verified, sign_request, verify_request
from tests.federation.cast import KIEL, NOW, WILSTER, Hub

URL = f"{KIEL.origin}/apl/v1/poke"
GET_URL = f"{KIEL.origin}/apl/v1/entries?log=0&after=7&limit=500"
BODY = b'{"checkpoint":"x"}'
NONCE = bytes(range(16))
AT = NOW.replace(microsecond=0)


@dataclass
class Memory:
    """What a hub remembers of nonces, shared by all its doors."""

    seen: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def __call__(self, keyid: str, nonce: str, until: datetime) -> bool:
        known = (keyid, nonce) in self.seen
        self.seen.setdefault((keyid, nonce), until)
        return known


def post(now: datetime = AT, hub: Hub = WILSTER, **changes: Any) -> dict[str, str]:
    """The headers of a signed poke from Wilster to Kiel."""
    usual: dict[str, Any] = {"url": URL, "body": BODY, "content_type": None, "key": hub.signing, "origin": hub.origin}
    return sign_request("POST", **{**usual, **changes}, now=now, nonce=NONCE)


def get(now: datetime = AT) -> dict[str, str]:
    """The headers of a signed pull."""
    return sign_request("GET", GET_URL, None, None, WILSTER.signing, WILSTER.origin, now, nonce=NONCE)


def check(headers: dict[str, str], **changes: Any) -> Verified:
    """What Kiel, who pinned Wilster, says to a poke with these headers."""
    usual: dict[str, Any] = {
        "method": "POST",
        "target_uri": URL,
        "body": BODY,
        "find_key": WILSTER.find_key,
        "seen_nonce": Memory(),
        "now": AT,
    }
    return verify_request(headers=headers, **{**usual, **changes})


def check_get(headers: dict[str, str], **changes: Any) -> Verified:
    """The same for a pull."""
    return check(headers, **{"method": "GET", "target_uri": GET_URL, "body": b"", **changes})


def forge(
    components: tuple[str, ...] = ("@method", "@target-uri", "content-type", "content-digest"),
    *,
    method: str = "POST",
    url: str = URL,
    **changes: Any,
) -> dict[str, str]:
    """A request validly signed by Wilster's key, but outside the profile."""
    digest = HTTPMessageSigner.content_digest_class.create(BODY)
    headers = {"Content-Type": DOCUMENT_TYPE, "Content-Digest": digest} if method == "POST" else {}
    message = signatures._Message(method, url, headers)
    usual: dict[str, Any] = {
        "key_id": f"{WILSTER.origin}#k1",
        "created": AT,
        "expires": AT + timedelta(seconds=300),
        "nonce": "AAECAwQFBgcICQoLDA0ODw",
        "label": "sig1",
        "tag": "apl/1",
    }
    signer = HTTPMessageSigner(
        signature_algorithm=algorithms.ED25519, key_resolver=signatures._Keys(private=WILSTER.signing.private)
    )
    signer.sign(message, covered_component_ids=components, use_existing_digest=bool(headers), **{**usual, **changes})
    return headers
