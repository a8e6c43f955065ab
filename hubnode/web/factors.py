"""The page on which people get and give up second factors: app, passkeys, recovery codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response as Answer

from hubnode.network.node import utcnow
from hubnode.people import confirming, enrolling, passkeys, sessions
from hubnode.people.confirming import Oneself
from hubnode.people.errors import LastFactor, NothingOffered, WrongCode, WrongPasskey
from hubnode.web import confirmation, enrolment
from hubnode.web.confirmation import WRONG_PASSKEY, NotConfirmed, options, refused_options, site
from hubnode.web.context import current_viewer, hub_settings
from hubnode.web.second_step import WRONG_CODE

blueprint = Blueprint("factors", __name__, url_prefix="/konto/zweiter-faktor")
Page = Answer | str | tuple[str, int]
MESSAGES: dict[str, LazyString] = {
    "app": _l("Die App ist eingerichtet."),
    "app-weg": _l("Die App ist entfernt. Ihre Codes gelten nicht mehr."),
    "passkey": _l("Der Passkey ist eingerichtet."),
    "passkey-weg": _l("Der Passkey ist entfernt."),
}
LAST = _l("Ihre Rolle verlangt einen zweiten Faktor. Richten Sie erst einen anderen ein, bevor Sie diesen entfernen.")


class Wrong(NamedTuple):
    """What is wrong with a form: which one, in which words."""

    form: str
    words: str


@blueprint.get("")
def overview() -> str:
    """What one has, and what one could have."""
    return _overview(notice=MESSAGES.get(request.args.get("ok", "")))


@blueprint.post("/app")
def offer() -> Page:
    """Make the secret of a new app, to be scanned."""
    try:
        enrolling.offer_app(confirmation.of_form(), utcnow(), hub_settings().secret_key)
    except NotConfirmed as refusal:
        return _overview(Wrong("app", refusal.words)), refusal.status
    return redirect(url_for("factors.scan"), 303)


@blueprint.get("/app")
def scan() -> Page:
    """The QR code of the new app, and the field for its first code."""
    return _scan_page()


@blueprint.post("/app/code")
def first_code() -> Page:
    """Let the app count from its first code on; whoever confirmed too long ago confirms anew on the overview."""
    at, token = utcnow(), confirmation.own_token()
    proof = confirming.recent(token, at)
    if proof is None:
        return redirect(url_for("factors.overview"), 303)
    try:
        codes = enrolling.confirm_app(proof, request.form.get("code", ""), at, hub_settings().secret_key)
    except WrongCode:
        return _scan_page(error=WRONG_CODE)
    except NothingOffered:
        return redirect(url_for("factors.overview"), 303)
    sessions.shown_too(token, "totp", at)
    return enrolment.codes_page(codes, url_for("factors.overview")) if codes else _done("app")


@blueprint.post("/app/entfernen")
def remove_app() -> Page:
    """Give the app up."""
    demanded, at = hub_settings().second_factor_roles, utcnow()
    return _removed("app-entfernen", lambda proof: enrolling.remove_app(proof, demanded, at), "app-weg")


@blueprint.post("/codes")
def renew_codes() -> Page:
    """Ten new recovery codes in place of the old ones."""
    try:
        codes = enrolling.renew_codes(confirmation.of_form(), utcnow())
    except NotConfirmed as refusal:
        return _overview(Wrong("codes", refusal.words)), refusal.status
    return enrolment.codes_page(codes, url_for("factors.overview")) if codes else abort(404)


@blueprint.post("/passkeys/aufgabe")
def registration() -> Response | tuple[Response, int]:
    """The options with which the browser makes a passkey, for whoever has confirmed."""
    try:
        proof = confirmation.of_form()
    except NotConfirmed as refusal:
        return refused_options(refusal.words, refusal.status)
    return options(passkeys.registration(site(), proof.account_id, utcnow()))


@blueprint.post("/passkeys")
def add_passkey() -> Page:
    """Keep a new passkey."""
    at, token = utcnow(), confirmation.own_token()
    proof = confirming.recent(token, at)
    if proof is None:
        return redirect(url_for("factors.overview"), 303)
    try:
        made = passkeys.made(site(), request.form.get("antwort", ""), proof.account_id, at)
        codes = enrolling.add_passkey(proof, made, request.form.get("name", ""), at)
    except WrongPasskey:
        return _overview(Wrong("passkey", str(WRONG_PASSKEY))), 422
    sessions.shown_too(token, "passkey", at)
    return enrolment.codes_page(codes, url_for("factors.overview")) if codes else _done("passkey")


@blueprint.post("/passkeys/<int:number>/entfernen")
def remove_passkey(number: int) -> Page:
    """Give one of one's own passkeys up."""
    demanded, at = hub_settings().second_factor_roles, utcnow()
    form = f"passkey-{number}"
    return _removed(form, lambda proof: enrolling.remove_passkey(proof, number, demanded, at), "passkey-weg")


@blueprint.post("/bestaetigen")
def challenge() -> Response:
    """The options with which the browser asks for a passkey to confirm something, in whatever form."""
    return options(passkeys.asking(site(), "confirm", _own_id(), utcnow()))


def _removed(form: str, remove: Callable[[Oneself], bool], done: str) -> Page:
    try:
        gone = remove(confirmation.of_form())
    except NotConfirmed as refusal:
        return _overview(Wrong(form, refusal.words)), refusal.status
    except LastFactor:
        return _overview(Wrong(form, str(LAST))), 409
    return _done(done) if gone else abort(404)


def _done(key: str) -> Answer:
    return redirect(url_for("factors.overview", ok=key), 303)


def _own_id() -> int:
    account_id = current_viewer().account_id
    if account_id is None:
        abort(403)
    return account_id


def _overview(wrong: Wrong | None = None, notice: LazyString | None = None) -> str:
    own = _own_id()
    return render_template(
        "konto/zweiter_faktor.html",
        enrolled=enrolling.of(own),
        app_since=enrolling.app_since(own),
        passkeys=enrolling.passkeys(own),
        demanded=current_viewer().role in hub_settings().second_factor_roles,
        possible=site().possible,
        wrong=wrong,
        notice=notice,
    )


def _scan_page(error: LazyString | str = "") -> Page:
    found = enrolment.offer(_own_id(), utcnow())
    if found is None:
        return redirect(url_for("factors.overview"), 303)
    return render_template("konto/app.html", offer=found, error=error), 422 if error else 200
