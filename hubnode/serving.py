"""The web process: a small supervisor that serves one worker process with several threads.

Started as ``python -m hubnode.serving INSTANCE``. The application is imported in the worker only: the supervisor would
otherwise hold all of it in memory a second time.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from hubnode import legal
from hubnode.config import Settings


def load(instance: Path) -> Callable[..., Any]:
    """The WSGI application of the node in `instance`, which publishes nothing before it has asked the other hubs."""
    from hubnode.app import create_app  # here, so that the supervisor does not load it
    from hubnode.web.compiled import keep_compiled, make_ready
    from hubnode.work import start

    app = create_app(Settings.load(instance))
    keep_compiled(app, instance)
    make_ready(app)
    gc.collect()
    gc.freeze()  # nothing of what is loaded by now is ever garbage: no collection has to look at it again
    start.ask_the_others(app)
    return app


def serve(instance: Path) -> None:
    """Serve the node in `instance` until SIGTERM or Ctrl-C."""
    settings = Settings.load(instance)
    legal.refuse_placeholders(settings)  # here too: there is more than one way to start this process
    server = Granian(
        "hubnode",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=1,
        blocking_threads=settings.threads,
        websockets=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    )
    server.serve(target_loader=partial(load, instance), wrap_loader=False)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
