"""What hubs tell each other to notice that one of them was restored, has drifted, or says different things to each.

`Seen` is what a hub holds of some log, as a witness; `Digest` is what the records of its own log hash to.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from federation import canonical
from federation.checkpoint import MAX_NOTE
from federation.encoding import b64url, from_b64url, is_log_id
from federation.errors import BadRequest, Refused
from federation.origin import parse_origin

VERSION: Final = 1
BUCKETS: Final = 256
_ORIGIN_QUERY = re.compile(r"origin=([a-z0-9:/.\[\]-]{1,300})", re.ASCII)
_LOG_QUERY = re.compile(r"log=([0-9a-f]{32})", re.ASCII)


@dataclass(frozen=True)
class Seen:
    """What a hub has seen: the highest note it holds of the origin asked for, and the asker's cursor in its own log."""

    checkpoint: str | None
    """The note exactly as that origin signed it, not yet verified; None where nothing is held."""
    cursor: int
    """The highest cursor in the answering hub's own log that the asker has ever shown."""

    def __post_init__(self) -> None:
        if self.checkpoint is not None and len(self.checkpoint) > MAX_NOTE:
            raise Refused(f"a checkpoint is a text of at most {MAX_NOTE} characters")
        if not 0 <= self.cursor < 2**53:
            raise Refused("a cursor is a number below 2**53")

    def to_bytes(self) -> bytes:
        """Return the canonical bytes."""
        return canonical.encode({"v": VERSION, "checkpoint": self.checkpoint, "cursor": self.cursor})

    @classmethod
    def parse(cls, data: bytes) -> "Seen":
        """Return the answer that canonical bytes spell; raise `NotCanonical` or `Refused`."""
        document = _document(data, {"v", "checkpoint", "cursor"})
        note, cursor = document["checkpoint"], document["cursor"]
        if not (note is None or isinstance(note, str)) or type(cursor) is not int:
            raise Refused("an answer has a note or null, and a number")
        return cls(note, cursor)


def seen_query(origin: str) -> str:
    """Return the query string that asks what a hub holds of ``origin``."""
    return f"origin={parse_origin(origin)}"


def parse_seen_query(query: str) -> str:
    """Return the origin that a query string asks about, in its one spelling; else raise `BadRequest`."""
    match = _ORIGIN_QUERY.fullmatch(query)
    if match is None:
        raise BadRequest("the query is origin=<origin>")
    return parse_origin(match[1])


@dataclass(frozen=True)
class Digest:
    """The records of a log, live after so many entries, as 256 hashes; equal ones mean equal records."""

    log_id: str
    size: int
    buckets: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not is_log_id(self.log_id) or not 0 <= self.size < 2**53:
            raise Refused("a digest names its log and its size")
        if len(self.buckets) != BUCKETS or any(len(one) != hashlib.sha256().digest_size for one in self.buckets):
            raise Refused(f"a digest has {BUCKETS} hashes of 32 bytes")

    @classmethod
    def of(cls, log_id: str, size: int, live: Iterable[tuple[str, int, str]]) -> "Digest":
        """Return the digest of the live records of a log: (id, revision, commitment) of each, in any order."""
        parts: list[list[bytes]] = [[] for _ in range(BUCKETS)]
        for rec, rev, bh in live:
            parts[bucket_of(rec)].append(f"{rec} {rev} {bh}\n".encode("ascii"))
        return cls(log_id, size, tuple(hashlib.sha256(b"".join(sorted(part))).digest() for part in parts))

    def differs(self, other: "Digest") -> list[int]:
        """Return the numbers of the buckets in which two digests differ."""
        return [number for number in range(BUCKETS) if self.buckets[number] != other.buckets[number]]

    def to_bytes(self) -> bytes:
        """Return the canonical bytes."""
        hashes = [b64url(one) for one in self.buckets]
        return canonical.encode({"v": VERSION, "log": self.log_id, "size": self.size, "buckets": hashes})

    @classmethod
    def parse(cls, data: bytes) -> "Digest":
        """Return the digest that canonical bytes spell; raise `NotCanonical` or `Refused`."""
        document = _document(data, {"v", "log", "size", "buckets"})
        log_id, size, listed = document["log"], document["size"], document["buckets"]
        if not isinstance(log_id, str) or type(size) is not int or not isinstance(listed, list):
            raise Refused("a digest has a log, a size and a list of hashes")
        try:
            return cls(log_id, size, tuple(from_b64url(one, 32) for one in listed))
        except (AttributeError, TypeError, ValueError) as error:
            raise Refused("a bucket is 32 bytes in base64url") from error


def bucket_of(rec: str) -> int:
    """Return the bucket of a record: the first byte of SHA-256 over its id."""
    return hashlib.sha256(rec.encode("ascii")).digest()[0]


def digest_query(log_id: str) -> str:
    """Return the query string that asks for the digest of a log."""
    return f"log={log_id}"


def parse_digest_query(query: str) -> str:
    """Return the log id that a query string names; else raise `BadRequest`."""
    match = _LOG_QUERY.fullmatch(query)
    if match is None:
        raise BadRequest("the query is log=<log id>")
    return match[1]


def _document(data: bytes, fields: set[str]) -> dict[str, Any]:
    document = canonical.decode(data)
    if not isinstance(document, dict) or document.keys() != fields:
        raise Refused("a document has exactly the fields of version 1")
    if type(document["v"]) is not int or document["v"] != VERSION:
        raise Refused("a document of another version")
    return document
