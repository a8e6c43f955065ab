"""What a process does before it may publish: it asks the others what they hold of the own log, until one answers."""

from __future__ import annotations

import logging
import threading

from flask import Flask

from hubnode.network import recovery
from hubnode.network.node import current_node

AGAIN_S = 1.0
log = logging.getLogger(__name__)


def ask_the_others(app: Flask) -> threading.Thread:
    """Take nothing into the own log until the others have been asked; answers the thread that asks, which is running.

    The worker asks as well: whoever comes first decides, and asking twice changes nothing.
    """
    with app.app_context():
        recovery.begin(current_node())
    thread = threading.Thread(target=_ask, args=(app,), name="recovery", daemon=True)
    thread.start()
    return thread


def _ask(app: Flask) -> None:
    while True:
        try:
            with app.app_context():
                if recovery.settle(current_node()) != "checking":
                    return
        except Exception:
            # A fault of ours, such as a busy database: it is told, and asked again.
            log.exception("asking the other hubs failed")
        threading.Event().wait(AGAIN_S)
