"""The signature profile: one label, one tag, one list of components, one set of parameters; all else is refused."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import BadSignature
from federation.signatures import DOCUMENT_TYPE
from tests.federation.cast import WILSTER
from tests.federation.signed import AT, GET_URL, check, check_get, forge, post


@pytest.mark.parametrize("component", ["@method", "@target-uri", "content-type", "content-digest"])
def test_each_component_must_be_covered(component: str) -> None:
    covered = ("@method", "@target-uri", "content-type", "content-digest")
    rest = tuple(name for name in covered if name != component)
    with pytest.raises(BadSignature, match="covers other components"):
        check(forge(rest))


@pytest.mark.parametrize(
    "components",
    [
        (),
        ("@target-uri", "@method", "content-type", "content-digest"),
        ("@method", "@target-uri", "content-type", "content-digest", "@authority"),
        ("@method", "@target-uri", "content-type", '"content-digest";sf'),
    ],
)
def test_no_other_components_may_be_covered(components: tuple[str, ...]) -> None:
    with pytest.raises(BadSignature):
        check(forge(components))


def test_a_get_does_not_cover_what_a_post_covers() -> None:
    with pytest.raises(BadSignature, match="covers other components"):
        check_get(forge(("@method",), method="GET", url=GET_URL))


@pytest.mark.parametrize(
    "digest",
    [
        "",
        "sha-512=:" + "A" * 86 + "==:",
        "sha-256=:AAAA=:",
        "sha-256=:kq3b84aujz7ptHMwQU0ObuQ85Pqi50HN1eVEI7DS44o=:, sha-512=:" + "A" * 86 + "==:",
        "sha-256=kq3b84aujz7ptHMwQU0ObuQ85Pqi50HN1eVEI7DS44o=",
    ],
)
def test_a_digest_outside_the_profile_is_refused(digest: str) -> None:
    with pytest.raises(BadSignature, match="Content-Digest"):
        check({**post(), "Content-Digest": digest})


def test_a_digest_that_is_missing_is_refused() -> None:
    without = post()
    del without["Content-Digest"]
    with pytest.raises(BadSignature, match="Content-Digest"):
        check(without)


def test_another_digest_of_the_right_shape_is_refused() -> None:
    with pytest.raises(BadSignature, match="does not fit"):
        check({**post(), "Content-Digest": f"sha-256=:{base64.b64encode(bytes(32)).decode()}:"})


@pytest.mark.parametrize("name", ["Signature", "Signature-Input"])
def test_both_signature_fields_are_needed(name: str) -> None:
    headers = post()
    del headers[name]
    with pytest.raises(BadSignature, match="exactly one"):
        check(headers)


def test_no_signature_at_all_is_refused() -> None:
    with pytest.raises(BadSignature):
        check({"Content-Type": DOCUMENT_TYPE, "Content-Digest": post()["Content-Digest"]})


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("Signature-Input", lambda text: text.replace("sig1=", "sig2=")),
        ("Signature-Input", lambda text: text + ", " + text.replace("sig1=", "sig2=")),
        ("Signature-Input", lambda text: text + ", " + text),
        ("Signature-Input", lambda text: text + ";more"),
        ("Signature-Input", lambda text: text + ' ;more="1"'),
        ("Signature-Input", lambda text: " " + text),
        ("Signature-Input", lambda text: text.replace('"@method" ', '"@method"  ')),
        ("Signature-Input", lambda text: text.replace("created=1", "created=-1")),
        ("Signature-Input", lambda text: text.replace("created=1", "created=1.")),
        ("Signature-Input", lambda text: text.replace("k1", 'k1\\"')),
        ("Signature-Input", lambda text: text + "\n"),
        ("Signature-Input", lambda text: text + f';a="{"x" * 2048}"'),
        ("Signature", lambda text: text.replace("sig1=", "sig2=")),
        ("Signature", lambda text: text + ", " + text.replace("sig1=", "sig2=")),
        ("Signature", lambda text: text.replace("==:", "=:")),
        ("Signature", lambda text: text[:-4] + "A==:"),
        ("Signature", lambda text: text + "\n"),
        ("Signature", lambda text: text.replace(":", "")),
    ],
)
def test_exactly_one_signature_of_one_shape(name: str, change: Callable[[str], str]) -> None:
    headers = post()
    headers[name] = change(headers[name])
    with pytest.raises(BadSignature):
        check(headers)


def test_a_field_at_its_longest_is_read() -> None:
    headers = post()
    room = 2048 - len(headers["Signature-Input"]) - len(';a=""')
    with pytest.raises(BadSignature, match="other parameters"):
        check({**headers, "Signature-Input": headers["Signature-Input"] + f';a="{"x" * room}"'})
    with pytest.raises(BadSignature, match="exactly one"):
        check({**headers, "Signature-Input": headers["Signature-Input"] + f';a="{"x" * (room + 1)}"'})


def test_a_flipped_signature_is_refused() -> None:
    headers = post()
    flipped = headers["Signature"].replace("sig1=:", "sig1=:A", 1)[:92] + "==:"
    assert flipped != headers["Signature"]
    assert len(flipped) == len(headers["Signature"])
    with pytest.raises(BadSignature, match="does not fit"):
        check({**headers, "Signature": flipped})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"tag": "apl/2"}, "tag apl/1"),
        ({"tag": None}, "other parameters"),
        ({"nonce": None}, "other parameters"),
        ({"expires": None}, "other parameters"),
        ({"include_alg": False}, "other parameters"),
        ({"nonce": "short"}, "malformed"),
        ({"nonce": "AAECAwQFBgcICQoLDA0ODx"}, "malformed"),
        ({"nonce": "AAECAwQFBgcICQoLDA0ODw=="}, "malformed"),
        ({"key_id": "k1"}, "malformed"),
        ({"key_id": f"{WILSTER.origin}"}, "keyid is"),
        ({"key_id": f"{WILSTER.origin}#"}, "keyid is"),
        ({"key_id": f"{WILSTER.origin}#K1"}, "keyid is"),
        ({"key_id": f"{WILSTER.origin}#k1#k1"}, "keyid is"),
        ({"key_id": f"{WILSTER.origin}:443#k1"}, "malformed"),
        ({"key_id": f"{WILSTER.origin}/#k1"}, "malformed"),
        ({"key_id": "https://WILSTER.example#k1"}, "malformed"),
        ({"label": "sig2"}, "exactly one"),
        ({"created": AT - timedelta(seconds=1)}, "within 300 s"),
        ({"expires": AT}, "within 300 s"),
        ({"expires": AT - timedelta(seconds=1)}, "within 300 s"),
    ],
)
def test_parameters_outside_the_profile_are_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadSignature, match=reason):
        check(forge(**changes))


def test_a_parameter_twice_is_refused() -> None:
    headers = post()
    doubled = headers["Signature-Input"] + ';tag="apl/1"'
    with pytest.raises(BadSignature, match="other parameters"):
        check({**headers, "Signature-Input": doubled})


def test_another_algorithm_is_refused() -> None:
    headers = post()
    other = headers["Signature-Input"].replace("ed25519", "hmac-sha256")
    with pytest.raises(BadSignature, match="alg ed25519"):
        check({**headers, "Signature-Input": other})


def test_a_created_beyond_all_time_is_refused() -> None:
    headers = post()
    for digits in ("9" * 15, "9" * 12):
        beyond = headers["Signature-Input"].replace("created=1795349763", f"created={digits}")
        with pytest.raises(BadSignature):
            check({**headers, "Signature-Input": beyond})


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=200))
def test_no_signature_input_brings_the_door_down(text: str) -> None:
    with pytest.raises(BadSignature):
        check({**post(), "Signature-Input": text})
