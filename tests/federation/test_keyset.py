"""Keysets: the root says which keys speak for a hub, and nobody else does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from federation import canonical
from federation.encoding import b64url
from federation.errors import BadKeyset, Refused
from federation.keys import PublicKey, fingerprint
from federation.keyset import MAX_KEYS, Keyset, OnlineKey
from tests.federation.cast import KIEL, MALLORY, NOW, WILSTER, key

SECOND = key("k2", 12)
NEW_ROOT = key("root", 13)
PIN = WILSTER.root.public


def edited(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Wilster's keyset after somebody changed it on the way."""
    document = WILSTER.keyset.to_json()
    change(document)
    return canonical.encode(document)


def test_the_pinned_root_is_believed() -> None:
    keyset = Keyset.parse(WILSTER.keyset.to_bytes(), PIN)
    assert keyset == WILSTER.keyset
    assert (keyset.origin, keyset.n, keyset.root) == (WILSTER.origin, 1, PIN)
    assert keyset.fingerprint == fingerprint(PIN)
    assert Keyset.parse(WILSTER.keyset.to_json(), PIN, origin=WILSTER.origin) == keyset


def test_its_fingerprint_is_enough() -> None:
    assert Keyset.parse(WILSTER.keyset.to_bytes(), fingerprint(PIN).lower()) == WILSTER.keyset
    with pytest.raises(BadKeyset, match="another root"):
        Keyset.parse(WILSTER.keyset.to_bytes(), fingerprint(KIEL.root.public))


def test_another_root_is_not_believed() -> None:
    with pytest.raises(BadKeyset, match="another root"):
        Keyset.parse(WILSTER.keyset.to_bytes(), KIEL.root.public)


def test_a_keyset_of_another_origin_is_refused() -> None:
    with pytest.raises(BadKeyset, match="another origin"):
        Keyset.parse(WILSTER.keyset.to_bytes(), PIN, origin=KIEL.origin)
    with pytest.raises(BadKeyset, match="another origin"):
        Keyset.parse_unpinned(WILSTER.keyset.to_bytes(), origin=KIEL.origin)


def test_a_keyset_can_be_looked_at_before_it_is_pinned() -> None:
    assert Keyset.parse_unpinned(MALLORY.keyset.to_bytes()) == MALLORY.keyset
    with pytest.raises(BadKeyset, match="did not sign"):
        Keyset.parse_unpinned(edited(lambda document: document.update(n=2)))


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(n=2),
        lambda d: d.update(origin=KIEL.origin),
        lambda d: d["signing"][0].update(id="k9"),
        lambda d: d["signing"][0].update(pub=KIEL.signing.public.text),
        lambda d: d["signing"][0].update(not_after="2030-01-01T00:00:00.000Z"),
        lambda d: d["signing"][0].update(not_before="2020-01-01T00:00:00.000Z"),
        lambda d: d.update(root=KIEL.root.public.text),
        lambda d: d.update(sig=b64url(KIEL.root.sign(b"x"))),
        lambda d: d.update(sig="A" * 86),
        lambda d: d.update(sig=d["sig"][:-1]),
        lambda d: d.update(sig=[d["sig"]]),
        lambda d: d.update(sig=""),
    ],
)
def test_whatever_is_changed_breaks_the_signature(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(BadKeyset):
        Keyset.parse(edited(change), PIN)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("v"),
        lambda d: d.pop("sig"),
        lambda d: d.pop("origin"),
        lambda d: d.update(more=1),
        lambda d: d.update(v=2),
        lambda d: d.update(v=True),
        lambda d: d.update(n=True),
        lambda d: d.update(n="1"),
        lambda d: d.update(n=0),
        lambda d: d.update(signing={}),
        lambda d: d.update(signing=[]),
        lambda d: d.update(signing=["k1"]),
        lambda d: d.update(origin=7),
        lambda d: d.update(origin="https://WILSTER.example"),
        lambda d: d.update(root="AAAA"),
        lambda d: d.update(root=b64url(bytes(32))),
        lambda d: d.update(root=7),
        lambda d: d.update(prev_root_sig=None),
        lambda d: d["signing"][0].pop("id"),
        lambda d: d["signing"][0].update(more=1),
        lambda d: d["signing"][0].update(id="K"),
        lambda d: d["signing"][0].update(id=7),
        lambda d: d["signing"][0].update(pub=7),
        lambda d: d["signing"][0].update(not_before="soon"),
        lambda d: d["signing"][0].update(not_after=7),
        lambda d: d["signing"][0].update(not_after=d["signing"][0]["not_before"]),
    ],
)
def test_malformed_keysets_are_refused(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(BadKeyset):
        Keyset.parse(edited(change), PIN)


@pytest.mark.parametrize("data", [b"[]", b"null", b"{", b'{"v": 1}'])
def test_what_is_no_object_is_refused(data: bytes) -> None:
    with pytest.raises(BadKeyset):
        Keyset.parse(data, PIN)


def test_a_refusal_of_bytes_says_why() -> None:
    with pytest.raises(BadKeyset, match="second spelling"):
        Keyset.parse(WILSTER.keyset.to_bytes() + b" ", PIN)


def test_a_number_is_no_truth_even_if_the_root_signed_it() -> None:
    with pytest.raises(BadKeyset, match="a number"):
        Keyset.parse(replace(WILSTER.keyset, n=True).sign(WILSTER.root).to_bytes(), PIN)


def test_only_its_root_signs_a_keyset() -> None:
    with pytest.raises(BadKeyset, match="only the root"):
        WILSTER.keyset.sign(KIEL.root)


def test_an_unsigned_keyset_does_not_leave_the_house() -> None:
    with pytest.raises(BadKeyset, match="unsigned"):
        replace(WILSTER.keyset, sig="").to_bytes()


def test_the_root_never_signs_online() -> None:
    with pytest.raises(BadKeyset, match="never signs online"):
        Keyset.first(WILSTER.origin, WILSTER.root, [WILSTER.online(WILSTER.root)])


def test_a_keyset_has_one_to_eight_different_keys() -> None:
    most = [WILSTER.online(key(f"k{number}", 20 + number)) for number in range(MAX_KEYS)]
    assert MAX_KEYS == 8
    assert len(Keyset.first(WILSTER.origin, WILSTER.root, most).signing) == MAX_KEYS
    for wrong in ([], [*most, WILSTER.online(key("k9", 40))], [most[0], most[0]]):
        with pytest.raises(BadKeyset, match="1 to 8"):
            Keyset.first(WILSTER.origin, WILSTER.root, wrong)


def test_the_root_key_is_called_root_whatever_its_file_says() -> None:
    named = replace(WILSTER.root, id="offline")
    assert Keyset.first(WILSTER.origin, named, WILSTER.keyset.signing) == WILSTER.keyset


def test_a_key_is_valid_from_its_first_to_before_its_last_moment() -> None:
    keyset, online = WILSTER.keyset, WILSTER.keyset.signing[0]
    tick = timedelta(milliseconds=1)
    for moment, valid in (
        (online.not_before - tick, False),
        (online.not_before, True),
        (online.not_after - tick, True),
        (online.not_after, False),
    ):
        assert online.valid_at(moment) is valid
        assert (keyset.key_at("k1", moment) is not None) is valid
        assert (keyset.keys_at(moment) != ()) is valid
    assert keyset.key_at("k1", NOW) == WILSTER.signing.public
    assert keyset.key_at("k2", NOW) is None
    with pytest.raises(BadKeyset, match="before it ends"):
        OnlineKey(WILSTER.signing.public, NOW, NOW)


def test_a_second_key_is_found_too() -> None:
    both = WILSTER.keyset.successor(WILSTER.root, [WILSTER.online(WILSTER.signing, ends=1), WILSTER.online(SECOND)])
    assert both.n == 2
    assert both.key_at("k2", NOW) == SECOND.public
    assert both.keys_at(NOW) == (WILSTER.signing.public, SECOND.public)
    assert both.keys_at(NOW + timedelta(days=2)) == (SECOND.public,)


def test_a_pinned_keyset_accepts_its_successors_only() -> None:
    first = WILSTER.keyset
    second = first.successor(WILSTER.root, [WILSTER.online(SECOND)])
    assert first.accept(second.to_bytes()) == second
    assert first.accept(first.to_bytes()) == first
    with pytest.raises(BadKeyset, match="cannot follow"):
        second.accept(first.to_bytes())
    with pytest.raises(BadKeyset, match="cannot follow"):
        second.accept(first.successor(WILSTER.root, [WILSTER.online(key("k3", 14))]).to_bytes())
    with pytest.raises(BadKeyset):
        first.accept(KIEL.keyset.to_bytes())
    with pytest.raises(BadKeyset, match="another origin"):
        first.accept(Keyset.first(KIEL.origin, WILSTER.root, [WILSTER.online(SECOND)]).to_bytes())


def test_the_old_root_introduces_a_new_one() -> None:
    moved = WILSTER.keyset.successor(WILSTER.root, [WILSTER.online(SECOND)], NEW_ROOT)
    accepted = WILSTER.keyset.accept(moved.to_bytes())
    assert accepted.root.raw == NEW_ROOT.public.raw
    assert accepted.n == 2
    assert Keyset.parse(moved.to_bytes(), NEW_ROOT.public) == moved
    with pytest.raises(BadKeyset):
        Keyset.parse(moved.to_bytes(), KIEL.root.public)
    with pytest.raises(BadKeyset, match="another root"):
        Keyset.parse(moved.to_bytes(), fingerprint(PIN))


def test_a_new_root_without_introduction_is_refused() -> None:
    alone = replace(WILSTER.keyset, n=2, root=PublicKey("root", NEW_ROOT.public.raw), prev_root_sig=None).sign(NEW_ROOT)
    with pytest.raises(BadKeyset, match="another root"):
        WILSTER.keyset.accept(alone.to_bytes())


@pytest.mark.parametrize("introduction", [b"", b"apl/1 keyset\n"])
def test_an_introduction_is_not_any_signature_of_the_old_root(introduction: bytes) -> None:
    moved = WILSTER.keyset.successor(WILSTER.root, [WILSTER.online(SECOND)], NEW_ROOT)
    content = {name: moved.to_json()[name] for name in ("v", "origin", "n", "signing", "root")}
    forged = b64url(WILSTER.root.sign(introduction + canonical.encode(content)))
    with pytest.raises(BadKeyset, match="did not sign"):
        WILSTER.keyset.accept(replace(moved, prev_root_sig=forged).to_bytes())


def test_the_signed_texts_are_these() -> None:
    moved = WILSTER.keyset.successor(WILSTER.root, [WILSTER.online(SECOND)], NEW_ROOT)
    document = moved.to_json()
    content = canonical.encode({name: document[name] for name in ("v", "origin", "n", "signing", "root")})
    assert document["sig"] == b64url(NEW_ROOT.sign(b"apl/1 keyset\n" + content))
    assert document["prev_root_sig"] == b64url(WILSTER.root.sign(b"apl/1 new root\n" + content))
    assert "prev_root_sig" not in WILSTER.keyset.to_json()


def test_a_refused_keyset_is_a_refusal() -> None:
    assert issubclass(BadKeyset, Refused)
    assert (BadKeyset.type, BadKeyset.status) == ("bad-keyset", 422)
