"""The wire against peers that are slow, huge, redirecting, elsewhere, or not who they claim to be."""

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from federation.errors import BadRequest, Unreachable
from federation.wire import Answer, Wire
from tests.federation.peer import Behaviour, Peer, answer, dripping, recorded_connects, running, saying

CAP = 10_000


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A wire as the demo has it."""
    made = Wire(allow_loopback=True)
    yield made
    made.close()


def get(wire: Wire, peer: Peer, path: str = "/x", **changes: Any) -> Answer:
    """GET a path of a peer."""
    usual: dict[str, Any] = {"headers": {}, "body": None, "origin": peer.origin, "deadline_s": 5, "cap_bytes": CAP}
    return wire.request("GET", peer.origin + path, **{**usual, **changes})


def failing(wire: Wire, behave: Behaviour, **changes: Any) -> str:
    """The reason for which a request to such a peer fails."""
    with running(behave) as peer:
        start = time.monotonic()
        with pytest.raises(Unreachable) as failure:
            get(wire, peer, **changes)
        assert time.monotonic() - start < changes.get("deadline_s", 5) + 0.5
    return failure.value.reason


def test_an_answer_comes_back(wire: Wire) -> None:
    with running(saying(answer(b"hello", extra="X-Thing: 7\r\n"))) as peer:
        back = get(wire, peer)
    assert (back.status, back.body, back.headers["x-thing"]) == (200, b"hello", "7")


def test_what_is_sent_is_what_was_given_and_little_else(wire: Wire) -> None:
    with running(saying(answer())) as peer:
        wire.request("POST", f"{peer.origin}/a?b=c&d=%C3%A4", {"X-A": "1"}, b"body", origin=peer.origin, cap_bytes=CAP)
    head, _, body = peer.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /a?b=c&d=%C3%A4 HTTP/1.1"
    assert {line.split(":")[0].lower() for line in lines[1:]} == {
        *("host", "user-agent", "accept-encoding", "content-length", "x-a")
    }
    assert "Accept-Encoding: identity" in lines
    assert "User-Agent: apl/1" in lines
    assert body == b"body"


def test_a_connection_serves_several_requests(wire: Wire) -> None:
    with running(saying(answer(b"1"))) as peer:
        for _ in range(3):
            assert get(wire, peer).body == b"1"
    assert (peer.connections, len(peer.requests)) == (1, 3)


def test_a_connection_left_in_mid_answer_serves_nobody(wire: Wire) -> None:
    with running(saying(answer(b"x" * 1_000_000), answer(b"good"))) as peer:
        with pytest.raises(Unreachable):
            get(wire, peer)
        assert get(wire, peer).body == b"good"
    assert peer.connections == 2


@pytest.mark.parametrize("status", ["304 Not Modified", "404 Not Found", "500 No"])
def test_other_statuses_are_answers_too(wire: Wire, status: str) -> None:
    with running(saying(answer(status=status))) as peer:
        assert get(wire, peer).status == int(status[:3])


# Slow peers.


def test_a_body_that_drips_is_cut_at_the_deadline(wire: Wire) -> None:
    assert failing(wire, dripping(answer(b"x" * 1000), 0.02), deadline_s=0.8) == "timeout"


def test_headers_that_drip_are_cut_at_the_deadline(wire: Wire) -> None:
    slow = dripping(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1000, 0.02)
    assert failing(wire, slow, deadline_s=0.4) == "timeout"


def test_a_silent_peer_is_left(wire: Wire) -> None:
    def silent(connection: socket.socket, request: bytes) -> None:
        time.sleep(1.2)

    assert failing(wire, silent, deadline_s=0.3) == "timeout"


def test_endless_chunks_are_cut_at_the_cap(wire: Wire) -> None:
    def endless(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"400\r\n" + b"x" * 0x400 + b"\r\n")

    assert failing(wire, endless) == "too_large"


def test_a_request_that_nobody_reads_is_cut_at_the_deadline(wire: Wire) -> None:
    deaf = socket.create_server(("127.0.0.1", 0))
    with deaf:
        origin = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.raises(Unreachable) as failure:
            wire.request("POST", origin + "/", {}, b"x" * 50_000_000, origin=origin, deadline_s=0.5, cap_bytes=CAP)
    assert failure.value.reason == "timeout"


def test_other_peers_go_on_while_one_drips(wire: Wire) -> None:
    with running(dripping(answer(b"x" * 1000), 0.02)) as slow, running(saying(answer(b"1"))) as quick:
        failed: list[str] = []

        def pull() -> None:
            try:
                get(wire, slow, deadline_s=1)
            except Unreachable as failure:
                failed.append(failure.reason)

        thread = threading.Thread(target=pull)
        thread.start()
        start = time.monotonic()
        for _ in range(5):
            assert get(wire, quick).body == b"1"
        assert time.monotonic() - start < 0.8
        thread.join()
    assert failed == ["timeout"]


# Large and broken answers.


def test_a_body_may_be_as_large_as_allowed(wire: Wire) -> None:
    with running(saying(answer(b"x" * CAP))) as peer:
        assert len(get(wire, peer).body) == CAP
    assert failing(wire, saying(answer(b"x" * (CAP + 1)))) == "too_large"


def zipped(body: bytes) -> bytes:
    """An answer in gzip."""
    return answer(gzip.compress(body, mtime=0), extra="Content-Encoding: gzip\r\n")


def test_gzip_is_inflated_up_to_the_cap(wire: Wire) -> None:
    for body in (b"", b"x", b"x" * CAP):
        with running(saying(zipped(body))) as peer:
            assert get(wire, peer).body == body
    assert failing(wire, saying(zipped(b"x" * (CAP + 1)))) == "too_large"


def test_a_gzip_bomb_is_cut_early(wire: Wire) -> None:
    bomb = zipped(bytes(100_000_000))
    assert len(bomb) < 100_000
    start = time.process_time()
    assert failing(wire, saying(bomb), cap_bytes=1 << 20) == "too_large"
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    "broken",
    [
        answer(b"no gzip", extra="Content-Encoding: gzip\r\n"),
        answer(gzip.compress(b"x" * 100)[:-4], extra="Content-Encoding: gzip\r\n"),
        answer(gzip.compress(b"x") + gzip.compress(b"y"), extra="Content-Encoding: gzip\r\n"),
        answer(gzip.compress(b"x") + b"tail", extra="Content-Encoding: gzip\r\n"),
        answer(zlib.compress(b"x"), extra="Content-Encoding: deflate\r\n"),
        answer(b"x", extra="Content-Encoding: br\r\n"),
        answer(b"x", extra="Content-Encoding: gzip, gzip\r\n"),
    ],
)
def test_broken_encodings_are_bad_answers(wire: Wire, broken: bytes) -> None:
    assert failing(wire, saying(broken)) == "bad_answer"


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    ],
)
def test_a_peer_that_breaks_off_is_unreachable(wire: Wire, broken: bytes) -> None:
    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(broken)
        connection.shutdown(socket.SHUT_RDWR)

    assert failing(wire, behave) in {"reset", "bad_answer"}


# Elsewhere.


@pytest.mark.parametrize("status", ["301 M", "302 F", "303 S", "307 T", "308 P"])
def test_a_redirect_is_not_followed(wire: Wire, status: str) -> None:
    with running(saying(answer(b"secret"))) as inside:
        moved = answer(status=status, extra=f"Location: {inside.origin}/secret\r\n")
        assert failing(wire, saying(moved)) == "redirect"
        assert inside.requests == []


def test_cookies_are_neither_kept_nor_sent(wire: Wire) -> None:
    with running(saying(answer(extra="Set-Cookie: a=b; Path=/\r\n"))) as peer:
        for _ in range(2):
            get(wire, peer)
    assert all(b"cookie" not in request.lower() for request in peer.requests)


def test_a_proxy_of_the_environment_is_ignored(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(saying(answer(b"proxied"))) as proxy, running(saying(answer(b"direct"))) as peer:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.origin)
        monkeypatch.setenv("no_proxy", "")
        assert get(wire, peer).body == b"direct"
    assert proxy.connections == 0


def test_a_url_of_another_origin_is_never_requested(wire: Wire) -> None:
    with running(saying(answer())) as peer, recorded_connects() as connects:
        with pytest.raises(BadRequest):
            wire.request("GET", peer.origin + "/", {}, None, origin="http://127.0.0.1:1", cap_bytes=CAP)
        for crooked in ("/a b", "/ä", "/%zz", "/a\\b"):
            with pytest.raises(BadRequest, match="only way"):
                get(wire, peer, crooked)
    assert connects == []


def resolving(*answers: Sequence[str], loopback: bool = True) -> tuple[Wire, list[tuple[str, int]]]:
    """A wire whose name server gives these answers in turn, and what it was asked."""
    left, asked = list(answers), list[tuple[str, int]]()

    def resolve(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        return left.pop(0)

    return Wire(allow_loopback=loopback, resolver=resolve), asked


def ask(wire: Wire, port: int, host: str = "hub.localhost") -> bytes:
    """GET / of a named host."""
    origin = f"http://{host}:{port}"
    try:
        return wire.request("GET", origin + "/", {}, None, origin=origin, deadline_s=2, cap_bytes=CAP).body
    finally:
        wire.close()


def test_a_name_is_resolved_once_and_its_address_connected_to() -> None:
    with running(saying(answer(b"1"))) as peer, recorded_connects() as connects:
        wire, asked = resolving(["127.0.0.1"], ["10.0.0.5"])
        assert ask(wire, peer.port) == b"1"
    assert asked == [("hub.localhost", peer.port)]
    assert connects == [("127.0.0.1", peer.port)]
    assert b"Host: hub.localhost:" in peer.requests[0]


@pytest.mark.parametrize(
    "found", [["10.0.0.5"], ["127.0.0.1"], ["169.254.169.254", "::1"], ["::ffff:127.0.0.1"], ["0.1.2.3"], []]
)
def test_a_name_that_points_inside_is_never_connected_to(found: list[str]) -> None:
    wire, _ = resolving(found, loopback=False)
    with recorded_connects() as connects, pytest.raises(Unreachable) as failure:
        ask(wire, 5001)
    assert failure.value.reason == "address"
    assert connects == []


def test_of_mixed_addresses_only_the_allowed_are_tried() -> None:
    with running(saying(answer(b"1"))) as peer, recorded_connects() as connects:
        wire, _ = resolving(["10.0.0.5", "169.254.169.254", "127.0.0.1"])
        assert ask(wire, peer.port) == b"1"
    assert connects == [("127.0.0.1", peer.port)]


def test_the_next_address_is_tried() -> None:
    with running(saying(answer(b"1"))) as peer, recorded_connects() as connects:
        wire, _ = resolving(["127.0.0.9", "127.0.0.1"])
        assert ask(wire, peer.port) == b"1"
    assert connects == [("127.0.0.9", peer.port), ("127.0.0.1", peer.port)]


def test_an_address_in_brackets_is_an_address() -> None:
    wire, asked = resolving(["::1"], loopback=False)
    with pytest.raises(Unreachable) as failure:
        ask(wire, 5001, "[::1]")
    assert (failure.value.reason, asked) == ("address", [("::1", 5001)])


@pytest.mark.parametrize(
    ("marked", "reason"), [("https://hub.example:1", "connect"), ("https://kiel.example", "address"), ("", "address")]
)
def test_a_private_network_is_open_to_its_marked_origin_only(marked: str, reason: str) -> None:
    wire = Wire(private_origins={marked} - {""}, resolver=lambda *_: ["fd00::1"])
    with pytest.raises((Unreachable, RuntimeError)) as failure:
        wire.request("GET", "https://hub.example:1/", {}, None, origin="https://hub.example:1", cap_bytes=CAP)
    wire.close()
    # The house rule of the tests stops a connection to another machine: that it was tried is the proof.
    assert getattr(failure.value, "reason", "connect") == reason


def test_a_name_that_does_not_exist_is_named_so() -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror("no such name")

    with pytest.raises(Unreachable, match="dns: no such name"):
        ask(Wire(allow_loopback=True, resolver=resolve), 5001)


def test_a_name_server_that_hangs_is_left_at_the_deadline() -> None:
    release = threading.Event()

    def resolve(host: str, port: int) -> Sequence[str]:
        release.wait(5)
        return []

    start = time.monotonic()
    wire = Wire(allow_loopback=True, resolver=resolve)
    origin = "http://hub.localhost:5001"
    with pytest.raises(Unreachable) as failure:
        wire.request("GET", origin + "/", {}, None, origin=origin, deadline_s=0.3, cap_bytes=CAP)
    release.set()
    wire.close()
    assert failure.value.reason == "dns"
    assert time.monotonic() - start < 1


def test_nobody_listening_is_named_so(wire: Wire) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable) as failure:
        get(wire, Peer(port))
    assert failure.value.reason == "connect"
