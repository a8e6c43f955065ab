"""`hubnode key …`: this hub's keys, and the root keys of others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import click

from federation.keyset import Keyset
from hubnode.cli.main import main, with_settings
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.network import keyfiles, keys, keyview, moving, repinning
from hubnode.network.identity import BadIdentity
from hubnode.network.node import current_node, utcnow
from hubnode.people.confirming import OPERATOR_CONFIRMED

STATES = {"signs": "unterschreibt", "valid": "gültig", "announced": "angekündigt", "over": "abgelaufen"}
ROOT = click.option(
    "--root",
    "root_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File of the root key, where it is not kept on this machine.",
)


@main.group()
def key() -> None:
    """The keys of this hub, and the root keys by which others are known."""


@key.command("show")
@with_settings
def show(settings: Settings) -> None:
    """Show every key of this hub and of the others, with age and end."""
    now = utcnow()
    with create_core(settings).app_context():
        own, others = keyview.own(current_node(), now), keyview.of_peers(now)
    click.echo(f"Fingerabdruck {own.hub.fingerprint}, Schlüsselsatz {own.hub.n}")
    click.echo("Wurzelschlüssel: auf diesem Rechner" if own.root_here else "Wurzelschlüssel: nicht auf diesem Rechner")
    for one in own.hub.keys:
        click.echo(f"  {one.id}\tseit {one.begins:%d.%m.%Y}\tbis {one.ends:%d.%m.%Y}\t{STATES[one.state]}")
    if own.signs_from is not None:
        click.echo(f"Der angekündigte Schlüssel unterschreibt spätestens ab {_local(own.signs_from)}.")
    for hub in [own.hub, *others]:
        warning = "\tläuft bald ab" if hub.warned else ""
        click.echo(f"{hub.origin}\tSchlüsselsatz {hub.n}\tbis {hub.ends:%d.%m.%Y}{warning}")


@key.command("rotate")
@ROOT
@click.option("--overlap-hours", default=24.0, show_default=True, help="How long the old key stays valid.")
@with_settings
def rotate(settings: Settings, root_file: Path | None, overlap_hours: float) -> None:
    """Announce a new signing key; it signs once the other hubs know it, and no message is refused."""

    def change(root_folder: Path, now: datetime) -> Keyset:
        root = keyfiles.root_key(root_folder, root_file)
        overlap = timedelta(hours=overlap_hours)
        return keyfiles.rotate(OPERATOR_CONFIRMED, root_folder, settings.base_url, root, now, overlap)

    made = _change(settings, change, "key.announced")
    click.echo(f"Schlüssel {made.signing[-1].key.id} ist angekündigt (Schlüsselsatz {made.n}).")
    click.echo("Er unterschreibt, sobald die anderen Hubs ihn kennen; der alte gilt so lange weiter.")


@key.command("compromise")
@click.argument("key_id", metavar="KEYID")
@click.option("--since", required=True, help="Since when it is in other hands: 2026-11-22T09:00, local time.")
@ROOT
@with_settings
def compromise(settings: Settings, key_id: str, since: str, root_file: Path | None) -> None:
    """Tell the others that KEYID is in other hands; what it signed since then comes under review there."""
    moment = _moment(since)

    def change(folder: Path, now: datetime) -> Keyset:
        root = keyfiles.root_key(folder, root_file)
        return keyfiles.compromise(OPERATOR_CONFIRMED, folder, settings.base_url, root, key_id, moment, now)

    made = _change(settings, change, "key.lost")
    click.echo(f"{key_id} gilt seit {_local(moment)} nicht mehr (Schlüsselsatz {made.n}).")
    click.echo("Die anderen Hubs halten zurück, was er seitdem unterschrieben hat. Rufen Sie dort trotzdem an.")


@key.command("new-root")
@ROOT
@click.option(
    "--new-root",
    "new_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File for the new root key; else it lies with the other keys.",
)
@with_settings
def new_root(settings: Settings, root_file: Path | None, new_file: Path | None) -> None:
    """Replace the root key; the old one introduces the new one, so the other hubs follow by themselves."""

    def change(folder: Path, now: datetime) -> Keyset:  # noqa: ARG001 - one shape
        root = keyfiles.root_key(folder, root_file)
        return keyfiles.new_root(OPERATOR_CONFIRMED, folder, settings.base_url, root, new_file)

    made = _change(settings, change, "key.root")
    click.echo(f"Neuer Fingerabdruck {made.fingerprint} (Schlüsselsatz {made.n})")
    click.echo("Bewahren Sie den alten Wurzelschlüssel auf, bis alle Hubs den neuen kennen (hubnode key show dort).")


@key.command("repin")
@click.argument("origin")
@click.option("--fingerprint", help="New fingerprint, read to you by the operator of that hub.")
@click.option("--vouches", type=int, help="Instead: the number of hubs that must vouch for one fingerprint.")
@with_settings
def repin(settings: Settings, origin: str, fingerprint: str | None, vouches: int | None) -> None:
    """Know the hub at ORIGIN by another root key, after it has lost the old one."""
    if (fingerprint is None) == (vouches is None):
        raise click.UsageError("Bitte genau eines angeben: --fingerprint oder --vouches.")
    now = utcnow()
    with create_core(settings).app_context():
        node = current_node()
        try:
            if fingerprint is not None:
                shown = repinning.repin(OPERATOR_CONFIRMED, node, origin, fingerprint, now)
            else:
                shown = repinning.repin_vouched(OPERATOR_CONFIRMED, node, origin, vouches or 0, now)
        except keyfiles.CantChange as problem:
            raise click.ClickException(str(problem)) from problem
    click.echo(f"{origin} ist jetzt bekannt mit dem Fingerabdruck {shown}.")


@key.command("move")
@click.option("--to", required=True, help="The new address, such as https://new.example.")
@ROOT
@with_settings
def move(settings: Settings, to: str, root_file: Path | None) -> None:
    """Go on under another address: once before base_url is changed, and once after."""
    try:
        if settings.base_url == to:
            _arrive(settings, root_file)
        else:
            _announce_move(settings, to, root_file)
    except keyfiles.CantChange as problem:
        raise click.ClickException(str(problem)) from problem


def _announce_move(settings: Settings, to: str, root_file: Path | None) -> None:
    root = keyfiles.root_key(settings.instance / "keys", root_file)
    with create_core(settings).app_context():
        node = current_node()
        knowing, hubs = moving.announce(OPERATOR_CONFIRMED, node, to, root, node.clock())
    click.echo(f"Angekündigt: {settings.base_url} zieht um nach {to}. {knowing} von {hubs} Hubs haben es gehört.")
    click.echo("Wiederholen Sie das Kommando, bis es alle sind. Dann: sichern, die Prozesse anhalten,")
    click.echo(f'base_url = "{to}" in settings.toml eintragen und dasselbe Kommando noch einmal eingeben.')


def _arrive(settings: Settings, root_file: Path | None) -> None:
    folder = settings.instance / "keys"
    root = keyfiles.root_key(folder, root_file)
    keyfiles.readdress(OPERATOR_CONFIRMED, folder, settings.base_url, 1, root)
    with create_core(settings).app_context():
        node = current_node()
        size = moving.move(OPERATOR_CONFIRMED, node, root, node.clock())
    click.echo(f"Dieser Hub ist jetzt {settings.base_url}: {size} Einträge in einem neuen Protokoll.")
    click.echo("Starten Sie die Prozesse, und leiten Sie die alte Adresse mit Status 301 auf die neue.")


def _change(settings: Settings, change: Callable[[Path, datetime], Keyset], act: str) -> Keyset:
    """Change the key files and say so in the log; also where the node can't start because its key has run out."""
    now = utcnow()
    _announce(settings, now, may_fail=True)
    try:
        made = change(settings.instance / "keys", now)
    except keyfiles.CantChange as problem:
        raise click.ClickException(str(problem)) from problem
    _announce(settings, utcnow(), may_fail=False)
    with create_core(settings).app_context():
        keys.note(OPERATOR_CONFIRMED, act, made, utcnow())
    return made


def _announce(settings: Settings, now: datetime, *, may_fail: bool) -> None:
    try:
        app = create_core(settings)
    except BadIdentity:
        if may_fail:
            return
        raise
    with app.app_context():
        keys.announce(current_node(), now)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError as error:
        raise click.BadParameter("eine Zeit wie 2026-11-22T09:00", param_hint="--since") from error


def _local(moment: datetime) -> str:
    return f"{moment.astimezone():%d.%m.%Y %H:%M}"
