"""Receipts: what a hub signs when the text of a record that another hub took back is gone from its store.

A receipt is signed by an online key of the hub that deleted, so that it proves something to a third party years later,
when the request that brought it is long forgotten.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias, get_args

from federation import canonical
from federation.encoding import b64url, from_b64url, is_key_id, is_log_id, parse_timestamp, timestamp
from federation.errors import BadReceipt, BadRequest, BadSignature, TooLarge, WrongOrigin
from federation.keys import SigningKey
from federation.keyset import Keyset
from federation.origin import parse_origin

PATH: Final = "/apl/v1/receipts"
VERSION: Final = 1
MAX_RECEIPTS: Final = 40
"""Receipts of the largest batch."""
MAX_BATCH: Final = 64 * 1024
"""Bytes of the largest batch."""
MAX_SCOPES: Final = 8

Outcome: TypeAlias = Literal["taken", "known", "unknown"]
"""Kept; already kept; about no entry by which this hub took a record back, and forgotten."""

# What a signature over a receipt begins with: no other signed text of the protocol starts like this.
_CONTEXT = b"apl/1 receipt\n"
_FIELDS = frozenset(
    {"v", "by", "origin", "log", "seq", "id", "done_at", "scopes", "backups_gone_by", "key", "sig"}
)  # fmt: skip
_ID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.ASCII)
_SCOPE = re.compile(r"[a-z][a-z-]{0,31}", re.ASCII)


@dataclass(frozen=True)
class Receipt:
    """That the hub ``by`` holds no text of record ``id`` any more, as entry ``seq`` of the log of ``origin`` asked.

    Making one that the protocol does not allow raises `BadRequest`; `sign` and `from_json` lead to a signed one.
    """

    by: str
    origin: str
    log: str
    seq: int
    id: str
    done_at: datetime
    scopes: tuple[str, ...]
    """What was emptied, each a slug, in alphabetical order; none where no text of the record was held."""
    backups_gone_by: datetime | None
    """When the last backup that may hold the text is gone; None where the hub does not say."""
    key: str = ""
    sig: str = ""

    def __post_init__(self) -> None:
        if parse_origin(self.by) == parse_origin(self.origin):
            raise BadRequest("a receipt is for another hub")
        if not is_log_id(self.log) or not _ID.fullmatch(self.id):
            raise BadRequest("a receipt names a log and a record")
        if type(self.seq) is not int or not 0 <= self.seq < 2**53:
            raise BadRequest("a receipt names an entry by its number")
        if len(self.scopes) > MAX_SCOPES or list(self.scopes) != sorted(set(self.scopes)):
            raise BadRequest(f"a receipt has at most {MAX_SCOPES} different scopes, in alphabetical order")
        if not all(_SCOPE.fullmatch(scope) for scope in self.scopes):
            raise BadRequest("a scope is a slug")

    def sign(self, key: SigningKey) -> "Receipt":
        """Return the same receipt signed by an online key of the hub that deleted."""
        unsigned = replace(self, key=key.id, sig="")
        return replace(unsigned, sig=b64url(key.sign(_CONTEXT + canonical.encode(unsigned._content()))))

    def verify(self, keyset: Keyset, at: datetime) -> None:
        """Raise `BadReceipt` unless a key of the keyset of ``by`` that was valid at that time signed it."""
        if keyset.origin != self.by:
            raise BadReceipt("the keyset of another hub")
        key = keyset.key_at(self.key, at)
        if key is None:
            raise BadReceipt("signed with a key that was not valid")
        try:
            key.verify(from_b64url(self.sig, 64), _CONTEXT + canonical.encode(self._content()))
        except (ValueError, BadSignature) as error:
            raise BadReceipt("the signature is not one over this receipt") from error

    @classmethod
    def from_json(cls, document: Any) -> "Receipt":
        """Return the receipt that a decoded document spells, its signature not yet verified; else `BadRequest`."""
        _check_shape(document)
        gone_by = document["backups_gone_by"]
        try:
            return cls(
                by=document["by"],
                origin=document["origin"],
                log=document["log"],
                seq=document["seq"],
                id=document["id"],
                done_at=parse_timestamp(document["done_at"]),
                scopes=tuple(document["scopes"]),
                backups_gone_by=None if gone_by is None else parse_timestamp(gone_by),
                key=document["key"],
                sig=document["sig"],
            )
        except (TypeError, ValueError) as error:
            raise BadRequest("a receipt has origins, ids and times in their spelling") from error

    def to_json(self) -> dict[str, Any]:
        """Return the signed wire form; raises `BadRequest` for a receipt that nobody signed."""
        if not self.sig:
            raise BadRequest("an unsigned receipt does not leave the house")
        return {**self._content(), "sig": self.sig}

    def to_bytes(self) -> bytes:
        """Return the canonical bytes of the signed wire form."""
        return canonical.encode(self.to_json())

    def _content(self) -> dict[str, Any]:
        return {
            "v": VERSION,
            "by": self.by,
            "origin": self.origin,
            "log": self.log,
            "seq": self.seq,
            "id": self.id,
            "done_at": timestamp(self.done_at),
            "scopes": list(self.scopes),
            "backups_gone_by": None if self.backups_gone_by is None else timestamp(self.backups_gone_by),
            "key": self.key,
        }


def encode_batch(receipts: Sequence[Receipt]) -> bytes:
    """Return the body of a request with these receipts, in their order; raise `TooLarge` for too many at once."""
    if not 1 <= len(receipts) <= MAX_RECEIPTS:
        raise TooLarge(f"a batch has 1 to {MAX_RECEIPTS} receipts")
    batch = canonical.encode({"receipts": [receipt.to_json() for receipt in receipts]})
    if len(batch) > MAX_BATCH:
        raise TooLarge(f"a batch is at most {MAX_BATCH} bytes long")
    return batch


def parse_batch(data: bytes, *, sender: Keyset, to: str, now: datetime) -> list[Receipt]:
    """Return the receipts of a batch if all of them are by the hub that signed the request, for the hub ``to``.

    Raises `WrongOrigin` if one of them is by or for another hub, `BadReceipt` if the pinned keyset of the sender does
    not stand behind one now, and `BadRequest`, `NotCanonical` or `TooLarge` for what is no batch.
    """
    if len(data) > MAX_BATCH:
        raise TooLarge(f"a batch is at most {MAX_BATCH} bytes long")
    documents = _list_in(canonical.decode(data), "receipts")
    if not documents or len(documents) > MAX_RECEIPTS:
        raise TooLarge(f"a batch has 1 to {MAX_RECEIPTS} receipts")
    receipts = [Receipt.from_json(document) for document in documents]
    if any(receipt.by != sender.origin or receipt.origin != to for receipt in receipts):
        raise WrongOrigin("a receipt is by the hub that signs the request, and for the hub that gets it")
    for receipt in receipts:
        receipt.verify(sender, now)
    return receipts


def encode_outcomes(outcomes: Sequence[Outcome]) -> bytes:
    """Return the body of the answer to a batch: what became of each receipt, in their order."""
    return canonical.encode({"outcomes": list(outcomes)})


def parse_outcomes(data: bytes, count: int) -> list[Outcome]:
    """Return what became of ``count`` receipts; raise `BadRequest` or `NotCanonical` for what is no such answer."""
    outcomes = _list_in(canonical.decode(data), "outcomes")
    if len(outcomes) != count or not all(outcome in get_args(Outcome) for outcome in outcomes):
        raise BadRequest("there is one outcome for each receipt, in their order")
    return outcomes


def _check_shape(document: object) -> None:
    if not isinstance(document, dict) or document.keys() != _FIELDS:
        raise BadRequest(f"a receipt has exactly the fields of version {VERSION}")
    if type(document["v"]) is not int or document["v"] != VERSION or not isinstance(document["scopes"], list):
        raise BadRequest(f"a receipt is of version {VERSION} and has a list of scopes")
    key = document["key"]
    if not isinstance(key, str) or not is_key_id(key) or not isinstance(document["sig"], str):
        raise BadRequest("a receipt names its key and has a signature")


def _list_in(document: object, name: str) -> list[Any]:
    if not isinstance(document, dict) or document.keys() != {name} or not isinstance(document[name], list):
        raise BadRequest(f"exactly a list of {name} is expected")
    found: list[Any] = document[name]
    return found
