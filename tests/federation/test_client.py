"""The client against a real peer on the loopback: what it asks, what it believes, what it makes of errors."""

import gzip
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from federation import canonical, routes
from federation.card import HubCard
from federation.client import MAX_WAIT_S, Peer
from federation.encoding import timestamp
from federation.errors import BadKeyset, BadRequest, PeerProblem, TooLarge, Unreachable
from federation.keyset import Keyset
from federation.pages import PAGE_TYPE
from federation.signatures import DOCUMENT_TYPE, verify_request
from federation.wire import Wire
from tests.federation import peer as peers
from tests.federation.cast import KIEL, LOG, NOW, WILSTER, log_of
from tests.federation.peer import Behaviour, answer, running, saying
from tests.federation.signed import Memory

TEN = log_of(10)
Ask = Callable[[Peer], object]
ASKS: dict[str, Ask] = {
    "checkpoint": Peer.checkpoint,
    "entries": lambda peer: peer.entries(LOG, 0),
    "poke": lambda peer: peer.poke("note"),
    "card": lambda peer: peer.unpinned_card(),
}


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A wire as the demo has it."""
    made = Wire(allow_loopback=True)
    yield made
    made.close()


def client(wire: Wire, peer: peers.Peer, now: datetime = NOW) -> Peer:
    """Kiel as a client of that peer."""
    return Peer(peer.origin, wire, KIEL.signing, KIEL.origin, lambda: now)


def ask(wire: Wire, behave: Behaviour, what: Ask) -> Any:
    """Ask a peer that behaves so; return the answer and the requests it got."""
    with running(behave) as peer:
        return what(client(wire, peer)), peer.requests


def problem(status: str, extra: str = "", **members: Any) -> bytes:
    """An answer with a problem document."""
    document = canonical.encode({"status": int(status[:3]), **members})
    return answer(document, status=status, content_type="application/problem+json", extra=extra)


def proved(request: bytes, origin: str, now: datetime = NOW) -> str:
    """The origin that a raw request proves to come from."""
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    method, target, _ = lines[0].split(" ")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    return verify_request(method, origin + target, headers, body, KIEL.find_key, Memory(), now).origin


def test_a_page_is_asked_for_signed_and_in_gzip(wire: Wire) -> None:
    page = TEN.page()
    packed = answer(gzip.compress(page), content_type=PAGE_TYPE, extra="Content-Encoding: gzip\r\n")
    with running(saying(packed)) as peer:
        assert client(wire, peer).entries(LOG, 0) == page
    (request,) = peer.requests
    assert request.startswith(f"GET /apl/v1/entries?log={LOG}&after=0&limit=500 HTTP/1.1\r\n".encode())
    assert b"Accept-Encoding: gzip\r\n" in request
    assert b"Accept: application/vnd.apl.page\r\n" in request
    assert proved(request, peer.origin) == KIEL.origin


def test_the_note_at_a_size_can_be_asked_for_alone(wire: Wire) -> None:
    empty = answer(TEN.page(10, 0), content_type=PAGE_TYPE)
    page, requests = ask(wire, saying(empty), lambda peer: peer.entries(LOG, 10, 0))
    assert page == TEN.page(10, 0)
    assert b"after=10&limit=0 " in requests[0]
    with running(saying(empty)) as peer, pytest.raises(TooLarge):
        client(wire, peer).entries(LOG, 0, 501)
    assert peer.requests == []


def test_a_poke_is_signed_and_carries_the_note(wire: Wire) -> None:
    with running(saying(answer(status="202 Accepted"))) as peer:
        client(wire, peer).poke(TEN.note())
    (request,) = peer.requests
    assert request.startswith(b"POST /apl/v1/poke HTTP/1.1\r\n")
    assert request.endswith(routes.encode_poke(TEN.note()))
    assert proved(request, peer.origin) == KIEL.origin


def test_a_checkpoint_is_open(wire: Wire) -> None:
    note = answer(TEN.note().encode(), content_type=routes.NOTE_TYPE)
    got, requests = ask(wire, saying(note), Peer.checkpoint)
    assert got == TEN.note()
    assert requests[0].startswith(b"GET /apl/v1/checkpoint HTTP/1.1\r\n")
    assert b"signature" not in requests[0].lower()


def card_of(origin: str) -> HubCard:
    """A card for a peer on the loopback."""
    return HubCard(
        name="Hub",
        place="Wilster",
        focus=("mobility",),
        district="",
        contact="",
        intro={"de": "Hallo"},
        keyset=Keyset.first(origin, WILSTER.root, WILSTER.keyset.signing),
        log_id=LOG,
        software="test",
    )


def test_a_card_is_believed_under_its_pin(wire: Wire) -> None:
    def own_card(connection: Any, request: bytes) -> None:
        host = request.split(b"Host: ")[1].split(b"\r\n")[0].decode()
        connection.sendall(answer(card_of(f"http://{host}").to_bytes(), content_type=DOCUMENT_TYPE))

    with running(own_card) as peer:
        kiel = client(wire, peer)
        assert kiel.card(WILSTER.root.public) == kiel.unpinned_card() == card_of(peer.origin)
        assert kiel.card(card_of(peer.origin).keyset.fingerprint) == card_of(peer.origin)
        with pytest.raises(BadKeyset):
            kiel.card(KIEL.root.public)
    assert peer.requests[0].startswith(b"GET /.well-known/apl HTTP/1.1\r\n")
    assert b"signature" not in peer.requests[0].lower()


def test_the_card_of_another_origin_is_refused(wire: Wire) -> None:
    other = answer(card_of(WILSTER.origin).to_bytes(), content_type=DOCUMENT_TYPE)
    with pytest.raises(BadKeyset, match="another origin"):
        ask(wire, saying(other), Peer.unpinned_card)


@pytest.mark.parametrize("what", ["checkpoint", "entries", "card"])
@pytest.mark.parametrize("content_type", ["text/html", "application/json", "application/octet-stream", ""])
def test_a_document_of_another_type_is_no_document(wire: Wire, what: str, content_type: str) -> None:
    with pytest.raises(Unreachable, match="bad_answer"):
        ask(wire, saying(answer(b"{}", content_type=content_type)), ASKS[what])


def test_a_note_that_is_no_text_is_a_bad_answer(wire: Wire) -> None:
    with pytest.raises(Unreachable, match="bad_answer"):
        ask(wire, saying(answer(b"\xff", content_type=routes.NOTE_TYPE)), Peer.checkpoint)


@pytest.mark.parametrize(
    ("what", "cap"), [("entries", 1024 * 1024), ("card", 64 * 1024), ("poke", 64 * 1024), ("checkpoint", 2048)]
)
def test_every_answer_has_a_size_limit(wire: Wire, what: str, cap: int) -> None:
    types = {"entries": PAGE_TYPE, "card": DOCUMENT_TYPE, "checkpoint": routes.NOTE_TYPE}
    with pytest.raises(Unreachable, match="too_large"):
        ask(wire, saying(answer(b"x" * (cap + 1), content_type=types.get(what, "x"))), ASKS[what])
    assert what != "poke" or ask(wire, saying(answer(b"x" * cap)), ASKS[what])


def test_a_page_that_inflates_beyond_the_limit_is_cut(wire: Wire) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    with pytest.raises(Unreachable, match="too_large"):
        ask(wire, saying(answer(bomb, content_type=PAGE_TYPE, extra="Content-Encoding: gzip\r\n")), ASKS["entries"])


@pytest.mark.parametrize("what", ASKS)
def test_a_problem_is_told_with_its_type(wire: Wire, what: str) -> None:
    refused = problem("403 Forbidden", type="not-member", detail="who are you?")
    with pytest.raises(PeerProblem) as told:
        ask(wire, saying(refused), ASKS[what])
    assert (told.value.answered, told.value.problem_type, told.value.retryable) == (403, "not-member", False)
    assert str(told.value) == "403 not-member who are you?"


@pytest.mark.parametrize(
    "body",
    [
        answer(b"<html>", status="502 Bad Gateway", content_type="text/html"),
        answer(b"{", status="502 Bad Gateway", content_type="application/problem+json"),
        answer(b"[]", status="502 Bad Gateway", content_type="application/problem+json"),
        answer(b'{ "type":"x"}', status="502 Bad Gateway", content_type="application/problem+json"),
        answer(b'{"type":"x"}', status="502 Bad Gateway", content_type="application/json"),
        problem("502 Bad Gateway", type=7, detail=7),
        problem("502 Bad Gateway", type="Not A Slug", detail="two\nlines"),
        problem("502 Bad Gateway", type="x" * 65),
    ],
)
def test_a_problem_in_no_known_form_is_only_its_status(wire: Wire, body: bytes) -> None:
    with pytest.raises(PeerProblem) as told:
        ask(wire, saying(body), Peer.checkpoint)
    assert (str(told.value), told.value.problem_type, told.value.server_time) == ("502", "", None)


def test_what_is_no_success_is_a_problem(wire: Wire) -> None:
    with pytest.raises(PeerProblem, match="304"):
        ask(wire, saying(answer(status="304 Not Modified")), Peer.checkpoint)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("999999999", MAX_WAIT_S),
        (format_datetime(NOW.replace(microsecond=0) + timedelta(seconds=61), usegmt=True), 60),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0),
        (format_datetime(NOW + timedelta(days=99), usegmt=True), MAX_WAIT_S),
        ("soon", None),
        ("-7", None),
        ("", None),
    ],
)
def test_a_peer_may_ask_to_wait(wire: Wire, text: str, seconds: int | None) -> None:
    busy = problem("429 Too Many", f"Retry-After: {text}\r\n", type="too-many")
    with pytest.raises(PeerProblem) as told:
        ask(wire, saying(busy), ASKS["poke"])
    assert (told.value.retry_after, told.value.retryable) == (seconds, True)


def skewed(moment: datetime) -> bytes:
    """What a hub with another clock answers."""
    return problem("401 Unauthorized", type="clock-skew", detail="", server_time=timestamp(moment))


@pytest.mark.parametrize("hours", [-23, 3])
def test_a_skewed_clock_is_corrected_once_and_remembered(wire: Wire, hours: int) -> None:
    there = NOW + timedelta(hours=hours)
    with running(saying(skewed(there), answer(status="202 Accepted"))) as peer:
        kiel = client(wire, peer)
        kiel.poke("one")
        kiel.poke("two")
    first, second, third = peer.requests
    assert proved(first, peer.origin) == KIEL.origin
    for request in (second, third):
        assert proved(request, peer.origin, there) == KIEL.origin
    assert nonce(first) != nonce(second) != nonce(third)


def nonce(request: bytes) -> bytes:
    """The nonce of a raw request."""
    return request.split(b'nonce="')[1].split(b'"')[0]


def test_a_clock_is_corrected_once_per_request(wire: Wire) -> None:
    with running(saying(skewed(NOW + timedelta(hours=1)))) as peer, pytest.raises(PeerProblem, match="clock-skew"):
        client(wire, peer).poke("one")
    assert len(peer.requests) == 2


@pytest.mark.parametrize(
    "refusal",
    [
        skewed(NOW + timedelta(hours=24, seconds=1)),
        skewed(NOW - timedelta(hours=24, seconds=1)),
        problem("401 Unauthorized", type="clock-skew"),
        problem("401 Unauthorized", type="clock-skew", server_time="soon"),
        problem("401 Unauthorized", type="clock-skew", server_time=7),
        problem("401 Unauthorized", type="unknown-key", server_time=timestamp(NOW + timedelta(hours=1))),
    ],
)
def test_no_other_answer_moves_the_clock(wire: Wire, refusal: bytes) -> None:
    with running(saying(refusal)) as peer, pytest.raises(PeerProblem):
        client(wire, peer).poke("one")
    assert len(peer.requests) == 1


def test_a_day_is_the_furthest_correction(wire: Wire) -> None:
    there = NOW + timedelta(hours=24)
    _, requests = ask(wire, saying(skewed(there), answer(status="202 Accepted")), ASKS["poke"])
    assert len(requests) == 2


def test_a_peer_has_an_exact_origin(wire: Wire) -> None:
    for theirs, ours in (("https://KIEL.example", KIEL.origin), (KIEL.origin, "https://KIEL.example")):
        with pytest.raises(BadRequest):
            Peer(theirs, wire, KIEL.signing, ours, lambda: datetime.now(UTC))
