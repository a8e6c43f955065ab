"""`hubnode search`: building the index anew, and which words the search does not understand yet."""

from __future__ import annotations

import click

from hubnode.cli.main import main, with_settings
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.db import reading
from hubnode.records import reindexing
from hubnode.search import unsplit


@main.group("search")
def search() -> None:
    """The search: its index and its words."""


@search.command("reindex")
@with_settings
def reindex(settings: Settings) -> None:
    """Build the search index anew while the node runs; goes on where it was interrupted."""
    with create_core(settings).app_context():
        if not reindexing.due():
            reindexing.restart()
        done = reindexing.rebuild()
    click.echo(
        f"Der Suchindex ist neu aufgebaut, in {done} Schritten." if done > 1 else "Der Suchindex ist neu aufgebaut."
    )


@search.command("unsplit")
@click.option("--most", default=100, show_default=True, help="Words to show, the most frequent first.")
@with_settings
def unsplit_words(settings: Settings, most: int) -> None:
    """Long words of published records that the lexicon can't take apart; for instance/search/lexicon.txt."""
    with create_core(settings).app_context():
        found = unsplit.words(reading(), most)
    for word, records in found:
        click.echo(f"{records:6d}  {word}")
    if not found:
        click.echo("Alle langen Wörter dieses Hubs sind bekannt oder zerlegbar.")
