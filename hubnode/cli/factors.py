"""`hubnode user forget-factors`: for whoever has lost phone, passkey and recovery codes."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from hubnode.cli.main import with_settings
from hubnode.cli.people import user
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.people import accounts, enrolling
from hubnode.people.confirming import OPERATOR_CONFIRMED


@user.command("forget-factors")
@click.argument("email")
@with_settings
def forget(settings: Settings, email: str) -> None:
    """Take app, passkeys and recovery codes from an account; all its sign-ins end, and the person hears of it."""
    with create_core(settings).app_context():
        person = accounts.by_email(email)
        enrolling.forget_all(OPERATOR_CONFIRMED, person.id, datetime.now(UTC))
    click.echo(f"{person.email} meldet sich wieder mit dem Passwort allein an.")
