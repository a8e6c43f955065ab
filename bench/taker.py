"""A subscriber that takes everything and counts it.

Run: ``python -m bench.taker PORT``. For each line on standard input it prints how many it has taken so far.
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

TAKEN = count()
_last = 0


class Taker(BaseHTTPRequestHandler):
    """Answers every POST with 204 and keeps the connection."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take one message."""
        global _last  # noqa: PLW0603 - one number of one small program
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        _last = next(TAKEN) + 1
        self.wfile.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve until standard input ends."""
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Taker)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    for _ in sys.stdin:
        print(json.dumps({"taken": _last}), flush=True)


if __name__ == "__main__":
    main()
