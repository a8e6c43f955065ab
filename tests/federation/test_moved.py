"""Moves: only the root key of a hub says where the hub goes on, in one spelling."""

from typing import Any

import pytest

from federation.errors import BadRequest, Refused
from federation.moved import Moved
from tests.federation.cast import KIEL, WILSTER

MOVED = Moved(WILSTER.origin, "https://new.example", 2).sign(WILSTER.root)


def test_the_roots_word_is_believed() -> None:
    assert Moved.parse(MOVED.to_json(), WILSTER.root.public) == MOVED


def test_another_root_and_a_signing_key_move_nobody() -> None:
    for key in (KIEL.root, WILSTER.signing):
        with pytest.raises(Refused, match="did not sign"):
            Moved.parse(Moved(MOVED.before, MOVED.to, 2).sign(key).to_json(), WILSTER.root.public)


@pytest.mark.parametrize(
    "change",
    [
        {"to": "https://thief.example"},
        {"from": KIEL.origin},
        {"n": 3},
        {"n": True},
        {"n": 0},
        {"v": 2},
        {"v": 1.0, "n": "2"},
        {"to": "https://NEW.example"},
        {"to": MOVED.before},
        {"sig": ""},
        {"sig": 7},
        {"more": 1},
    ],
)
def test_every_change_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        Moved.parse(MOVED.to_json() | change, WILSTER.root.public)


@pytest.mark.parametrize("document", [None, [], "moved", {}])
def test_what_is_no_move_is_refused(document: object) -> None:
    with pytest.raises(Refused):
        Moved.parse(document, WILSTER.root.public)


def test_a_move_to_the_same_place_is_not_made() -> None:
    with pytest.raises(BadRequest):
        Moved(WILSTER.origin, WILSTER.origin, 2)
