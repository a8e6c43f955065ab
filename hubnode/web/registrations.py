"""Registration for events: the form, what somebody has registered for, and the list of those who hold the event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response

from federation.signin import host_part
from hubnode.network.letters import NoWay
from hubnode.network.node import current_node
from hubnode.network.taking_part import registering, views
from hubnode.network.taking_part.occasions import OPEN
from hubnode.network.taking_part.registering import TooManyRegistrations, Unwritable
from hubnode.network.taking_part.seats import NotTaken
from hubnode.network.taking_part.views import Choice, Own
from hubnode.records import reading
from hubnode.records.errors import NotFound
from hubnode.records.kinds.text import BLANK
from hubnode.records.reading import RecordView
from hubnode.web.context import current_viewer, hub_name, hub_settings, network_hubs

blueprint = Blueprint("registrations", __name__, url_prefix="/anmeldungen")
Answer = Response | str | tuple[str, int]
STANDINGS: Mapping[str, tuple[str, str, LazyString]] = {
    "sent": ("warn", "schedule", _l("Anmeldung unterwegs")),
    "confirmed": ("ok", "check_circle", _l("Sie sind angemeldet")),
    "waiting": ("warn", "schedule", _l("Warteliste")),
    "refused": ("down", "error", _l("Nicht angemeldet")),
    "cancelled": ("", "close", _l("Abgemeldet")),
    "called_off": ("down", "error", _l("Abgesagt")),
}
"""How the standing of a registration is shown: colour, icon, words."""
REASONS: Mapping[str, LazyString] = {
    "closed": _l("Die Anmeldung ist geschlossen."),
    "full": _l("Alle Plätze sind vergeben, und auch die Warteliste ist voll."),
    "called-off": _l("Der Termin ist abgesagt."),
    "no-such-date": _l("An diesem Tag findet der Termin nicht statt. Wählen Sie bitte einen anderen."),
    "no-such-event": _l("Zu diesem Termin kann man sich nicht mehr anmelden."),
    "too-many": _l("Sie haben sich hier sehr oft an- und abgemeldet. Bitte wenden Sie sich an den Hub."),
    "expired": _l("Der Hub des Termins hat die Anmeldung nicht rechtzeitig entgegengenommen."),
    "unknown-kind": _l("Der Hub des Termins kann noch keine Anmeldungen von anderen Hubs annehmen."),
}
"""Why somebody is not registered."""
OTHERWISE = _l("Der Hub des Termins hat die Anmeldung nicht angenommen.")
NO_WAY = _l("Dieser Hub gehört zurzeit nicht zum Verbund. Sie sind nicht angemeldet.")
ENOUGH = _l("Das sind sehr viele Anmeldungen auf einmal. Bitte versuchen Sie es später noch einmal.")
LABELS: Mapping[str, LazyString] = {"name": _l("Ihr Name"), "note": _l("Was brauchen Sie, um teilzunehmen?")}


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form, and what is wrong with it."""

    date: str = ""
    name: str = ""
    note: str = ""
    errors: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """What an event's page says about registration."""

    own: Sequence[Own]
    choices: Sequence[Choice]
    way: str
    """Where one registers."""
    sheet: str
    """Where those who hold it see who comes; empty for everybody else."""


@blueprint.get("")
def overview() -> str:
    """What somebody has registered for."""
    found = views.mine(current_viewer(), current_node().clock())
    return render_template("anmeldung/liste.html", found=found, days=hub_settings().registrations_kept_days)


@blueprint.get("/termine/<id>")
@blueprint.get("/termine/<host>/<id>")
def form(id: str, host: str = "") -> str:
    """The form; visitors are led home for what their own hub can register for."""
    event, viewer = _event(id, host), current_viewer()
    if viewer.home is not None and not event.own:
        return render_template(
            "anmeldung/zuhause.html", record=event, home=viewer.home, way=_way_home(viewer.home, event)
        )
    return _form(event, Typed(name=viewer.name or ""))


@blueprint.post("/termine/<id>")
@blueprint.post("/termine/<host>/<id>")
def register(id: str, host: str = "") -> Answer:
    """Register as was typed."""
    event, given = _event(id, host), request.form
    typed = Typed(given.get("date", ""), given.get("name", ""), given.get("note", ""))
    try:
        said = registering.say(typed.name, typed.note)
        row = registering.register(current_viewer(), event, typed.date, said, current_node().clock())
    except Unwritable as refusal:
        return _form(event, _with_errors(typed, refusal)), 422
    except NotTaken as refusal:
        return _form(event, typed, note=str(REASONS[refusal.reason])), 409
    except NoWay:
        return _form(event, typed, note=str(NO_WAY)), 409
    except TooManyRegistrations:
        return _form(event, typed, note=str(ENOUGH)), 429
    flash(_said(row.state, row.position, event), "success" if row.state == "confirmed" else "info")
    return redirect(event.path, 303)


@blueprint.get("/<id>/absagen")
def ask_cancel(id: str) -> str:
    """Ask before a seat is given back."""
    return render_template("anmeldung/absagen.html", one=views.one(current_viewer(), id, current_node().clock()))


@blueprint.post("/<id>/absagen")
def cancel(id: str) -> Response:
    """Give a seat back."""
    try:
        registering.cancel(current_viewer(), id, current_node().clock())
        flash(_("Sie sind abgemeldet."), "success")
    except NotTaken:
        flash(_("Der Termin hat schon begonnen, Abmelden geht nicht mehr."), "warning")
    return redirect(url_for("registrations.overview"), 303)


@blueprint.get("/liste/<id>")
def sheet(id: str) -> str:
    """Who comes to an event of this hub."""
    event, sheets = views.sheets(current_viewer(), id)
    return render_template(
        "anmeldung/teilnehmende.html", record=event, sheets=sheets, days=hub_settings().registrations_kept_days
    )


@blueprint.post("/liste/<id>/liste.csv")
def export(id: str) -> Response:
    """The same as a file; by POST, because it leaves a note."""
    text = views.export(current_viewer(), id, hub_name, current_node().clock())
    answer = Response("\ufeff" + text, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = "attachment; filename=anmeldungen.csv"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/liste/<event>/<id>/absagen")
def call_off(event: str, id: str) -> Response:
    """Take somebody off the list."""
    row = registering.call_off(current_viewer(), event, id, current_node().clock())
    flash(_("Der Platz ist zurückgenommen. Die Person bekommt eine Nachricht."), "success")
    return redirect(url_for("registrations.sheet", id=row.event), 303)


def init_registrations(app: Flask) -> None:
    """Let the pages of events say how registration stands."""
    app.jinja_env.globals.update(registering_for=panel, registration_standing=standing, registration_reason=reason)


def panel(event: RecordView) -> Panel | None:
    """What the page of an event says; None where nobody registers."""
    if event.kind != "event" or event.fields.get("registration") not in OPEN or event.state != "published":
        return None
    viewer, now = current_viewer(), current_node().clock()
    return Panel(
        own=[one for one in views.for_event(viewer, event, now) if one.state != "cancelled"],
        choices=views.choices(event, now),
        way=url_for("registrations.overview") + event.path,
        sheet=url_for("registrations.sheet", id=event.id) if event.own and viewer.may_publish else "",
    )


def standing(one: Own) -> tuple[str, str, str]:
    """How a registration stands: colour, icon, words."""
    colour, icon, words = STANDINGS[one.state]
    if one.state == "waiting" and one.position:
        return colour, icon, str(_("Warteliste Platz %(n)s", n=one.position))
    return colour, icon, str(words)


def reason(one: Own) -> str:
    """Why somebody is not registered; empty where there is nothing to explain."""
    return str(REASONS.get(one.reason or "", OTHERWISE)) if one.state == "refused" else ""


def _event(id: str, host: str) -> RecordView:
    origin = next((hub.origin for hub in network_hubs() if hub.host == host and not hub.here), None)
    if host and origin is None:
        raise NotFound(id)
    event = reading.get(current_viewer(), "event", id, origin)
    if event.fields.get("registration") not in OPEN:
        raise NotFound(id)
    return event


def _way_home(home: str, event: RecordView) -> str:
    """Where a visitor's own hub registers for the same event."""
    host = "" if event.origin == home else f"/{host_part(event.origin)}"
    return f"{home}{url_for('registrations.overview')}/termine{host}/{event.id}"


def _with_errors(typed: Typed, refusal: Unwritable) -> Typed:
    missing = _("Geben Sie Ihren Namen ein.")
    found = {name: missing if flaw is BLANK else str(flaw.words) for name, flaw in refusal.flaws.items()}
    return Typed(typed.date, typed.name, typed.note, found)


def _form(event: RecordView, typed: Typed, note: str = "") -> str:
    return render_template(
        "anmeldung/anmelden.html",
        record=event,
        typed=typed,
        note=note,
        labels=LABELS,
        limits=registering,
        choices=views.choices(event, current_node().clock()),
        mine=views.for_event(current_viewer(), event, current_node().clock()),
        days=hub_settings().registrations_kept_days,
    )


def _said(state: str, position: int | None, event: RecordView) -> str:
    if state == "confirmed":
        return str(_("Sie sind angemeldet. Sie bekommen dazu eine E-Mail."))
    if state == "waiting":
        words = _("Alle Plätze sind vergeben. Sie stehen auf Platz %(n)s der Warteliste.", n=position)
        return str(words)
    return str(_("Ihre Anmeldung ist unterwegs zum Hub %(place)s.", place=hub_name(event.origin)))
