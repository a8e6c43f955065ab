"""Questions to experts and about projects: asking, the inbox of the hub, and one page for each thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from federation.signin import host_part
from hubnode.network import question_views, questions
from hubnode.network.letters import LIFE, NoWay
from hubnode.network.node import current_node
from hubnode.network.question_views import Message, Thread
from hubnode.network.questions import TooManyQuestions, Unwritable
from hubnode.records import reading
from hubnode.records.errors import Forbidden, NotFound
from hubnode.records.kinds import BY_SLUG, KINDS
from hubnode.records.kinds.text import BLANK
from hubnode.records.reading import RecordView
from hubnode.web import errors, filters
from hubnode.web.context import current_viewer, hub_at, hub_name, hub_settings, network_hubs
from hubnode.web.editing import typed_again

blueprint = Blueprint("questions", __name__, url_prefix="/fragen")
SLUGS = ",".join(kind.slug for kind in KINDS.values() if kind.name in questions.ASKABLE)
Answer = Response | str | tuple[str, int] | tuple[str, int, dict[str, str]]
STANDINGS: Mapping[str, tuple[str, str, LazyString]] = {
    "open": ("warn", "schedule", _l("Offen")),
    "waiting": ("warn", "schedule", _l("Unterwegs")),
    "delivered": ("ok", "check_circle", _l("Zugestellt")),
    "undelivered": ("down", "error", _l("Nicht zugestellt")),
    "answered": ("ok", "check_circle", _l("Beantwortet")),
    "closed": ("", "close", _l("Abgeschlossen")),
}
"""How the standing of a thread or a message is shown: colour, icon, words."""
REASONS: Mapping[str, LazyString] = {
    "expired": _l("Der andere Hub hat sie in %(days)s Tagen nicht entgegengenommen.", days=LIFE.days),
    "no-such-record": _l("Den Eintrag gibt es beim anderen Hub nicht mehr."),
    "unknown-thread": _l("Der andere Hub hat die Frage inzwischen gelöscht."),
    "unknown-question": _l("Der andere Hub hat die Frage inzwischen gelöscht."),
    "unknown-kind": _l("Der andere Hub kann noch keine Fachfragen annehmen."),
    "full": _l("Der andere Hub nimmt zurzeit nichts mehr an."),
}
"""Why a message did not arrive, by the reason in the answer of the other hub."""
OTHERWISE = _l("Der andere Hub hat die Nachricht nicht angenommen.")
NO_WAY = _l("Dieser Hub gehört zurzeit nicht zum Verbund. Die Nachricht ist nicht abgeschickt.")
LABELS: Mapping[str, LazyString] = {
    "subject": _l("Betreff"),
    "text": _l("Nachricht"),
    "signed_as": _l("Ihre Funktion"),
}
MISSING: Mapping[str, LazyString] = {
    "subject": _l("Geben Sie einen Betreff ein."),
    "text": _l("Schreiben Sie Ihre Nachricht."),
    "signed_as": _l("Geben Sie Ihre Funktion ein, zum Beispiel „Bauamt“."),
}
"""What is said of a field in which nothing stands."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in a form, and what is wrong with it."""

    subject: str = ""
    text: str = ""
    signed_as: str = ""
    errors: Mapping[str, str] | None = None

    @property
    def named(self) -> list[tuple[str, str]]:
        """The errors with the labels of their fields."""
        return [(name, f"{LABELS[name]}: {words}") for name, words in (self.errors or {}).items()]


@blueprint.errorhandler(CSRFError)
def ended(error: CSRFError) -> Answer:
    """The page that hands back what was typed when the form had ended; a mere button is not pressed a second time."""
    return typed_again(error) if "text" in request.form else errors.answer(400, errors.EXPIRED)


@blueprint.get("")
def inbox() -> str:
    """What this person has asked, and for those who coordinate the hub, what it was asked."""
    viewer = current_viewer()
    return render_template(
        "fragen/liste.html",
        mine=question_views.asked_by(viewer),
        received=question_views.to_answer(viewer),
        to_me=question_views.to_me(viewer),
        others=question_views.asked_from_here(viewer),
        unanswered=question_views.unanswered(viewer),
        kept=hub_settings().questions_kept_days,
        **_words(),
    )


@blueprint.get(f"/neu/<any({SLUGS}):slug>/<id>")
@blueprint.get(f"/neu/<any({SLUGS}):slug>/<host>/<id>")
def new(slug: str, id: str, host: str = "") -> str:
    """An empty form for a question about a record; visitors are led home with what their own hub can ask."""
    record = _record(slug, id, host)
    if (home := current_viewer().home) and not record.own:
        return render_template("fragen/zuhause.html", record=record, way=_way_home(home, slug, record), home=home)
    return _form(record, Typed(signed_as=_function()))


@blueprint.post(f"/neu/<any({SLUGS}):slug>/<id>")
@blueprint.post(f"/neu/<any({SLUGS}):slug>/<host>/<id>")
def ask(slug: str, id: str, host: str = "") -> Answer:
    """Ask what was typed."""
    record, typed = _record(slug, id, host), _typed()
    if request.form.get("aktion") == "anzeigen":
        return _form(record, typed)
    now = current_node().clock()
    try:
        written = questions.write(typed.text, typed.signed_as, typed.subject)
        made = questions.ask(current_viewer(), record, written, now)
    except Unwritable as refusal:
        return _form(record, _with_errors(typed, refusal)), 422
    except NoWay:
        return _form(record, typed, note=str(NO_WAY)), 409
    except TooManyQuestions as refusal:
        return _form(record, typed, note=_enough(refusal)), 429, _retry(refusal)
    flash(_asked(record), "success")
    return redirect(url_for("questions.thread", id=made), 303)


@blueprint.get("/<id>")
def thread(id: str) -> str:
    """One thread."""
    return _thread(question_views.thread(current_viewer(), id))


@blueprint.post("/<id>")
def reply(id: str) -> Answer:
    """Write into a thread."""
    seen, typed = question_views.thread(current_viewer(), id), _typed()
    if request.form.get("aktion") == "anzeigen":
        return _thread(seen, typed)
    try:
        written = questions.write(typed.text, typed.signed_as)
        questions.reply(current_viewer(), id, written, current_node().clock())
    except Unwritable as refusal:
        return _thread(seen, _with_errors(typed, refusal)), 422
    except NoWay:
        return _thread(seen, typed, note=str(NO_WAY)), 409
    except TooManyQuestions as refusal:
        return _thread(seen, typed, note=_enough(refusal)), 429, _retry(refusal)
    flash(_("Ihre Nachricht ist gespeichert."), "success")
    return redirect(url_for("questions.thread", id=id), 303)


@blueprint.post("/<id>/schliessen")
def close(id: str) -> Response:
    """End a thread."""
    questions.close(current_viewer(), id, current_node().clock())
    flash(_("Die Frage ist abgeschlossen."), "success")
    return redirect(url_for("questions.thread", id=id), 303)


@blueprint.get("/<id>/loeschen")
def ask_delete(id: str) -> str:
    """Ask before a thread is deleted."""
    seen = question_views.thread(current_viewer(), id)
    if not seen.looked_after:
        raise Forbidden(id)
    return render_template("fragen/loeschen.html", thread=seen, **_words())


@blueprint.post("/<id>/loeschen")
def delete(id: str) -> Response:
    """Delete a thread here, and ask the other hub to do the same."""
    if questions.delete(current_viewer(), id, current_node().clock()):
        flash(_("Die Frage ist gelöscht."), "success")
    else:
        flash(_("Hier gelöscht. Der andere Hub gehört nicht mehr zum Verbund und weiß es nicht."), "warning")
    return redirect(url_for("questions.inbox"), 303)


def _record(slug: str, id: str, host: str) -> RecordView:
    origin = next((hub.origin for hub in network_hubs() if hub.host == host and not hub.here), None)
    if host and origin is None:
        raise NotFound(id)
    return reading.get(current_viewer(), BY_SLUG[slug].name, id, origin)


def _way_home(home: str, slug: str, record: RecordView) -> str:
    """Where a visitor's own hub takes the same question."""
    host = "" if record.origin == home else f"/{host_part(record.origin)}"
    return f"{home}{url_for('questions.inbox')}/neu/{slug}{host}/{record.id}"


def _typed() -> Typed:
    given = request.form
    return Typed(given.get("subject", ""), given.get("text", ""), given.get("signed_as", ""))


def _with_errors(typed: Typed, refusal: Unwritable) -> Typed:
    found = {
        name: str(MISSING[name] if refusal.flaws[name] is BLANK else refusal.flaws[name].words)
        for name in LABELS
        if name in refusal.flaws
    }
    return Typed(typed.subject, typed.text, typed.signed_as, found)


def _function() -> str:
    """In which function somebody writes who has not said so yet."""
    return str(_("Koordination")) if current_viewer().may_publish else ""


def _asked(record: RecordView) -> str:
    if record.own:
        return str(_("Ihre Frage liegt jetzt bei der Koordination dieses Hubs."))
    return str(_("Ihre Frage ist unterwegs zum Hub %(place)s.", place=hub_name(record.origin)))


def _enough(refusal: TooManyQuestions) -> str:
    words = _(
        "Sie haben in der letzten Stunde %(n)s Fragen gestellt. Die nächste geht ab %(time)s."
        " Ihr Text steht noch unten, es ist nichts abgeschickt.",
        n=questions.AN_HOUR,
        time=filters.clock(refusal.until),
    )
    return str(words)


def _retry(refusal: TooManyQuestions) -> dict[str, str]:
    return {"Retry-After": str(max(1, ceil((refusal.until - current_node().clock()).total_seconds())))}


def _form(record: RecordView, typed: Typed, note: str = "") -> str:
    return render_template(
        "fragen/neu.html", record=record, typed=typed, note=note, home=hub_at(record.origin), limits=questions,
        days=LIFE.days, **_words(),
    )  # fmt: skip


def _thread(seen: Thread, typed: Typed | None = None, note: str = "") -> str:
    viewer = current_viewer()
    record = reading.by_uri(viewer, seen.record)
    function = _signing(seen, record)
    return render_template(
        "fragen/frage.html",
        thread=seen,
        record=record,
        typed=typed or Typed(signed_as=function),
        note=note,
        limits=questions,
        **_words(),
    )


def _signing(seen: Thread, record: RecordView | None) -> str:
    """In which function somebody writes on: as before, or that of the own profile."""
    last = next((one for one in reversed(seen.messages) if one.by_asker == seen.mine), None)
    if last is not None and (seen.mine or not current_viewer().may_publish):
        return last.signed_as
    if record is None or current_viewer().may_publish or not seen.may_answer:
        return _function()
    return filters.plain(record.fields.get("function"))[: questions.SIGNED_AS]


def _words() -> dict[str, object]:
    """What the templates say of standings and reasons."""
    return {"standings": STANDINGS, "labels": LABELS, "why": _why, "message_standing": _message_standing}


def _why(message: Message) -> str:
    return str(REASONS.get(message.reason or "", OTHERWISE))


def _message_standing(message: Message) -> tuple[str, str, LazyString] | None:
    """How a message that went to another hub is doing; None for every other."""
    return STANDINGS[message.state] if message.sent else None
