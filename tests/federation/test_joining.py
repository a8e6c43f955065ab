"""Joining: one spelling of an invitation, exact documents, and a client that asks and answers."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from federation import canonical, routes
from federation.client import Peer
from federation.encoding import b64url
from federation.errors import BadInvitation, BadKeyset, BadRequest, NotCanonical, PeerProblem, ProtocolError, TooLarge
from federation.joining import (
    MAX_JOIN,
    Departure,
    Invitation,
    JoinAnswer,
    JoinRequest,
    Membership,
    is_ask,
    is_fingerprint,
)
from federation.wire import Wire
from tests.federation.cast import KIEL, LOG, MALLORY, NOW, WILSTER
from tests.federation.peer import answer, running, saying

TOKEN = bytes(range(32))
ASK = "0f" * 16
INVITATION = Invitation(KIEL.origin, KIEL.keyset.fingerprint, TOKEN)
REQUEST = JoinRequest(ASK, WILSTER.keyset, LOG, TOKEN)
ANSWER = JoinAnswer("approved", KIEL.keyset, LOG)
MEMBER = Membership(KIEL.origin, KIEL.keyset.fingerprint, LOG, 1)


@pytest.mark.parametrize("origin", [KIEL.origin, WILSTER.origin, "http://127.0.0.1:5001", "https://[2a01::1]:8443"])
def test_an_invitation_is_read_as_it_was_written(origin: str) -> None:
    invitation = replace(INVITATION, origin=origin)
    assert invitation.text == f"apl1:{origin}:{KIEL.keyset.fingerprint}:{b64url(TOKEN)}"
    assert Invitation.parse(f"  {invitation.text}\n") == invitation


@pytest.mark.parametrize(
    "text",
    [
        "",
        "apl1",
        "apl1:::",
        INVITATION.text.replace("apl1:", "apl2:"),
        INVITATION.text.replace("apl1:", "APL1:"),
        INVITATION.text.replace("https", "http"),
        INVITATION.text.replace("kiel", "Kiel"),
        INVITATION.text.replace(":8443", ":8443/"),
        INVITATION.text.replace(":8443", ":443"),
        INVITATION.text.replace("//", "//admin@"),
        INVITATION.text.replace(KIEL.keyset.fingerprint, KIEL.keyset.fingerprint.lower()),
        INVITATION.text.replace(KIEL.keyset.fingerprint, KIEL.keyset.fingerprint.replace("-", "")),
        INVITATION.text.replace(KIEL.keyset.fingerprint, KIEL.keyset.fingerprint[:-5]),
        INVITATION.text[:-1],
        INVITATION.text + "=",
        INVITATION.text + "A",
        INVITATION.text[:-1] + "9",
        INVITATION.text.replace("-", "+"),
        INVITATION.text + ":more",
        INVITATION.text + "x" * 600,
    ],
)
def test_another_spelling_of_an_invitation_is_refused(text: str) -> None:
    with pytest.raises(BadInvitation):
        Invitation.parse(text)


@pytest.mark.parametrize(
    "changes", [{"token": b"short"}, {"fingerprint": "ABCD"}, {"fingerprint": "A" * 64}, {"token": b""}]
)
def test_an_invitation_without_its_parts_is_never_written(changes: dict[str, Any]) -> None:
    with pytest.raises(BadInvitation):
        replace(INVITATION, **changes)


def test_the_token_is_never_printed() -> None:
    for shown in (repr(INVITATION), repr(REQUEST)):
        assert b64url(TOKEN) not in shown
        assert repr(TOKEN) not in shown


def test_the_spelling_of_a_fingerprint_has_no_stray_bits() -> None:
    fingerprint = KIEL.keyset.fingerprint
    assert is_fingerprint(fingerprint)
    other = "B" if fingerprint.endswith("A") else "R"
    assert not is_fingerprint(fingerprint[:-1] + other)
    assert not is_fingerprint(fingerprint + "\n")


@pytest.mark.parametrize("token", [TOKEN, None])
def test_a_request_is_read_as_it_was_written(token: bytes | None) -> None:
    request = replace(REQUEST, token=token)
    assert JoinRequest.parse(request.to_bytes()) == request


@pytest.mark.parametrize("given", ["approved", "rejected"])
def test_an_answer_is_read_under_the_fingerprint_of_the_invitation(given: str) -> None:
    written = replace(ANSWER, answer=given)
    read = JoinAnswer.parse(written.to_bytes(), KIEL.keyset.fingerprint, origin=KIEL.origin)
    assert (read, read.approved) == (written, given == "approved")


def test_a_keyset_of_another_root_or_origin_is_no_answer() -> None:
    with pytest.raises(BadKeyset):
        JoinAnswer.parse(ANSWER.to_bytes(), WILSTER.keyset.fingerprint, origin=KIEL.origin)
    with pytest.raises(BadKeyset):
        JoinAnswer.parse(ANSWER.to_bytes(), KIEL.keyset.fingerprint, origin=WILSTER.origin)


def spoiled(document: bytes, **changes: Any) -> bytes:
    """A document with other members; `None` as a change of ``drop`` names one to leave out."""
    content = canonical.decode(document)
    dropped = changes.pop("drop", None)
    return canonical.encode({name: value for name, value in {**content, **changes}.items() if name != dropped})


FOREIGN_SIGNATURE = {**WILSTER.keyset.to_json(), "sig": MALLORY.keyset.to_json()["sig"]}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"v": 2}, BadRequest),
        ({"v": True}, BadRequest),
        ({"drop": "token"}, BadRequest),
        ({"more": 1}, BadRequest),
        ({"id": "0F" * 16}, BadRequest),
        ({"id": 7}, BadRequest),
        ({"log_id": "x"}, BadRequest),
        ({"token": b64url(TOKEN)[:-1]}, BadRequest),
        ({"token": b64url(TOKEN) + "="}, BadRequest),
        ({"token": 7}, BadRequest),
        ({"keyset": "keys"}, BadKeyset),
        ({"keyset": {}}, BadKeyset),
        ({"keyset": FOREIGN_SIGNATURE}, BadKeyset),
    ],
)
def test_a_request_of_another_shape_is_refused(changes: dict[str, Any], refusal: type[ProtocolError]) -> None:
    with pytest.raises(refusal):
        JoinRequest.parse(spoiled(REQUEST.to_bytes(), **changes))


@pytest.mark.parametrize(
    "changes", [{"v": 2}, {"answer": "maybe"}, {"answer": None}, {"log_id": ""}, {"drop": "log_id"}, {"more": 1}]
)
def test_an_answer_of_another_shape_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        JoinAnswer.parse(spoiled(ANSWER.to_bytes(), **changes), KIEL.keyset.fingerprint, origin=KIEL.origin)


def test_bytes_that_are_no_document_are_refused() -> None:
    with pytest.raises(NotCanonical):
        JoinRequest.parse(REQUEST.to_bytes() + b" ")
    with pytest.raises(TooLarge):
        JoinRequest.parse(b" " * (MAX_JOIN + 1))
    with pytest.raises(BadRequest):
        JoinRequest.parse(b"[]")


@pytest.mark.parametrize("changes", [{"id": "x"}, {"log_id": "x"}, {"token": b"x"}])
def test_a_request_that_would_be_refused_is_never_written(changes: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        replace(REQUEST, **changes)


def test_statements_are_read_as_they_were_said() -> None:
    assert Membership.from_json(MEMBER.to_json()) == MEMBER
    left = Departure(KIEL.origin, LOG)
    assert Departure.from_json(left.to_json()) == left


@pytest.mark.parametrize(
    "changes",
    [
        {"v": 2},
        {"origin": "kiel.example"},
        {"origin": 7},
        {"root": "ABCD"},
        {"log_id": "x"},
        {"n": 0},
        {"n": True},
        {"n": "1"},
        {"n": 2**53},
        {"more": 1},
    ],
)
def test_a_membership_of_another_shape_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        Membership.from_json(MEMBER.to_json() | changes)


@pytest.mark.parametrize("body", [None, [], {}, {"v": 1}, {"v": 1, "origin": KIEL.origin, "log_id": "x"}])
def test_a_departure_of_another_shape_is_refused(body: object) -> None:
    with pytest.raises(BadRequest):
        Departure.from_json(body)


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A wire as the demo has it."""
    made = Wire(allow_loopback=True)
    yield made
    made.close()


def test_the_client_asks_and_answers_at_the_doors_of_the_protocol(wire: Wire) -> None:
    with running(saying(answer(status="202 Accepted"), answer())) as there:
        peer = Peer(there.origin, wire, WILSTER.signing, WILSTER.origin, lambda: NOW)
        peer.join(REQUEST)
        peer.answer_join(ASK, ANSWER)
    first, second = there.requests
    assert first.startswith(b"POST /apl/v1/join HTTP/1.1\r\n")
    assert first.endswith(REQUEST.to_bytes())
    assert second.startswith(f"POST {routes.JOIN}/{ASK}/confirm HTTP/1.1\r\n".encode())
    assert second.endswith(ANSWER.to_bytes())


def test_a_refusal_reaches_whoever_asked_by_its_name(wire: Wire) -> None:
    body = canonical.encode({"type": "not-invited", "status": 403, "detail": "no"})
    refusal = answer(body, status="403 Forbidden", content_type=routes.PROBLEM_TYPE)
    with running(saying(refusal)) as there:
        peer = Peer(there.origin, wire, WILSTER.signing, WILSTER.origin, lambda: NOW)
        with pytest.raises(PeerProblem) as caught:
            peer.join(REQUEST)
    assert (caught.value.problem_type, caught.value.retryable) == ("not-invited", False)


def test_an_id_is_128_bits_in_one_spelling() -> None:
    assert is_ask(ASK)
    assert not any(is_ask(text) for text in ("", ASK[:-1], ASK.upper(), ASK + "\n", "g" * 32))
