"""`hubnode processing` and `hubnode incident`: what the operator has to be able to show (GDPR Art. 30, 33)."""

from __future__ import annotations

from datetime import datetime
from typing import TextIO

import click

from federation import canonical
from hubnode.cli.audit import OUTPUT
from hubnode.cli.main import main, with_settings
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.network import incident as incidents
from hubnode.network import processing as register
from hubnode.network.node import current_node
from hubnode.people.viewer import OPERATOR

MOMENT = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d"])


@main.command("processing")
@OUTPUT
@with_settings
def processing(settings: Settings, output: TextIO) -> None:
    """Write the record of processing activities (GDPR Art. 30) as JSON, from settings and real state."""
    with create_core(settings).app_context():
        document = register.to_json(register.register(settings, current_node().clock()))
    output.write(canonical.encode(document).decode() + "\n")


@main.command("incident")
@click.option("--from", "since", type=MOMENT, required=True, help="Begin, local time: 2026-11-22T09:00.")
@click.option("--to", "until", type=MOMENT, required=True, help="End, local time.")
@OUTPUT
@with_settings
def incident(settings: Settings, since: datetime, until: datetime, output: TextIO) -> None:
    """Write what went to whom between two times as JSON (GDPR Art. 33); that is noted."""
    with create_core(settings).app_context():
        try:
            found = incidents.between(since.astimezone(), until.astimezone())
        except incidents.BadWindow as refusal:
            raise click.ClickException("Das Ende (--to) muss nach dem Anfang (--from) liegen.") from refusal
        document = incidents.export(found, current_node().clock(), by=OPERATOR)
    output.write(canonical.encode(document).decode() + "\n")
