"""The least that a Flask application can answer, served as a node is served: the known thing beside pages and feeds.

Run: ``python -m bench.bare PORT THREADS``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from flask import Flask
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels


def load() -> Callable[..., Any]:
    """An application with one view, which says ok."""
    app = Flask("bare", static_folder=None)

    @app.get("/")
    def ok() -> str:
        return "ok"

    return app


def serve(port: int, threads: int) -> None:
    """Serve until SIGTERM, with the options of `hubnode.serving`."""
    Granian(
        "bare",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=1,
        blocking_threads=threads,
        websockets=False,
        log_level=LogLevels.error,
    ).serve(target_loader=load, wrap_loader=False)


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
