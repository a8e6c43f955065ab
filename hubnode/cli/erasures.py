"""`hubnode erase` and `hubnode erasures …`: deleting for good, who has confirmed it, and the proof of that."""

from __future__ import annotations

from typing import Any, TextIO

import click

from federation import canonical
from federation.errors import BadProof
from federation.proofs import MAX_PROOF, HubSays, Proof, verify_proof
from hubnode.cli.main import main, with_settings
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.network import erasure, proof, recovery
from hubnode.network.erasure import Erasure, Holder
from hubnode.network.node import current_node
from hubnode.people.viewer import OPERATOR
from hubnode.records import reading, service
from hubnode.records.errors import Gone, NotFound

STATES = {"appended": "noch nicht abgeholt", "delivered": "abgeholt, noch nicht bestätigt", "receipted": "gelöscht"}


@main.command("erase")
@click.argument("id")
@click.option("--yes", is_flag=True, help="Do not ask again.")
@with_settings
def erase(settings: Settings, id: str, yes: bool) -> None:
    """Erase the record ID of this hub for good, here and at all hubs; it can't be taken back."""
    with create_core(settings).app_context():
        rec = _own_id(settings, id)
        try:
            title = reading.preview(OPERATOR, rec).headline.get("de", "") or rec
            if not yes:
                click.confirm(f"„{title}“ mit allen Fassungen löschen, hier und bei allen Hubs?", abort=True)
            recovery.ensure(current_node())
            service.erase(OPERATOR, rec, current_node().clock())
        except (NotFound, Gone) as error:
            raise click.ClickException(f"{id} gibt es hier nicht, oder es ist schon gelöscht.") from error
    click.echo(f"Gelöscht. Wer es bestätigt hat, zeigt: hubnode erasures proof {rec}")


@main.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def erasures(context: click.Context, as_json: bool) -> None:
    """List what was taken back, and how many hubs have deleted it."""
    if context.invoked_subcommand is None:
        context.invoke(listed, as_json=as_json)


@erasures.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_settings
def listed(settings: Settings, as_json: bool) -> None:
    """List what was taken back, overdue first."""
    with create_core(settings).app_context():
        found = erasure.ledger(current_node().clock())
    if as_json:
        click.echo(canonical.encode([_json(one) for one in found]).decode())
        return
    for one in found:
        what = "gelöscht" if one.erased else "zurückgezogen"
        late = f", {one.overdue} überfällig" if one.overdue else ""
        click.echo(
            f"{one.id}\t{what} {one.removed_at:%Y-%m-%d %H:%M} UTC\t{one.confirmed} von {len(one.holders)} Hubs{late}"
        )


@erasures.command("proof")
@click.argument("id")
@click.option(
    "--output", type=click.File("w", encoding="utf-8"), default="-", help="File to write; default: standard output."
)
@with_settings
def prove(settings: Settings, id: str, output: TextIO) -> None:
    """Write the proof of what became of the record ID, as JSON."""
    with create_core(settings).app_context():
        node = current_node()
        one = erasure.of(_own_id(settings, id), node.clock())
        if one is None:
            raise click.ClickException(f"{id} wurde nicht gelöscht und nicht zurückgezogen.")
        try:
            document = proof.of(node, one, node.clock())
        except proof.NothingToProve as error:
            raise click.ClickException(f"{id} hat diesen Hub nie verlassen; es gibt nichts zu belegen.") from error
    output.write(canonical.encode(document).decode() + "\n")


@erasures.command("verify")
@click.argument("file", type=click.File("rb"))
@click.option("--fingerprint", help="Fingerprint of the hub whose proof it must be, as its operator has read it out.")
def verify(file: Any, fingerprint: str | None) -> None:
    """Check the proof in FILE without asking anybody; status 1 where it proves nothing."""
    try:
        shown = verify_proof(file.read(MAX_PROOF + 2).rstrip(b"\n"), fingerprint=fingerprint)
    except BadProof as error:
        raise click.ClickException(f"Der Nachweis gilt nicht: {error}") from error
    for line in _told(shown):
        click.echo(line)


def _own_id(settings: Settings, id: str) -> str:
    """The number of a record of ours, given alone or as global id."""
    return id.removeprefix(f"{settings.base_url}/r/")


def _json(one: Erasure) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "erased": one.erased,
        "removed_at": one.removed_at.isoformat(),
        "entry": one.seq,
        "public": one.was_public,
        "files_clear": one.cleared,
        "confirmed": one.confirmed,
        "overdue": one.overdue,
        "hubs": [_holder_json(holder) for holder in one.holders],
    }


def _holder_json(holder: Holder) -> dict[str, Any]:
    return {
        "origin": holder.origin,
        "member": holder.member,
        "entry": holder.seq,
        "state": holder.state,
        "overdue": holder.overdue,
        "done_at": holder.receipt.done_at.isoformat() if holder.receipt else None,
        "receipt": holder.receipt.to_json() if holder.receipt else None,
    }


def _told(shown: Proof) -> list[str]:
    what = "endgültig gelöscht" if shown.erased else "zurückgezogen"
    lines = [
        f"Der Nachweis gilt. {shown.origin}/r/{shown.id} wurde {what}:",
        f"Eintrag {shown.entry} im Protokoll von {shown.origin}, geprüft gegen {shown.size} unterschriebene Einträge.",
        f"Fingerabdruck, bitte vergleichen: {shown.fingerprint}",
        *(_hub_told(hub) for hub in shown.hubs),
    ]
    return [*lines, "Öffentliche Feeds: Wer sie gelesen hat, ist unbekannt."] if shown.public else lines


def _hub_told(hub: HubSays) -> str:
    if hub.receipt is None or hub.keyset is None:
        return f"{hub.origin}: noch keine Quittung"
    backups = hub.receipt.backups_gone_by
    gone = f", aus Sicherungen bis {backups:%Y-%m-%d}" if backups else ""
    scopes = ", ".join(hub.receipt.scopes) or "nichts vorhanden"
    return f"{hub.origin}: gelöscht {hub.receipt.done_at:%Y-%m-%d %H:%M} UTC ({scopes}{gone}), {hub.keyset.fingerprint}"
