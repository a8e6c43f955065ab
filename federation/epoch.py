"""Epochs: the statement by which a hub's root key ends a log that can't be gone on with, and names the next one."""

from dataclasses import dataclass, replace
from typing import Any, Final

from federation import canonical
from federation.encoding import b64url, from_b64url, is_log_id
from federation.errors import BadEpoch, BadRequest, BadSignature, NotCanonical
from federation.keys import PublicKey, SigningKey
from federation.origin import parse_origin

VERSION: Final = 1
# What a signature over an epoch begins with: no other signed text of the protocol starts like this.
_CONTEXT = b"apl/1 epoch\n"
_FIELDS = frozenset({"v", "origin", "log", "prev_log", "n", "sig"})


@dataclass(frozen=True)
class Epoch:
    """That an origin goes on in the log ``log_id``; statements of one origin are counted by ``n``, which only grows."""

    origin: str
    log_id: str
    prev_log: str
    n: int
    sig: str = ""

    def __post_init__(self) -> None:
        if not is_log_id(self.log_id) or not is_log_id(self.prev_log) or self.log_id == self.prev_log:
            raise BadEpoch("an epoch names two different logs")
        if not 1 <= self.n < 2**53:
            raise BadEpoch("epochs are counted from 1")

    def sign(self, root: SigningKey) -> "Epoch":
        """Return the same statement, signed by the root key of its origin."""
        return replace(self, sig=b64url(root.sign(self._signed_part())))

    @classmethod
    def parse(cls, data: bytes | dict[str, Any], root: PublicKey, *, origin: str) -> "Epoch":
        """Return the statement if the pinned root of ``origin`` signed it; else raise `BadEpoch`."""
        document = _decoded(data)
        epoch = cls(origin, document["log"], document["prev_log"], document["n"], document["sig"])
        if document["origin"] != origin or document != epoch.to_json():
            raise BadEpoch("an epoch of another origin or version")
        try:
            root.verify(from_b64url(epoch.sig, 64), epoch._signed_part())
        except (ValueError, BadSignature) as error:
            raise BadEpoch("the root did not sign this epoch") from error
        return epoch

    def to_json(self) -> dict[str, Any]:
        """Return the signed wire form; raises `BadEpoch` for one that nobody signed."""
        if not self.sig:
            raise BadEpoch("an unsigned epoch does not leave the house")
        return {**self._content(), "sig": self.sig}

    def to_bytes(self) -> bytes:
        """Return the canonical bytes of the signed wire form."""
        return canonical.encode(self.to_json())

    def _content(self) -> dict[str, Any]:
        return {"v": VERSION, "origin": self.origin, "log": self.log_id, "prev_log": self.prev_log, "n": self.n}

    def _signed_part(self) -> bytes:
        return _CONTEXT + canonical.encode(self._content())


def _decoded(data: bytes | dict[str, Any]) -> dict[str, Any]:
    try:
        document = canonical.decode(data) if isinstance(data, bytes) else data
    except NotCanonical as error:
        raise BadEpoch(str(error)) from error
    if not isinstance(document, dict) or document.keys() != _FIELDS:
        raise BadEpoch("an epoch has exactly the fields of version 1")
    texts = ("origin", "log", "prev_log", "sig")
    if not all(isinstance(document[name], str) for name in texts):
        raise BadEpoch("origin, logs and signature of an epoch are texts")
    if type(document["n"]) is not int or type(document["v"]) is not int:
        raise BadEpoch("version and number of an epoch are numbers")
    try:
        parse_origin(document["origin"])
    except BadRequest as error:
        raise BadEpoch(str(error)) from error
    return document
