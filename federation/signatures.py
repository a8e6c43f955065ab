"""Signed requests: the one profile of RFC 9421 that hubs speak, signed and verified through one wrapper each.

Label ``sig1``, tag ``apl/1``, Ed25519, ``created``, ``expires`` at most 300 s later, a nonce of 128 bits. A GET covers
``@method @target-uri`` and has no body; a POST covers ``content-type content-digest`` (RFC 9530, SHA-256) as well.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import InitVar, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from federation.encoding import b64url, from_b64url, is_key_id, timestamp
from federation.errors import BadRequest, BadSignature, ClockSkew, ProtocolError, Replayed, UnknownKey
from federation.keys import PublicKey, SigningKey
from federation.origin import parse_origin

LABEL = "sig1"
TAG = "apl/1"
MAX_AGE = timedelta(seconds=300)
SKEW = timedelta(seconds=30)
NONCE_LENGTH = 16
DOCUMENT_TYPE = "application/vnd.apl+json"
"""The media type of every signed body: nothing that a browser or an upload produces by itself."""

_COVERED = {
    "GET": ("@method", "@target-uri"),
    "POST": ("@method", "@target-uri", "content-type", "content-digest"),
}
_ONE_SIGNATURE = re.compile(r"sig1=:[A-Za-z0-9+/]{86}==:", re.ASCII)
_ONE_INPUT = re.compile(r'sig1=\(("[a-z@-]+"(?: "[a-z@-]+")*)\)((?:;[a-z]+=(?:[0-9]{1,15}|"[!#-\[\]-~]*"))+)', re.ASCII)
_PARAMETER = re.compile(r';([a-z]+)=(?:([0-9]+)|"([^"]*)")', re.ASCII)
_PARAMETERS = frozenset({"created", "expires", "keyid", "alg", "nonce", "tag"})
_DIGEST = re.compile(r"sha-256=:[A-Za-z0-9+/]{43}=:", re.ASCII)
_MAX_FIELD = 2048
_SEAL = object()

FindKey = Callable[[str, str], PublicKey | None]
"""(origin, key id) to the key that this origin's pinned keyset holds now; may raise `NotMember`."""
SeenNonce = Callable[[str, str, datetime], bool]
"""(keyid, nonce, until) remembers the pair until that moment, in one atomic step; true if it was there already."""


@dataclass(frozen=True)
class Verified:
    """The proof that a request was signed by a key of an origin; only `verify_request` can make one."""

    origin: str
    key_id: str
    created: datetime
    nonce: str
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("only verify_request proves a request")


@dataclass(frozen=True)
class _Message:
    """A request in the shape that http-message-signatures reads."""

    method: str
    url: str
    headers: dict[str, str]


@dataclass(frozen=True)
class _Claim:
    """What a Signature-Input header claims, before anything of it is believed."""

    keyid: str
    origin: str
    key_id: str
    created: datetime
    expires: datetime
    nonce: str


class _Keys(HTTPSignatureKeyResolver):
    """Hands the library the one key that the wrapper has already chosen."""

    def __init__(self, public: Ed25519PublicKey | None = None, private: Ed25519PrivateKey | None = None) -> None:
        self._public, self._private = public, private

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:  # noqa: ARG002
        return self._public

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey | None:  # noqa: ARG002
        return self._private


class _Verifier(HTTPMessageVerifier):
    """The library's verifier with the time as an argument: the wrapper has checked the claim's times already."""

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        """Leave the times to `_check_times`, which knows the caller's clock."""


def sign_request(
    method: str,
    url: str,
    body: bytes | None,
    content_type: str | None,
    key: SigningKey,
    origin: str,
    now: datetime,
    *,
    nonce: bytes | None = None,
) -> dict[str, str]:
    """Return the headers that make a request of ``origin`` provable; a retry is signed anew, with a new nonce.

    Raises `BadRequest` for a method other than GET (without a body) and POST (with one).
    """
    covered = _covered(method, body)
    headers = {} if body is None else {"Content-Type": content_type or DOCUMENT_TYPE}
    message = _Message(method, url, headers)
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=_Keys(private=key.private))
    try:
        signer.sign(
            message,
            key_id=f"{parse_origin(origin)}#{key.id}",
            created=now,
            expires=now + MAX_AGE,
            nonce=b64url(nonce if nonce is not None else secrets.token_bytes(NONCE_LENGTH)),
            label=LABEL,
            tag=TAG,
            covered_component_ids=covered,
            body=body,
        )
    except HTTPMessageSignaturesException as error:
        raise BadRequest(f"this request cannot be signed: {error}") from error
    return headers


def verify_request(
    method: str,
    target_uri: str,
    headers: Mapping[str, str],
    body: bytes,
    find_key: FindKey,
    seen_nonce: SeenNonce,
    now: datetime,
) -> Verified:
    """Return the proof of who sent a request, or raise what is wrong with it.

    ``target_uri`` is the own configured base plus the raw request target, never a forwarded header. In this order:
    `BadRequest` (shape), `BadSignature` (profile), `ClockSkew`, `UnknownKey`, `BadSignature` (signature or digest),
    `Replayed`. A nonce is remembered only once its signature has been verified.
    """
    fields = _fields(headers)
    sent = _body_of(method, fields, body)
    claim = _claim(fields, _covered(method, sent))
    _check_times(claim, now)
    key = find_key(claim.origin, claim.key_id)
    if key is None:
        raise UnknownKey("no valid key of that id is pinned for that origin")
    _check_signature(_Message(method, target_uri, fields), key, sent)
    if seen_nonce(claim.keyid, claim.nonce, claim.expires + SKEW):
        raise Replayed("this nonce was used before")
    return Verified(claim.origin, claim.key_id, claim.created, claim.nonce, _SEAL)


def _covered(method: str, body: bytes | None) -> tuple[str, ...]:
    if (method, body is None) not in {("GET", True), ("POST", False)}:
        raise BadRequest("a signed request is a GET without or a POST with a body")
    return _COVERED[method]


def _fields(headers: Mapping[str, str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in headers.items():
        if name.lower() in fields:
            raise BadRequest("a header field occurs twice")
        fields[name.lower()] = value
    return fields


def _body_of(method: str, fields: dict[str, str], body: bytes) -> bytes | None:
    if "content-encoding" in fields:
        raise BadRequest("signed requests are sent without a content encoding")
    if method != "POST":
        if body or "content-digest" in fields:
            raise BadRequest("a signed GET has no body")
        return None
    if fields.get("content-type") != DOCUMENT_TYPE:
        raise BadRequest(f"the content type of a signed body is {DOCUMENT_TYPE}")
    if _shape(_DIGEST, fields.get("content-digest")) is None:
        raise BadSignature("a signed body has one Content-Digest with sha-256")
    return body


def _shape(pattern: re.Pattern[str], text: str | None) -> re.Match[str] | None:
    return None if text is None or len(text) > _MAX_FIELD else pattern.fullmatch(text)


def _claim(fields: dict[str, str], covered: tuple[str, ...]) -> _Claim:
    """Read the two signature fields in the only shape the profile allows; one label means one signature."""
    shape = _shape(_ONE_INPUT, fields.get("signature-input"))
    if shape is None or _shape(_ONE_SIGNATURE, fields.get("signature")) is None:
        raise BadSignature("exactly one signature labelled sig1 is expected")
    if shape[1] != " ".join(f'"{component}"' for component in covered):
        raise BadSignature("the signature covers other components than the profile says")
    found = [(name, number or word) for name, number, word in _PARAMETER.findall(shape[2])]
    given = dict(found)
    if len(found) != len(given) or given.keys() != _PARAMETERS:
        raise BadSignature("the signature has other parameters than the profile says")
    if given["tag"] != TAG or given["alg"] != "ed25519":
        raise BadSignature(f"the profile is tag {TAG} with alg ed25519")
    return _claim_of(given)


def _claim_of(given: dict[str, str]) -> _Claim:
    origin, _, key_id = given["keyid"].partition("#")
    try:
        from_b64url(given["nonce"], NONCE_LENGTH)
        created = datetime.fromtimestamp(int(given["created"]), UTC)
        expires = datetime.fromtimestamp(int(given["expires"]), UTC)
        parse_origin(origin)
    except (ValueError, OverflowError, OSError, ProtocolError) as error:
        raise BadSignature(f"malformed signature parameters: {error}") from error
    if not is_key_id(key_id):
        raise BadSignature("keyid is an origin, #, and a key id")
    return _Claim(given["keyid"], origin, key_id, created, expires, given["nonce"])


def _check_times(claim: _Claim, now: datetime) -> None:
    if not timedelta(0) < claim.expires - claim.created <= MAX_AGE:
        raise BadSignature("a signature expires within 300 s of its creation")
    if claim.created > now + SKEW or claim.expires < now - SKEW:
        raise ClockSkew("signed too early or too late for this clock", timestamp(now))


def _check_signature(message: _Message, key: PublicKey, body: bytes | None) -> None:
    verifier = _Verifier(signature_algorithm=algorithms.ED25519, key_resolver=_Keys(public=key.native()))
    try:
        # Tag, label and components were compared already; a fault in our own reading of the header must not be a hole.
        verifier.verify(
            message,
            expect_tag=TAG,
            expect_label=LABEL,
            require_components=_COVERED[message.method],
            body=body,
        )
    except InvalidSignature as error:
        raise BadSignature("the signature does not fit this request") from error
    except HTTPMessageSignaturesException as error:
        raise BadRequest(f"this request cannot be verified: {error}") from error
