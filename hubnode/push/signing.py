"""Signatures of what is pushed: Standard Webhooks (v1, HMAC-SHA256), and X-Hub-Signature of W3C WebSub."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

PREFIX = "whsec_"
KEY_BYTES = 32


def new_secret() -> str:
    """A secret as subscribers enter it: ``whsec_`` and 256 random bits in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def headers(message: str, at: datetime, body: bytes, shared: Sequence[str]) -> Mapping[str, str]:
    """The three headers of Standard Webhooks for a try at `at`, with one signature for each secret, newest first."""
    moment = str(int(at.timestamp()))
    signed = f"{message}.{moment}.".encode() + body
    signatures = " ".join(f"v1,{_v1(secret, signed)}" for secret in shared)
    return {"webhook-id": message, "webhook-timestamp": moment, "webhook-signature": signatures}


def _v1(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def hub_signature(secret: str, body: bytes) -> str:
    """What stands in ``X-Hub-Signature`` (WebSub section 7.1)."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
