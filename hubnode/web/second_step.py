"""The second step of signing in: a code or passkey, a passkey alone, or first the factor that a role demands."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response as Answer

from hubnode.network.node import utcnow
from hubnode.people import confirming, enrolling, passkeys, pending, second_step, sessions
from hubnode.people.errors import NothingOffered, StepOver, Throttled, WrongCode, WrongPasskey
from hubnode.web import enrolment
from hubnode.web.account import give, half_token, landing, local_path, waiting
from hubnode.web.confirmation import WRONG_PASSKEY, options, refused_options, site
from hubnode.web.context import hub_settings

blueprint = Blueprint("second_step", __name__, url_prefix="/anmelden")
Page = Answer | str | tuple[str, int]
WRONG_CODE = _l("Der Code stimmt nicht oder wurde schon benutzt. Warten Sie auf den nächsten, und geben Sie ihn ein.")


@blueprint.errorhandler(StepOver)
def begin_anew(_error: StepOver) -> Answer:
    """Back to the password: the first step has ended, or never was."""
    return redirect(url_for("account.sign_in", next=_wanted() or None, grund="zweiter-schritt"), 303)


@blueprint.get("/zweiter-schritt")
def page() -> str:
    """Where the code is entered or the passkey is shown."""
    return _page()


@blueprint.post("/zweiter-schritt")
def code() -> Page:
    """Complete the sign-in by a code of the app or a recovery code."""
    at, secret = utcnow(), hub_settings().secret_key
    stay = _stays()
    try:
        token = second_step.with_code(
            half_token(), request.form.get("code", ""), at, address=request.remote_addr or "", secret=secret
        )
    except WrongCode:
        return _page(error=WRONG_CODE), 422
    except Throttled as refusal:
        return _page(error=waiting(refusal.until, at)), 429
    return _signed_in(token, stay=stay)


@blueprint.post("/zweiter-schritt/aufgabe")
def second_challenge() -> Response:
    """The options with which the browser asks for a passkey of the person whose password was right."""
    at = utcnow()
    found = pending.of(half_token(), at)
    return options(passkeys.asking(site(), "second", found.account_id, at))


@blueprint.post("/zweiter-schritt/passkey")
def second_passkey() -> Page:
    """Complete the sign-in by a passkey."""
    at, stay = utcnow(), _stays()
    found = pending.of(half_token(), at)
    try:
        shown = passkeys.prove(site(), request.form.get("antwort", ""), "second", found.account_id, at)
        token = second_step.with_passkey(half_token(), shown, at)
    except WrongPasskey:
        return _page(error=WRONG_PASSKEY), 422
    return _signed_in(token, stay=stay)


@blueprint.post("/passkey/aufgabe")
def challenge() -> Response | tuple[Response, int]:
    """The options with which the browser asks for any passkey of this node."""
    at = utcnow()
    try:
        made = passkeys.asking_stranger(site(), request.remote_addr or "", hub_settings().secret_key, at)
    except Throttled as refusal:
        return refused_options(waiting(refusal.until, at), 429)
    return options(made)


@blueprint.post("/passkey")
def passkey() -> Answer:
    """Sign in by passkey alone."""
    at, days = utcnow(), hub_settings().session_days
    stay = "bleiben" in request.form
    try:
        shown = passkeys.prove(site(), request.form.get("antwort", ""), "sign-in", None, at)
    except WrongPasskey:
        return redirect(url_for("account.sign_in", next=_wanted() or None, grund="passkey"), 303)
    token = second_step.without_password(
        shown,
        device=sessions.device_label(request.user_agent.string),
        lasting=timedelta(days=days) if stay else sessions.SHORT,
        now=at,
    )
    return _signed_in(token, stay=stay)


@blueprint.get("/einrichten")
def enrol() -> str:
    """What must be enrolled before the first sign-in with this role, and how."""
    return _enrol_page()


@blueprint.post("/einrichten/app")
def offer() -> Answer:
    """Make the secret of an app, to be scanned."""
    at = utcnow()
    enrolling.offer_app(confirming.by_half(half_token(), at), at, hub_settings().secret_key)
    return redirect(url_for("second_step.enrol", next=_wanted() or None), 303)


@blueprint.post("/einrichten/code")
def first_code() -> Page:
    """Keep the app by its first code, and with it the sign-in is complete."""
    at = utcnow()
    proof = confirming.by_half(half_token(), at)
    try:
        codes = enrolling.confirm_app(proof, request.form.get("code", ""), at, hub_settings().secret_key)
    except WrongCode:
        return _enrol_page(error=WRONG_CODE), 422
    except NothingOffered:
        return redirect(url_for("second_step.enrol", next=_wanted() or None), 303)
    return _enrolled("totp", codes)


@blueprint.post("/einrichten/aufgabe")
def registration() -> Response:
    """The options with which the browser makes a passkey."""
    at = utcnow()
    return options(passkeys.registration(site(), confirming.by_half(half_token(), at).account_id, at))


@blueprint.post("/einrichten/passkey")
def first_passkey() -> Page:
    """Keep the new passkey, and with it the sign-in is complete."""
    at = utcnow()
    proof = confirming.by_half(half_token(), at)
    try:
        made = passkeys.made(site(), request.form.get("antwort", ""), proof.account_id, at)
        codes = enrolling.add_passkey(proof, made, request.form.get("name", ""), at)
    except WrongPasskey:
        return _enrol_page(error=WRONG_PASSKEY), 422
    return _enrolled("passkey", codes)


def _wanted() -> str:
    wanted = request.values.get("next")
    return local_path(wanted) if wanted else ""


def _stays() -> bool:
    """Whether the person asked, with the password, to stay signed in."""
    return pending.of(half_token(), utcnow()).lasting > sessions.SHORT


def _signed_in(token: str, *, stay: bool) -> Answer:
    viewer = sessions.viewer_of(token, utcnow())
    return give(redirect(landing(_wanted() or None, viewer), 303), token, stay=stay)


def _enrolled(used: str, codes: enrolment.Codes) -> Answer:
    """Signed in, with the recovery codes on the page, this once."""
    at, stay = utcnow(), _stays()
    token = second_step.enrolled(half_token(), used, at)
    onward = landing(_wanted() or None, sessions.viewer_of(token, at))
    return give(make_response(enrolment.codes_page(codes, onward)), token, stay=stay)


def _page(error: LazyString | str = "") -> str:
    offered = second_step.offered(half_token(), utcnow())
    return render_template(
        "konto/zweiter_schritt.html", offered=offered, wanted=_wanted(), error=error, possible=site().possible
    )


def _enrol_page(error: LazyString | str = "") -> str:
    at = utcnow()
    proof = confirming.by_half(half_token(), at)
    return render_template(
        "konto/einrichten.html",
        offer=enrolment.offer(proof.account_id, at),
        wanted=_wanted(),
        error=error,
        possible=site().possible,
    )
