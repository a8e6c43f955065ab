"""Proofs of erasure: what the signed log and the receipts show to anybody, and every way of changing one is noticed."""

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from federation import canonical, tree
from federation.encoding import b64url
from federation.errors import BadProof
from federation.proofs import MAX_PROOF, HubSays, verify_proof, write_proof
from federation.receipts import Receipt
from tests.federation.cast import KIEL, LOG, MALLORY, NOW, ULIDS, WILSTER, Log, put, without_body

GONE = ULIDS[1]


def log() -> Log:
    """A log in which record 1 was published, revised and erased, among others."""
    body: dict[str, Any] = {"op": "erase", "body": None, "salt": None}
    return Log().append(
        put(0),
        without_body(put(1, uid=GONE)),
        without_body(put(2, uid=GONE, rev=2)),
        put(3, uid=GONE, rev=3, **body),
        put(4),
    )


def document(size: int = 5) -> dict[str, Any]:
    """The proof for record 1: Kiel has confirmed, Mallory has not."""
    whole = log()
    receipt = Receipt(KIEL.origin, WILSTER.origin, LOG, 3, GONE, NOW, ("log",), None).sign(KIEL.signing)
    return write_proof(
        keyset=WILSTER.keyset,
        log=LOG,
        id=GONE,
        note=whole.note(size),
        entries=[(whole.entries[seq].header_bytes, tree.inclusion_proof(seq, size, whole.node)) for seq in (1, 2, 3)],
        hubs=[HubSays(KIEL.origin, 3, receipt, NOW, KIEL.keyset), HubSays(MALLORY.origin, 3)],
        public=True,
        made_at=NOW + timedelta(hours=1),
    )


def test_a_proof_shows_who_confirmed_and_who_did_not() -> None:
    shown = verify_proof(canonical.encode(document()), fingerprint=WILSTER.keyset.fingerprint.lower())
    assert (shown.origin, shown.id, shown.erased, shown.entry, shown.size) == (WILSTER.origin, GONE, True, 3, 5)
    assert shown.public
    assert [(hub.origin, hub.receipt is not None) for hub in shown.hubs] == [
        (KIEL.origin, True),
        (MALLORY.origin, False),
    ]
    assert shown.hubs[0].keyset == KIEL.keyset


@pytest.mark.parametrize("size", [4, 5])
def test_a_proof_holds_at_every_size_of_the_log(size: int) -> None:
    assert verify_proof(document(size)).size == size


def kiel(proof: dict[str, Any]) -> dict[str, Any]:
    """What the proof says of Kiel."""
    hub: dict[str, Any] = proof["hubs"][0]
    return hub


SPOILT: dict[str, Callable[[dict[str, Any]], object]] = {
    "another record": lambda proof: proof.update(id=ULIDS[7]),
    "another log": lambda proof: proof.update(log="0" * 32),
    "no log": lambda proof: proof.update(log="x"),
    "a header changed": lambda proof: proof["entries"][-1]["header"].update(op="del"),
    "a header with a field more": lambda proof: proof["entries"][0]["header"].update(more=1),
    "an entry with a field more": lambda proof: proof["entries"][0].update(body={}),
    "the last entry left out": lambda proof: proof["entries"].pop(),
    "no entries": lambda proof: proof["entries"].clear(),
    "an entry twice": lambda proof: proof["entries"].append(proof["entries"][-1]),
    "a path changed": lambda proof: proof["entries"][0]["inclusion"].reverse(),
    "a path cut": lambda proof: proof["entries"][0]["inclusion"].pop(),
    "a path of something else": lambda proof: proof["entries"][0].update(inclusion=["x"]),
    "the order changed": lambda proof: proof["entries"].reverse(),
    "the note changed": lambda proof: proof.update(checkpoint=proof["checkpoint"].replace("\n5\n", "\n6\n")),
    "no note": lambda proof: proof.update(checkpoint=""),
    "a note under a key not valid then": lambda proof: proof.update(made_at="2027-06-01T00:00:00.000Z"),
    "the keyset of another": lambda proof: proof.update(keyset=MALLORY.keyset.to_json()),
    "a keyset that its root did not sign": lambda proof: proof["keyset"].update(n=2),
    "a receipt about another entry": lambda proof: kiel(proof)["receipt"].update(seq=2),
    "a receipt of before what was asked": lambda proof: kiel(proof).update(entry=4),
    "an entry that is no number": lambda proof: kiel(proof).update(entry=True),
    "a receipt with more scopes": lambda proof: kiel(proof)["receipt"].update(scopes=["files", "log"]),
    "a receipt under another keyset": lambda proof: kiel(proof).update(keyset=WILSTER.keyset.to_json()),
    "a receipt without a keyset": lambda proof: kiel(proof).update(keyset=None),
    "a receipt in another name": lambda proof: kiel(proof).update(origin=MALLORY.origin),
    "a receipt out of time": lambda proof: kiel(proof).update(received_at="2027-06-01T00:00:00.000Z"),
    "a receipt that came at no time": lambda proof: kiel(proof).update(received_at=None),
    "a hub with a field more": lambda proof: kiel(proof).update(more=1),
    "a field more": lambda proof: proof.update(more=1),
    "another version": lambda proof: proof.update(v=2),
    "another kind": lambda proof: proof.update(what="apl/1 receipt"),
    "public in another spelling": lambda proof: proof.update(public=1),
    "no list of hubs": lambda proof: proof.update(hubs=None),
    "hubs of another shape": lambda proof: proof.update(hubs=[7]),
    "entries of another shape": lambda proof: proof.update(entries=[7]),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_proof_that_was_changed_proves_nothing(how: str) -> None:
    spoilt = copy.deepcopy(document())
    SPOILT[how](spoilt)
    with pytest.raises(BadProof):
        verify_proof(spoilt)


def test_a_record_that_was_published_again_is_not_proven_gone() -> None:
    proof = document()
    whole = log()
    again = put(5, uid=GONE, rev=4)
    whole.append(again)
    proof["checkpoint"] = whole.note()
    proof["entries"] = [
        {
            "header": canonical.decode(whole.entries[seq].header_bytes),
            "inclusion": write_path(whole, seq),
        }
        for seq in (1, 2, 3, 5)
    ]
    with pytest.raises(BadProof, match="does not take the record back"):
        verify_proof(proof)


def write_path(whole: Log, seq: int) -> list[str]:
    """The audit path of an entry in its spelling."""
    return [b64url(step) for step in tree.inclusion_proof(seq, len(whole.entries), whole.node)]


def test_the_proof_of_another_hub_is_refused() -> None:
    with pytest.raises(BadProof, match="fingerprint"):
        verify_proof(document(), fingerprint=KIEL.keyset.fingerprint)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"7", b"not json", b"{ }", b" " * (MAX_PROOF + 1)])
def test_bytes_that_are_no_proof_are_refused(data: bytes) -> None:
    with pytest.raises(BadProof):
        verify_proof(data)
