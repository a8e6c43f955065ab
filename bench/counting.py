"""Somebody who stands between two programs and counts what really passes: connections, requests and bytes.

Run: ``python -m bench.counting PORT BEHIND`` passes everything from PORT to BEHIND on this computer, unchanged. For
each line on standard input it prints what passed since the last one, as JSON, and counts from nothing again.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from dataclasses import asdict, dataclass

HOST = "127.0.0.1"
CHUNK = 1 << 18


@dataclass(slots=True)
class Passed:
    """What passed, as TCP carried it: heads and bodies, without the headers of TCP itself."""

    connections: int = 0
    requests: int = 0
    bytes_sent: int = 0
    bytes_answered: int = 0


class Requests:
    """Counts the requests of one connection by reading their heads and stepping over their bodies (RFC 9112)."""

    def __init__(self) -> None:
        self.count = 0
        self._head = b""
        self._body_left = 0

    def feed(self, data: bytes) -> int:
        """Take what the client sent next; how many heads of requests ended in it."""
        before = self.count
        while data:
            if self._body_left:
                stepped = min(self._body_left, len(data))
                self._body_left -= stepped
                data = data[stepped:]
                continue
            head, end, data = (self._head + data).partition(b"\r\n\r\n")
            if not end:
                self._head = head
                break
            self._head = b""
            self.count += 1
            self._body_left = _length(head)
        return self.count - before


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
        if name.lower() == b"transfer-encoding":
            raise ValueError("a request in chunks can't be counted")
    return 0


class Counter:
    """The proxy; `take` gives the figures and begins anew."""

    def __init__(self, port: int, behind: int) -> None:
        self._behind = behind
        self._passed = Passed()
        self._lock = threading.Lock()
        self._listening = socket.create_server((HOST, port))
        threading.Thread(target=self._accept, daemon=True).start()

    def take(self) -> Passed:
        """What passed since the last call."""
        with self._lock:
            taken, self._passed = self._passed, Passed()
        return taken

    def _accept(self) -> None:
        while True:
            client, _ = self._listening.accept()
            try:
                server = socket.create_connection((HOST, self._behind))
            except OSError:
                client.close()  # nobody listens behind yet: the same is seen here
                continue
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._passed.connections += 1
            threading.Thread(target=self._up, args=(client, server), daemon=True).start()
            threading.Thread(target=self._down, args=(server, client), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        requests = Requests()
        while data := _received(client):
            with self._lock:
                self._passed.requests += requests.feed(data)
                self._passed.bytes_sent += len(data)
            server.sendall(data)
        _end(server)

    def _down(self, server: socket.socket, client: socket.socket) -> None:
        while data := _received(server):
            with self._lock:
                self._passed.bytes_answered += len(data)
            client.sendall(data)
        _end(client)


def _received(end: socket.socket) -> bytes:
    try:
        return end.recv(CHUNK)
    except OSError:
        return b""


def _end(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_WR)
    except OSError:
        end.close()


def main() -> None:
    """Pass and count until standard input ends."""
    counter = Counter(int(sys.argv[1]), int(sys.argv[2]))
    print("ready", flush=True)
    for _ in sys.stdin:
        print(json.dumps(asdict(counter.take())), flush=True)


if __name__ == "__main__":
    main()
