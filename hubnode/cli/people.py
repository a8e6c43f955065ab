"""`hubnode user …`: accounts without a browser."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from hubnode.cli.main import main, with_settings
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.people import accounts
from hubnode.people.viewer import ROLES


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
