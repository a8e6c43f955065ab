"""`hubnode peer …` and `hubnode status`: the other hubs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from hubnode.cli.main import main, with_settings
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.db import reading
from hubnode.network import agreements, peers, status
from hubnode.network.agreements import Agreement, BadAgreement
from hubnode.network.node import current_node
from hubnode.people.confirming import OPERATOR_CONFIRMED

Command = TypeVar("Command", bound=Callable[..., Any])
WRONG_AGREEMENT = {
    "reference": "Das Zeichen der Vereinbarung braucht 3 bis 200 Zeichen (--agreement).",
    "date": "Der Tag der Vereinbarung ist keiner, oder er liegt in der Zukunft (--agreed-on 2026-11-22).",
    "unknown": "Diesen Hub kennt dieser Knoten nicht, oder es gibt keine Vereinbarung mit ihm.",
}


@main.group()
def peer() -> None:
    """The other hubs that this node knows."""


def agreed(command: Command) -> Command:
    """Give the command the options that name an agreement as joint controllers (GDPR Art. 26)."""
    command = click.option("--agreed-on", default="", help="Day of the agreement, such as 2026-11-22; default: today.")(
        command
    )
    return click.option("--agreement", default="", help="Reference of the agreement under GDPR Art. 26.")(command)


def agreement_of(reference: str, agreed_on: str, now: datetime) -> Agreement | None:
    """The agreement that these options name, or None where they name none."""
    if not reference and not agreed_on:
        return None
    try:
        return agreements.checked(reference, agreed_on, now)
    except BadAgreement as refusal:
        raise click.ClickException(WRONG_AGREEMENT[refusal.code]) from refusal


@peer.command("add")
@click.argument("origin")
@click.option("--fingerprint", required=True, help="Fingerprint of that hub's root key, read to you by its operator.")
@agreed
@with_settings
def add(settings: Settings, origin: str, fingerprint: str, agreement: str, agreed_on: str) -> None:
    """Pin the hub at ORIGIN and fetch what it publishes; without an agreement it gets public data only."""
    now = datetime.now(UTC)
    made = agreement_of(agreement, agreed_on, now)
    with create_core(settings).app_context():
        try:
            hub = peers.add(current_node(), origin, fingerprint, now)
        except peers.CantPin as error:
            raise click.ClickException(str(error)) from error
        if made is not None:
            agreements.enter(OPERATOR_CONFIRMED, origin, made, now)
    click.echo(f"{hub.name} ({hub.origin}) ist jetzt bekannt.")


@peer.command("list")
@with_settings
def listed(settings: Settings) -> None:
    """List the hubs with their state."""
    with create_core(settings).app_context():
        for hub in peers.all_hubs(settings):
            seen = "dieser Knoten" if hub.here else f"{hub.state}, zuletzt {_contact(hub.last_contact_at)}"
            click.echo(f"{hub.origin}\t{hub.name}\t{seen}\t{hub.fingerprint}")


def _contact(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "nie"


@main.command("status")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_settings
def show(settings: Settings, as_json: bool) -> None:
    """Show this hub's identity, the logs held here with their digests, and every peer's state."""
    app = create_core(settings)
    with app.app_context():
        node = current_node()
        logs, hubs = status.held(reading()), peers.all_hubs(settings)
        fingerprint = node.identity.fingerprint
    if as_json:
        report: dict[str, Any] = {"logs": [asdict(one) for one in logs], "hubs": [asdict(hub) for hub in hubs]}
        report |= {"origin": settings.base_url, "fingerprint": fingerprint}
        click.echo(json.dumps(report, ensure_ascii=False, default=str))
        return
    click.echo(f"{settings.name}  {settings.base_url}\nFingerabdruck {fingerprint}")
    for one in logs:
        click.echo(f"Protokoll {one.origin}: {one.size} Einträge, {one.state}, Abdruck {one.digest[:16]}")
    for hub in hubs:
        if not hub.here:
            waiting = f"{hub.waiting} unserer Einträge noch nicht abgeholt"
            click.echo(f"{hub.place}: {hub.state}, {hub.records} Datensätze, {waiting}")


@main.command("verify")
@click.option("--rebuild", is_flag=True, help="Build the records of other hubs anew from their logs first.")
@with_settings
def verify(settings: Settings, rebuild: bool) -> None:
    """Recompute every log from its entries, and the records from the logs; status 1 on a difference."""
    with create_core(settings).app_context():
        if rebuild:
            click.echo(f"Die Datensätze von {status.rebuild(datetime.now(UTC))} anderen Hubs sind neu aufgebaut.")
        findings = status.verify(reading())
    for finding in findings:
        click.echo(finding)
    if findings:
        raise click.ClickException(f"{len(findings)} Abweichungen")
    click.echo("Alle Protokolle und Datensätze stimmen überein.")
