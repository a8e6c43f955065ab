"""Peers of every kind on the loopback: a small server that answers whatever bytes a test wants, at any speed."""

import contextlib
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket, bytes], object]
"""What a peer does on a connection with each request (head and body) that it has read."""

_connects: list[tuple[str, int]] | None = None


def _note_connects(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect" and _connects is not None and isinstance(arguments[1], tuple):
        _connects.append(arguments[1][:2])


sys.addaudithook(_note_connects)


@contextlib.contextmanager
def recorded_connects() -> Iterator[list[tuple[str, int]]]:
    """The addresses that this process tries to connect to meanwhile."""
    global _connects  # noqa: PLW0603 - an audit hook can never be taken away again
    _connects = []
    try:
        yield _connects
    finally:
        _connects = None


@dataclass
class Peer:
    """A running server: its port, the requests it has read, and how many connections it has taken."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def origin(self) -> str:
        """Its origin on the loopback."""
        return f"http://127.0.0.1:{self.port}"


def answer(
    body: bytes = b"", *, status: str = "200 OK", content_type: str = "text/plain", extra: str = "", length: int = -1
) -> bytes:
    """The bytes of an HTTP answer."""
    length = len(body) if length < 0 else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n{extra}\r\n"
    return head.encode("latin-1") + body


def saying(*answers: bytes) -> Behaviour:
    """Give these answers in turn, and the last one again and again."""
    left = list(answers)

    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(left.pop(0) if len(left) > 1 else left[0])

    return behave


def dripping(data: bytes, pause: float = 0.05) -> Behaviour:
    """Send one byte after each pause."""

    def behave(connection: socket.socket, request: bytes) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(pause)

    return behave


@contextlib.contextmanager
def running(behave: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Peer]:
    """A peer that behaves so, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        peer = Peer(server.getsockname()[1])
        stopping = threading.Event()
        open_now: list[socket.socket] = []
        acceptor = threading.Thread(target=_accept, args=(server, peer, behave, tls, stopping, open_now), daemon=True)
        acceptor.start()
        try:
            yield peer
        finally:
            stopping.set()
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            for connection in open_now:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            acceptor.join(5)


def _accept(
    server: socket.socket,
    peer: Peer,
    behave: Behaviour,
    tls: ssl.SSLContext | None,
    stopping: threading.Event,
    open_now: list[socket.socket],
) -> None:
    threads = []
    while not stopping.is_set():
        try:
            connection, _ = server.accept()
        except OSError:
            break
        peer.connections += 1
        thread = threading.Thread(target=_serve, args=(connection, peer, behave, tls, open_now), daemon=True)
        threads.append(thread)
        thread.start()
    for thread in threads:
        thread.join(5)


def _serve(
    connection: socket.socket,
    peer: Peer,
    behave: Behaviour,
    tls: ssl.SSLContext | None,
    open_now: list[socket.socket],
) -> None:
    with contextlib.suppress(OSError), connection:
        secured = connection if tls is None else tls.wrap_socket(connection, server_side=True)
        open_now.append(secured)
        with secured, secured.makefile("rb") as stream:
            while request := _request(stream.readline, stream.read):
                peer.requests.append(request)
                behave(secured, request)


def _request(readline: Callable[[], bytes], read: Callable[[int], bytes]) -> bytes:
    head, length = b"", 0
    while line := readline():
        head += line
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
        if line == b"\r\n":
            return head + read(length)
    return b""
