"""Moves: the statement by which a hub's root key says that the hub goes on under another origin."""

from dataclasses import dataclass, replace
from typing import Any, Final

from federation import canonical
from federation.encoding import b64url, from_b64url
from federation.errors import BadRequest, BadSignature, Refused
from federation.keys import PublicKey, SigningKey
from federation.origin import parse_origin

VERSION: Final = 1
# What a signature over a move begins with: no other signed text of the protocol starts like this.
_CONTEXT = b"apl/1 moved\n"
_FIELDS = frozenset({"v", "from", "to", "n", "sig"})


@dataclass(frozen=True)
class Moved:
    """That the hub at ``before`` goes on at ``to`` under the same root key; ``n`` is the number of its keyset there."""

    before: str
    to: str
    n: int
    sig: str = ""

    def __post_init__(self) -> None:
        if parse_origin(self.before) == parse_origin(self.to):
            raise BadRequest("a move leads to another origin")
        if not 1 <= self.n < 2**53:
            raise BadRequest("keysets are counted from 1")

    def sign(self, root: SigningKey) -> "Moved":
        """Return the same statement, signed by the root key of the hub."""
        return replace(self, sig=b64url(root.sign(self._signed_part())))

    @classmethod
    def parse(cls, document: Any, root: PublicKey) -> "Moved":
        """Return the statement if this root key signed it; else raise `Refused`."""
        if not isinstance(document, dict) or document.keys() != _FIELDS:
            raise Refused("a move has exactly the fields of version 1")
        texts = (document["from"], document["to"], document["sig"])
        if not all(isinstance(text, str) for text in texts) or type(document["n"]) is not int:
            raise Refused("a move consists of two origins, a number and a signature")
        try:
            moved = cls(document["from"], document["to"], document["n"], document["sig"])
            root.verify(from_b64url(moved.sig, 64), moved._signed_part())
        except (BadRequest, BadSignature, ValueError) as error:
            raise Refused(f"the root did not sign this move: {error}") from error
        if document != moved.to_json():
            raise Refused("a move of another version")
        return moved

    def to_json(self) -> dict[str, Any]:
        """Return the signed wire form."""
        return {**self._content(), "sig": self.sig}

    def _content(self) -> dict[str, Any]:
        return {"v": VERSION, "from": self.before, "to": self.to, "n": self.n}

    def _signed_part(self) -> bytes:
        return _CONTEXT + canonical.encode(self._content())
