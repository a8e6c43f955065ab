"""`hubnode init` and `hubnode migrate`: from an empty folder to a node that can start."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask

from hubnode import legal
from hubnode.cli.main import main, with_settings
from hubnode.config import BadSettings, Settings
from hubnode.core import create_core
from hubnode.db import transaction
from hubnode.network import identity
from hubnode.records import log

TEMPLATE = """\
# Settings of this node. Every one of them can also be given as an environment variable HUBNODE_<NAME>.
base_url = {base_url}
name = {name}
place = {place}
secret_key = {secret_key}
focus_areas = {focus_areas}
district = {district}
contact_email = {contact_email}
mode = {mode}
port = {port}
proxies = {proxies}

[intro]
de = {intro_de}
en = {intro_en}
"""


@main.command()
@click.option("--base-url", prompt="Adresse des Knotens (https://…)", help="Origin, such as https://hub.example.")
@click.option("--name", prompt="Name des Hubs", help="Full name of the hub.")
@click.option("--place", prompt="Ort oder Kurzname", help="Short name of the hub.")
@click.option("--focus", "focus_areas", multiple=True, help="Topic id of a focus area; may be repeated.")
@click.option("--district", default="", help="Kreis, for the tile map.")
@click.option("--contact-email", default="", help="Address of the hub's office.")
@click.option("--intro", "intro_de", default="", help="One or two German sentences about the hub.")
@click.option("--intro-en", default="", help="The same in English.")
@click.option("--mode", type=click.Choice(["demo", "production", "test"]), default="production", show_default=True)
@click.option("--port", default=5000, show_default=True, help="Port the web process listens on.")
@click.pass_obj
def init(instance: Path, /, base_url: str, focus_areas: tuple[str, ...], port: int, **texts: str) -> None:
    """Make settings, keys, legal texts and database of a new node. What is already there stays."""
    instance.mkdir(parents=True, exist_ok=True)
    if not (instance / "settings.toml").exists():
        values = {"base_url": base_url, "focus_areas": list(focus_areas), "port": port, **texts}
        # In production a web server with TLS stands in front: without its word everybody would seem to be one person.
        _write_settings(instance, values | {"proxies": 1 if texts["mode"] == "production" else 0})
    settings = Settings.load(instance)
    now = datetime.now(UTC)
    made = identity.create(instance / "keys", settings.base_url, now)
    legal.copy_defaults(instance)
    _upgrade(settings.database)
    _open_log(create_core(settings), settings, now)
    click.echo(
        f"Knoten {settings.name} in {instance}\nAdresse      {settings.base_url}\nFingerabdruck {made.fingerprint}"
    )


@main.command()
@with_settings
def migrate(settings: Settings) -> None:
    """Bring the database to the newest revision; a failing migration changes nothing."""
    _upgrade(settings.database)
    click.echo("Die Datenbank ist auf dem neuesten Stand.")


def _write_settings(instance: Path, values: Mapping[str, object]) -> None:
    """Write the settings file if these settings can be used; else nothing is left behind."""
    shown = {name: json.dumps(value, ensure_ascii=False) for name, value in values.items()}
    file = instance / "settings.toml"
    file.touch(mode=0o600)
    file.write_text(TEMPLATE.format(secret_key=json.dumps(secrets.token_urlsafe(48)), **shown), "utf-8")
    try:
        Settings.load(instance)
    except BadSettings:
        file.unlink()
        raise


def _upgrade(url: str) -> None:
    from migrations.runner import upgrade  # here: Alembic is heavy, and no other command needs it

    upgrade(url)


def _open_log(app: Flask, settings: Settings, now: datetime) -> None:
    with app.app_context(), transaction() as session:
        log.open_own(session, settings.base_url, now)
