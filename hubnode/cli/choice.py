"""`hubnode peer choose`: what this hub takes and shows of another, with the effect before the act."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from hubnode.cli.main import with_settings
from hubnode.cli.network import peer
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.network import choice
from hubnode.network.choice import Effect, KindEffect, UnknownHub
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.records import choosing, vocabulary
from hubnode.records.choosing import BadChoice, Choice, Rule
from hubnode.records.kinds import KINDS

KIND = click.Choice(list(KINDS))


@peer.command("choose")
@click.argument("origin")
@click.option("--take-kind", multiple=True, type=KIND, help="A kind of which copies are kept; without it, all kinds.")
@click.option("--take-topic", multiple=True, help="A topic of which copies are kept, with all below it; else all.")
@click.option("--show-kind", multiple=True, type=KIND, help="A kind that is shown of what is kept; else all.")
@click.option("--show-topic", multiple=True, help="A topic that is shown of what is kept, with all below it; else all.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@with_settings
def choose(
    settings: Settings,
    origin: str,
    take_kind: tuple[str, ...],
    take_topic: tuple[str, ...],
    show_kind: tuple[str, ...],
    show_topic: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Choose what is kept and shown here of the hub at ORIGIN; without options, everything."""
    try:
        chosen = Choice(_rule(take_kind, take_topic), _rule(show_kind, show_topic))
        with create_core(settings).app_context():
            effect = choice.preview(origin, chosen)
            if not dry_run:
                choice.change(OPERATOR_CONFIRMED, origin, chosen, datetime.now(UTC))
    except BadChoice as error:
        raise click.ClickException(f"Diese Auswahl gibt es nicht. {error}") from error
    except UnknownHub as error:
        raise click.ClickException(f"{origin} ist hier kein bekannter Hub.") from error
    click.echo(f"Gespeichert: {in_words(chosen.taken)}. Gezeigt: {in_words(chosen.shown)}.")
    for line in told(effect):
        click.echo(line)
    click.echo("Nichts geändert." if dry_run else "Das gilt ab jetzt; was schon hier ist, passt der worker an.")


def in_words(rule: Rule) -> str:
    """``project, event zu Mobilität``."""
    kinds = "alle Arten" if rule.kinds is None else ", ".join(kind for kind in KINDS if kind in rule.kinds)
    if rule.topics is None:
        return kinds
    return f"{kinds} zu {', '.join(sorted(map(vocabulary.label, rule.topics)))}"


def told(effect: Effect) -> list[str]:
    """The effect, a line for each kind and one for all."""
    if effect.nothing:
        return ["An dem, was jetzt hier ist, ändert sich nichts."]
    return [*(f"{one.kind}: {_counts(one)}" for one in effect.kinds), f"zusammen: {_counts(effect.total)}"]


def _counts(one: KindEffect) -> str:
    fetched = str(one.fetched + one.fetched_perhaps)
    if one.fetched_perhaps:
        fetched = f"höchstens {fetched}"
    shown = f"gezeigt {one.shown_after} statt {one.shown}"
    return f"{one.kept} hier, {one.stay} bleiben, {one.removed} werden gelöscht, {fetched} geholt; davon {shown}"


def _rule(kinds: tuple[str, ...], topics: tuple[str, ...]) -> Rule:
    return choosing.rule(kinds or None, topics or None)
