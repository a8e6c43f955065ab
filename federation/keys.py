"""Ed25519 keys (RFC 8032), their storage as JSON, and the fingerprint that two administrators compare."""

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from federation.encoding import b64url, from_b64url, is_key_id
from federation.errors import BadKey, BadSignature

SEED_LENGTH = 32

# Public keys whose private half is printed in a standard, and the one of the all-zero seed.
_PUBLISHED = frozenset(
    bytes.fromhex(text)
    for text in (
        "26b40b8f93fff3d897112f7ebc582b232dbd72517d082fe83cfb30ddce43d1bb",  # RFC 9421 B.1.4
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",  # RFC 8032 7.1, five keys
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29",  # seed of 32 zero bytes
    )
)

# Points of small order (and their second spellings): with them one signature fits many messages.
_SMALL_ORDER = frozenset(
    bytes.fromhex(text)
    for text in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    )
)


@dataclass(frozen=True)
class PublicKey:
    """The public half of a key: an id inside its keyset and 32 bytes; refuses (`BadKey`) keys that nobody may use."""

    id: str
    raw: bytes

    def __post_init__(self) -> None:
        if not is_key_id(self.id):
            raise BadKey("a key id is 1 to 32 lower case letters, digits and hyphens")
        if len(self.raw) != 32:
            raise BadKey("an Ed25519 public key has 32 bytes")
        if self.raw in _SMALL_ORDER or self.raw in _PUBLISHED:
            raise BadKey("a weak or published key proves nothing")

    @classmethod
    def from_text(cls, key_id: str, text: str) -> "PublicKey":
        """Return the key spelled in base64url, or raise `BadKey`."""
        try:
            return cls(key_id, from_b64url(text, 32))
        except ValueError as error:
            raise BadKey(str(error)) from error

    @property
    def text(self) -> str:
        """The 32 bytes in base64url."""
        return b64url(self.raw)

    def verify(self, signature: bytes, message: bytes) -> None:
        """Return if this key signed the message, else raise `BadSignature`."""
        try:
            self.native().verify(signature, message)
        except InvalidSignature as error:
            raise BadSignature("the signature does not fit the message and the key") from error

    def native(self) -> Ed25519PublicKey:
        """Return the key in the form the cryptography package uses."""
        return Ed25519PublicKey.from_public_bytes(self.raw)


@dataclass(frozen=True)
class SigningKey:
    """A private key with its id; its text form never shows the secret."""

    id: str
    private: Ed25519PrivateKey = field(repr=False)

    def __post_init__(self) -> None:
        # Making the public half refuses ids and keys that must not be used.
        PublicKey(self.id, self.private.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, key_id: str, random: Callable[[int], bytes] = os.urandom) -> "SigningKey":
        """Return a new key from 32 random bytes."""
        return cls.from_seed(key_id, random(SEED_LENGTH))

    @classmethod
    def from_seed(cls, key_id: str, seed: bytes) -> "SigningKey":
        """Return the key that a 32 byte seed determines, or raise `BadKey`."""
        if len(seed) != SEED_LENGTH:
            raise BadKey("an Ed25519 seed has 32 bytes")
        return cls(key_id, Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def public(self) -> PublicKey:
        """The public half under the same id."""
        return PublicKey(self.id, self.private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """Return the 64 byte signature of a message that this node composed itself."""
        return self.private.sign(message)

    def to_json(self) -> dict[str, str]:
        """Return the form in which a key file stores the secret; whoever reads it can sign."""
        return {"id": self.id, "seed": b64url(self.private.private_bytes_raw())}

    @classmethod
    def from_json(cls, stored: Any) -> "SigningKey":
        """Return the key from its stored form, or raise `BadKey`."""
        if not isinstance(stored, dict) or stored.keys() != {"id", "seed"}:
            raise BadKey("a stored key has exactly an id and a seed")
        if not all(isinstance(value, str) for value in stored.values()):
            raise BadKey("a stored key consists of texts")
        try:
            seed = from_b64url(stored["seed"], SEED_LENGTH)
        except ValueError as error:
            raise BadKey(str(error)) from error
        return cls.from_seed(stored["id"], seed)


def fingerprint(root_public: PublicKey | bytes) -> str:
    """Return SHA-256 of a root key as 13 groups of 4 base32 characters, for people to compare."""
    raw = root_public.raw if isinstance(root_public, PublicKey) else root_public
    text = base64.b32encode(hashlib.sha256(raw).digest()).decode().rstrip("=")
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def same_fingerprint(one: str, other: str) -> bool:
    """Compare two fingerprints in constant time, whatever case, spaces and hyphens a person typed."""
    return hmac.compare_digest(_plain(one), _plain(other))


def _plain(text: str) -> bytes:
    return re.sub(r"[\s-]", "", text).upper().encode("utf-8")
