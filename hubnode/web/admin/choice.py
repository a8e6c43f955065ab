"""The pages on which administrators choose what this hub takes and shows of another: first the effect, then the act."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import flask_babel
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from hubnode.network import choice
from hubnode.network.choice import Effect
from hubnode.network.node import current_node
from hubnode.network.peers import HubView
from hubnode.records import choosing, vocabulary
from hubnode.records.choosing import BadChoice, Choice, Rule
from hubnode.records.kinds import KINDS
from hubnode.web.admin import desk
from hubnode.web.context import network_hubs, topic_name

_: Callable[..., str] = flask_babel.gettext
ngettext: Callable[..., str] = flask_babel.ngettext
blueprint = Blueprint("admin_choice", __name__, url_prefix="/verwaltung/hubs/<host>/auswahl")
Answer = Response | str | tuple[str, int]
SOME, ALL_OF_THEM = "einige", "alle"
"""What the buttons above the topics say."""
FEW = _l("Wählen Sie mindestens ein Thema oder „Alle Themen“.")


@dataclass(frozen=True, slots=True)
class Part:
    """One half of the form: what is taken, or what of it is shown."""

    prefix: str
    title: str
    hint: str
    rule: Rule
    some_topics: bool
    error: str = ""

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds with a tick."""
        return frozenset(KINDS) if self.rule.kinds is None else self.rule.kinds

    @property
    def topics(self) -> frozenset[str]:
        """The topics with a tick."""
        return self.rule.topics or frozenset()


@dataclass(frozen=True, slots=True)
class Branch:
    """One topic of the vocabulary with those directly below it."""

    topic: str
    below: Sequence[Branch]


@blueprint.get("")
def form(host: str) -> str:
    """What holds now, or what was just looked at, as a form; and how far the present choice has been carried out."""
    hub = _hub(host)
    return _form(hub, _typed(request.args) if request.args else _parts(choice.of(hub.origin)))


@blueprint.get("/vorschau")
def preview(host: str) -> Answer:
    """What the choice in the form would do; nothing is written."""
    hub, parts = _hub(host), _typed(request.args)
    if any(part.error for part in parts):
        return _form(hub, parts), 422
    return _effect(hub, _chosen(parts))


@blueprint.post("")
def change(host: str) -> Answer:
    """Let the choice hold, with the password entered again; the rest follows in the background."""
    hub, parts = _hub(host), _typed(request.form)
    if any(part.error for part in parts):
        return _form(hub, parts), 422
    chosen = _chosen(parts)
    try:
        proof = desk.confirmed()
    except desk.NotConfirmed as refusal:
        return _effect(hub, chosen, refusal.words), refusal.status
    choice.change(proof, hub.origin, chosen, current_node().clock())
    flash(_("Die Auswahl gilt ab jetzt. Was schon hier ist, wird im Hintergrund angepasst."))
    return redirect(url_for("admin_choice.form", host=host), 303)


def in_words(rule: Rule) -> str:
    """A rule as a person would say it: ``Projekte und Termine zu Mobilität (mit Unterthemen)``."""
    kinds = _("alle Arten") if rule.kinds is None else _joined([str(KINDS[kind].plural) for kind in _in_order(rule)])
    if rule.topics is None:
        return kinds or _("nichts")
    topics = _joined(sorted(topic_name(topic) for topic in rule.topics))
    return _("%(kinds)s zu %(topics)s (mit Unterthemen)", kinds=kinds, topics=topics) if kinds else _("nichts")


def tree() -> list[Branch]:
    """The vocabulary as it is offered: each top with what is below it."""
    return [_branch(topic) for topic in vocabulary.TOP]


def _branch(topic: str) -> Branch:
    concepts = vocabulary.shared().concepts.values()
    below = (one.id for one in concepts if one.broader == topic and one.replaced_by is None)
    return Branch(topic, [_branch(one) for one in below])


def _in_order(rule: Rule) -> list[str]:
    return [kind for kind in KINDS if rule.kinds is None or kind in rule.kinds]


def _joined(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s und %(last)s", first=", ".join(words[:-1]), last=words[-1])


def _hub(host: str) -> HubView:
    hub = next((hub for hub in network_hubs() if hub.host == host and not hub.here), None)
    return hub or abort(404)


def _parts(chosen: Choice) -> tuple[Part, Part]:
    halves = (("speichern", chosen.taken), ("zeigen", chosen.shown))
    taken, shown = (_part(prefix, rule, some=rule.topics is not None) for prefix, rule in halves)
    return taken, shown


def _part(prefix: str, rule: Rule, *, some: bool, error: str = "") -> Part:
    titles = {"speichern": _("Was wird hier gespeichert?"), "zeigen": _("Was davon wird gezeigt?")}
    hints = {
        "speichern": _("Nur davon liegt eine Kopie auf diesem Knoten."),
        "zeigen": _("Das Übrige bleibt gespeichert, erscheint aber in keiner Liste, keiner Suche und keinem Feed."),
    }
    return Part(prefix, titles[prefix], hints[prefix], rule, some, error)


def _typed(given: MultiDict[str, str]) -> tuple[Part, Part]:
    """The form as it was filled in; what can't be meant has an error."""
    return _typed_part(given, "speichern"), _typed_part(given, "zeigen")


def _typed_part(given: MultiDict[str, str], prefix: str) -> Part:
    kinds, topics = given.getlist(f"{prefix}-art"), given.getlist(f"{prefix}-thema")
    some = given.get(f"{prefix}-themen") == SOME
    if some and not topics:
        return _part(prefix, _rule(kinds, None), some=True, error=str(FEW))
    return _part(prefix, _rule(kinds, topics if some else None), some=some)


def _rule(kinds: Sequence[str], topics: Sequence[str] | None) -> Rule:
    """The rule of these ticks; with all kinds ticked, kinds of later versions pass too."""
    try:
        return choosing.rule(None if set(kinds) >= set(KINDS) else kinds, topics)
    except BadChoice:
        abort(400)


def _ticks(parts: tuple[Part, Part]) -> dict[str, list[str]]:
    """What the form sends for this choice."""
    given: dict[str, list[str]] = {}
    for part in parts:
        given[f"{part.prefix}-art"] = sorted(part.kinds)
        given[f"{part.prefix}-themen"] = [SOME if part.some_topics else ALL_OF_THEM]
        given[f"{part.prefix}-thema"] = sorted(part.topics)
    return given


def _chosen(parts: tuple[Part, Part]) -> Choice:
    return Choice(parts[0].rule, parts[1].rule)


def _form(hub: HubView, parts: tuple[Part, Part]) -> str:
    done = choice.history(hub.origin)
    return render_template(
        "verwaltung/auswahl.html",
        hub=hub,
        parts=parts,
        tree=tree(),
        done=done,
        current=done[0] if done and done[0].done_at is None else None,
        in_words=in_words,
        some=SOME,
        all_of_them=ALL_OF_THEM,
    )


def _effect(hub: HubView, chosen: Choice, error: str = "") -> str:
    effect = choice.preview(hub.origin, chosen)
    return render_template(
        "verwaltung/auswahl_vorschau.html",
        hub=hub,
        chosen=chosen,
        ticks=_ticks(_parts(chosen)),
        effect=effect,
        sentences=_sentences(effect),
        error=error,
        in_words=in_words,
    )


def _sentences(effect: Effect) -> list[str]:
    """The effect in a few sentences, most important first."""
    total = effect.total
    if effect.nothing:
        return [_("An dem, was jetzt hier ist, ändert sich nichts.")]
    said = ngettext(
        "Von %(kept)d hier gespeicherten Datensätzen bleibt %(num)d.",
        "Von %(kept)d hier gespeicherten Datensätzen bleiben %(num)d.",
        total.stay,
        kept=total.kept,
    )
    removed = [_removed(effect)] if total.removed else []
    shown = _("Gezeigt werden davon %(after)d statt bisher %(before)d.", after=total.shown_after, before=total.shown)
    return [said, *removed, *_fetched(effect), shown]


def _fetched(effect: Effect) -> list[str]:
    sure, perhaps = effect.total.fetched, effect.total.fetched_perhaps
    said = [ngettext("%(num)d Text wird geholt.", "%(num)d Texte werden geholt.", sure)] if sure else []
    if not perhaps:
        return said
    return [
        *said,
        ngettext(
            "%(num)d Text wird abgefragt und behalten, wenn er zu den Themen gehört.",
            "%(num)d Texte werden abgefragt und behalten, wenn sie zu den Themen gehören.",
            perhaps,
        ),
    ]


def _removed(effect: Effect) -> str:
    by_kind = [f"{one.removed} {_plural(one.kind)}" for one in effect.kinds if one.removed]
    return ngettext(
        "%(num)d Text wird hier gelöscht: %(kinds)s.",
        "%(num)d Texte werden hier gelöscht: %(kinds)s.",
        effect.total.removed,
        kinds=", ".join(by_kind),
    )


def _plural(kind: str) -> str:
    return str(KINDS[kind].plural) if kind in KINDS else kind
