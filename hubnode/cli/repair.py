"""`hubnode repair` and `hubnode epoch`: after a restore, a contradiction or a copy that drifted."""

from __future__ import annotations

from pathlib import Path

import click

from hubnode.cli.main import main, with_settings
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.db import reading
from hubnode.network import epochs, freezing, keyfiles, pull, recovery, repair
from hubnode.network.node import Node, current_node
from hubnode.people.confirming import OPERATOR_CONFIRMED

OWN = {
    "active": "Der eigene Bestand ist vollständig, soweit die anderen Hubs ihn kennen.",
    "checking": "Veröffentlichen ist noch nicht möglich: Kein anderer Hub hat geantwortet, oder einer hat mehr von uns,"
    " als hier liegt, und gibt es noch nicht her. Es wird jede Sekunde wieder gefragt, solange der Knoten läuft.",
    "readonly": "Veröffentlichen ist gesperrt: Was die anderen Hubs von uns haben, passt nicht zu dem, was hier liegt."
    " Entweder die neueste Sicherung einspielen, oder mit „hubnode epoch new --yes“ von vorn beginnen.",
}
EQUAL = {
    True: "stimmt mit seinem Hub überein",
    False: "WEICHT AB, obwohl das Protokoll dasselbe ist",
    None: "neu aufgebaut; vergleichen ließ sie sich gerade nicht",
}


@main.command("repair")
@click.option("--origin", help="Only the copy of the hub at this address.")
@click.option("--resume", is_flag=True, help="Follow it again where it is frozen; call its operator first.")
@with_settings
def mend(settings: Settings, origin: str | None, resume: bool) -> None:
    """Ask the others about the own log; rebuild the copies and compare them. Status 1 if something is left."""
    if resume and origin is None:
        raise click.UsageError("--resume gilt einem Hub: bitte --origin dazu angeben")
    with create_core(settings).app_context():
        node = current_node()
        whole = origin is not None or _own(node)
        if resume and origin:
            _resume(node, origin)
        chosen = [origin] if origin else [copy.origin for copy in repair.all_copies(reading())]
        mended = [_copy(node, one) for one in chosen]
    if not (whole and all(mended)):
        raise click.ClickException("Es ist noch nicht alles in Ordnung.")


@main.group()
def epoch() -> None:
    """The epochs of this hub's log: the last resort."""


@epoch.command("new")
@click.option("--yes", is_flag=True, help="Do it; without it, only what would happen is said.")
@click.option(
    "--root",
    "root_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File of the root key, where it is not kept on this machine.",
)
@click.option("--number", type=int, help="Number of the epoch, where the others know more of them than this node.")
@with_settings
def new(settings: Settings, yes: bool, root_file: Path | None, number: int | None) -> None:
    """End this hub's log and list everything anew in another one, which the others follow by the root's signature."""
    with create_core(settings).app_context():
        if not yes:
            _preview()
            return
        try:
            root = keyfiles.root_key(settings.instance / "keys", root_file)
            begun = epochs.begin(OPERATOR_CONFIRMED, current_node(), root, number)
        except (keyfiles.CantChange, epochs.CantBegin) as problem:
            raise click.ClickException(str(problem)) from problem
        listed = repair.own_log(reading()).size
    click.echo(f"Protokoll {begun.n} hat begonnen: {listed} Einträge. Die anderen Hubs lesen es von vorn.")


def _preview() -> None:
    held = repair.own_log(reading())
    click.echo(f"Das Protokoll mit {held.size} Einträgen endet, ein neues beginnt mit allem, was jetzt geteilt ist.")
    click.echo("Was nur die anderen Hubs noch haben, verschwindet dort. Gelöschtes bleibt gelöscht.")
    click.echo("Wirklich: hubnode epoch new --yes")


def _own(node: Node) -> bool:
    state = recovery.check(node)
    click.echo(f"Eigenes Protokoll: {OWN[state]}")
    held = repair.own_log(reading())
    if held.evidence is not None:
        click.echo(repair.evidence_file(held.evidence))
    return state == "active"


def _resume(node: Node, origin: str) -> None:
    try:
        freezing.resume(OPERATOR_CONFIRMED, origin, node.clock())
    except freezing.NotFrozen as problem:
        raise click.ClickException(f"{origin} ist nicht angehalten.") from problem
    turn = pull.pull(node, origin)
    click.echo(
        f"{origin}: wird wieder abgeglichen" + ("." if turn.finished else "; er antwortet noch nicht wie vereinbart.")
    )


def _copy(node: Node, origin: str) -> bool:
    """Rebuild and compare one copy; whether nothing is left to be done."""
    try:
        equal = repair.rebuild(node, origin)
    except repair.NoCopy as problem:
        raise click.ClickException(f"Von {origin} liegt hier nichts.") from problem
    copy = next(one for one in repair.all_copies(reading()) if one.origin == origin)
    click.echo(f"{origin}: {copy.records} Datensätze, {EQUAL[equal]}")
    if copy.state == "frozen" and copy.evidence is not None:
        click.echo(
            f"  angehalten: {copy.evidence.why}\n  Erst dort anrufen, dann: hubnode repair --origin {origin} --resume"
        )
    return equal is not False and copy.state != "frozen"
