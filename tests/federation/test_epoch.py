"""The statement that names a new log: only the root signs it, and it has one spelling."""

from dataclasses import replace
from typing import Any

import pytest

from federation import canonical
from federation.checkpoint import log_named, note_name
from federation.epoch import Epoch
from federation.errors import BadEpoch
from tests.federation.cast import KIEL, LOG, OTHER_LOG, WILSTER, key

BEGUN = Epoch(WILSTER.origin, OTHER_LOG, LOG, 1)


def test_the_root_begins_an_epoch() -> None:
    signed = BEGUN.sign(WILSTER.root)
    assert Epoch.parse(signed.to_bytes(), WILSTER.root.public, origin=WILSTER.origin) == signed
    assert Epoch.parse(signed.to_json(), WILSTER.root.public, origin=WILSTER.origin) == signed


@pytest.mark.parametrize("signer", [WILSTER.signing, KIEL.root, key("root", 99)])
def test_no_other_key_does(signer: Any) -> None:
    with pytest.raises(BadEpoch):
        Epoch.parse(BEGUN.sign(signer).to_bytes(), WILSTER.root.public, origin=WILSTER.origin)


@pytest.mark.parametrize(
    "change",
    [
        {"n": 2},
        {"log": "a" * 32},
        {"prev_log": "a" * 32},
        {"origin": KIEL.origin},
        {"v": 2},
        {"v": True},
        {"n": "1"},
        {"n": 0},
        {"log": LOG},
        {"log": "x"},
        {"origin": "wilster"},
        {"sig": "A" * 86},
        {"sig": ""},
        {"sig": None},
        {"more": 1},
    ],
)
def test_a_changed_statement_is_refused(change: dict[str, Any]) -> None:
    document = BEGUN.sign(WILSTER.root).to_json() | change
    with pytest.raises(BadEpoch):
        Epoch.parse(canonical.encode(document), WILSTER.root.public, origin=WILSTER.origin)


def test_a_statement_counts_for_its_origin_alone() -> None:
    foreign = replace(BEGUN, origin=KIEL.origin).sign(WILSTER.root)
    with pytest.raises(BadEpoch):
        Epoch.parse(foreign.to_bytes(), WILSTER.root.public, origin=WILSTER.origin)


@pytest.mark.parametrize("data", [b"", b"[]", b"5", b'{"v":1}', b'{ "v":1}'])
def test_what_is_no_statement_is_refused(data: bytes) -> None:
    with pytest.raises(BadEpoch):
        Epoch.parse(data, WILSTER.root.public, origin=WILSTER.origin)


def test_an_unsigned_statement_does_not_leave_the_house() -> None:
    with pytest.raises(BadEpoch):
        BEGUN.to_bytes()


@pytest.mark.parametrize(
    ("note", "named"),
    [
        (f"{note_name(WILSTER.origin, LOG)}\n3\n", LOG),
        (f"{note_name(WILSTER.origin, OTHER_LOG)}", OTHER_LOG),
        (f"{note_name(KIEL.origin, LOG)}\n3\n", None),
        (f"{note_name(WILSTER.origin, LOG)}x\n", None),
        ("", None),
    ],
)
def test_the_log_that_a_note_names_is_read_without_believing_it(note: str, named: str | None) -> None:
    assert log_named(note, WILSTER.origin) == named
