"""Servers of the tests: on loopback only, each on a port of its own, ended as soon as they are told to."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from typing import Any

from werkzeug.serving import make_server

Wsgi = Callable[..., Any]
FIRST, EACH = 20_000, 1_000
"""The first port given away and how many a process has: below those that the system takes for connections."""
LOOK_S = 0.01
"""Seconds between two looks of a server at whether it shall end."""
_numbers = itertools.count(os.getpid())


def free_port() -> int:
    """A port on which nobody listens, and which no other test is given."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    while True:
        port = FIRST + worker % 10 * EACH + next(_numbers) % EACH
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def running(server: BaseServer) -> Iterator[None]:
    """Let `server` answer while the block runs."""
    thread = threading.Thread(target=server.serve_forever, args=(LOOK_S,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def served(app: Wsgi, port: int) -> Iterator[None]:
    """Serve `app` on loopback while the block runs."""
    with running(make_server("127.0.0.1", port, app, threaded=True)):
        yield
