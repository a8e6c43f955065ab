"""The doors of ``apl/1``: their paths, and what a server reads from the requests to them."""

import re
from dataclasses import dataclass
from typing import Final

from federation import canonical
from federation.checkpoint import MAX_NOTE
from federation.encoding import is_log_id
from federation.errors import BadRequest, TooLarge
from federation.origin import parse_origin
from federation.pages import MAX_LINES

CARD: Final = "/.well-known/apl"
CHECKPOINT: Final = "/apl/v1/checkpoint"
ENTRIES: Final = "/apl/v1/entries"
AGAIN: Final = "/apl/v1/entries/again"
"""Entries that the asker holds already and lacks bodies of; says nothing about its cursor."""
POKE: Final = "/apl/v1/poke"
SEEN: Final = "/apl/v1/seen"
MIRROR: Final = "/apl/v1/mirror"
DIGEST: Final = "/apl/v1/digest"
EPOCH: Final = "/apl/v1/epoch"
JOIN: Final = "/apl/v1/join"
MEDIA: Final = "/apl/v1/media"

NOTE_TYPE: Final = "text/plain; charset=utf-8"
"""The media type of a checkpoint answered alone."""
FILE_TYPE: Final = "application/octet-stream"
"""The media type of every file between hubs, whatever it is: nobody reads it as anything."""
PROBLEM_TYPE: Final = "application/problem+json"
"""The media type of every error (RFC 9457)."""
MAX_POKE: Final = 4096
"""Bytes of the longest poke."""
MAX_FILE: Final = 10 * 1024 * 1024
"""Bytes of the largest file."""

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_QUERY = re.compile(r"log=([0-9a-f]{32})&after=(0|[1-9][0-9]{0,15})&limit=(0|[1-9][0-9]{0,8})", re.ASCII)


@dataclass(frozen=True)
class EntriesQuery:
    """What a puller asks for: up to ``limit`` lines of a log from number ``after`` on; 0 asks for the note alone."""

    log: str
    after: int
    limit: int = MAX_LINES

    def __post_init__(self) -> None:
        if not is_log_id(self.log) or not 0 <= self.after < 2**53:
            raise BadRequest("a log id, and a number below 2**53")
        if not 0 <= self.limit <= MAX_LINES:
            raise TooLarge(f"a page has at most {MAX_LINES} lines")

    @classmethod
    def parse(cls, query: str) -> "EntriesQuery":
        """Return the query that a query string spells, in this one spelling; else raise `BadRequest` or `TooLarge`."""
        match = _QUERY.fullmatch(query)
        if match is None:
            raise BadRequest("the query is log=<log id>&after=<number>&limit=<number>, in this order")
        return cls(match[1], int(match[2]), int(match[3]))

    @property
    def text(self) -> str:
        """The query string."""
        return f"log={self.log}&after={self.after}&limit={self.limit}"


def join_confirm(ask: str) -> str:
    """Return the path at which the hub that asked to join under this id takes the answer."""
    return f"{JOIN}/{ask}/confirm"


def media_path(sha256: str) -> str:
    """Return the path of a file; raise `BadRequest` for what is no SHA-256 in lower case hexadecimal digits."""
    if _HASH.fullmatch(sha256) is None:
        raise BadRequest("a file is named by its SHA-256")
    return f"{MEDIA}/{sha256}"


def encode_poke(note: str) -> bytes:
    """Return the body of a poke: "my log has grown to this checkpoint"."""
    return canonical.encode({"checkpoint": note})


def parse_poke(body: bytes) -> str:
    """Return the note of a poke, not yet verified; raise `BadRequest`, `NotCanonical` or `TooLarge`."""
    if len(body) > MAX_POKE:
        raise TooLarge(f"a poke is at most {MAX_POKE} bytes long")
    document = canonical.decode(body)
    if not isinstance(document, dict) or document.keys() != {"checkpoint"}:
        raise BadRequest("a poke has exactly a checkpoint")
    note = document["checkpoint"]
    if not isinstance(note, str) or len(note) > MAX_NOTE:
        raise BadRequest(f"a checkpoint is a text of at most {MAX_NOTE} characters")
    return note


def mirror_path(origin: str) -> str:
    """Return the path under which a hub relays its copy of the log of ``origin``."""
    return f"{MIRROR}/{parse_origin(origin).split('://', 1)[1]}/entries"
