"""Checkpoints: a signed note says how large a log is, in one spelling, under a key that is valid now."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from federation.checkpoint import Checkpoint, SignedCheckpoint, note_name, sign, verify, verify_past
from federation.errors import BadCheckpoint, BadRequest, Refused
from tests.federation.cast import KIEL, LOG, NOW, OTHER_LOG, WILSTER, key, stolen

ROOT = hashlib.sha256(b"root").digest()
CLAIM = Checkpoint(WILSTER.origin, LOG, 7, ROOT)
NOTE = sign(CLAIM, WILSTER.signing)
SECOND = key("k2", 12)


def test_a_note_is_spelled_like_this() -> None:
    lines = NOTE.split("\n")
    assert lines[:4] == [f"wilster.example/apl/1/{LOG}", "7", base64.b64encode(ROOT).decode(), ""]
    prefix, _, signature = lines[4].rpartition(" ")
    assert prefix == f"— wilster.example/apl/1/{LOG}"
    assert lines[5:] == [""]
    raw = base64.b64decode(signature)
    named = f"{lines[0]}\n".encode() + b"\x01" + WILSTER.signing.public.raw
    assert raw[:4] == hashlib.sha256(named).digest()[:4]
    WILSTER.signing.public.verify(raw[4:], f"{lines[0]}\n7\n{lines[2]}\n".encode())


def test_the_name_of_a_log_keeps_the_port_and_no_scheme() -> None:
    assert note_name(KIEL.origin, LOG) == f"kiel.example:8443/apl/1/{LOG}"
    assert note_name("http://127.0.0.1:5001", LOG) == f"127.0.0.1:5001/apl/1/{LOG}"


def test_the_origins_key_is_believed() -> None:
    signed = verify(NOTE, WILSTER.keyset, LOG, NOW)
    assert signed.checkpoint == CLAIM
    assert (signed.size, signed.root, signed.note, signed.key_id) == (7, ROOT, NOTE, "k1")


def test_an_empty_log_has_a_note_too() -> None:
    note = sign(replace(CLAIM, size=0), WILSTER.signing)
    assert verify(note, WILSTER.keyset, LOG, NOW).size == 0


def test_another_hub_is_not_believed() -> None:
    with pytest.raises(BadCheckpoint, match="another log"):
        verify(NOTE, KIEL.keyset, LOG, NOW)
    with pytest.raises(BadCheckpoint, match="no key"):
        verify(sign(CLAIM, KIEL.signing), WILSTER.keyset, LOG, NOW)
    with pytest.raises(BadCheckpoint, match="no key"):
        verify(sign(CLAIM, stolen(KIEL, WILSTER)), WILSTER.keyset, LOG, NOW)


def test_another_log_of_the_same_hub_is_refused() -> None:
    with pytest.raises(BadCheckpoint, match="another log"):
        verify(NOTE, WILSTER.keyset, OTHER_LOG, NOW)


def test_only_a_key_that_is_valid_now_is_believed() -> None:
    with pytest.raises(BadCheckpoint, match="valid now"):
        verify(NOTE, WILSTER.keyset, LOG, NOW + timedelta(days=31))
    with pytest.raises(BadCheckpoint, match="valid now"):
        verify(NOTE, WILSTER.keyset, LOG, NOW - timedelta(days=2))


def test_a_kept_note_is_still_known_to_be_of_a_key_that_has_ended() -> None:
    ended = replace(
        WILSTER.keyset, signing=(WILSTER.online(WILSTER.signing, begins=-9, ends=-1), WILSTER.online(SECOND))
    )
    with pytest.raises(BadCheckpoint):
        verify(NOTE, ended, LOG, NOW)
    assert verify_past(NOTE, ended, LOG).key_id == "k1"
    assert verify_past(sign(CLAIM, SECOND), ended, LOG).key_id == "k2"


def test_a_kept_note_of_nobody_in_the_keyset_is_refused() -> None:
    with pytest.raises(BadCheckpoint, match="no key"):
        verify_past(sign(CLAIM, stolen(KIEL, WILSTER)), WILSTER.keyset, LOG)
    with pytest.raises(BadCheckpoint, match="another log"):
        verify_past(NOTE, WILSTER.keyset, OTHER_LOG)


def test_each_of_several_keys_is_believed() -> None:
    both = WILSTER.keyset.successor(WILSTER.root, [WILSTER.online(WILSTER.signing), WILSTER.online(SECOND)])
    assert verify(NOTE, both, LOG, NOW).key_id == "k1"
    assert verify(sign(CLAIM, SECOND), both, LOG, NOW).key_id == "k2"


def test_a_signature_under_the_name_of_another_key_is_refused() -> None:
    mine, other = (base64.b64decode(sign(CLAIM, each).split(" ")[-1]) for each in (WILSTER.signing, KIEL.signing))
    for mixed in (mine[:4] + other[4:], other[:4] + mine[4:]):
        forged = NOTE.replace(base64.b64encode(mine).decode(), base64.b64encode(mixed).decode())
        assert forged != NOTE
        with pytest.raises(BadCheckpoint, match="no key"):
            verify(forged, WILSTER.keyset, LOG, NOW)


def replaced_line(number: int, text: str) -> Callable[[str], str]:
    """Replace one line of a note."""

    def change(note: str) -> str:
        lines = note.split("\n")
        lines[number] = text
        return "\n".join(lines)

    return change


@pytest.mark.parametrize(
    "change",
    [
        replaced_line(1, "8"),
        replaced_line(2, base64.b64encode(bytes(32)).decode()),
        replaced_line(0, f"kiel.example/apl/1/{LOG}"),
        replaced_line(0, f"https://wilster.example/apl/1/{LOG}"),
        replaced_line(1, "07"),
        replaced_line(1, "+7"),
        replaced_line(1, "-7"),
        replaced_line(1, "7 "),
        replaced_line(1, ""),
        replaced_line(1, "٧"),
        replaced_line(1, "9" * 17),
        replaced_line(1, str(2**53)),
        replaced_line(2, "AAAA"),
        replaced_line(2, ""),
        replaced_line(2, "!" * 44),
        replaced_line(2, base64.b64encode(ROOT).decode().rstrip("=")),
        replaced_line(2, base64.b64encode(ROOT + b"\x00").decode()),
        replaced_line(2, base64.b64encode(ROOT).decode()[:-2] + "x="),
        replaced_line(3, "extension"),
        replaced_line(3, "extension\n"),
        replaced_line(5, "more"),
        replaced_line(4, ""),
        replaced_line(4, NOTE.split("\n")[4].replace("—", "-")),
        replaced_line(4, NOTE.split("\n")[4].replace("wilster.example", "kiel.example")),
        replaced_line(4, NOTE.split("\n")[4] + "="),
        replaced_line(4, NOTE.split("\n")[4][:-4]),
        lambda note: note + "\n",
        lambda note: note[:-1],
        lambda note: note + note.split("\n")[4] + "\n",
        lambda note: note.replace("\n", "\r\n"),
        lambda note: "\n" + note,
        lambda note: note[:0],
        lambda note: note + "x" * 1024,
    ],
)
def test_every_other_note_is_refused(change: Callable[[str], str]) -> None:
    assert change(NOTE) != NOTE
    with pytest.raises(BadCheckpoint):
        verify(change(NOTE), WILSTER.keyset, LOG, NOW)


@pytest.mark.parametrize("line", [2, 4])
def test_unused_bits_are_zero(line: int) -> None:
    """The character before the padding holds two bits that no byte needs: setting one is a second spelling."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    text = NOTE.split("\n")[line]
    assert text.endswith("=")
    other = text[:-2] + alphabet[alphabet.index(text[-2]) + 1] + "="
    assert base64.b64decode(other.split(" ")[-1]) == base64.b64decode(text.split(" ")[-1])
    with pytest.raises(BadCheckpoint, match="spelling"):
        verify(NOTE.replace(text, other), WILSTER.keyset, LOG, NOW)


def test_a_note_has_at_most_1024_characters() -> None:
    for length, reason in ((1024, "three lines"), (1025, "1024")):
        with pytest.raises(BadCheckpoint, match=reason):
            verify("x" * length, WILSTER.keyset, LOG, NOW)


@pytest.mark.parametrize(
    ("log_id", "size", "root"),
    [("x", 1, ROOT), (LOG.upper(), 1, ROOT), (LOG, -1, ROOT), (LOG, 2**53, ROOT), (LOG, 1, ROOT[:31]), (LOG, 1, b"")],
)
def test_an_impossible_claim_is_not_made(log_id: str, size: int, root: bytes) -> None:
    with pytest.raises(BadCheckpoint):
        Checkpoint(WILSTER.origin, log_id, size, root)


def test_a_claim_has_an_exact_origin() -> None:
    with pytest.raises(BadRequest):
        Checkpoint("https://WILSTER.example", LOG, 1, ROOT)


def test_the_largest_log_is_below_two_to_the_53() -> None:
    largest = replace(CLAIM, size=2**53 - 1)
    assert verify(sign(largest, WILSTER.signing), WILSTER.keyset, LOG, NOW).checkpoint == largest


def test_nobody_else_makes_a_proof() -> None:
    with pytest.raises(TypeError, match="only verify"):
        SignedCheckpoint(CLAIM, NOTE, "k1", object())


def test_a_refused_note_is_a_refusal() -> None:
    assert issubclass(BadCheckpoint, Refused)
