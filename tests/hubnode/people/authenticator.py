"""An authenticator in software (WebAuthn Level 2): it makes passkeys and answers, as it should or as a thief would."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

from cbor2 import dumps
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One device with one passkey for one site."""

    origin: str
    rp_id: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    count: int = 0
    step: int = 1
    """By how much the counter grows; 0 for devices that do not count."""
    flags: int = PRESENT | VERIFIED
    handle: bytes = b""

    def make(self, options: str) -> str:
        """The answer of ``navigator.credentials.create`` to these options, as the page sends it."""
        asked = json.loads(options)
        self.handle = unpacked(asked["user"]["id"])
        attestation = dumps({"fmt": "none", "attStmt": {}, "authData": self._data(attested=True)})
        return self._answer(
            {
                "clientDataJSON": packed(self._client_data("webauthn.create", asked["challenge"])),
                "attestationObject": packed(attestation),
            }
        )

    def show(self, options: str) -> str:
        """The answer of ``navigator.credentials.get`` to these options, as the page sends it."""
        return self.sign(json.loads(options)["challenge"])

    def sign(self, challenge: str) -> str:
        """The answer to a challenge."""
        self.count += self.step
        data, client_data = self._data(), self._client_data("webauthn.get", challenge)
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": packed(client_data),
                "authenticatorData": packed(data),
                "signature": packed(signature),
                "userHandle": packed(self.handle),
            }
        )

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _data(self, *, attested: bool = False) -> bytes:
        flags = self.flags | (ATTESTED if attested else 0)
        head = hashlib.sha256(self.rp_id.encode()).digest() + struct.pack(">BI", flags, self.count)
        if not attested:
            return head
        return head + bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + self._cose()

    def _cose(self) -> bytes:
        """The public key as COSE has it (RFC 9053): an elliptic curve key, ES256, P-256."""
        point = self.key.public_key().public_numbers()
        made: bytes = dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        return made

    def _answer(self, response: dict[str, Any]) -> str:
        id = packed(self.credential_id)
        return json.dumps(
            {"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {}}
        )


def packed(plain: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()


def unpacked(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
