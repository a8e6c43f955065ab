"""`hubnode audit …`: the trail of security-relevant acts, to read and to take along."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TextIO, TypeVar

import click

from hubnode.cli.main import main, say, with_settings
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.network.node import current_node
from hubnode.people import audit as trail
from hubnode.people.viewer import OPERATOR

Command = TypeVar("Command", bound=Callable[..., Any])
OUTPUT = click.option(
    "--output", type=click.File("w", encoding="utf-8"), default="-", help="File to write; default: standard output."
)


@main.group()
def audit() -> None:
    """Security-relevant acts at this hub."""


def narrowed(command: Command) -> Command:
    """Give the command the options that say which notes are meant."""
    moments = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]
    command = click.option("--until", type=click.DateTime(moments), help="Only before this moment, local time.")(
        command
    )
    command = click.option("--since", type=click.DateTime(moments), help="Only from this moment on.")(command)
    return click.option("--act", type=click.Choice(sorted(trail.ACTS)), default=None, help="Only this act.")(command)


@audit.command("list")
@narrowed
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_settings
def listed(settings: Settings, act: str | None, since: datetime | None, until: datetime | None, as_json: bool) -> None:
    """List the latest notes, newest first."""
    with create_core(settings).app_context():
        found = trail.notes(wanted(act, since, until))
    if as_json:
        say([_json(one) for one in found], as_json)
        return
    for one in found:
        who = f"{trail.ACTORS[one.actor]}" + (f", Konto {one.account}" if one.account else "")
        told = " ".join(f"{key}={value}" for key, value in one.detail.items() if value)
        click.echo(f"{one.at:%Y-%m-%d %H:%M:%S} UTC\t{trail.ACTS[one.act]}\t{who}\t{one.about}\t{told}")


@audit.command("export")
@narrowed
@OUTPUT
@with_settings
def export(settings: Settings, act: str | None, since: datetime | None, until: datetime | None, output: TextIO) -> None:
    """Write all notes as CSV, oldest first; that is noted, too."""
    with create_core(settings).app_context():
        output.write(trail.export(wanted(act, since, until), current_node().clock(), by=OPERATOR))


def wanted(act: str | None, since: datetime | None, until: datetime | None) -> trail.Wanted:
    """What is asked for; moments without a zone are local ones."""
    return trail.Wanted(act or "", since.astimezone() if since else None, until.astimezone() if until else None)


def _json(one: trail.Note) -> dict[str, Any]:
    return {
        "id": one.id,
        "at": one.at.isoformat(),
        "act": one.act,
        "actor": one.actor,
        "account": one.account,
        "about": one.about,
        "detail": dict(one.detail),
    }
