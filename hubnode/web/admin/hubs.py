"""The pages on which administrators take hubs in and part with them: all hubs, requests to join, invitations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import flask_babel
from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response

from federation.errors import BadInvitation, PeerProblem, ProtocolError, Unreachable
from hubnode.db import reading
from hubnode.network import agreements, asking, invitations, joining, joining_rows, lacking, membership, sheet, trouble
from hubnode.network.agreements import Agreement, BadAgreement
from hubnode.network.invitations import CantInvite
from hubnode.network.joining_rows import CantJoin
from hubnode.network.node import current_node
from hubnode.people.confirming import Confirmed
from hubnode.web.admin import desk
from hubnode.web.context import network_hubs

_: Callable[..., str] = flask_babel.gettext
blueprint = Blueprint("admin_hubs", __name__, url_prefix="/verwaltung/hubs")
Answer = Response | tuple[str, int]

WHY_NOT: Mapping[str, LazyString] = {
    "own": _l("Das ist dieser Hub selbst."),
    "member": _l("Dieser Hub ist schon Mitglied."),
    "suspended": _l("Dieser Hub ist hier ausgesetzt. Setzen Sie ihn fort, statt ihn neu aufzunehmen."),
    "other-root": _l("Unter dieser Adresse ist hier ein Hub mit einem anderen Schlüssel bekannt. Rufen Sie dort an."),
    "fingerprint": _l("Der Fingerabdruck stimmt nicht. Es wurde nichts gesendet. Rufen Sie dort an."),
    "version": _l("Dieser Hub spricht eine andere Fassung des Protokolls."),
    "origin": _l("Geben Sie die Adresse so an: https://hub.example, ohne Pfad."),
    "too-many": _l("Es sind schon zu viele offen."),
}
"""By the reasons of `CantJoin` and `CantInvite`."""
BAD_AGREEMENT: Mapping[str, tuple[str, LazyString]] = {
    "reference": ("vereinbarung", _l("Geben Sie an, wie die Vereinbarung heißt und wo sie liegt: 3 bis 200 Zeichen.")),
    "date": ("vereinbart-am", _l("Geben Sie den Tag der Vereinbarung an; er liegt nicht in der Zukunft.")),
    "unknown": ("vereinbarung", _l("Mit diesem Hub ist keine Vereinbarung eingetragen.")),
}
"""By the codes of `BadAgreement`: the field, and what to say."""
BAD_FINGERPRINT = _l("Ein Fingerabdruck hat 13 Gruppen zu je vier Zeichen.")
BAD_INVITATION = _l("Das ist keine vollständige Einladung. Sie beginnt mit apl1: und steht in einer Zeile.")
NOT_INVITED = _l(
    "Der andere Hub nimmt die Anfrage nicht an. Vielleicht ist die Einladung abgelaufen oder schon benutzt."
    " Lassen Sie sich eine neue geben."
)
CHANGED = _l("Das geht nicht mehr: Der Zustand hat sich inzwischen geändert.")
ASKED = {
    "asking": _l("wird gefragt"),
    "waiting": _l("wartet dort auf Zustimmung"),
    "rejected": _l("wurde dort abgelehnt"),
    "failed": _l("ist gescheitert"),
}
"""How a request of this hub stands."""


class Wrong(NamedTuple):
    """What is wrong with a form: at which field of the page, in which words, with which status."""

    field: str
    words: str
    status: int = 422


@blueprint.get("")
def overview() -> str:
    """All hubs, who asks to join, whom this hub has asked, and the forms to invite, to join and to leave."""
    return _overview()


@blueprint.post("/einladen")
def invite() -> Answer:
    """Make an invitation and show it, this once."""
    node = current_node()
    bound = {"origin": request.form.get("adresse", "").strip(), "root": request.form.get("abdruck", "").strip()}
    try:
        text = invitations.invite(desk.confirmed(), node, node.clock(), **bound)
    except (desk.NotConfirmed, CantInvite) as refusal:
        return _refused(_overview, "einladen", refusal)
    page = render_template("verwaltung/einladung.html", invitation=text, bound=bound["origin"])
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/einladungen-zurueckziehen")
def withdraw() -> Answer:
    """Make all open invitations void."""
    done = _("Alle offenen Einladungen sind zurückgezogen.")
    return _act(_overview, "zurueckziehen", lambda proof: invitations.withdraw_all(proof, current_node().clock()), done)


@blueprint.post("/beitreten")
def join() -> Answer:
    """Ask the hub of an invitation to take this one in."""
    node = current_node()
    introduce = request.form.get("alle") == "ja"

    def ask(proof: Confirmed) -> object:
        return asking.join(proof, node, request.form.get("einladung", ""), node.clock(), introduce=introduce)

    done = _("Der Hub ist gefragt. Sobald dort jemand zustimmt, beginnt der Abgleich von selbst.")
    return _act(_overview, "beitreten", ask, done)


@blueprint.post("/verlassen")
def leave() -> Answer:
    """Leave the network for good."""
    node = current_node()

    def go(proof: Confirmed) -> object:
        return membership.leave(proof, node, node.clock(), archive=_archive())

    done = _("Der Abschied steht im Protokoll. Die anderen Hubs lesen ihn, solange dieser Knoten weiterläuft.")
    return _act(_overview, "verlassen", go, done)


@blueprint.get("/anfragen/<int:number>")
def one_request(number: int) -> str:
    """Who asks to join, for an administrator to compare."""
    return _request_page(number)


@blueprint.post("/anfragen/<int:number>")
def decide(number: int) -> Answer:
    """Take the hub in, or turn it down."""
    welcome = request.form.get("aktion") == "aufnehmen"
    done = _("Der Hub ist aufgenommen und wird benachrichtigt.") if welcome else _("Die Anfrage ist abgelehnt.")
    now = current_node().clock()
    _request_page(number)  # 404 where there is no such request
    form = "aufnehmen" if welcome else "ablehnen"

    def decision(proof: Confirmed) -> object:
        return joining.approve(proof, number, now, _agreement()) if welcome else joining.reject(proof, number, now)

    return _act(lambda **more: _request_page(number, **more), form, decision, done)


@blueprint.get("/<host>")
def hub(host: str) -> str:
    """One hub: its facts, and what can be done with its membership."""
    return _hub_page(host)


@blueprint.get("/<host>/vereinbarung")
def joint(host: str) -> str:
    """The sheet of the two hubs as joint controllers, to print."""
    return render_template(
        "verwaltung/vereinbarung.html", sheet=sheet.of(current_node().settings, _hub_at(host).origin)
    )


@blueprint.post("/<host>/<deed>")
def change(host: str, deed: str) -> Answer:
    """Suspend, resume, part with, drop the archive of, or ask the acquaintances of one hub."""
    now, origin = current_node().clock(), _hub_at(host).origin
    deeds: Mapping[str, tuple[Callable[[Confirmed], object], str]] = {
        "aussetzen": (lambda proof: membership.suspend(proof, origin, now), _("Der Hub ist ausgesetzt.")),
        "fortsetzen": (lambda proof: membership.resume(proof, origin, now), _("Der Hub gehört wieder dazu.")),
        "beenden": (
            lambda proof: membership.part(proof, origin, now, archive=_archive()),
            _("Die Mitgliedschaft ist beendet."),
        ),
        "vereinbaren": (lambda proof: _agree(proof, origin), _("Die Vereinbarung ist eingetragen.")),
        "aufkuendigen": (
            lambda proof: agreements.end(proof, origin, now),
            _("Die Vereinbarung ist ausgetragen. Der Hub bekommt nur noch Öffentliches."),
        ),
        "loeschen": (lambda proof: membership.drop(proof, origin, now), _("Das Archiv ist gelöscht.")),
        "fragen": (
            lambda proof: asking.introduce(proof, origin, request.form.getlist("hub"), now),
            _("Die ausgewählten Hubs werden gefragt."),
        ),
    }
    if deed not in deeds:
        abort(404)
    return _act(lambda **more: _hub_page(host, **more), deed, *deeds[deed])


def _act(page: Callable[..., str], form: str, do: Callable[[Confirmed], object], done: str) -> Answer:
    """Do it with the password entered again and go back to the page with `done`; else the page says what is wrong."""
    try:
        do(desk.confirmed())
    except (desk.NotConfirmed, BadAgreement, CantJoin, membership.NotPossible, ProtocolError) as refusal:
        return _refused(page, form, refusal)
    flash(done)
    return redirect(request.path.rsplit("/", 1)[0] if _stays(form) else url_for("admin_hubs.overview"), 303)


def _stays(form: str) -> bool:
    """Whether the page of the hub is still the place to go on."""
    return form in ("aussetzen", "fortsetzen", "beenden", "loeschen", "fragen", "vereinbaren", "aufkuendigen")


def _refused(page: Callable[..., str], form: str, refusal: Exception) -> tuple[str, int]:
    wrong = _wrong(form, refusal)
    return page(wrong=wrong, form=form, typed=request.form), wrong.status


def _wrong(form: str, refusal: Exception) -> Wrong:
    """At which field what is to be said about a refusal."""
    password = f"passwort-{form}"
    if isinstance(refusal, desk.NotConfirmed):
        return Wrong(password, refusal.words, refusal.status)
    if isinstance(refusal, CantInvite):
        words = BAD_FINGERPRINT if refusal.reason == "fingerprint" else WHY_NOT[refusal.reason]
        field = {"fingerprint": "abdruck", "too-many": password}.get(refusal.reason, "adresse")
        return Wrong(field, str(words))
    if isinstance(refusal, BadAgreement):
        field, said = BAD_AGREEMENT[refusal.code]
        return Wrong(field, str(said))
    if isinstance(refusal, BadInvitation):
        return Wrong("einladung", str(BAD_INVITATION))
    if isinstance(refusal, membership.NotPossible) or getattr(refusal, "reason", "") == "unknown":
        return Wrong(password, str(CHANGED), 409)
    if isinstance(refusal, CantJoin):
        return Wrong("einladung", str(WHY_NOT[refusal.reason]))
    return Wrong("einladung", _answered(refusal))


def _answered(refusal: Exception) -> str:
    """What the other hub, or the way to it, has said."""
    if isinstance(refusal, Unreachable):
        return str(trouble.named(f"unreachable:{refusal.reason}").what)
    if isinstance(refusal, PeerProblem):
        if refusal.problem_type == "not-invited":
            return str(NOT_INVITED)
        return _("Der andere Hub antwortet: %(words)s", words=refusal.detail)
    return str(trouble.OTHERWISE_UNUSABLE.what)


def _overview(**more: Any) -> str:
    now = current_node().clock()
    return render_template(
        "verwaltung/hubs.html",
        others=[one for one in network_hubs() if not one.here],
        requests=joining_rows.requests(),
        own_requests=joining_rows.requests("out", tuple(ASKED)),
        asked=ASKED,
        invitations=invitations.open_ones(now),
        leaving=membership.leaving(reading()),
        fingerprint=current_node().identity.fingerprint,
        **_form(more),
    )


def _request_page(number: int, **more: Any) -> str:
    try:
        asked = joining.request(number)
    except CantJoin:
        abort(404)
    return render_template("verwaltung/anfrage.html", asked=asked, **_form(more))


def _hub_page(host: str, **more: Any) -> str:
    shown = _hub_at(host)
    effect = membership.preview(reading(), shown.origin)
    through = asking.known_through(shown.origin) if shown.state not in ("suspended", "left") else []
    return render_template(
        "verwaltung/hub.html",
        hub=shown,
        effect=effect,
        through=through,
        sheet=sheet.of(current_node().settings, shown.origin),
        lacking=lacking.count(shown.origin),
        **_form(more),
    )


def _agreement() -> Agreement | None:
    """The agreement that the form names, if it names one; raises `BadAgreement`."""
    reference, day = request.form.get("vereinbarung", "").strip(), request.form.get("vereinbart-am", "").strip()
    return agreements.checked(reference, day, current_node().clock()) if reference or day else None


def _agree(proof: Confirmed, origin: str) -> None:
    made = _agreement()
    if made is None:
        raise BadAgreement("reference", "no agreement was named")
    agreements.enter(proof, origin, made, current_node().clock())


def _form(more: Mapping[str, Any]) -> dict[str, Any]:
    return {"wrong": None, "form": "", "typed": {}, **more}


def _hub_at(host: str) -> Any:
    found = next((one for one in network_hubs() if one.host == host and not one.here), None)
    if found is None:
        abort(404)
    return found


def _archive() -> membership.Archive:
    return "drop" if request.form.get("archiv") == "drop" else "keep"
