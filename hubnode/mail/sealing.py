"""What must be read again, unlike a password, and by nobody who has the database alone: on the disk it lies sealed.

Letters that wait to be sent, with addresses and links that open accounts; secrets of apps and of subscribers.

Whoever gets hold of the database alone, or of a backup of it, reads none of it: the key follows from the secret of the
settings.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


class CantOpen(Exception):
    """Sealed with another secret, for another purpose, or changed since."""


def seal(content: bytes, secret: str, purpose: str) -> bytes:
    """`content`, readable only with `secret` and for this `purpose` (AES-256-GCM, RFC 5116)."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(_key(secret)).encrypt(nonce, content, purpose.encode())


def unseal(sealed: bytes, secret: str, purpose: str) -> bytes:
    """What was sealed; raises `CantOpen`."""
    try:
        return AESGCM(_key(secret)).decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
    except (InvalidTag, ValueError) as error:
        raise CantOpen from error


def _key(secret: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"hubnode sealed at rest").derive(secret.encode())
