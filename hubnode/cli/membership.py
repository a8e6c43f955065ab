"""`hubnode peer …`: joining, approving, suspending, parting, leaving: what the administration pages do."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar, get_args

import click

from federation.errors import PeerProblem
from hubnode.cli.main import with_settings
from hubnode.cli.network import WRONG_AGREEMENT, agreed, agreement_of, peer
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.db import reading
from hubnode.network import agreements, asking, invitations, joining, joining_rows, membership
from hubnode.network.invitations import CantInvite
from hubnode.network.joining_rows import CantJoin
from hubnode.network.membership import Archive, NotPossible
from hubnode.network.node import Node, current_node
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.records.kinds import KINDS

Command = TypeVar("Command", bound=Callable[..., Any])
ARCHIVE = click.Choice(get_args(Archive))
NOT_INVITED = (
    "Der andere Hub nimmt die Anfrage nicht an: Die Einladung ist falsch, abgelaufen, zurückgezogen oder schon "
    "benutzt, oder er hat diesen Hub gesperrt. Lassen Sie sich eine neue Einladung geben."
)

WHY_NOT = {
    "own": "Das ist dieser Hub selbst.",
    "member": "Dieser Hub ist schon Mitglied.",
    "suspended": "Dieser Hub ist hier ausgesetzt: erst hubnode peer resume.",
    "other-root": "Unter dieser Adresse ist hier ein Hub mit einem anderen Wurzelschlüssel bekannt. Rufen Sie dort an.",
    "fingerprint": "Unter dieser Adresse antwortet ein Hub mit einem anderen Fingerabdruck. Es wurde nichts gesendet.",
    "version": "Der andere Hub spricht eine andere Fassung des Protokolls.",
    "unknown": "Das gibt es hier nicht.",
    "state": "In seinem jetzigen Zustand geht das nicht.",
    "origin": "Das ist keine Adresse eines Hubs.",
    "too-many": "Es sind schon zu viele offen.",
}


def at_node(command: Command) -> Command:
    """Hand the command its node and the time; what can't be done ends it with one line."""

    @with_settings
    @functools.wraps(command)
    def wrapped(settings: Settings, *args: Any, **kwargs: Any) -> Any:
        with create_core(settings).app_context():
            node = current_node()
            try:
                return command(node, node.clock(), *args, **kwargs)
            except (CantJoin, CantInvite, NotPossible) as refusal:
                told = WHY_NOT.get(refusal.reason, "")
                raise click.ClickException(f"{told} ({refusal})" if told else str(refusal)) from refusal
            except PeerProblem as problem:
                refused = NOT_INVITED if problem.problem_type == "not-invited" else str(problem)
                raise click.ClickException(refused) from problem

    return wrapped  # type: ignore[return-value]  # click's decorators change the signature on purpose


@peer.command("invite")
@click.option("--for", "origin", default="", help="Address of the only hub that may use it; needs --fingerprint.")
@click.option(
    "--fingerprint", default="", help="Fingerprint of that hub, read to you by its operator: approves it now."
)
@click.option("--withdraw", is_flag=True, help="Make all invitations void that nobody has used, instead.")
@at_node
def invite(node: Node, now: datetime, origin: str, fingerprint: str, withdraw: bool) -> None:
    """Make an invitation; it is shown once, works once, and ends after 72 hours."""
    if withdraw:
        click.echo(f"{invitations.withdraw_all(OPERATOR_CONFIRMED, now)} Einladungen zurückgezogen.")
        return
    click.echo(invitations.invite(OPERATOR_CONFIRMED, node, now, origin=origin, root=fingerprint))


@peer.command("join")
@click.argument("invitation")
@click.option("--introduce", is_flag=True, help="Ask every hub that the inviting hub knows, too.")
@at_node
def join(node: Node, now: datetime, invitation: str, introduce: bool) -> None:
    """Ask the hub that INVITATION names to take this one in; its fingerprint is compared first."""
    card = asking.join(OPERATOR_CONFIRMED, node, invitation, now, introduce=introduce)
    click.echo(f"{card.name} ({card.origin}) ist gefragt. Sobald dort jemand zustimmt, beginnt der Abgleich.")
    if introduce:
        click.echo("Danach werden auch die Hubs gefragt, die er kennt.")


@peer.command("ask")
@click.argument("through")
@click.argument("origins", nargs=-1)
@at_node
def ask(node: Node, now: datetime, through: str, origins: tuple[str, ...]) -> None:  # noqa: ARG001 - one shape
    """List the hubs that the member THROUGH knows and this one doesn't; with ORIGINS, ask these to take this one in."""
    if origins:
        for origin in asking.introduce(OPERATOR_CONFIRMED, through, origins, now):
            click.echo(f"{origin} wird gefragt.")
        return
    for named in asking.known_through(through):
        click.echo(f"{named.origin}\t{named.root}")


@peer.command("requests")
@at_node
def requests(node: Node, now: datetime) -> None:  # noqa: ARG001 - one shape
    """List the requests to join, of others and of this hub."""
    for one in joining_rows.requests("in"):
        why = "mit Einladung" if one.invited else f"{one.vouches} Mitglieder bürgen"
        click.echo(f"{one.id}\t{one.state}\t{one.origin}\t{one.name}\t{one.fingerprint}\t{why}")
    for one in joining_rows.requests("out", ("asking", "waiting", "rejected", "failed")):
        click.echo(f"-\t{one.state}\t{one.origin}\t{one.name}\t{one.fingerprint}\t{one.last_error}")


@peer.command("approve")
@click.argument("number", metavar="ID", type=int)
@agreed
@at_node
def approve(node: Node, now: datetime, number: int, agreement: str, agreed_on: str) -> None:  # noqa: ARG001 - one shape
    """Take in the hub of request ID; compare its fingerprint with its operator first."""
    origin = joining.approve(OPERATOR_CONFIRMED, number, now, agreement_of(agreement, agreed_on, now))
    click.echo(f"{origin} ist aufgenommen und wird benachrichtigt.")


@peer.command("agreement")
@click.argument("origin")
@agreed
@click.option("--end", "ends", is_flag=True, help="Take the agreement back: from now on public data only.")
@at_node
def agreement(node: Node, now: datetime, origin: str, agreement: str, agreed_on: str, ends: bool) -> None:  # noqa: ARG001 - one shape
    """Enter the agreement under GDPR Art. 26 with the hub at ORIGIN, or show what was entered."""
    made = agreement_of(agreement, agreed_on, now)
    try:
        if ends:
            agreements.end(OPERATOR_CONFIRMED, origin, now)
        elif made is not None:
            agreements.enter(OPERATOR_CONFIRMED, origin, made, now)
    except agreements.BadAgreement as refusal:
        raise click.ClickException(WRONG_AGREEMENT[refusal.code]) from refusal
    held = agreements.of(reading(), origin)
    if held is None:
        withheld = sum(agreements.withheld_records().values())
        click.echo(f"{origin}: keine Vereinbarung. Dieser Hub bekommt nur Öffentliches; {withheld} Einträge nicht.")
    else:
        click.echo(f"{origin}: {held.reference} vom {held.agreed_on:%d.%m.%Y}")


@peer.command("reject")
@click.argument("number", metavar="ID", type=int)
@at_node
def reject(node: Node, now: datetime, number: int) -> None:  # noqa: ARG001 - one shape
    """Turn down request ID; the other hub is told so."""
    click.echo(f"{joining.reject(OPERATOR_CONFIRMED, number, now)} ist abgelehnt.")


@peer.command("suspend")
@click.argument("origin")
@click.option("--dry-run", is_flag=True, help="Only say what would be hidden.")
@at_node
def suspend(node: Node, now: datetime, origin: str, dry_run: bool) -> None:  # noqa: ARG001 - one shape
    """Stop all exchange with the hub at ORIGIN and hide its records, at once; deletes nothing, can be undone."""
    if dry_run:
        click.echo(f"{origin}: würde {_told(membership.preview(reading(), origin))} verbergen.")
        return
    click.echo(f"{origin} ist ausgesetzt, {_told(membership.suspend(OPERATOR_CONFIRMED, origin, now))} verborgen.")


@peer.command("resume")
@click.argument("origin")
@at_node
def resume(node: Node, now: datetime, origin: str) -> None:  # noqa: ARG001 - one shape
    """Undo the suspension of the hub at ORIGIN."""
    shown = _told(membership.resume(OPERATOR_CONFIRMED, origin, now))
    click.echo(f"{origin} gehört wieder dazu, {shown} wieder sichtbar.")


@peer.command("leave")
@click.argument("origin", default="")
@click.option(
    "--archive", type=ARCHIVE, default="keep", show_default=True, help="What becomes of the copies held here."
)
@at_node
def leave(node: Node, now: datetime, origin: str, archive: Archive) -> None:
    """End the membership with the hub at ORIGIN; without ORIGIN, leave the whole network for good."""
    if origin:
        dropped = membership.part(OPERATOR_CONFIRMED, origin, now, archive=archive)
        click.echo(f"Die Mitgliedschaft von {origin} ist beendet, {dropped} Datensätze gelöscht.")
        return
    left = membership.leave(OPERATOR_CONFIRMED, node, now, archive=archive)
    click.echo(f"Der Abschied steht im Protokoll; {left} Hubs lesen ihn, solange hubnode run und worker weiterlaufen.")


@peer.command("drop")
@click.argument("origin")
@at_node
def drop(node: Node, now: datetime, origin: str) -> None:  # noqa: ARG001 - one shape
    """Delete what is held of ORIGIN, a former member."""
    click.echo(f"{membership.drop(OPERATOR_CONFIRMED, origin, now)} Datensätze von {origin} gelöscht.")


def _told(effect: membership.Effect) -> str:
    """``312 Datensätze (300 Projekte, 12 Termine)``."""
    kinds: Mapping[str, int] = effect.kinds
    parts = ", ".join(f"{number} {KINDS[kind].plural if kind in KINDS else kind}" for kind, number in kinds.items())
    return f"{effect.records} Datensätze" + (f" ({parts})" if parts else "")
