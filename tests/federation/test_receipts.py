"""Receipts: one spelling, signed by the hub that deleted, and never to be mistaken for another signed text."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from federation import canonical, checkpoint
from federation.client import Peer
from federation.encoding import parse_timestamp
from federation.errors import BadReceipt, BadRequest, NotCanonical, ProtocolError, TooLarge, Unreachable, WrongOrigin
from federation.keys import SigningKey
from federation.keyset import Keyset, OnlineKey
from federation.receipts import (
    MAX_BATCH,
    MAX_RECEIPTS,
    MAX_SCOPES,
    PATH,
    Receipt,
    encode_batch,
    encode_outcomes,
    parse_batch,
    parse_outcomes,
)
from federation.signatures import DOCUMENT_TYPE, sign_request
from federation.wire import Wire
from tests.federation.cast import KIEL, LOG, MALLORY, NOW, ULIDS, WILSTER
from tests.federation.peer import answer, running, saying

UNSIGNED = Receipt(
    KIEL.origin, WILSTER.origin, LOG, 2, ULIDS[1], NOW, ("files", "log"), NOW + timedelta(days=30)
)  # fmt: skip
RECEIPT = UNSIGNED.sign(KIEL.signing)


def parsed(data: bytes, now: datetime = NOW) -> list[Receipt]:
    """What Wilster reads in a batch of Kiel."""
    return parse_batch(data, sender=KIEL.keyset, to=WILSTER.origin, now=now)


def test_a_receipt_is_read_as_it_was_written() -> None:
    bare = replace(UNSIGNED, scopes=(), backups_gone_by=None).sign(KIEL.signing)
    assert parsed(encode_batch([RECEIPT, bare])) == [RECEIPT, bare]
    assert canonical.decode(RECEIPT.to_bytes()) == RECEIPT.to_json()


@pytest.mark.parametrize(
    "changes",
    [
        {"by": WILSTER.origin},
        {"by": "https://Kiel.example"},
        {"log": LOG.upper().replace("0", "A")},
        {"id": ULIDS[0].lower()},
        {"id": ULIDS[0] + "\n"},
        {"seq": -1},
        {"seq": True},
        {"seq": 2**53},
        {"scopes": ("log", "files")},
        {"scopes": ("log", "log")},
        {"scopes": ("Log",)},
        {"scopes": ("log ",)},
        {"scopes": tuple(f"s{'abcdefghi'[number]}" for number in range(MAX_SCOPES + 1))},
    ],
    ids=str,
)
def test_a_receipt_that_would_be_refused_is_never_written(changes: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        replace(UNSIGNED, **changes)


def test_an_unsigned_receipt_does_not_leave_the_house() -> None:
    with pytest.raises(BadRequest):
        encode_batch([UNSIGNED])


def spoiled(drop: str = "", **changes: Any) -> bytes:
    """A batch with one receipt that has other members."""
    document = {**RECEIPT.to_json(), **changes}
    return canonical.encode({"receipts": [{name: value for name, value in document.items() if name != drop}]})


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (spoiled(drop="scopes"), BadRequest),
        (spoiled(more=1), BadRequest),
        (spoiled(v=2), BadRequest),
        (spoiled(v=True), BadRequest),
        (spoiled(scopes="files"), BadRequest),
        (spoiled(scopes=[7]), BadRequest),
        (spoiled(seq="2"), BadRequest),
        (spoiled(id=7), BadRequest),
        (spoiled(by=7), BadRequest),
        (spoiled(done_at="2026-11-22T12:16:03Z"), BadRequest),
        (spoiled(done_at=7), BadRequest),
        (spoiled(backups_gone_by="soon"), BadRequest),
        (spoiled(key="K1"), BadRequest),
        (spoiled(key=None), BadRequest),
        (spoiled(sig=None), BadRequest),
        (spoiled(sig=""), BadReceipt),
        (spoiled(sig=RECEIPT.sig[:-1]), BadReceipt),
        (spoiled(key="k2"), BadReceipt),
        (spoiled(seq=3), BadReceipt),
        (spoiled(scopes=[]), BadReceipt),
        (spoiled(backups_gone_by=None), BadReceipt),
        (spoiled(by=MALLORY.origin), WrongOrigin),
        (spoiled(origin=MALLORY.origin), WrongOrigin),
        (canonical.encode({"receipts": [RECEIPT.to_json()] * (MAX_RECEIPTS + 1)}), TooLarge),
        (canonical.encode({"receipts": []}), TooLarge),
        (canonical.encode({"receipts": [7]}), BadRequest),
        (canonical.encode({"receipts": RECEIPT.to_json()}), BadRequest),
        (canonical.encode({"receipts": [], "more": 1}), BadRequest),
        (canonical.encode([]), BadRequest),
        (encode_batch([RECEIPT]) + b" ", NotCanonical),
        (b" " * (MAX_BATCH + 1), TooLarge),
    ],
)
def test_a_batch_of_another_shape_or_by_another_hub_is_refused(data: bytes, refusal: type[ProtocolError]) -> None:
    with pytest.raises(refusal) as caught:
        parsed(data)
    assert caught.type is refusal


def test_a_key_that_is_over_signs_no_receipt() -> None:
    with pytest.raises(BadReceipt):
        parsed(encode_batch([RECEIPT]), NOW + timedelta(days=31))


def test_a_stolen_key_id_is_not_a_stolen_key() -> None:
    forged = UNSIGNED.sign(replace(MALLORY.signing, id=KIEL.signing.id))
    with pytest.raises(BadReceipt):
        parsed(encode_batch([RECEIPT, forged]))


def test_the_largest_receipts_fit_a_full_batch() -> None:
    longest = "https://" + ".".join(["a" * 61] * 4) + ":65535"
    scopes = tuple(sorted("abcdefgh"[number] + "a" * 31 for number in range(MAX_SCOPES)))
    largest = Receipt(longest, longest[:-1], LOG, 2**53 - 1, ULIDS[0], NOW, scopes, NOW)
    batch = [replace(largest, seq=largest.seq - n).sign(SigningKey.generate("k" * 32)) for n in range(MAX_RECEIPTS)]
    assert len(encode_batch(batch)) <= MAX_BATCH
    with pytest.raises(TooLarge):
        encode_batch([*batch, RECEIPT])
    with pytest.raises(TooLarge):
        encode_batch([])


def test_outcomes_are_read_as_they_were_written() -> None:
    assert parse_outcomes(encode_outcomes(["taken", "known", "unknown"]), 3) == ["taken", "known", "unknown"]


@pytest.mark.parametrize(
    "data",
    [b'{"outcomes":[]}', b'{"outcomes":["lost"]}', b'{"outcomes":[7]}', b"[]", b'{"outcomes":["taken","taken"]}'],
)
def test_an_answer_that_does_not_fit_the_batch_is_refused(data: bytes) -> None:
    with pytest.raises(BadRequest):
        parse_outcomes(data, 1)


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A wire as the demo has it."""
    made = Wire(allow_loopback=True)
    yield made
    made.close()


def test_the_client_sends_a_batch_and_reads_what_became_of_it(wire: Wire) -> None:
    fine = answer(encode_outcomes(["taken"]), content_type=DOCUMENT_TYPE)
    with running(saying(fine)) as there:
        peer = Peer(there.origin, wire, KIEL.signing, KIEL.origin, lambda: NOW)
        assert peer.receipts([RECEIPT]) == ["taken"]
    assert there.requests[0].startswith(f"POST {PATH} HTTP/1.1\r\n".encode())
    assert there.requests[0].endswith(encode_batch([RECEIPT]))


def test_the_client_takes_no_other_answer_for_one(wire: Wire) -> None:
    other = answer(encode_outcomes(["taken", "taken"]), content_type=DOCUMENT_TYPE)
    with running(saying(other)) as there:
        peer = Peer(there.origin, wire, KIEL.signing, KIEL.origin, lambda: NOW)
        with pytest.raises(Unreachable):
            peer.receipts([RECEIPT])


class Watched(Ed25519PrivateKey):
    """A private key that remembers every text it has signed."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self.key = key
        self.texts: list[bytes] = []

    def sign(self, data: Any) -> bytes:
        """Sign as the key does."""
        self.texts.append(bytes(data))
        return self.key.sign(data)

    def public_key(self) -> Ed25519PublicKey:
        """The public half."""
        return self.key.public_key()

    def private_bytes(self, *how: Any) -> bytes:
        """The secret, as the key gives it out."""
        return self.key.private_bytes(*how)

    def private_bytes_raw(self) -> bytes:
        """The secret, as the key gives it out."""
        return self.key.private_bytes_raw()

    def __copy__(self) -> "Watched":
        return self

    def __deepcopy__(self, memo: Any) -> "Watched":
        return self


TEMPLATES = {
    "request": re.compile(rb'"@method": [A-Z]+\n"@target-uri": .*"@signature-params": \(.*\)[^\n]*', re.DOTALL),
    "checkpoint": re.compile(rb"[a-z0-9.:\[\]-]+/apl/1/[0-9a-f]{32}\n[0-9]+\n[A-Za-z0-9+/]{43}=\n"),
    "keyset": re.compile(rb"apl/1 keyset\n\{.*\}"),
    "new root": re.compile(rb"apl/1 new root\n\{.*\}"),
    "receipt": re.compile(rb"apl/1 receipt\n\{.*\}"),
}
"""Everything that a key of a hub ever signs; each text fits exactly one of these."""
MOMENTS = st.integers(-(10**8), 10**9).map(lambda seconds: NOW + timedelta(seconds=seconds))
SLUGS = st.from_regex(r"[a-z][a-z-]{0,31}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)


def kind_of(text: bytes) -> list[str]:
    """The templates that a signed text fits."""
    return [name for name, shape in TEMPLATES.items() if shape.fullmatch(text)]


@given(
    seq=st.integers(0, 2**53 - 1),
    id=st.sampled_from(ULIDS),
    log=st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
    done=MOMENTS,
    gone=st.none() | MOMENTS,
    scopes=st.sets(SLUGS, max_size=MAX_SCOPES),
    body=st.dictionaries(st.sampled_from(["a", "b"]), TEXTS, max_size=2),
    size=st.integers(0, 2**53 - 1),
)
def test_threat_09_whatever_a_peer_says_every_signed_text_is_of_our_making(
    seq: int, id: str, log: str, done: datetime, gone: datetime | None, scopes: set[str], body: Any, size: int
) -> None:
    watched = Watched(KIEL.signing.private)
    signing, texts = SigningKey("k1", watched), watched.texts
    Receipt(KIEL.origin, WILSTER.origin, log, seq, id, done, tuple(sorted(scopes)), gone).sign(signing)
    checkpoint.sign(checkpoint.Checkpoint(KIEL.origin, log, size, bytes(32)), signing)
    sign_request("POST", WILSTER.origin + PATH, canonical.encode(body), DOCUMENT_TYPE, signing, KIEL.origin, NOW)
    root = SigningKey("root", watched)
    online = OnlineKey(WILSTER.signing.public, done, done + timedelta(days=1))
    Keyset.first(KIEL.origin, root, [online]).successor(root, [online], MALLORY.root)
    kinds = [kind_of(text) for text in texts]
    assert kinds == [["receipt"], ["checkpoint"], ["request"], ["keyset"], ["new root"]]


def test_a_signature_over_a_receipt_is_good_for_nothing_else() -> None:
    """The same bytes, taken from a receipt, are no signature of a checkpoint or a keyset, and the other way round."""
    note = checkpoint.sign(checkpoint.Checkpoint(KIEL.origin, LOG, 2, bytes(32)), KIEL.signing)
    stolen = replace(RECEIPT, sig=KIEL.keyset.sig)
    with pytest.raises(BadReceipt):
        stolen.verify(KIEL.keyset, NOW)
    assert RECEIPT.sig not in note
    assert parse_timestamp(RECEIPT.to_json()["done_at"]) == NOW
