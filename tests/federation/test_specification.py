"""FEDERATION.md is true: its examples are decoded and verified by the library, its tables are the library's."""

import json
import re
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from federation import canonical, errors, joining, letters, receipts, routes
from federation.card import MAX_CARD, HubCard
from federation.checkpoint import MAX_NOTE, Checkpoint, verify
from federation.encoding import b64url
from federation.entries import MAX_LINE
from federation.epoch import Epoch
from federation.fold import State, fold, steps
from federation.keyset import MAX_KEYS, Keyset
from federation.moved import Moved
from federation.pages import MAX_BYTES, MAX_LINES, PAGE_TYPE, Page, ReplicaState, read_page
from federation.proofs import verify_proof
from federation.signatures import DOCUMENT_TYPE, MAX_AGE, SKEW, verify_request
from federation.tree import CompactRange, verify_consistency, verify_inclusion
from federation.witness import Digest, Seen, bucket_of
from tests.federation.cast import LOG, NOW
from tests.federation.signed import Memory

TEXT = (Path(__file__).parents[2] / "FEDERATION.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"^```(\w[\w ]*)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
OWN = {"protocol-error", "unreachable", "peer-problem", "bad-invitation", "bad-proof"}
"""What the library says to itself and never to a peer."""


def document(name: str) -> Any:
    """A JSON example, which is shown with white space."""
    return json.loads(BLOCKS[f"json {name}"])


@cache
def keyset(hub: str) -> Keyset:
    """The keyset example of a hub."""
    return Keyset.parse_unpinned(canonical.encode(document(f"keyset {hub}")))


def page() -> Page:
    """The page example, read by a replica that holds nothing."""
    wilster = keyset("wilster")
    return read_page(ReplicaState(wilster.origin, LOG), wilster, BLOCKS["ndjson page wilster"].encode(), now=NOW)


def test_every_example_is_looked_at_by_a_test() -> None:
    assert BLOCKS.keys() == {
        "json keyset wilster",
        "json keyset 2 wilster",
        "json keyset 3 wilster",
        "json moved wilster",
        "json keyset kiel",
        "json card wilster",
        "json join kiel",
        "json join answer wilster",
        "json left kiel",
        "json letters",
        "json letters answered",
        "json attachment",
        "json seen",
        "json digest values",
        "json epoch wilster",
        "json problem",
        "json proof",
        "json receipts",
        "json receipts answered",
        "json values",
        "json member kiel",
        "text fingerprint wilster",
        "text invitation wilster",
        "text note wilster",
        "ndjson page wilster",
        "http get kiel wilster",
        "http post wilster kiel",
    }


def test_the_keyset_fits_its_fingerprint() -> None:
    pinned = Keyset.parse(canonical.encode(document("keyset wilster")), BLOCKS["text fingerprint wilster"])
    assert pinned == keyset("wilster")
    assert keyset("kiel").origin == "https://kiel.example:8443"


def test_the_changed_keysets_follow_each_other() -> None:
    second = keyset("wilster").accept(canonical.encode(document("keyset 2 wilster")))
    announced = second.signing[1].not_before
    assert {key.id for key in second.keys_at(announced)} == {"k1", "k2"}
    assert second.signing[0].not_after - announced == timedelta(hours=24)
    third = second.accept(canonical.encode(document("keyset 3 wilster")))
    assert third.root != second.root
    assert third.signing == second.signing
    with pytest.raises(errors.BadKeyset):
        second.accept(canonical.encode(document("keyset wilster")))


def test_the_move_is_signed_by_the_root() -> None:
    moved = Moved.parse(document("moved wilster"), keyset("wilster").root)
    assert moved.before == keyset("wilster").origin
    assert moved.n > keyset("3 wilster").n


def test_the_note_is_the_one_of_the_page() -> None:
    signed = verify(BLOCKS["text note wilster"], keyset("wilster"), LOG, NOW)
    assert signed.note == page().note
    assert (signed.size, signed.root) == (3, page().state.edge.root())


def test_the_page_shows_a_record_and_an_erasure() -> None:
    read = page()
    assert read.at_end
    assert read.pending == frozenset()
    assert [entry.header.op for entry in read.entries] == ["put", "put", "erase"]
    assert [type(step.decision).__name__ for step in steps(read.entries, lambda _: None)] == ["Apply"] * 3
    assert list(fold(read.entries)) == [read.entries[0].header.id]
    (gone,) = [step.decision.known for step in steps(read.entries, lambda _: None)[2:]]  # type: ignore[union-attr]
    assert gone.state is State.ERASED


def test_the_card_is_under_the_same_keyset() -> None:
    card = HubCard.parse(
        canonical.encode(document("card wilster")), keyset("wilster").root, origin="https://wilster.example"
    )
    assert card.keyset == keyset("wilster")
    assert card.limits == {"lines": MAX_LINES, "bytes": MAX_BYTES}


@pytest.mark.parametrize("example", ["get kiel wilster", "post wilster kiel"])
def test_the_requests_prove_their_senders(example: str) -> None:
    method, sender, receiver = example.split()
    head, _, rest = BLOCKS[f"http {example}"].partition("\n\n")
    lines = head.split("\n")
    verb, target, version = lines[0].split(" ")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    body = rest.rstrip("\n").encode()
    pinned = keyset(sender)
    proof = verify_request(
        verb,
        keyset(receiver).origin + target,
        headers,
        body,
        lambda origin, key_id: pinned.key_at(key_id, NOW) if origin == pinned.origin else None,
        Memory(),
        NOW,
    )
    assert proof.origin == pinned.origin
    assert (verb.lower(), version) == (method, "HTTP/1.1")
    assert keyset(receiver).origin == f"https://{headers['Host']}"
    assert int(headers.get("Content-Length", 0)) == len(body)


def test_the_requests_say_what_the_page_says() -> None:
    query = BLOCKS["http get kiel wilster"].split(" ")[1].partition("?")[2]
    assert routes.EntriesQuery.parse(query) == routes.EntriesQuery(LOG, 0, 500)
    body = BLOCKS["http post wilster kiel"].rpartition("\n\n")[2].rstrip("\n").encode()
    assert routes.parse_poke(body) == BLOCKS["text note wilster"]


def test_the_letters_are_letters_and_the_answers_are_theirs() -> None:
    batch = canonical.encode(document("letters"))
    delivered = letters.parse_batch(batch, sender="https://kiel.example:8443", to="https://wilster.example")
    assert letters.encode_batch([one.letter for one in delivered if one.letter is not None]) == batch
    replies = letters.parse_replies(canonical.encode(document("letters answered")), [one.id for one in delivered])
    assert [(reply.status, reply.reason) for reply in replies] == [("accepted", None), ("refused", "unknown-thread")]


def test_the_invitation_leads_to_the_request_and_its_answer() -> None:
    invitation = joining.Invitation.parse(BLOCKS["text invitation wilster"])
    assert (invitation.origin, invitation.fingerprint) == (keyset("wilster").origin, keyset("wilster").fingerprint)
    asked = joining.JoinRequest.parse(canonical.encode(document("join kiel")))
    assert (asked.keyset, asked.token) == (keyset("kiel"), invitation.token)
    written = canonical.encode(document("join answer wilster"))
    answer = joining.JoinAnswer.parse(written, invitation.fingerprint, origin=invitation.origin)
    assert (answer.approved, answer.keyset, answer.log_id) == (True, keyset("wilster"), LOG)


def test_the_statements_of_membership_are_about_the_hub_that_joined() -> None:
    asked = joining.JoinRequest.parse(canonical.encode(document("join kiel")))
    named = joining.Membership.from_json(document("member kiel"))
    kiel = keyset("kiel")
    assert named == joining.Membership(kiel.origin, kiel.fingerprint, asked.log_id, kiel.n)
    assert joining.Departure.from_json(document("left kiel")) == joining.Departure(kiel.origin, asked.log_id)


def test_what_is_seen_is_a_note_and_a_cursor() -> None:
    seen = Seen.parse(canonical.encode(document("seen")))
    assert (seen.checkpoint, seen.cursor) == (BLOCKS["text note wilster"], 3)


def test_the_digest_is_the_one_of_the_page() -> None:
    shown = document("digest values")
    live = [(uid, one.rev, one.entry.header.bh or "") for uid, one in fold(page().entries).items()]
    assert live == [(shown["id"], shown["rev"], shown["bh"])]
    digest = Digest.of(shown["log"], shown["size"], live)
    assert (shown["log"], shown["size"]) == (LOG, page().state.size)
    assert bucket_of(shown["id"]) == shown["bucket"]
    empty, full = Digest.of(LOG, 3, []), b64url(digest.buckets[shown["bucket"]])
    assert digest.differs(empty) == [shown["bucket"]]
    assert (full, b64url(empty.buckets[0])) == (shown["hash"], shown["empty"])
    assert Digest.parse(digest.to_bytes()) == digest


def test_the_epoch_is_signed_by_the_root() -> None:
    wilster = keyset("wilster")
    begun = Epoch.parse(canonical.encode(document("epoch wilster")), wilster.root, origin=wilster.origin)
    assert (begun.prev_log, begun.n) == (LOG, 1)


def test_the_problem_is_one_that_the_library_makes() -> None:
    problem = errors.ClockSkew("signed too early or too late for this clock", "2026-11-22T12:16:03.120Z").problem()
    assert document("problem") == problem


def test_the_receipt_confirms_the_erasure_of_the_page() -> None:
    wilster, kiel = keyset("wilster"), keyset("kiel")
    batch = canonical.encode(document("receipts"))
    [receipt] = receipts.parse_batch(batch, sender=kiel, to=wilster.origin, now=NOW)
    erasure = page().entries[receipt.seq].header
    assert (erasure.op, erasure.id, erasure.log) == ("erase", receipt.id, receipt.log)
    assert receipts.parse_outcomes(canonical.encode(document("receipts answered")), 1) == ["taken"]


def test_the_proof_shows_the_erasure_of_the_page_and_the_receipt() -> None:
    shown = verify_proof(document("proof"), fingerprint=BLOCKS["text fingerprint wilster"])
    assert (shown.origin, shown.erased, shown.entry, shown.size) == (keyset("wilster").origin, True, 2, 3)
    assert [hub.receipt.to_json() if hub.receipt else None for hub in shown.hubs] == document("receipts")["receipts"]


def test_the_values_are_right() -> None:
    values, entries = document("values"), page().entries
    leaves = [entry.leaf for entry in entries]
    assert [leaf.hex() for leaf in leaves] == values["leaves"]
    root, before = bytes.fromhex(values["root"]), CompactRange().extend(leaves[:2]).root()
    assert page().state.edge.root() == root
    assert verify_inclusion(0, 3, leaves[0], [bytes.fromhex(step) for step in values["inclusion"]], root)
    assert verify_consistency(2, 3, before, root, [bytes.fromhex(step) for step in values["consistency"]])


def every(kind: type[errors.ProtocolError]) -> list[type[errors.ProtocolError]]:
    """A class and all below it."""
    return [kind, *(found for below in kind.__subclasses__() for found in every(below))]


def test_the_table_of_errors_is_complete() -> None:
    listed = {slug: int(status) for slug, status in re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \|", TEXT, re.MULTILINE)}
    assert listed == {kind.type: kind.status for kind in every(errors.ProtocolError) if kind.type not in OWN}


@pytest.mark.parametrize(
    ("what", "limit", "constant"),
    [
        ("levels of JSON", "32", canonical.MAX_DEPTH),
        ("entry line", "256 KiB", MAX_LINE // 1024),
        ("page", "500 entries, 1 MiB", MAX_LINES),
        ("note", "1024 characters", MAX_NOTE),
        ("batch of receipts", "40 receipts, 64 KiB", receipts.MAX_RECEIPTS),
        ("poke", "4 KiB", routes.MAX_POKE // 1024),
        ("file", "10 MiB", routes.MAX_FILE // 1024**2),
        ("invitation", "512 characters", joining.MAX_INVITATION),
        ("request to join, and its answer", "16 KiB", joining.MAX_JOIN // 1024),
        ("letter", "16 KiB", letters.MAX_LETTER // 1024),
        ("batch of letters", "20 letters, 64 KiB", letters.MAX_LETTERS),
        ("hub card", "64 KiB", MAX_CARD // 1024),
        ("`Signature-Input`", "2048 characters", 2048),
        ("signing keys in a keyset", "8", MAX_KEYS),
    ],
)
def test_the_table_of_limits_is_true(what: str, limit: str, constant: int) -> None:
    assert f"| {what} | {limit} |" in TEXT
    assert limit.split(" ")[0] == str(constant)


def test_the_paths_types_and_times_are_named() -> None:
    for path in (letters.PATH, receipts.PATH, routes.CARD, routes.CHECKPOINT, routes.ENTRIES, routes.JOIN, routes.POKE):
        assert re.search(rf"^\| `(GET|POST) {re.escape(path)}[`?]", TEXT, re.MULTILINE)
    assert f"| `GET {routes.MEDIA}/<sha256>` | yes |" in TEXT
    for media_type in (DOCUMENT_TYPE, PAGE_TYPE, routes.NOTE_TYPE, routes.PROBLEM_TYPE, routes.FILE_TYPE):
        assert f"`{media_type}`" in TEXT
    assert (int(MAX_AGE.total_seconds()), int(SKEW.total_seconds())) == (300, 30)
    assert datetime.fromisoformat(document("problem")["server_time"]) == NOW


def test_the_doors_of_witnesses_are_named() -> None:
    for path in (routes.SEEN, routes.MIRROR, routes.DIGEST, routes.EPOCH):
        assert re.search(rf"^\| `GET {re.escape(path)}[`?/]", TEXT, re.MULTILINE)


def test_a_note_made_here_has_the_shape_shown_there() -> None:
    signed = verify(BLOCKS["text note wilster"], keyset("wilster"), LOG, NOW)
    assert Checkpoint(signed.checkpoint.origin, LOG, 3, signed.root).text == signed.note.partition("\n\n")[0] + "\n"
