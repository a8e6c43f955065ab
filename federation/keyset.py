"""Keysets: the document by which a hub's root key says which online keys speak for the hub, and when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

from federation import canonical
from federation.encoding import b64url, from_b64url, parse_timestamp, timestamp
from federation.errors import BadKey, BadKeyset, BadRequest, BadSignature, NotCanonical
from federation.keys import PublicKey, SigningKey, fingerprint, same_fingerprint
from federation.origin import parse_origin

ROOT_ID = "root"
MAX_KEYS = 8
VERSION = 1

# What a signature over a keyset begins with: no other signed text of the protocol starts like this.
_CONTEXT = b"apl/1 keyset\n"
_CONTEXT_NEW_ROOT = b"apl/1 new root\n"
_FIELDS = frozenset({"v", "origin", "n", "signing", "root", "sig"})
_KEY_FIELDS = frozenset({"id", "pub", "not_before", "not_after"})

Pin: TypeAlias = PublicKey | str
"""What an administrator trusts: a root key, or its fingerprint as a text."""


@dataclass(frozen=True)
class OnlineKey:
    """A signing key and the time in which it is valid: from ``not_before`` to before ``not_after``."""

    key: PublicKey
    not_before: datetime
    not_after: datetime

    def __post_init__(self) -> None:
        if not self.not_before < self.not_after:
            raise BadKeyset("a key must become valid before it ends")

    def valid_at(self, moment: datetime) -> bool:
        """Tell whether the key may be used at a moment."""
        return self.not_before <= moment < self.not_after

    def to_json(self) -> dict[str, str]:
        """Return the wire form."""
        return {
            "id": self.key.id,
            "pub": self.key.text,
            "not_before": timestamp(self.not_before),
            "not_after": timestamp(self.not_after),
        }


@dataclass(frozen=True)
class Keyset:
    """The keys of one origin in version ``n``; `sign` and `parse` are the two ways to a signed one."""

    origin: str
    n: int
    signing: tuple[OnlineKey, ...]
    root: PublicKey
    prev_root_sig: str | None = None
    sig: str = ""

    def __post_init__(self) -> None:
        ids = {online.key.id for online in self.signing}
        if not 1 <= len(self.signing) <= MAX_KEYS or len(ids) != len(self.signing):
            raise BadKeyset(f"a keyset has 1 to {MAX_KEYS} signing keys with different ids")
        if any(online.key.raw == self.root.raw for online in self.signing):
            raise BadKeyset("the root key never signs online")
        if self.n < 1:
            raise BadKeyset("keysets are counted from 1")

    @classmethod
    def first(cls, origin: str, root: SigningKey, signing: Sequence[OnlineKey]) -> "Keyset":
        """Return keyset 1 of a new hub, signed by its root key."""
        return cls(parse_origin(origin), 1, tuple(signing), _as_root(root.public)).sign(root)

    def successor(self, root: SigningKey, signing: Sequence[OnlineKey], new_root: SigningKey | None = None) -> "Keyset":
        """Return keyset n+1 with other signing keys and, if given, a new root that the old one introduces."""
        root_key = _as_root((new_root or root).public)
        draft = Keyset(self.origin, self.n + 1, tuple(signing), root_key)
        if new_root is None:
            return draft.sign(root)
        introduced = b64url(root.sign(_CONTEXT_NEW_ROOT + draft._signed_part()))
        return replace(draft, prev_root_sig=introduced).sign(new_root)

    def sign(self, root_key: SigningKey) -> "Keyset":
        """Return the same keyset with the signature of its root, or raise `BadKeyset` for another key."""
        if root_key.public.raw != self.root.raw:
            raise BadKeyset("only the root key of a keyset signs it")
        return replace(self, sig=b64url(root_key.sign(_CONTEXT + self._signed_part())))

    @classmethod
    def parse(cls, data: bytes | dict[str, Any], pinned_root: Pin, *, origin: str | None = None) -> "Keyset":
        """Return the keyset if the pinned root signed it, or introduced the root that did; else raise `BadKeyset`.

        ``pinned_root`` may be a fingerprint: the root key inside the document is then compared with it.
        ``origin``, if given, is the only one accepted.
        """
        keyset = cls.parse_unpinned(data, origin=origin)
        if not keyset._is_root(pinned_root):
            keyset._check_introduction(pinned_root)
        return keyset

    @classmethod
    def parse_unpinned(cls, data: bytes | dict[str, Any], *, origin: str | None = None) -> "Keyset":
        """Return a keyset that its own root signed: enough to show its fingerprint to a person, never to trust it."""
        document = _decoded(data)
        keyset = cls._from_json(document)
        if keyset.to_bytes() != canonical.encode(document):
            raise BadKeyset("a keyset in a second spelling")
        if origin is not None and keyset.origin != origin:
            raise BadKeyset("a keyset of another origin")
        _verify(keyset.root, keyset.sig, _CONTEXT + keyset._signed_part())
        return keyset

    def accept(self, data: bytes | dict[str, Any]) -> "Keyset":
        """Return the keyset that replaces this pinned one; raise `BadKeyset` unless ``n`` grew or nothing changed."""
        newer = Keyset.parse(data, self.root, origin=self.origin)
        if newer.n < self.n or (newer.n == self.n and newer != self):
            raise BadKeyset(f"keyset {newer.n} cannot follow keyset {self.n}")
        return newer

    def key_at(self, key_id: str, time: datetime) -> PublicKey | None:
        """Return the signing key of that id if it is valid at that time."""
        for online in self.signing:
            if online.key.id == key_id and online.valid_at(time):
                return online.key
        return None

    def keys_at(self, time: datetime) -> tuple[PublicKey, ...]:
        """Return all signing keys that are valid at a time."""
        return tuple(online.key for online in self.signing if online.valid_at(time))

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the root key."""
        return fingerprint(self.root)

    def to_json(self) -> dict[str, Any]:
        """Return the signed wire form; raises `BadKeyset` for a keyset that nobody signed."""
        if not self.sig:
            raise BadKeyset("an unsigned keyset does not leave the house")
        document: dict[str, Any] = {**self._content(), "sig": self.sig}
        if self.prev_root_sig is not None:
            document["prev_root_sig"] = self.prev_root_sig
        return document

    def to_bytes(self) -> bytes:
        """Return the canonical bytes of the signed wire form."""
        return canonical.encode(self.to_json())

    def _content(self) -> dict[str, Any]:
        return {
            "v": VERSION,
            "origin": self.origin,
            "n": self.n,
            "signing": [online.to_json() for online in self.signing],
            "root": self.root.text,
        }

    def _signed_part(self) -> bytes:
        return canonical.encode(self._content())

    @classmethod
    def _from_json(cls, document: dict[str, Any]) -> "Keyset":
        if document.keys() - {"prev_root_sig"} != _FIELDS:
            raise BadKeyset("a keyset has exactly the fields of version 1")
        if not isinstance(document["signing"], list) or type(document["n"]) is not int:
            raise BadKeyset("a keyset has a list of signing keys and a number")
        try:
            return cls(
                origin=parse_origin(document["origin"]),
                n=document["n"],
                signing=tuple(_online_key(item) for item in document["signing"]),
                root=PublicKey.from_text(ROOT_ID, document["root"]),
                prev_root_sig=document.get("prev_root_sig"),
                sig=document["sig"],
            )
        except (BadKey, BadRequest, TypeError, ValueError) as error:
            raise BadKeyset(f"malformed keyset: {error}") from error

    def _is_root(self, pin: Pin) -> bool:
        if isinstance(pin, str):
            return same_fingerprint(pin, self.fingerprint)
        return pin.raw == self.root.raw

    def _check_introduction(self, pin: Pin) -> None:
        if isinstance(pin, str) or self.prev_root_sig is None:
            raise BadKeyset("signed by another root than the pinned one")
        _verify(pin, self.prev_root_sig, _CONTEXT_NEW_ROOT + self._signed_part())


def _as_root(key: PublicKey) -> PublicKey:
    return PublicKey(ROOT_ID, key.raw)


def _decoded(data: bytes | dict[str, Any]) -> dict[str, Any]:
    try:
        document = canonical.decode(data) if isinstance(data, bytes) else data
    except NotCanonical as error:
        raise BadKeyset(str(error)) from error
    if not isinstance(document, dict):
        raise BadKeyset("a keyset is an object")
    return document


def _online_key(item: Any) -> OnlineKey:
    if not isinstance(item, dict) or item.keys() != _KEY_FIELDS:
        raise BadKeyset("a signing key has exactly an id, a public key and its two times")
    key = PublicKey.from_text(item["id"], item["pub"])
    return OnlineKey(key, parse_timestamp(item["not_before"]), parse_timestamp(item["not_after"]))


def _verify(key: PublicKey, sig: object, message: bytes) -> None:
    if not isinstance(sig, str):
        raise BadKeyset("a signature is a text")
    try:
        key.verify(from_b64url(sig, 64), message)
    except (ValueError, BadSignature) as error:
        raise BadKeyset("the root did not sign this keyset") from error
