"""Proofs of erasure: one document that shows, years later and without asking anybody, who confirmed to have deleted.

The document holds the headers of a record's entries with their place in the signed tree, never a text, and the receipts
of the hubs with the keysets under which they were verified. What it can't show is that no further hub had a copy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from federation import canonical
from federation.checkpoint import verify
from federation.encoding import b64url, from_b64url, is_log_id, parse_timestamp, timestamp
from federation.entries import Entry, encode_line, parse_line
from federation.errors import BadProof, ProtocolError
from federation.keys import same_fingerprint
from federation.keyset import Keyset
from federation.receipts import Receipt
from federation.tree import HASH_LENGTH, verify_inclusion

VERSION: Final = 1
KIND: Final = "apl/1 erasure"
MAX_PROOF: Final = 4 * 1024 * 1024
"""Bytes of the longest proof that is read."""
_FIELDS = frozenset({"v", "what", "made_at", "keyset", "log", "id", "checkpoint", "entries", "hubs", "public"})
_ENTRY = frozenset({"header", "inclusion"})
_HUB = frozenset({"origin", "entry", "receipt", "received_at", "keyset"})


@dataclass(frozen=True)
class HubSays:
    """One hub that had the text, and its receipt where there is one, with what is needed to verify it."""

    origin: str
    entry: int
    """The entry that asks it to delete."""
    receipt: Receipt | None = None
    received_at: datetime | None = None
    keyset: Keyset | None = None


@dataclass(frozen=True)
class Proof:
    """What a verified proof shows."""

    origin: str
    fingerprint: str
    """Of the root key of the origin: whoever reads the proof compares it, it is in no way proven by the document."""
    id: str
    erased: bool
    """Whether the record was erased for good, not withdrawn."""
    entry: int
    """The last entry about the record: the one that took it back."""
    size: int
    """The entries of the log at the time of the proof."""
    made_at: datetime
    public: bool
    """Whether the text stood in public feeds, whose readers nobody knows."""
    hubs: tuple[HubSays, ...]


def write_proof(
    *,
    keyset: Keyset,
    log: str,
    id: str,
    note: str,
    entries: Sequence[tuple[bytes, Sequence[bytes]]],
    hubs: Sequence[HubSays],
    public: bool,
    made_at: datetime,
) -> dict[str, Any]:
    """Return the document; ``entries`` are the header bytes of all entries about the record with their audit paths."""
    return {
        "v": VERSION,
        "what": KIND,
        "made_at": timestamp(made_at),
        "keyset": keyset.to_json(),
        "log": log,
        "id": id,
        "checkpoint": note,
        "entries": [
            {"header": canonical.decode(header), "inclusion": [b64url(step) for step in path]}
            for header, path in entries
        ],
        "hubs": [_hub_json(hub) for hub in hubs],
        "public": public,
    }


def verify_proof(document: bytes | Mapping[str, Any], *, fingerprint: str | None = None) -> Proof:
    """Return what a proof shows, or raise `BadProof` saying what is wrong; nobody is asked for anything.

    Verified: the checkpoint and its keyset, the place of every header in the tree, that the last of them takes the
    record back, and each receipt under the keyset beside it. ``fingerprint``, if given, must be the origin's.
    """
    try:
        content = _decoded(document)
        keyset = Keyset.parse_unpinned(content["keyset"])
        if fingerprint is not None and not same_fingerprint(fingerprint, keyset.fingerprint):
            raise BadProof("the proof of another hub: its root key has another fingerprint")
        made_at = parse_timestamp(content["made_at"])
        signed = verify(content["checkpoint"], keyset, content["log"], made_at)
        last = _last_entry(content, keyset.origin, signed.size, signed.root)
        hubs = tuple(_hub(one, keyset.origin, content, last.header.seq) for one in content["hubs"])
    except BadProof:
        raise
    except (ProtocolError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadProof(str(error) or "not a proof") from error
    return Proof(
        origin=keyset.origin,
        fingerprint=keyset.fingerprint,
        id=content["id"],
        erased=last.header.op == "erase",
        entry=last.header.seq,
        size=signed.size,
        made_at=made_at,
        public=content["public"],
        hubs=hubs,
    )


def _decoded(document: bytes | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(document, bytes):
        if len(document) > MAX_PROOF:
            raise BadProof(f"a proof is at most {MAX_PROOF} bytes long")
        document = canonical.decode(document)
    if not isinstance(document, dict) or document.keys() != _FIELDS:
        raise BadProof(f"a proof has exactly the fields of version {VERSION}")
    if document["v"] != VERSION or document["what"] != KIND or not is_log_id(document["log"]):
        raise BadProof("not a proof of an erasure")
    if type(document["public"]) is not bool or not isinstance(document["hubs"], list):
        raise BadProof("a proof lists hubs, and says whether the text was public")
    return document


def _last_entry(content: Mapping[str, Any], origin: str, size: int, root: bytes) -> Entry:
    """The entry that takes the record back, after every one was found at its place in the tree."""
    entries = [_entry(one, size, root) for one in content["entries"]]
    if not entries or any(
        (entry.header.origin, entry.header.log, entry.header.id) != (origin, content["log"], content["id"])
        for entry in entries
    ):
        raise BadProof("an entry about another record")
    numbers = [entry.header.seq for entry in entries]
    if numbers != sorted(set(numbers)):
        raise BadProof("the entries are in the order of the log")
    if entries[-1].header.op == "put":
        raise BadProof("the last entry does not take the record back")
    return entries[-1]


def _entry(document: Mapping[str, Any], size: int, root: bytes) -> Entry:
    if document.keys() != _ENTRY:
        raise BadProof("an entry has exactly its header and its place")
    entry = parse_line(encode_line(canonical.encode(document["header"]), None, None))
    path = [from_b64url(step, HASH_LENGTH) for step in document["inclusion"]]
    if not verify_inclusion(entry.header.seq, size, entry.leaf, path, root):
        raise BadProof(f"entry {entry.header.seq} is not in the signed log")
    return entry


def _hub_json(hub: HubSays) -> dict[str, Any]:
    return {
        "origin": hub.origin,
        "entry": hub.entry,
        "receipt": hub.receipt.to_json() if hub.receipt is not None else None,
        "received_at": timestamp(hub.received_at) if hub.received_at is not None else None,
        "keyset": hub.keyset.to_json() if hub.keyset is not None else None,
    }


def _hub(document: Mapping[str, Any], origin: str, content: Mapping[str, Any], last: int) -> HubSays:
    if document.keys() != _HUB or type(document["entry"]) is not int or document["entry"] > last:
        raise BadProof("a hub has exactly its name, the entry that asks it, and its receipt")
    if document["receipt"] is None:
        return HubSays(document["origin"], document["entry"])
    receipt, keyset = Receipt.from_json(document["receipt"]), Keyset.parse_unpinned(document["keyset"])
    about = (receipt.by, receipt.origin, receipt.log, receipt.id)
    if about != (document["origin"], origin, content["log"], content["id"]) or not document["entry"] <= receipt.seq:
        raise BadProof("a receipt about something else")
    received_at = parse_timestamp(document["received_at"])
    receipt.verify(keyset, received_at)
    return HubSays(receipt.by, document["entry"], receipt, received_at, keyset)
