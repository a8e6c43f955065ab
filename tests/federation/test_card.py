"""The hub card: what a hub says about itself, bounded, plain, and under its own keyset."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from federation import canonical
from federation.card import MAX_CARD, HubCard
from federation.errors import BadKeyset, NotCanonical, Refused
from federation.keys import fingerprint
from tests.federation.cast import KIEL, LOG, WILSTER

CARD = HubCard(
    name="Digital Hub Wilster",
    place="Wilster",
    focus=("mobility", "energy.charging"),
    district="Steinburg",
    contact="hub@wilster.example",
    intro={"de": "Wir teilen, was wir wissen.", "en": "We share what we know."},
    keyset=WILSTER.keyset,
    log_id=LOG,
    software="hubnode/0.1.0",
)
PIN = WILSTER.root.public


def edited(change: Callable[[dict[str, Any]], object]) -> bytes:
    """The card after somebody changed it."""
    document = CARD.to_json()
    change(document)
    return canonical.serialise(document)


def test_a_card_comes_back() -> None:
    assert HubCard.parse(CARD.to_bytes(), PIN, origin=WILSTER.origin) == CARD
    assert HubCard.parse(CARD.to_bytes(), fingerprint(PIN), origin=WILSTER.origin) == CARD
    assert CARD.origin == WILSTER.origin
    assert CARD.to_json().keys() == {
        *("v", "origin", "name", "place", "focus", "district", "contact", "intro", "keyset"),
        *("log_id", "limits", "versions", "software"),
    }


def test_a_card_under_another_root_is_refused() -> None:
    with pytest.raises(BadKeyset):
        HubCard.parse(CARD.to_bytes(), KIEL.root.public, origin=WILSTER.origin)
    with pytest.raises(BadKeyset):
        HubCard.parse(CARD.to_bytes(), fingerprint(KIEL.root.public), origin=WILSTER.origin)


def test_a_card_from_another_place_is_refused() -> None:
    with pytest.raises(BadKeyset, match="another origin"):
        HubCard.parse(CARD.to_bytes(), PIN, origin=KIEL.origin)
    with pytest.raises(BadKeyset, match="another origin"):
        HubCard.parse_unpinned(CARD.to_bytes(), origin=KIEL.origin)


def test_a_card_can_be_looked_at_before_it_is_pinned() -> None:
    assert HubCard.parse_unpinned(CARD.to_bytes(), origin=WILSTER.origin) == CARD
    assert HubCard.parse_unpinned(CARD.to_bytes()) == CARD


def test_a_card_without_the_optional_texts_is_a_card() -> None:
    plain = replace(CARD, district="", contact="", intro={"de": "Hallo"})
    assert HubCard.parse(plain.to_bytes(), PIN, origin=WILSTER.origin) == plain


def test_a_hub_says_which_versions_it_speaks() -> None:
    assert CARD.speaks
    assert not replace(CARD, versions=("apl/2",)).speaks
    assert replace(CARD, versions=("apl/2", "apl/1")).speaks


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("name"),
        lambda d: d.update(more=1),
        lambda d: d.update(v=2),
        lambda d: d.update(v=True),
        lambda d: d.update(origin=KIEL.origin),
        lambda d: d.update(keyset=None),
        lambda d: d.update(keyset=KIEL.keyset.to_json()),
        lambda d: d["keyset"].update(n=2),
        lambda d: d.update(name=""),
        lambda d: d.update(name=7),
        lambda d: d.update(name="x" * 201),
        lambda d: d.update(name="two\nlines"),
        lambda d: d.update(name="a\u202eb"),
        lambda d: d.update(name=" x"),
        lambda d: d.update(place=""),
        lambda d: d.update(place="x" * 201),
        lambda d: d.update(place=None),
        lambda d: d.update(district="x" * 201),
        lambda d: d.update(district=7),
        lambda d: d.update(software=""),
        lambda d: d.update(software="x" * 101),
        lambda d: d.update(contact="x"),
        lambda d: d.update(contact="x@y@z"),
        lambda d: d.update(contact="a b@c"),
        lambda d: d.update(contact="a@" + "b" * 260),
        lambda d: d.update(focus="mobility"),
        lambda d: d.update(focus=[]),
        lambda d: d.update(focus=["Mobility"]),
        lambda d: d.update(focus=[7]),
        lambda d: d.update(focus=["mobility", "mobility"]),
        lambda d: d.update(focus=[f"f{number}" for number in range(21)]),
        lambda d: d.update(focus=["x" * 65]),
        lambda d: d.update(versions=[]),
        lambda d: d.update(versions="apl/1"),
        lambda d: d.update(versions=["apl/0"]),
        lambda d: d.update(versions=["http"]),
        lambda d: d.update(intro={}),
        lambda d: d.update(intro="Hallo"),
        lambda d: d.update(intro={"en": "Hello"}),
        lambda d: d.update(intro={"de": ""}),
        lambda d: d.update(intro={"de": 7}),
        lambda d: d.update(intro={"de": "x" * 2001}),
        lambda d: d.update(intro={"de": "Hallo", "DE": "Hallo"}),
        lambda d: d.update(intro={"de": "Hallo", "deu": "Hallo"}),
        lambda d: d.update(intro={f"{letter}e": "Hallo" for letter in "abcdefghi"}),
        lambda d: d.update(log_id="x"),
        lambda d: d.update(log_id=LOG.upper()),
        lambda d: d.update(limits={}),
        lambda d: d.update(limits=[]),
        lambda d: d.update(limits={"lines": 500, "bytes": 1024, "more": 1}),
        lambda d: d.update(limits={"lines": 501, "bytes": 1024}),
        lambda d: d.update(limits={"lines": 0, "bytes": 1024}),
        lambda d: d.update(limits={"lines": True, "bytes": 1024}),
        lambda d: d.update(limits={"lines": 500, "bytes": 1024 * 1024 + 1}),
    ],
)
def test_every_other_card_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(Refused):
        HubCard.parse(edited(change), PIN, origin=WILSTER.origin)


def test_texts_at_their_longest_are_taken() -> None:
    longest = replace(
        CARD,
        name="x" * 200,
        place="x" * 200,
        district="x" * 200,
        software="x" * 100,
        focus=tuple(f"f{number}" for number in range(20)),
        intro={f"{letter}e": "x" * 2000 for letter in "abcdefgh"},
        limits={"lines": 1, "bytes": 1},
    )
    assert HubCard.parse(longest.to_bytes(), PIN, origin=WILSTER.origin) == longest


def test_a_card_in_a_second_spelling_or_too_large_is_refused() -> None:
    with pytest.raises(NotCanonical):
        HubCard.parse(CARD.to_bytes() + b"\n", PIN, origin=WILSTER.origin)
    with pytest.raises(Refused, match="at most"):
        HubCard.parse(b" " * (MAX_CARD + 1), PIN, origin=WILSTER.origin)
    with pytest.raises(NotCanonical):
        HubCard.parse(b" " * MAX_CARD, PIN, origin=WILSTER.origin)
    for other in (b"[]", b"null", b"<html>"):
        with pytest.raises((Refused, NotCanonical)):
            HubCard.parse(other, PIN, origin=WILSTER.origin)
