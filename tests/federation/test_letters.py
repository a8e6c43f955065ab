"""Letters: one spelling, bounded, from the hub that signs to the hub that reads; a bad one spoils only itself."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from federation import canonical
from federation.client import Peer
from federation.errors import BadRequest, NotCanonical, PeerProblem, ProtocolError, TooLarge, Unreachable, WrongOrigin
from federation.letters import (
    BODY_DEPTH,
    MAX_BATCH,
    MAX_LETTER,
    MAX_LETTERS,
    MAX_LIFE,
    PATH,
    Letter,
    Reply,
    encode_batch,
    encode_replies,
    parse_batch,
    parse_replies,
)
from federation.signatures import DOCUMENT_TYPE
from federation.wire import Wire
from tests.federation.cast import KIEL, NOW, WILSTER
from tests.federation.peer import answer, running, saying

ID = "01JD9XQ5T0ABCDEFGHJKMNPQ{:02d}"
LETTER = Letter(
    id=ID.format(0),
    sender=KIEL.origin,
    to=WILSTER.origin,
    kind="question",
    re=None,
    ts=NOW,
    expires=NOW + timedelta(days=14),
    body={"text": "Wie war das mit den Mähbooten?"},
)


def numbered(number: int, **changes: Any) -> Letter:
    """Another letter of Kiel to Wilster."""
    return replace(LETTER, id=ID.format(number), **changes)


def batch(*documents: Any) -> bytes:
    """A batch of whatever is given."""
    return canonical.encode({"letters": list(documents)})


def read(data: bytes) -> list[Any]:
    """The batch as Wilster reads it from a request that Kiel has signed."""
    return parse_batch(data, sender=KIEL.origin, to=WILSTER.origin)


def test_a_batch_comes_back_as_it_was_written() -> None:
    letters = [LETTER, numbered(1, re=LETTER.id, kind="answer", body={"a": [1, {"b": None}]})]
    delivered = read(encode_batch(letters))
    assert [one.letter for one in delivered] == letters
    assert [one.id for one in delivered] == [letter.id for letter in letters]
    assert [one.wire for one in delivered] == [letter.to_bytes() for letter in letters]


@pytest.mark.parametrize("field", ["from", "to"])
def test_a_letter_of_or_for_another_hub_refuses_the_whole_batch(field: str) -> None:
    forged = {**numbered(1).to_json(), field: "https://other.example"}
    with pytest.raises(WrongOrigin):
        read(batch(LETTER.to_json(), forged))
    missing = {name: value for name, value in forged.items() if name != field}
    with pytest.raises(WrongOrigin):
        read(batch(missing))


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"v": True},
        {"kind": "Question"},
        {"kind": "q" * 33},
        {"kind": None},
        {"re": "x"},
        {"re": 7},
        {"ts": "2026-11-22T12:16:03Z"},
        {"ts": None},
        {"expires": "2026-11-22T12:16:03.120Z"},
        {"expires": "2026-11-22T12:16:03.119Z"},
        {"expires": "2026-12-22T12:16:03.121Z"},
        {"body": []},
        {"body": None},
        {"more": 1},
        {"body": {"text": "x" * MAX_LETTER}},
    ],
)
def test_a_malformed_letter_spoils_only_itself(change: dict[str, Any]) -> None:
    spoilt, sound = read(batch({**LETTER.to_json(), **change}, numbered(1).to_json()))
    assert (spoilt.id, spoilt.letter) == (LETTER.id, None)
    assert sound.letter == numbered(1)


@pytest.mark.parametrize("field", ["v", "kind", "re", "ts", "expires", "body"])
def test_a_letter_lacks_nothing(field: str) -> None:
    document = LETTER.to_json()
    del document[field]
    assert read(batch(document))[0].letter is None


def test_the_longest_life_and_the_longest_letter_are_allowed() -> None:
    assert replace(LETTER, expires=NOW + MAX_LIFE).expires == NOW + timedelta(days=30)
    room = MAX_LETTER - len(replace(LETTER, body={"text": ""}).to_bytes())
    assert len(replace(LETTER, body={"text": "x" * room}).to_bytes()) == MAX_LETTER
    with pytest.raises(TooLarge):
        replace(LETTER, body={"text": "x" * (room + 1)})


def test_whatever_is_a_letter_fits_into_a_batch() -> None:
    body: dict[str, Any] = {}
    for _ in range(BODY_DEPTH - 1):
        body = {"deeper": body}
    deepest = replace(LETTER, body=body)
    assert read(encode_batch([deepest]))[0].letter == deepest
    with pytest.raises(NotCanonical):
        replace(LETTER, body={"deeper": body})


@pytest.mark.parametrize(
    "change", [{"to": KIEL.origin}, {"sender": "https://Kiel.example"}, {"id": ID.format(0).lower()}]
)
def test_an_impossible_letter_is_not_made(change: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError):
        replace(LETTER, **change)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"letters":[]}',
        b'{"letters":{}}',
        b'{"letters":[7]}',
        b'{"letters":[{}]}',
        b'{"letters":[{"id":"x"}]}',
        b'{"letters": []}',
        batch(LETTER.to_json(), LETTER.to_json()),
        batch(LETTER.to_json(), 7),
        canonical.encode({"letters": [LETTER.to_json()], "more": 1}),
    ],
)
def test_what_is_no_batch_is_refused_as_a_whole(data: bytes) -> None:
    with pytest.raises((BadRequest, NotCanonical)):
        read(data)


def test_a_batch_is_bounded() -> None:
    letters = [numbered(number) for number in range(MAX_LETTERS + 1)]
    assert len(read(encode_batch(letters[:-1]))) == MAX_LETTERS
    with pytest.raises(TooLarge):
        encode_batch(letters)
    with pytest.raises(TooLarge):
        encode_batch([])
    with pytest.raises(TooLarge):
        read(batch(*(letter.to_json() for letter in letters)))
    with pytest.raises(TooLarge):
        encode_batch([numbered(number, body={"text": "x" * 15_000}) for number in range(5)])
    with pytest.raises(TooLarge):
        read(b" " * (MAX_BATCH + 1))


REPLIES = [
    Reply(ID.format(0), "accepted"),
    Reply(ID.format(1), "refused", "unknown-kind"),
    Reply(ID.format(2), "again", "busy"),
]
IDS = [reply.id for reply in REPLIES]


def test_there_is_an_answer_for_each_letter() -> None:
    assert parse_replies(encode_replies(REPLIES), IDS) == REPLIES


@pytest.mark.parametrize("ids", [IDS[:2], [*IDS, ID.format(3)], [IDS[1], IDS[0], IDS[2]]])
def test_answers_to_other_letters_are_none(ids: list[str]) -> None:
    with pytest.raises(BadRequest):
        parse_replies(encode_replies(REPLIES), ids)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "maybe"},
        {"status": None},
        {"reason": "because"},
        {"status": "refused"},
        {"status": "refused", "reason": "Nein!"},
        {"status": "refused", "reason": "x" * 65},
        {"status": "again", "reason": 7},
        {"more": 1},
        {"id": "x"},
    ],
)
def test_an_answer_has_one_shape(change: dict[str, Any]) -> None:
    document = {**REPLIES[0].to_json(), **change}
    with pytest.raises(BadRequest):
        parse_replies(canonical.encode({"answers": [document]}), [str(document["id"])])


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A wire as the demo has it."""
    made = Wire(allow_loopback=True)
    yield made
    made.close()


def client(wire: Wire, origin: str) -> Peer:
    """Kiel as a client of the hub at that origin."""
    return Peer(origin, wire, KIEL.signing, KIEL.origin, lambda: NOW)


def test_the_client_delivers_letters_and_reads_what_became_of_them(wire: Wire) -> None:
    replies = encode_replies([Reply(LETTER.id, "refused", "unknown-kind")])
    with running(saying(answer(replies, content_type=DOCUMENT_TYPE))) as peer:
        letter = replace(LETTER, to=peer.origin)
        assert client(wire, peer.origin).letters([letter]) == [Reply(LETTER.id, "refused", "unknown-kind")]
    (request,) = peer.requests
    assert request.startswith(f"POST {PATH} HTTP/1.1\r\n".encode())
    assert request.endswith(encode_batch([letter]))


@pytest.mark.parametrize("data", [b"{}", encode_replies([]), encode_replies([Reply(ID.format(9), "accepted")])])
def test_an_answer_that_is_none_counts_as_no_answer(wire: Wire, data: bytes) -> None:
    with running(saying(answer(data, content_type=DOCUMENT_TYPE))) as peer, pytest.raises(Unreachable):
        client(wire, peer.origin).letters([replace(LETTER, to=peer.origin)])


def test_a_hub_that_has_enough_says_when_to_come_back(wire: Wire) -> None:
    busy = answer(b"", status="429 Too Many Requests", extra="Retry-After: 90\r\n")
    with running(saying(busy)) as peer, pytest.raises(PeerProblem) as caught:
        client(wire, peer.origin).letters([replace(LETTER, to=peer.origin)])
    assert (caught.value.retry_after, caught.value.retryable) == (90, True)
