"""Somebody who stands between a hub and all others, and passes everything on unchanged unless told otherwise."""

from __future__ import annotations

import gzip
import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOST = "127.0.0.1"
LOOK_S = 0.2
"""Seconds between two looks at whether to end: it ends once, after all journeys."""
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that passed."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Server(ThreadingHTTPServer):
    """A server that says nothing of those who hang up: here, hubs are killed in the middle of a request."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let them go."""


class Between:
    """A proxy before one node; it listens where the node's origin says, and the node listens behind it."""

    def __init__(self, port: int, behind: int) -> None:
        self.behind = behind
        self.seen: list[Seen] = []
        self.refused: list[tuple[int, str, bytes]] = []
        """What the node behind has refused: status, path, answer."""
        self._change: Callable[[str, bytes], bytes] = _unchanged
        self._drop: Callable[[str, str], bool] = _nothing
        self._server = Server((HOST, port), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(LOOK_S,), daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def changing(self, change: Callable[[str, bytes], bytes]) -> Iterator[None]:
        """Let `change` rewrite the body of every answer: (path, body) → body."""
        self._change = change
        try:
            yield
        finally:
            self._change = _unchanged

    @contextmanager
    def dropping(self, drop: Callable[[str, str], bool]) -> Iterator[None]:
        """Let requests vanish for which `drop` (method, path) says so."""
        self._drop = drop
        try:
            yield
        finally:
            self._drop = _nothing

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        between = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_GET(self) -> None:
                between._pass(self)

            do_POST = do_GET  # noqa: N815 - the name that http.server calls

            def log_message(self, format: str, *args: Any) -> None:
                """Stay silent."""

        return Handler

    def _pass(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        if self._drop(request.command, request.path):
            request.close_connection = True
            return
        self.seen.append(Seen(request.command, request.path, dict(request.headers.items()), body))
        try:
            status, headers, answer = self._ask(request, body)
        except (OSError, http.client.HTTPException):
            request.close_connection = True
            return
        if status >= 400:
            self.refused.append((status, request.path, answer))
        answer = self._changed(request.path, headers, answer)
        request.send_response_only(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP:
                request.send_header(name, value)
        request.send_header("Content-Length", str(len(answer)))
        request.end_headers()
        request.wfile.write(answer)
        request.wfile.flush()

    def _ask(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(HOST, self.behind, timeout=10)
        try:
            headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
            connection.request(request.command, request.path, body or None, headers)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

    def _changed(self, path: str, headers: list[tuple[str, str]], answer: bytes) -> bytes:
        packed = ("content-encoding", "gzip") in {(name.lower(), value) for name, value in headers}
        plain = gzip.decompress(answer) if packed else answer
        changed = self._change(path, plain)
        if changed == plain:
            return answer
        return gzip.compress(changed) if packed else changed


def _unchanged(_path: str, body: bytes) -> bytes:
    return body


def _nothing(_method: str, _path: str) -> bool:
    return False
