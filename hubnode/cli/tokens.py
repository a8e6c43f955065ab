"""`hubnode key rotate-tokens`: the key that signs tokens of sign-in across hubs, without a browser."""

from __future__ import annotations

from datetime import timedelta

import click

from hubnode.cli.keys import key
from hubnode.cli.main import with_settings
from hubnode.config import Settings
from hubnode.network.node import utcnow
from hubnode.network.signing_in.tokenkeys import OVERLAP, TokenKeys


@key.command("rotate-tokens")
@click.option("--now", "at_once", is_flag=True, help="The present key is in other hands: drop it at once.")
@with_settings
def rotate(settings: Settings, at_once: bool) -> None:
    """Announce a new key for tokens, which signs in a day; the node does so by itself every 90 days."""
    made = TokenKeys(settings.instance / "keys").rotate(utcnow(), timedelta(0) if at_once else OVERLAP)
    click.echo(f"Neuer Schlüssel {made}, unterschreibt {'sofort' if at_once else 'in einem Tag'}.")
