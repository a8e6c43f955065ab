"""The pages on which administrators invite people, give them roles, and end what must end."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import flask_babel
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response

from hubnode.mail import outbox
from hubnode.network.node import current_node
from hubnode.people import accounts, administering, enrolling, invitations, recovering
from hubnode.people.confirming import Confirmed
from hubnode.people.errors import BadAccount, EndedLink, LastAdministrator, UnknownAccount
from hubnode.people.viewer import ROLES
from hubnode.web.admin import desk
from hubnode.web.context import current_viewer, hub_settings
from hubnode.web.wrong import Wrong

_: Callable[..., str] = flask_babel.gettext
blueprint = Blueprint("admin_people", __name__, url_prefix="/verwaltung/personen")
Answer = Response | tuple[str, int]
MAY: Mapping[str, LazyString] = {
    "admin": _l("verwaltet den Hub: Personen, andere Hubs, Schlüssel; darf auch alles Übrige"),
    "coordinator": _l("veröffentlicht, zieht zurück, löscht und beantwortet Fachfragen"),
    "editor": _l("schreibt Entwürfe und übergibt sie der Koordination"),
    "staff": _l("liest, was für Beschäftigte bestimmt ist, und stellt Fachfragen"),
    "expert": _l("liest, was für den Verbund bestimmt ist, und pflegt das eigene Profil"),
    "partner": _l("keine Seiten des Hubs, nur Zugänge für Programme"),
}
"""What each role may do, in half a sentence."""
REFUSED: Mapping[str, LazyString] = {
    "email": _l("Das ist keine E-Mail-Adresse. Prüfen Sie sie, zum Beispiel name@amt.example."),
    "taken": _l("Zu dieser Adresse gibt es schon ein Konto. Sie finden es in der Liste."),
    "role": _l("Wählen Sie eine Rolle."),
    "language": _l("Wählen Sie eine Sprache."),
}
FIELDS = {"email": "adresse", "taken": "adresse", "role": "rolle", "language": "sprache"}
LAST = _l("Das ist die letzte Person mit der Rolle Verwaltung. Geben Sie die Rolle zuerst noch jemandem.")
GONE = _l("Diese Einladung ist inzwischen angenommen oder zurückgezogen.")


@blueprint.get("")
def overview() -> str:
    """Everybody with an account, open invitations, and the form to invite."""
    return _overview()


@blueprint.post("/einladen")
def invite() -> Answer:
    """Invite somebody by mail."""
    form = request.form
    try:
        proof, now = desk.confirmed(), current_node().clock()
        invitations.invite(proof, form.get("adresse", ""), form.get("rolle", ""), form.get("sprache", ""), now)
    except desk.NotConfirmed as refusal:
        return _overview(wrong=Wrong("passwort-einladen", refusal.words)), refusal.status
    except BadAccount as refusal:
        return _overview(wrong=Wrong(FIELDS[refusal.code], str(REFUSED[refusal.code]))), 422
    flash(_("Die Einladung ist unterwegs. Der Link darin gilt %(days)s Tage.", days=invitations.LIFE.days), "success")
    return redirect(url_for("admin_people.overview"), 303)


@blueprint.post("/einladungen/<int:number>/<any(erneut,zurueckziehen):deed>")
def invitation(number: int, deed: str) -> Answer:
    """Send an invitation once more, or withdraw it."""
    try:
        proof, now = desk.confirmed(), current_node().clock()
        (invitations.again if deed == "erneut" else invitations.withdraw)(proof, number, now)
    except desk.NotConfirmed as refusal:
        return _overview(wrong=Wrong(f"passwort-einladung-{number}", refusal.words)), refusal.status
    except (EndedLink, BadAccount):
        return _overview(wrong=Wrong("einladungen", str(GONE))), 409
    again = _("Die Einladung ist noch einmal unterwegs, mit einem neuen Link.")
    flash(again if deed == "erneut" else _("Die Einladung ist zurückgezogen."), "success")
    return redirect(url_for("admin_people.overview"), 303)


@blueprint.get("/<int:number>")
def person(number: int) -> str:
    """One person, and what can be done about the account."""
    return _person(number)


@blueprint.post("/<int:number>/<any(rolle,sperren,entsperren,abmelden,passwort,faktoren):deed>")
def change(number: int, deed: str) -> Answer:
    """Do it, once the administrator has confirmed."""
    try:
        said = DEEDS[deed](desk.confirmed(), number)
    except desk.NotConfirmed as refusal:
        return _person(number, wrong=Wrong(f"passwort-{deed}", refusal.words)), refusal.status
    except BadAccount:
        return _person(number, wrong=Wrong("rolle", str(REFUSED["role"]))), 422
    except LastAdministrator:
        return _person(number, wrong=Wrong(deed, str(LAST))), 409
    except UnknownAccount:
        abort(404)
    flash(said, "success")
    own = number == current_viewer().account_id and deed in ("rolle", "sperren", "abmelden", "faktoren")
    return redirect(url_for("account.sign_in") if own else url_for("admin_people.person", number=number), 303)


def _role(proof: Confirmed, number: int) -> str:
    administering.set_role(proof, number, request.form.get("rolle", ""), current_node().clock())
    return _("Die Rolle ist geändert. Die Person meldet sich damit neu an.")


def _lock(proof: Confirmed, number: int) -> str:
    administering.deactivate(proof, number, current_node().clock())
    return _("Das Konto ist gesperrt, alle Anmeldungen sind beendet.")


def _unlock(proof: Confirmed, number: int) -> str:
    administering.reactivate(proof, number, current_node().clock())
    return _("Das Konto ist entsperrt.")


def _sign_out(proof: Confirmed, number: int) -> str:
    administering.end_sessions(proof, number, current_node().clock())
    return _("Alle Anmeldungen dieser Person sind beendet.")


def _forget_factors(proof: Confirmed, number: int) -> str:
    enrolling.forget_all(proof, number, current_node().clock())
    return _("Die zweiten Faktoren sind entfernt, alle Anmeldungen dieser Person sind beendet.")


def _reset(proof: Confirmed, number: int) -> str:
    recovering.send(proof, number, current_node().clock())
    return _("Ein Link zum Wählen eines neuen Passworts ist unterwegs. Das bisherige gilt, bis er benutzt wird.")


DEEDS: Mapping[str, Callable[[Confirmed, int], str]] = {
    "rolle": _role,
    "sperren": _lock,
    "entsperren": _unlock,
    "abmelden": _sign_out,
    "passwort": _reset,
    "faktoren": _forget_factors,
}
"""What the buttons of a person's page do."""


def _overview(*, wrong: Wrong | None = None) -> str:
    settings = hub_settings()
    return render_template(
        "verwaltung/personen.html",
        people=accounts.everybody(),
        invitations=invitations.waiting(),
        roles=ROLES,
        may=MAY,
        at=current_node().clock(),
        typed=request.form,
        wrong=wrong,
        unsent=outbox.given_up(),
        no_server=not settings.smtp_host and not settings.shows_letters,
    )


def _person(number: int, *, wrong: Wrong | None = None) -> str:
    try:
        shown = accounts.by_id(number)
    except UnknownAccount:
        abort(404)
    return render_template(
        "verwaltung/person.html", person=shown, roles=ROLES, may=MAY, wrong=wrong, enrolled=enrolling.of(number)
    )
