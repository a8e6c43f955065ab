"""The worker process. Started as ``python -m hubnode.working INSTANCE``."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from pathlib import Path

from hubnode import legal
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.work import collector
from hubnode.work.loop import Worker


def work(instance: Path) -> None:
    """Work for the node in `instance` until SIGTERM or Ctrl-C."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    settings = Settings.load(instance)
    legal.refuse_placeholders(settings)
    worker = Worker(create_core(settings))
    collector.calm()
    worker.run(stop)


if __name__ == "__main__":
    work(Path(sys.argv[1]))
