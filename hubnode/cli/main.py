"""`hubnode …`: everything that an operator does without a browser."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from federation.errors import ProtocolError
from hubnode.config import BadSettings, Settings
from hubnode.network.identity import BadIdentity
from hubnode.people.errors import PeopleError
from hubnode.records.log import NotWritable
from migrations.revision import OldDatabase

Command = TypeVar("Command", bound=Callable[..., Any])


NOT_NOW = {
    "checking": "Zurzeit kann nichts veröffentlicht werden; es ist nichts verloren. Kein anderer Hub hat bisher gesagt,"
    " was er von uns hat, oder jemand hat mehr, als hier liegt, und gibt es noch nicht her. Was fehlt, zeigt:"
    " hubnode repair",
    "readonly": "Es kann nichts veröffentlicht werden: Was die anderen Hubs von uns haben, widerspricht dem, was hier"
    " liegt. Was zu tun ist, zeigt: hubnode repair",
}
"""Why the own log takes nothing, by its state."""


class Clean(click.Group):
    """A group whose commands end a known error with one clear line and status 1, never with a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except NotWritable as refusal:
            raise click.ClickException(NOT_NOW[refusal.state]) from refusal
        except (BadSettings, BadIdentity, OldDatabase, PeopleError, ProtocolError) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Clean)
@click.option(
    "--instance",
    type=click.Path(file_okay=False, path_type=Path),
    default=lambda: Path(os.environ.get("HUBNODE_INSTANCE", "instance")),
    help="Folder of this node: settings, keys, database, legal texts. Default: $HUBNODE_INSTANCE or ./instance.",
)
@click.version_option(package_name="hubnode")
@click.pass_context
def main(context: click.Context, instance: Path) -> None:
    """Run and look after one node of the hub network."""
    context.obj = instance.resolve()


def with_settings(command: Command) -> Command:
    """Hand the command its settings."""

    @click.pass_obj
    @functools.wraps(command)
    def wrapped(instance: Path, *args: Any, **kwargs: Any) -> Any:
        return command(Settings.load(instance), *args, **kwargs)

    return wrapped  # type: ignore[return-value]  # click's decorators change the signature on purpose


def say(value: object, as_json: bool) -> None:
    """Print a result: JSON for programs, else the text."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str) if as_json else value)


def fail(message: str) -> None:
    """End the command with status 1."""
    click.echo(message, err=True)
    sys.exit(1)
