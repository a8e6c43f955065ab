"""`hubnode run` and `hubnode worker`: the two processes of a node."""

from __future__ import annotations

import os
import signal
import sys
import threading

import click

from hubnode.cli.main import main, with_settings
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.work.loop import Worker


@main.command()
@with_settings
def run(settings: Settings) -> None:
    """Serve the pages and the doors for peers; ends on Ctrl-C or SIGTERM."""
    create_core(settings)  # whatever is wrong is said here, before a server starts
    click.echo(f"{settings.name}: {settings.base_url} (Strg-C beendet)")
    sys.stdout.flush()
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")  # threads would else keep a heap each
    os.execv(sys.executable, [sys.executable, "-m", "hubnode.serving", str(settings.instance)])  # noqa: S606 - our own


@main.command()
@with_settings
def worker(settings: Settings) -> None:
    """Poke, pull and poll in the background; ends on Ctrl-C or SIGTERM after the work in hand."""
    app = create_core(settings)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    Worker(app).run(stop)
