"""`hubnode doctor`: what is wrong with this node and with its way to the others, why, and what helps."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click
import sqlalchemy as sa
from flask_babel import force_locale

from hubnode.cli.main import main, with_settings
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.db import reading
from hubnode.network import diagnosis, health
from hubnode.network.health import Finding
from hubnode.network.models import Peer
from hubnode.network.node import current_node

UNREACHABLE = "unreachable:"
"""How what is noted of a hub begins that could not be reached; a knock that arrives outdates it."""
MARKS = {"error": "FEHLER ", "warning": "HINWEIS"}


@main.command()
@click.option("--offline", is_flag=True, help="Only look at this node; knock at no other hub.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_settings
def doctor(settings: Settings, offline: bool, as_json: bool) -> None:
    """Name what is wrong here and on the way to each hub, with cause and remedy; status 1 if something is an error."""
    with create_core(settings).app_context(), force_locale("de"):
        found = examined(offline)
        if as_json:
            click.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False))
        else:
            _tell(found)
    if any(one.weight == "error" for one in found):
        sys.exit(1)


def examined(offline: bool) -> list[Finding]:
    """What is stored and, unless told not to, what knocking finds; of two findings with one code one is enough.

    The own door comes first. What is stored may be older than the knock: who answers now is not called unreachable.
    """
    node = current_node()
    found = health.findings(node, node.clock())
    if offline:
        return found
    own = health.own_door(node)
    if own is not None:
        found = [own, *found]
    active = reading().scalars(sa.select(Peer.origin).where(Peer.state == "active").order_by(Peer.origin)).all()
    live = [probed for origin in active if (probed := health.probe(node, origin)) is not None]
    known = {(one.origin, one.code) for one in live}
    answering = set(active) - {one.origin for one in live if one.code.startswith(UNREACHABLE)}
    found = [one for one in found if one.origin not in answering or not one.code.startswith(UNREACHABLE)]
    return sorted(
        [*live, *(one for one in found if (one.origin, one.code) not in known)], key=lambda one: one.weight != "error"
    )


def _tell(found: list[Finding]) -> None:
    if not found:
        click.echo("Alles in Ordnung.")
    for one in found:
        words = diagnosis.told(one)
        click.echo(f"{MARKS[words.weight]} {words.origin or 'dieser Knoten'} ({one.code})")
        click.echo(f"        Ursache: {words.cause}")
        click.echo(f"        Abhilfe: {words.remedy}")
