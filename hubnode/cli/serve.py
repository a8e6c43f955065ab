"""`hubnode start`: a whole node; `hubnode run` and `hubnode worker`: its two processes apart."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from hubnode import lean, legal
from hubnode.cli.main import main, with_settings
from hubnode.config import Settings
from hubnode.core import create_core


@main.command()
@with_settings
def start(settings: Settings) -> None:
    """Run the whole node, web and worker in one service; ends on Ctrl-C or SIGTERM."""
    create_core(settings)  # whatever is wrong is said here, before a server starts
    legal.refuse_placeholders(settings)
    click.echo(f"{settings.name}: {settings.base_url} (Strg-C beendet)")
    _become("hubnode.whole", settings)


@main.command()
@with_settings
def run(settings: Settings) -> None:
    """Serve the pages and the doors for peers; ends on Ctrl-C or SIGTERM."""
    create_core(settings)  # whatever is wrong is said here, before a server starts
    legal.refuse_placeholders(settings)
    click.echo(f"{settings.name}: {settings.base_url} (Strg-C beendet)")
    _become("hubnode.serving", settings)


@main.command()
@with_settings
def worker(settings: Settings) -> None:
    """Poke, pull and poll in the background; ends on Ctrl-C or SIGTERM after the work in hand."""
    create_core(settings)
    legal.refuse_placeholders(settings)
    _become("hubnode.working", settings)


def _become(module: str, settings: Settings) -> NoReturn:
    """Go on as the process proper, which holds nothing in memory that only commands need."""
    sys.stdout.flush()
    arguments = lean.command(module, settings.instance)
    os.execve(arguments[0], arguments, {**lean.ENVIRONMENT, **os.environ})  # noqa: S606 - our own
