"""Keys: stored, compared, and refused where the whole world knows them."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.errors import BadKey, BadSignature
from federation.keys import PublicKey, SigningKey, fingerprint, same_fingerprint
from tests.federation.cast import KIEL, WILSTER, key

PUBLISHED_SEEDS = {
    "RFC 9421 B.1.4": "9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5",
    "RFC 8032 test 1": "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "RFC 8032 test 2": "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "RFC 8032 test 3": "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "RFC 8032 test 1024": "f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5",
    "RFC 8032 test sha": "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
    "32 zero bytes": "00" * 32,
}
P = 2**255 - 19
ORDER_EIGHT = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
SMALL_Y = [0, 1, P - 1, P, P + 1, ORDER_EIGHT, P - ORDER_EIGHT]


def test_a_signature_fits_its_message_and_its_key() -> None:
    signature = WILSTER.signing.sign(b"message")
    WILSTER.signing.public.verify(signature, b"message")
    for other in (b"another message", b""):
        with pytest.raises(BadSignature):
            WILSTER.signing.public.verify(signature, other)
    with pytest.raises(BadSignature):
        KIEL.signing.public.verify(signature, b"message")
    with pytest.raises(BadSignature):
        WILSTER.signing.public.verify(signature[:63], b"message")


def test_a_new_key_comes_from_the_randomness_it_is_given() -> None:
    asked: list[int] = []

    def random(length: int) -> bytes:
        asked.append(length)
        return bytes([7]) * length

    assert SigningKey.generate("k7", random).to_json() == key("k7", 7).to_json()
    assert asked == [32]
    assert SigningKey.generate("k").public != SigningKey.generate("k").public


def test_a_stored_key_comes_back() -> None:
    stored = WILSTER.signing.to_json()
    assert stored == {"id": "k1", "seed": base64.urlsafe_b64encode(bytes([2]) * 32).decode().rstrip("=")}
    assert SigningKey.from_json(stored).public == WILSTER.signing.public


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        {},
        {"id": "k1"},
        {"seed": "A" * 43},
        {"id": "k1", "seed": "A" * 43, "more": ""},
        {"id": "k1", "seed": 7},
        {"id": 7, "seed": "Ag" * 21 + "A"},
        {"id": "k1", "seed": "Ag"},
        {"id": "K1", "seed": key("k1", 2).to_json()["seed"]},
        {"id": "k1", "seed": key("k1", 2).to_json()["seed"] + "="},
    ],
)
def test_what_is_not_a_stored_key_is_refused(stored: object) -> None:
    with pytest.raises(BadKey):
        SigningKey.from_json(stored)


def test_a_seed_of_another_length_is_refused() -> None:
    with pytest.raises(BadKey):
        SigningKey.from_seed("k1", b"\x01" * 31)


def test_the_secret_is_not_shown() -> None:
    assert WILSTER.signing.to_json()["seed"] not in repr(WILSTER.signing)
    assert "private" not in repr(WILSTER.signing)


def test_a_public_key_has_one_text() -> None:
    public = WILSTER.signing.public
    assert PublicKey.from_text("k1", public.text) == public
    for text in (public.text + "=", public.text[:-1], public.text[:-1] + "é", ""):
        with pytest.raises(BadKey):
            PublicKey.from_text("k1", text)


def test_a_public_key_has_32_bytes_and_an_id() -> None:
    with pytest.raises(BadKey):
        PublicKey("k1", WILSTER.signing.public.raw[:31])
    with pytest.raises(BadKey):
        PublicKey("k1", WILSTER.signing.public.raw + b"\x00")
    with pytest.raises(BadKey):
        PublicKey("", WILSTER.signing.public.raw)


@pytest.mark.parametrize("seed", PUBLISHED_SEEDS.values(), ids=PUBLISHED_SEEDS)
def test_a_key_printed_in_a_standard_is_refused(seed: str) -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
    with pytest.raises(BadKey, match="published"):
        SigningKey("k1", private)
    with pytest.raises(BadKey, match="published"):
        PublicKey("k1", private.public_key().public_bytes_raw())


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("y", SMALL_Y)
def test_a_key_of_small_order_is_refused(y: int, sign: int) -> None:
    raw = (y | sign << 255).to_bytes(32, "little")
    with pytest.raises(BadKey, match="weak"):
        PublicKey("k1", raw)


def test_a_fingerprint_is_thirteen_groups_of_sha_256() -> None:
    shown = fingerprint(b"")
    assert shown == "4OYM-IQUY-7QOB-JGX3-6TEJ-S35Z-EQT2-4QPE-MSNZ-GTFE-SWMR-W6CS-XBKQ"
    assert fingerprint(WILSTER.root.public) == fingerprint(WILSTER.root.public.raw) != fingerprint(KIEL.root.public)


def test_fingerprints_are_compared_as_people_type_them() -> None:
    shown = fingerprint(WILSTER.root.public)
    assert same_fingerprint(shown, shown)
    assert same_fingerprint(shown, f"  {shown.lower().replace('-', ' ')}\n")
    assert not same_fingerprint(shown, fingerprint(KIEL.root.public))
    assert not same_fingerprint(shown, shown[:-1])
    assert not same_fingerprint(shown, "")
    assert not same_fingerprint(shown, "ä")
