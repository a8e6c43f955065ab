"""Letters: what one hub says to one other hub, signed with its request, answered one by one, sent again until then."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeAlias, get_args

from federation import canonical
from federation.encoding import parse_timestamp, timestamp
from federation.errors import BadRequest, NotCanonical, TooLarge, WrongOrigin
from federation.origin import parse_origin

PATH: Final = "/apl/v1/letters"
VERSION: Final = 1
MAX_LETTER: Final = 16 * 1024
"""Bytes of the longest letter."""
MAX_LETTERS: Final = 20
"""Letters of the largest batch."""
MAX_BATCH: Final = 64 * 1024
"""Bytes of the largest batch."""
BODY_DEPTH: Final = canonical.MAX_DEPTH - 3
"""Levels of a body, which stands inside a letter inside a list inside a batch."""
MAX_LIFE: Final = timedelta(days=30)
"""The longest time in which a letter may be delivered."""

Status: TypeAlias = Literal["accepted", "refused", "again"]
"""Taken and acted on; never to be taken; to be sent once more."""

_FIELDS: Final = frozenset({"v", "id", "from", "to", "kind", "re", "ts", "expires", "body"})
_ANSWER: Final = frozenset({"id", "status", "reason"})
_ID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.ASCII)
_KIND = re.compile(r"[a-z][a-z_]{0,31}", re.ASCII)
_REASON = re.compile(r"[a-z][a-z-]{0,63}", re.ASCII)


@dataclass(frozen=True)
class Letter:
    """One letter; making one that the protocol does not allow raises `BadRequest`, `TooLarge` or `NotCanonical`."""

    id: str
    sender: str
    to: str
    kind: str
    re: str | None
    ts: datetime
    expires: datetime
    body: dict[str, Any]

    def __post_init__(self) -> None:
        if not is_letter_id(self.id) or not (self.re is None or is_letter_id(self.re)):
            raise BadRequest("a letter is named by a ULID")
        if not isinstance(self.kind, str) or not _KIND.fullmatch(self.kind):
            raise BadRequest("a kind of letter is 1 to 32 lower case letters and underscores")
        if not timedelta(0) < self.expires - self.ts <= MAX_LIFE:
            raise BadRequest(f"a letter expires after it was written, within {MAX_LIFE.days} days")
        if parse_origin(self.sender) == parse_origin(self.to):
            raise BadRequest("a letter goes to another hub")
        if not isinstance(self.body, dict):
            raise BadRequest("the body of a letter is an object")
        canonical.encode(self.body, BODY_DEPTH)
        if len(self.to_bytes()) > MAX_LETTER:
            raise TooLarge(f"a letter is at most {MAX_LETTER} bytes long")

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Letter":
        """Return the letter that a decoded document spells, in its one spelling; else raise as above."""
        if document.keys() != _FIELDS or document["v"] != VERSION or type(document["v"]) is not int:
            raise BadRequest(f"a letter has exactly the fields of version {VERSION}")
        try:
            return cls(
                id=document["id"],
                sender=document["from"],
                to=document["to"],
                kind=document["kind"],
                re=document["re"],
                ts=parse_timestamp(document["ts"]),
                expires=parse_timestamp(document["expires"]),
                body=document["body"],
            )
        except (TypeError, ValueError) as error:
            raise BadRequest("a letter has times and origins in their spelling") from error

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "v": VERSION,
            "id": self.id,
            "from": self.sender,
            "to": self.to,
            "kind": self.kind,
            "re": self.re,
            "ts": timestamp(self.ts),
            "expires": timestamp(self.expires),
            "body": self.body,
        }

    def to_bytes(self) -> bytes:
        """Return the canonical bytes."""
        return canonical.encode(self.to_json())


@dataclass(frozen=True)
class Delivered:
    """One document of a batch that really is from its sender and for its receiver; as a letter it may be malformed."""

    id: str
    wire: bytes
    """Its canonical bytes: the same id must always come with the same."""
    letter: Letter | None
    """None where it breaks a rule of letters: that one is refused, the others are not."""


@dataclass(frozen=True)
class Reply:
    """What became of one letter at its receiver."""

    id: str
    status: Status
    reason: str | None = None
    """A slug that says why, unless the letter was accepted."""

    def __post_init__(self) -> None:
        if not is_letter_id(self.id) or self.status not in get_args(Status):
            raise BadRequest("an answer names a letter, and its status is accepted, refused or again")
        if (self.reason is None) != (self.status == "accepted"):
            raise BadRequest("there is a reason unless a letter was accepted")
        if self.reason is not None and not (isinstance(self.reason, str) and _REASON.fullmatch(self.reason)):
            raise BadRequest("a reason is a slug")

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {"id": self.id, "status": self.status, "reason": self.reason}


def is_letter_id(text: object) -> bool:
    """Tell whether a value can name a letter: a ULID, upper case."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def encode_batch(letters: Sequence[Letter]) -> bytes:
    """Return the body of a request with these letters, in their order; raise `TooLarge` for too many at once."""
    if not 1 <= len(letters) <= MAX_LETTERS:
        raise TooLarge(f"a batch has 1 to {MAX_LETTERS} letters")
    batch = canonical.encode({"letters": [letter.to_json() for letter in letters]})
    if len(batch) > MAX_BATCH:
        raise TooLarge(f"a batch is at most {MAX_BATCH} bytes long")
    return batch


def parse_batch(data: bytes, *, sender: str, to: str) -> list[Delivered]:
    """Return what a batch holds, in its order, if all of it is from `sender`, who signed the request, and for `to`.

    Raises `WrongOrigin` if one of them names another sender or receiver, and `BadRequest`, `NotCanonical` or `TooLarge`
    for what is no batch; a single letter that is malformed spoils only itself.
    """
    if len(data) > MAX_BATCH:
        raise TooLarge(f"a batch is at most {MAX_BATCH} bytes long")
    documents = _list_in(canonical.decode(data), "letters")
    if len(documents) > MAX_LETTERS:
        raise TooLarge(f"a batch has at most {MAX_LETTERS} letters")
    ids = [document.get("id") for document in documents if isinstance(document, dict)]
    if not documents or len(ids) != len(documents) or not all(map(is_letter_id, ids)) or len(set(ids)) != len(ids):
        raise BadRequest("a batch has letters, each with an id of its own")
    if any(document.get("from") != sender or document.get("to") != to for document in documents):
        raise WrongOrigin("a letter is from the hub that signs the request, and for the hub that gets it")
    return [Delivered(document["id"], canonical.serialise(document), _letter(document)) for document in documents]


def encode_replies(replies: Sequence[Reply]) -> bytes:
    """Return the body of the answer to a batch."""
    return canonical.encode({"answers": [reply.to_json() for reply in replies]})


def parse_replies(data: bytes, ids: Sequence[str]) -> list[Reply]:
    """Return the answers to the letters `ids`, one for each in their order; raise `BadRequest` or `NotCanonical`."""
    documents = _list_in(canonical.decode(data), "answers")
    if not all(isinstance(document, dict) and document.keys() == _ANSWER for document in documents):
        raise BadRequest("an answer has exactly an id, a status and a reason")
    replies = [Reply(document["id"], document["status"], document["reason"]) for document in documents]
    if [reply.id for reply in replies] != list(ids):
        raise BadRequest("there is one answer for each letter, in their order")
    return replies


def _list_in(document: object, name: str) -> list[Any]:
    if not isinstance(document, dict) or document.keys() != {name} or not isinstance(document[name], list):
        raise BadRequest(f"exactly a list of {name} is expected")
    found: list[Any] = document[name]
    return found


def _letter(document: dict[str, Any]) -> Letter | None:
    try:
        return Letter.from_json(document)
    except (BadRequest, NotCanonical, TooLarge):
        return None
