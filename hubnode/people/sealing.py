"""Secrets that must be read again, unlike passwords: kept sealed with a key that is not in the database."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


class Unreadable(Exception):
    """What was sealed can't be opened: with another key, for something else, or changed since."""


def seal(plain: bytes, *, about: str, secret: str) -> bytes:
    """`plain` encrypted and bound to what it is `about` (AES-256-GCM, NIST SP 800-38D)."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(secret).encrypt(nonce, plain, about.encode())


def unseal(sealed: bytes, *, about: str, secret: str) -> bytes:
    """What was sealed under the same words with the same secret; raises `Unreadable`."""
    try:
        return _cipher(secret).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about.encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable("sealed with another secret_key, or changed") from error


def _cipher(secret: str) -> AESGCM:
    """The cipher of a node: a key of its own, derived from its secret (HKDF, RFC 5869)."""
    return AESGCM(HKDF(SHA256(), 32, None, b"hubnode sealed secrets").derive(secret.encode()))
