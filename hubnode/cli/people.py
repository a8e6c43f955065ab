"""`hubnode user …`: accounts without a browser."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from hubnode.cli.main import main, with_settings
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.mail.rendering import LANGUAGES
from hubnode.people import accounts, administering, invitations, recovering
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.people.viewer import ROLES

LINK = click.option("--show-link", is_flag=True, help="Print the link too, to hand it over in another way.")


@main.group()
def user() -> None:
    """Accounts of this hub."""


@user.command("add")
@click.argument("email")
@click.option("--name", required=True, help="Name of the person, as colleagues see it.")
@click.option("--role", type=click.Choice(ROLES), default="staff", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@with_settings
def add(settings: Settings, email: str, name: str, role: str, password_stdin: bool) -> None:
    """Add an account; asks for the password unless it comes on standard input."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = click.prompt("Passwort", hide_input=True, confirmation_prompt=True)
    with create_core(settings).app_context():
        person = accounts.add(email, name, role, password, datetime.now(UTC))
    click.echo(f"Konto {person.email} ({person.role}) angelegt.")


@user.command("list")
@with_settings
def everybody(settings: Settings) -> None:
    """List the accounts."""
    with create_core(settings).app_context():
        for person in accounts.everybody():
            click.echo(f"{person.email}\t{person.role}\t{'aktiv' if person.active else 'gesperrt'}\t{person.name}")
        for one in invitations.waiting():
            click.echo(f"{one.email}\t{one.role}\teingeladen bis {one.expires_at:%Y-%m-%d}\t")


@user.command("invite")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), default="staff", show_default=True)
@click.option("--language", type=click.Choice(LANGUAGES), default="de", show_default=True)
@LINK
@with_settings
def invite(settings: Settings, email: str, role: str, language: str, show_link: bool) -> None:
    """Invite somebody by mail; the link is good once, for seven days."""
    with create_core(settings).app_context():
        path = invitations.invite(OPERATOR_CONFIRMED, email, role, language, datetime.now(UTC))
    _written(settings, path, show_link)


@user.command("role")
@click.argument("email")
@click.argument("role", type=click.Choice(ROLES))
@with_settings
def set_role(settings: Settings, email: str, role: str) -> None:
    """Give an account another role; its sign-ins end."""
    with create_core(settings).app_context():
        administering.set_role(OPERATOR_CONFIRMED, accounts.by_email(email).id, role, datetime.now(UTC))
    click.echo(f"{email} hat jetzt die Rolle {role}.")


@user.command("deactivate")
@click.argument("email")
@with_settings
def deactivate(settings: Settings, email: str) -> None:
    """Lock an account: its sign-ins and links end, nothing is deleted."""
    with create_core(settings).app_context():
        administering.deactivate(OPERATOR_CONFIRMED, accounts.by_email(email).id, datetime.now(UTC))
    click.echo(f"{email} ist gesperrt.")


@user.command("reactivate")
@click.argument("email")
@with_settings
def reactivate(settings: Settings, email: str) -> None:
    """Let a locked account sign in again."""
    with create_core(settings).app_context():
        administering.reactivate(OPERATOR_CONFIRMED, accounts.by_email(email).id, datetime.now(UTC))
    click.echo(f"{email} ist entsperrt.")


@user.command("reset")
@click.argument("email")
@LINK
@with_settings
def reset(settings: Settings, email: str, show_link: bool) -> None:
    """Send a link with which the person chooses a new password; it is good once, for an hour."""
    with create_core(settings).app_context():
        path = recovering.send(OPERATOR_CONFIRMED, accounts.by_email(email).id, datetime.now(UTC))
    _written(settings, path, show_link)


def _written(settings: Settings, path: str, show_link: bool) -> None:
    """Say what becomes of the letter."""
    if not settings.smtp_host and not settings.shows_letters:
        click.echo("Es ist kein Mailserver eingestellt (smtp_host): Die Nachricht wartet im Ausgang.", err=True)
    else:
        click.echo("Die Nachricht geht hinaus, sobald der Arbeiter dazu kommt.")
    if show_link:
        click.echo(f"{settings.base_url}{path}")
