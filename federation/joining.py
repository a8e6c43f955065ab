"""Joining: the invitation that one administrator gives another, and the documents by which two hubs pin each other."""

import base64
import re
from dataclasses import dataclass
from typing import Any, Final

from federation import canonical
from federation.encoding import b64url, from_b64url, is_log_id
from federation.errors import BadInvitation, BadKeyset, BadRequest, TooLarge
from federation.keyset import Keyset, Pin
from federation.origin import parse_origin

VERSION: Final = 1
PREFIX: Final = "apl1"
TOKEN_LENGTH: Final = 32
MAX_INVITATION: Final = 512
MAX_JOIN: Final = 16 * 1024
"""Bytes of the longest request or answer to join; a keyset with eight keys is far below."""
ANSWERS: Final = ("approved", "rejected")

_FINGERPRINT = re.compile(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){12}", re.ASCII)
_ASK = re.compile(r"[0-9a-f]{32}", re.ASCII)
_JOIN_FIELDS = frozenset({"v", "id", "keyset", "log_id", "token"})
_ANSWER_FIELDS = frozenset({"v", "answer", "keyset", "log_id"})
_MEMBER_FIELDS = frozenset({"v", "origin", "root", "log_id", "n"})
_LEFT_FIELDS = frozenset({"v", "origin", "log_id"})


@dataclass(frozen=True)
class Invitation:
    """What one administrator hands to another: where to ask, whose root key to expect there, and the right to ask."""

    origin: str
    fingerprint: str
    token: bytes

    def __post_init__(self) -> None:
        parse_origin(self.origin)
        if not is_fingerprint(self.fingerprint):
            raise BadInvitation("the fingerprint of an invitation is 13 groups of 4 letters and digits")
        if len(self.token) != TOKEN_LENGTH:
            raise BadInvitation("the token of an invitation has 256 bits")

    def __repr__(self) -> str:
        return f"Invitation({self.origin!r}, {self.fingerprint!r}, token hidden)"

    @property
    def text(self) -> str:
        """The one spelling: ``apl1:<origin>:<fingerprint>:<token>``, to be pasted."""
        return f"{PREFIX}:{self.origin}:{self.fingerprint}:{b64url(self.token)}"

    @classmethod
    def parse(cls, text: str) -> "Invitation":
        """Return the invitation that a text spells, white space around it ignored; else raise `BadInvitation`."""
        stripped = text.strip()
        if len(stripped) > MAX_INVITATION:
            raise BadInvitation(f"an invitation is at most {MAX_INVITATION} characters long")
        prefix, _, rest = stripped.partition(":")
        # An origin has colons of its own, so the two parts after it are cut off from the end.
        parts = rest.rsplit(":", 2)
        if prefix != PREFIX or len(parts) != 3:
            raise BadInvitation(f"an invitation begins with {PREFIX}: and has an origin, a fingerprint and a token")
        try:
            return cls(parts[0], parts[1], from_b64url(parts[2], TOKEN_LENGTH))
        except (BadRequest, ValueError) as error:
            raise BadInvitation(f"malformed invitation: {error}") from error


@dataclass(frozen=True)
class JoinRequest:
    """What a hub says to join: who it is, by its own keyset, and why it may ask: a token, or the word of members."""

    id: str
    keyset: Keyset
    log_id: str
    token: bytes | None

    def __post_init__(self) -> None:
        if not is_ask(self.id):
            raise BadRequest("the id of a request to join is 32 lower case hexadecimal digits")
        if not is_log_id(self.log_id):
            raise BadRequest("a log id is 32 lower case hexadecimal digits")
        if self.token is not None and len(self.token) != TOKEN_LENGTH:
            raise BadRequest("a token has 256 bits")

    def __repr__(self) -> str:
        return f"JoinRequest({self.id!r}, {self.keyset.origin!r}, token hidden)"

    def to_bytes(self) -> bytes:
        """Return the canonical bytes."""
        token = None if self.token is None else b64url(self.token)
        document = {"id": self.id, "keyset": self.keyset.to_json(), "log_id": self.log_id, "token": token}
        return canonical.encode({"v": VERSION, **document})

    @classmethod
    def parse(cls, data: bytes) -> "JoinRequest":
        """Return the request, its keyset consistent with itself and no more; nobody has pinned it.

        Raises `TooLarge`, `NotCanonical`, `BadRequest` or `BadKeyset`.
        """
        document = _document(data, _JOIN_FIELDS, "a request to join")
        keyset = Keyset.parse_unpinned(_keyset_in(document))
        return cls(_text(document["id"]), keyset, _text(document["log_id"]), _token(document["token"]))


@dataclass(frozen=True)
class JoinAnswer:
    """What the asked hub says when its administrator has decided; sent to ``/join/<id>/confirm`` of the asking hub."""

    answer: str
    keyset: Keyset
    log_id: str

    def __post_init__(self) -> None:
        if self.answer not in ANSWERS:
            raise BadRequest(f"the answer to a request to join is {' or '.join(ANSWERS)}")
        if not is_log_id(self.log_id):
            raise BadRequest("a log id is 32 lower case hexadecimal digits")

    @property
    def approved(self) -> bool:
        """Whether the asking hub is welcome."""
        return self.answer == "approved"

    def to_bytes(self) -> bytes:
        """Return the canonical bytes."""
        document = {"answer": self.answer, "keyset": self.keyset.to_json(), "log_id": self.log_id}
        return canonical.encode({"v": VERSION, **document})

    @classmethod
    def parse(cls, data: bytes, pin: Pin, *, origin: str) -> "JoinAnswer":
        """Return the answer of the hub at ``origin`` if the root key expected there stands behind its keyset.

        Raises `TooLarge`, `NotCanonical`, `BadRequest` or `BadKeyset`.
        """
        document = _document(data, _ANSWER_FIELDS, "an answer to a request to join")
        keyset = Keyset.parse(_keyset_in(document), pin, origin=origin)
        return cls(_text(document["answer"]), keyset, _text(document["log_id"]))


@dataclass(frozen=True)
class Membership:
    """The body of a statement ``member``: that the saying hub has pinned this root key for this origin."""

    origin: str
    root: str
    log_id: str
    n: int

    def __post_init__(self) -> None:
        parse_origin(self.origin)
        if not is_fingerprint(self.root) or not is_log_id(self.log_id):
            raise BadRequest("a membership names the fingerprint of a root key and a log")
        if type(self.n) is not int or not 1 <= self.n < 2**53:
            raise BadRequest("keysets are counted from 1")

    def to_json(self) -> dict[str, Any]:
        """Return the body of the statement."""
        return {"v": VERSION, "origin": self.origin, "root": self.root, "log_id": self.log_id, "n": self.n}

    @classmethod
    def from_json(cls, body: object) -> "Membership":
        """Return what the body of a statement says, or raise `BadRequest`."""
        document = _exactly(body, _MEMBER_FIELDS, "a membership")
        return cls(_text(document["origin"]), _text(document["root"]), _text(document["log_id"]), document["n"])


@dataclass(frozen=True)
class Departure:
    """The body of a statement ``left``: that the saying hub has left the network for good."""

    origin: str
    log_id: str

    def __post_init__(self) -> None:
        parse_origin(self.origin)
        if not is_log_id(self.log_id):
            raise BadRequest("a log id is 32 lower case hexadecimal digits")

    def to_json(self) -> dict[str, Any]:
        """Return the body of the statement."""
        return {"v": VERSION, "origin": self.origin, "log_id": self.log_id}

    @classmethod
    def from_json(cls, body: object) -> "Departure":
        """Return what the body of a statement says, or raise `BadRequest`."""
        document = _exactly(body, _LEFT_FIELDS, "a departure")
        return cls(_text(document["origin"]), _text(document["log_id"]))


def is_ask(text: str) -> bool:
    """Tell whether a text can be the id of a request to join: 128 bits as 32 lower case hexadecimal digits."""
    return _ASK.fullmatch(text) is not None


def is_fingerprint(text: str) -> bool:
    """Tell whether a text is a fingerprint in the one spelling of the wire: 13 groups of 4, no stray bits."""
    if not _FINGERPRINT.fullmatch(text):
        return False
    plain = text.replace("-", "")
    return base64.b32encode(base64.b32decode(plain + "====")).decode().rstrip("=") == plain


def _document(data: bytes, fields: frozenset[str], what: str) -> dict[str, Any]:
    if len(data) > MAX_JOIN:
        raise TooLarge(f"{what} is at most {MAX_JOIN} bytes long")
    return _exactly(canonical.decode(data), fields, what)


def _exactly(document: object, fields: frozenset[str], what: str) -> dict[str, Any]:
    if not isinstance(document, dict) or document.keys() != fields:
        raise BadRequest(f"{what} has exactly the fields of version {VERSION}")
    if type(document["v"]) is not int or document["v"] != VERSION:
        raise BadRequest(f"{what} of another version")
    return document


def _keyset_in(document: dict[str, Any]) -> dict[str, Any]:
    """The keyset of a document; whatever is wrong inside it is `BadKeyset`."""
    keyset = document["keyset"]
    if not isinstance(keyset, dict):
        raise BadKeyset("a keyset is an object")
    return keyset


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadRequest("a text is expected")
    return value


def _token(value: object) -> bytes | None:
    if value is None:
        return None
    try:
        return from_b64url(_text(value), TOKEN_LENGTH)
    except ValueError as error:
        raise BadRequest(f"malformed token: {error}") from error
