"""Signed requests: who is proved by them, and what breaks the proof."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import algorithms
from hypothesis import given
from hypothesis import strategies as st

from federation import signatures
from federation.errors import BadRequest, BadSignature, ClockSkew, NotMember, ProtocolError, Replayed, UnknownKey
from federation.keys import PublicKey, SigningKey
from federation.signatures import DOCUMENT_TYPE, Verified, sign_request
from tests.federation.cast import KIEL, WILSTER, stolen
from tests.federation.signed import AT, BODY, GET_URL, URL, Memory, check, check_get, forge, get, post


def test_a_signed_post_proves_who_sent_it() -> None:
    proof = check(post())
    assert (proof.origin, proof.key_id, proof.created, proof.nonce) == (
        WILSTER.origin,
        "k1",
        AT,
        "AAECAwQFBgcICQoLDA0ODw",
    )


def test_a_signed_get_proves_who_sent_it() -> None:
    assert check_get(get()).origin == WILSTER.origin


def test_the_forger_can_also_be_honest() -> None:
    assert check(forge()).origin == WILSTER.origin
    assert check_get(forge(("@method", "@target-uri"), method="GET", url=GET_URL)).origin == WILSTER.origin


def test_the_headers_are_these() -> None:
    headers = post()
    assert headers.keys() == {"Content-Type", "Content-Digest", "Signature-Input", "Signature"}
    assert headers["Content-Type"] == "application/vnd.apl+json" == DOCUMENT_TYPE
    assert headers["Content-Digest"] == "sha-256=:kq3b84aujz7ptHMwQU0ObuQ85Pqi50HN1eVEI7DS44o=:"
    assert headers["Signature-Input"] == (
        'sig1=("@method" "@target-uri" "content-type" "content-digest");created=1795349763;'
        'keyid="https://wilster.example#k1";alg="ed25519";expires=1795350063;'
        'nonce="AAECAwQFBgcICQoLDA0ODw";tag="apl/1"'
    )
    assert get().keys() == {"Signature-Input", "Signature"}


def test_a_request_has_a_new_nonce_each_time() -> None:
    def one() -> str:
        return sign_request("GET", GET_URL, None, None, WILSTER.signing, WILSTER.origin, AT)["Signature-Input"]

    assert one() != one()
    assert check_get(sign_request("GET", GET_URL, None, None, WILSTER.signing, WILSTER.origin, AT))


@pytest.mark.parametrize(
    ("method", "body"), [("GET", b""), ("GET", b"x"), ("POST", None), ("PUT", b"x"), ("DELETE", None), ("get", None)]
)
def test_only_get_without_and_post_with_a_body_are_signed(method: str, body: bytes | None) -> None:
    with pytest.raises(BadRequest):
        sign_request(method, URL, body, None, WILSTER.signing, WILSTER.origin, AT)


def test_only_an_exact_origin_signs() -> None:
    with pytest.raises(BadRequest):
        post(origin="https://WILSTER.example")


def test_only_a_whole_url_is_signed() -> None:
    with pytest.raises(BadRequest, match="cannot be signed"):
        post(url="/apl/v1/poke")


def test_header_names_have_no_case() -> None:
    assert check({name.upper(): value for name, value in post().items()})


def test_a_header_that_occurs_twice_is_refused() -> None:
    with pytest.raises(BadRequest, match="twice"):
        check({**post(), "content-type": DOCUMENT_TYPE})


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(BadSignature, match="does not fit"):
        check(post(), body=BODY.replace(b"x", b"y"))
    with pytest.raises(BadSignature, match="does not fit"):
        check(post(), body=b"")


def test_an_empty_body_can_be_signed_and_not_filled() -> None:
    headers = post(body=b"")
    assert check(headers, body=b"")
    with pytest.raises(BadSignature):
        check(headers, body=BODY)


@pytest.mark.parametrize(
    "changes",
    [
        {"target_uri": URL + "?x=1"},
        {"target_uri": URL.replace("kiel", "luebeck")},
        {"target_uri": URL.replace("https", "http")},
        {"target_uri": URL + "/"},
    ],
)
def test_a_request_to_another_place_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadSignature, match="does not fit"):
        check(post(), **changes)


def test_a_signature_for_one_method_is_none_for_another() -> None:
    bare = {name: value for name, value in post().items() if name.startswith("Signature")}
    with pytest.raises(BadSignature):
        check_get(bare, target_uri=URL)
    with pytest.raises(BadRequest):
        check(post(), method="PUT")
    with pytest.raises(BadRequest):
        check(get())


def test_another_content_type_is_refused() -> None:
    for other in ("application/json", "text/html", f"{DOCUMENT_TYPE}; charset=utf-8", ""):
        with pytest.raises(BadRequest, match="content type"):
            check({**post(), "Content-Type": other})
    without = post()
    del without["Content-Type"]
    with pytest.raises(BadRequest, match="content type"):
        check(without)


@pytest.mark.parametrize("encoding", ["gzip", "identity", ""])
def test_a_content_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(BadRequest, match="content encoding"):
        check({**post(), "Content-Encoding": encoding})
    with pytest.raises(BadRequest, match="content encoding"):
        check_get({**get(), "Content-Encoding": encoding})


def test_a_get_with_a_body_is_refused() -> None:
    with pytest.raises(BadRequest, match="no body"):
        check_get(get(), body=b"x")
    with pytest.raises(BadRequest, match="no body"):
        check_get({**get(), "Content-Digest": post()["Content-Digest"]})


@pytest.mark.parametrize(
    ("seconds", "accepted"),
    [(-31, False), (-30, True), (0, True), (300, True), (330, True), (331, False), (86_400, False)],
)
def test_clocks_may_differ_by_thirty_seconds(seconds: int, accepted: bool) -> None:
    now = AT + timedelta(seconds=seconds)
    if accepted:
        assert check(post(), now=now)
        return
    with pytest.raises(ClockSkew) as refusal:
        check(post(), now=now)
    assert refusal.value.problem()["server_time"] == now.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_a_signature_may_expire_sooner() -> None:
    brief = forge(expires=AT + timedelta(seconds=1))
    assert check(brief, now=AT + timedelta(seconds=31))
    with pytest.raises(ClockSkew):
        check(brief, now=AT + timedelta(seconds=32))


def test_the_same_request_twice_is_refused() -> None:
    memory = Memory()
    check(post(), seen_nonce=memory)
    with pytest.raises(Replayed):
        check(post(), seen_nonce=memory)


def test_a_nonce_is_remembered_until_nobody_accepts_its_request() -> None:
    memory = Memory()
    check(post(), seen_nonce=memory)
    assert memory.seen == {
        (f"{WILSTER.origin}#k1", "AAECAwQFBgcICQoLDA0ODw"): AT + timedelta(seconds=300) + timedelta(seconds=30)
    }


def test_a_refused_request_burns_no_nonce() -> None:
    memory = Memory()
    for spoil in ({"body": b"other"}, {"now": AT + timedelta(hours=1)}, {"find_key": KIEL.find_key}):
        with pytest.raises(ProtocolError):
            check(post(), seen_nonce=memory, **spoil)
    assert memory.seen == {}
    assert check(post(), seen_nonce=memory)


def test_an_unknown_key_is_named() -> None:
    with pytest.raises(UnknownKey):
        check(post(), find_key=KIEL.find_key)
    with pytest.raises(UnknownKey):
        check(post(key=replace(WILSTER.signing, id="k2")))


def test_a_stranger_is_told_so() -> None:
    def find_key(origin: str, key_id: str) -> PublicKey | None:
        raise NotMember(origin)

    with pytest.raises(NotMember):
        check(post(), find_key=find_key)


def test_a_stolen_name_is_not_a_stolen_key() -> None:
    with pytest.raises(BadSignature, match="does not fit"):
        check(post(key=stolen(KIEL, WILSTER)))


def test_a_hub_cannot_speak_for_another() -> None:
    with pytest.raises(BadSignature, match="does not fit"):
        check(post(key=KIEL.signing, origin=WILSTER.origin))


def test_the_key_is_looked_up_by_what_was_signed() -> None:
    asked: list[tuple[str, str]] = []

    def find_key(origin: str, key_id: str) -> PublicKey | None:
        asked.append((origin, key_id))
        return WILSTER.find_key(origin, key_id)

    check(post(), find_key=find_key)
    assert asked == [(WILSTER.origin, "k1")]


def test_nobody_else_makes_a_proof() -> None:
    with pytest.raises(TypeError, match="only verify_request"):
        Verified(WILSTER.origin, "k1", AT, "n", object())
    with pytest.raises((TypeError, ValueError)):
        replace(check(post()), origin=KIEL.origin)  # type: ignore[call-arg]  # that is the point


def test_a_target_that_is_no_url_is_a_bad_request() -> None:
    with pytest.raises(BadSignature):
        check(post(), target_uri="/apl/v1/poke")


@given(st.binary(max_size=200), st.integers(0, 10**6))
def test_any_body_at_any_time_verifies_and_no_other(body: bytes, seconds: int) -> None:
    now = AT + timedelta(seconds=seconds)
    headers = sign_request("POST", URL, body, None, WILSTER.signing, WILSTER.origin, now)
    assert check(headers, body=body, now=now).created == now
    with pytest.raises(BadSignature):
        check(headers, body=body + b"x", now=now)


def test_the_vector_b_2_6_of_rfc_9421() -> None:
    """The standard's own signature verifies below the profile, and is refused by it."""
    headers = {
        "date": "Tue, 20 Apr 2021 02:07:55 GMT",
        "content-type": "application/json",
        "content-length": "18",
        "signature-input": 'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")'
        ';created=1618884473;keyid="test-key-ed25519"',
        "signature": "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jr"
        "nDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:",
    }
    raw = base64.urlsafe_b64decode("JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs=")
    keys = signatures._Keys(public=Ed25519PublicKey.from_public_bytes(raw))
    message = signatures._Message("POST", "https://example.com/foo?param=Value&Pet=dog", headers)
    verifier = signatures._Verifier(signature_algorithm=algorithms.ED25519, key_resolver=keys)
    (result,) = verifier.verify(message)
    assert result.parameters["keyid"] == "test-key-ed25519"
    with pytest.raises(ProtocolError):
        check(headers, target_uri=message.url, now=datetime.fromtimestamp(1618884473, UTC))


def test_a_key_of_the_standard_signs_nothing_here() -> None:
    with pytest.raises(ProtocolError):
        SigningKey.from_seed("k1", bytes.fromhex("9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5"))
