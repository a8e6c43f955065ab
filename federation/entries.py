"""Entries: one canonical JSON line per change, a header with a salted commitment to its body.

A line is ``{"b": body|null, "h": header, "s": salt|null}``. The tree holds only the header, so that an origin can erase
body and salt later and every proof stays valid (the commitment to an unknown body under an unknown salt tells nothing).
"""

import hashlib
import re
import secrets
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from federation import canonical
from federation.encoding import b64url, from_b64url, parse_timestamp, timestamp
from federation.errors import BadEntry, BadRequest
from federation.origin import parse_origin
from federation.tree import leaf_hash

VERSION: Final = 1
SALT_LENGTH: Final = 16
MAX_LINE: Final = 256 * 1024
"""Bytes of the longest line, without its newline."""

_FIELDS = {
    "bh": rb'null|"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"',
    "id": rb'"[0-7][0-9A-HJKMNP-TV-Z]{25}"',
    "kind": rb'"[a-z][a-z_]{0,31}"',
    "log": rb'"[0-9a-f]{32}"',
    "op": rb'"(?:put|del|erase)"',
    "origin": rb'"[a-z0-9:/.\[\]-]{1,300}"',
    "rev": rb"[1-9][0-9]{0,15}",
    "seq": rb"0|[1-9][0-9]{0,15}",
    "ts": rb'"[0-9TZ:.-]{24}"',
    "v": rb"1",
    "vis": rb'"(?:public|network)"',
}
"""How each field of a header is spelled; no visibility but these two ever stands in a log."""

# Canonical bytes have one order of keys, so one match says whether all fields are there and well formed.
_HEADER = re.compile(b"{%s}" % b",".join(b'"%s":(?:%s)' % (name.encode(), shape) for name, shape in _FIELDS.items()))
_LINE_FIELDS = frozenset({"b", "h", "s"})
_AFTER_BODY = len(b',"h":' + b',"s":"0123456789abcdefghijkl"}')
"""What follows a body in its line, except the header; a salt has 22 characters."""


class Header(NamedTuple):
    """What the tree holds of a change; in an `Entry` every field is checked."""

    origin: str
    log: str
    seq: int
    ts: str
    op: str
    kind: str
    id: str
    rev: int
    vis: str
    bh: str | None
    v: int = VERSION

    def to_bytes(self) -> bytes:
        """Return the canonical bytes, which are the data of the leaf."""
        return canonical.encode(self._asdict())


class Entry(NamedTuple):
    """One change: the header, and body and salt unless they are gone; only `make_entry` and `parse_line` make one."""

    header: Header
    header_bytes: bytes
    body: dict[str, Any] | None
    body_bytes: bytes | None
    salt: bytes | None
    leaf: bytes

    @property
    def line(self) -> bytes:
        """The line on the wire, without its newline."""
        return encode_line(self.header_bytes, self.body_bytes, self.salt)


def commitment(salt: bytes, body: bytes) -> str:
    """Return ``base64url(SHA-256(salt || canonical body))``, the ``bh`` of a header."""
    return b64url(hashlib.sha256(salt + body).digest())


def new_salt() -> bytes:
    """Return 128 random bits, so that nobody can guess an erased body from its commitment."""
    return secrets.token_bytes(SALT_LENGTH)


def make_entry(
    *,
    origin: str,
    log: str,
    seq: int,
    ts: datetime,
    op: str,
    kind: str,
    id: str,
    rev: int,
    vis: str,
    body: dict[str, Any] | bytes | None = None,
    salt: bytes | None = None,
) -> Entry:
    """Return a new entry of the own log; raise `BadEntry` or `NotCanonical` if no peer would take it.

    A ``put`` has a body, as a value or as its canonical bytes; ``del`` and ``erase`` have none.
    """
    if (op == "put") != (body is not None):
        raise BadEntry("a put has a body, and nothing else has one")
    value, body_bytes, salt, bh = _sealed(body, salt)
    header = Header(
        origin=origin,
        log=log,
        seq=seq,
        ts=timestamp(ts),
        op=op,
        kind=kind,
        id=id,
        rev=rev,
        vis=vis,
        bh=bh,
    )
    header_bytes = header.to_bytes()
    _checked(header._asdict(), header_bytes)
    if len(encode_line(header_bytes, body_bytes, salt)) > MAX_LINE:
        raise BadEntry(f"an entry is at most {MAX_LINE} bytes long")
    return Entry(header, header_bytes, value, body_bytes, salt, leaf_hash(header_bytes))


def encode_line(header_bytes: bytes, body_bytes: bytes | None, salt: bytes | None) -> bytes:
    """Return a line, without its newline, by joining stored canonical bytes; nothing is parsed or checked again."""
    shown = b"null" if salt is None else b'"' + b64url(salt).encode() + b'"'
    return b"".join((b'{"b":', body_bytes or b"null", b',"h":', header_bytes, b',"s":', shown, b"}"))


def parse_line(line: bytes) -> Entry:
    """Return the entry that a line spells, commitment checked; raise `BadEntry` or `NotCanonical`.

    Whether it belongs where it was found (origin, log, number, tree) is for `read_page` to say.
    """
    if len(line) > MAX_LINE:
        raise BadEntry(f"an entry is at most {MAX_LINE} bytes long")
    # A body may have 32 levels by itself; inside its line it is one level deeper.
    document = canonical.decode(line, canonical.MAX_DEPTH + 1)
    if type(document) is not dict or document.keys() != _LINE_FIELDS:
        raise BadEntry("a line has exactly b, h and s")
    header_bytes = canonical.serialise(document["h"])
    header = _checked(document["h"], header_bytes)
    salt = _salt(document["s"])
    body = document["b"]
    _check_presence(header, body, salt)
    if salt is None:
        return Entry(header, header_bytes, None, None, None, leaf_hash(header_bytes))
    # The line is canonical, so the body's bytes are what stands between its known neighbours.
    body_bytes = line[len(b'{"b":') : -len(header_bytes) - _AFTER_BODY]
    if commitment(salt, body_bytes) != header.bh:
        raise BadEntry("the body is not the one the header commits to")
    return Entry(header, header_bytes, body, body_bytes, salt, leaf_hash(header_bytes))


def _sealed(
    body: dict[str, Any] | bytes | None, salt: bytes | None
) -> tuple[dict[str, Any] | None, bytes | None, bytes | None, str | None]:
    """Return a body as value and as bytes, its salt, and the commitment to it."""
    if body is None:
        return None, None, None, None
    value, stored = (canonical.decode(body), body) if isinstance(body, bytes) else (body, canonical.encode(body))
    if type(value) is not dict:
        raise BadEntry("a body is an object")
    salt = salt or new_salt()
    return value, stored, salt, commitment(salt, stored)


def _checked(document: Any, header_bytes: bytes) -> Header:
    if not _HEADER.fullmatch(header_bytes):
        raise BadEntry(_fault(document))
    header = Header(**document)
    _check_place(header.origin)
    try:
        parse_timestamp(header.ts)
    except ValueError as error:
        raise BadEntry(str(error)) from error
    if (header.op == "put") != (header.bh is not None):
        raise BadEntry("a put commits to a body, and nothing else does")
    return header


def _fault(document: object) -> str:
    if type(document) is not dict or document.keys() != _FIELDS.keys():
        return "a header has exactly the fields of version 1"
    wrong = [name for name, shape in _FIELDS.items() if not re.fullmatch(shape, canonical.encode(document[name]))]
    return f"malformed in the header: {', '.join(wrong)}"


@lru_cache(maxsize=256)
def _check_place(origin: str) -> None:
    try:
        parse_origin(origin)
    except BadRequest as error:
        raise BadEntry(str(error)) from error


def _salt(text: object) -> bytes | None:
    if text is None:
        return None
    if type(text) is not str:
        raise BadEntry("a salt is a text")
    try:
        return from_b64url(text, SALT_LENGTH)
    except ValueError as error:
        raise BadEntry("a salt is 16 bytes in base64url") from error


def _check_presence(header: Header, body: object, salt: bytes | None) -> None:
    if (body is None) != (salt is None):
        raise BadEntry("body and salt stay and go together")
    if body is None:
        return
    if type(body) is not dict:
        raise BadEntry("a body is an object")
    if header.op != "put":
        raise BadEntry("only a put has a body")
