"""Signing in and out, and the page on which people see and end their own sign-ins and change their password."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response as Answer

from hubnode.network.node import utcnow
from hubnode.network.signing_in import visitors
from hubnode.people import accounts, passwords, pending, sessions
from hubnode.people.errors import Throttled, WeakPassword, WrongPassword
from hubnode.people.pending import Half, SecondFactorNeeded
from hubnode.people.viewer import Viewer
from hubnode.web.context import current_viewer, hub_settings

blueprint = Blueprint("account", __name__)

WEAK: dict[str, LazyString] = {
    "short": _l("Verwenden Sie mindestens %(n)s Zeichen, zum Beispiel einen Satz.", n=passwords.MIN_LENGTH),
    "long": _l("Verwenden Sie höchstens %(n)s Zeichen.", n=passwords.MAX_LENGTH),
    "simple": _l("Verwenden Sie mehr verschiedene Zeichen."),
    "common": _l("Dieses Passwort steht in jeder Liste häufiger Passwörter. Wählen Sie ein anderes."),
    "personal": _l("Verwenden Sie nicht Ihren Namen oder Ihre E-Mail-Adresse."),
}
WRONG = _l("E-Mail-Adresse oder Passwort stimmt nicht. Bitte prüfen Sie beides.")
WRONG_OLD = _l("Das bisherige Passwort stimmt nicht.")
UNEQUAL = _l("Die beiden neuen Passwörter sind verschieden. Geben Sie zweimal dasselbe ein.")
MESSAGES: dict[str, LazyString] = {
    "passwort": _l("Ihr Passwort ist geändert. Andere Anmeldungen sind beendet."),
    "beendet": _l("Die Anmeldung ist beendet."),
    "abgemeldet": _l("Sie sind abgemeldet."),
    "ueberall": _l("Sie sind auf allen Geräten abgemeldet."),
    "angelegt": _l("Ihr Konto ist angelegt. Melden Sie sich jetzt damit an."),
    "neu": _l("Ihr Passwort ist geändert. Melden Sie sich jetzt damit an."),
}
"""What a page says after a redirect; the address carries the key, so no cookie is needed for it."""
PROBLEMS: dict[str, LazyString] = {
    "zweiter-schritt": _l("Das hat zu lange gedauert. Melden Sie sich bitte noch einmal an."),
    "passkey": _l("Dieser Passkey gilt hier nicht. Melden Sie sich mit E-Mail-Adresse und Passwort an."),
}
"""Why somebody is back on the sign-in page, by the key in the address."""


def to_sign_in() -> Answer:
    """Lead to the sign-in page, and from there back to where the person wanted to go."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else url_for("account.sign_in")
    return redirect(url_for("account.sign_in", next=wanted), 303)


def local_path(target: str | None) -> str:
    """`target` if it is a path at this node, else the start page: nobody is led elsewhere after signing in."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    if any(ord(sign) <= 32 or sign in "\\\x7f" for sign in target):
        return "/"
    parts = urlsplit(target)
    return "/" if parts.scheme or parts.netloc or parts.path == url_for("account.sign_in") else target


@blueprint.get("/anmelden")
def sign_in() -> Answer | str:
    """The sign-in page; who is signed in already goes on."""
    wanted = request.args.get("next")
    if current_viewer().signed_in:
        return redirect(landing(wanted, current_viewer()), 303)
    problem = PROBLEMS.get(request.args.get("grund", ""), "")
    return _sign_in_page(wanted, error=str(problem), notice=MESSAGES.get(request.args.get("ok", "")))


@blueprint.post("/anmelden")
def open_session() -> Answer | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Sign in with mail address and password."""
    wanted, email = request.form.get("next"), request.form.get("email", "").strip()
    stay = "bleiben" in request.form
    at, settings = utcnow(), hub_settings()
    try:
        token = sessions.open(
            email,
            request.form.get("passwort", ""),
            address=request.remote_addr or "",  # of X-Forwarded-For only what our own web servers say: see `proxies`
            device=sessions.device_label(request.user_agent.string),
            secret=settings.secret_key,
            lasting=timedelta(days=settings.session_days) if stay else sessions.SHORT,
            now=at,
            demanded=settings.second_factor_roles,
        )
    except SecondFactorNeeded as needed:
        return half_way(needed.half, wanted)
    except WrongPassword:
        return _sign_in_page(wanted, email=email, stay=stay, error=str(WRONG)), 422
    except Throttled as refusal:
        page = _sign_in_page(wanted, email=email, stay=stay, error=waiting(refusal.until, at))
        return page, 429, {"Retry-After": str(_seconds(refusal.until, at))}
    return give(redirect(landing(wanted, sessions.viewer_of(token, at)), 303), token, stay=stay)


@blueprint.post("/abmelden")
def close_session() -> Answer:
    """Sign out on this device."""
    sessions.close(_token(), utcnow())
    return _signed_out("abgemeldet")


@blueprint.get("/konto")
def account() -> str:
    """One's own account: role, sign-ins, password."""
    return _account_page(notice=MESSAGES.get(request.args.get("ok", "")))


@blueprint.post("/konto/passwort")
def change_password() -> Answer | tuple[str, int]:
    """Replace the password by somebody who knows the old one; ends the other sign-ins."""
    old, new = request.form.get("alt", ""), request.form.get("neu", "")
    if new != request.form.get("wiederholt", ""):
        return _account_page(errors={"wiederholt": str(UNEQUAL)}), 422
    at = utcnow()
    try:
        accounts.change_password(_own_id(), old, new, at, secret=hub_settings().secret_key, keep_token=_token())
    except WrongPassword:
        return _account_page(errors={"alt": str(WRONG_OLD)}), 422
    except Throttled as refusal:
        return _account_page(errors={"alt": waiting(refusal.until, at)}), 429
    except WeakPassword as refusal:
        return _account_page(errors={"neu": str(WEAK[refusal.code])}), 422
    return redirect(url_for("account.account", ok="passwort"), 303)


@blueprint.post("/konto/sitzungen/<int:sign_in_id>/beenden")
def end_session(sign_in_id: int) -> Answer:
    """End one of one's own sign-ins."""
    if not sessions.revoke(_own_id(), sign_in_id, utcnow()):
        abort(404)
    if not sessions.viewer_of(_token(), utcnow()).signed_in:
        return _signed_out("abgemeldet")
    return redirect(url_for("account.account", ok="beendet"), 303)


@blueprint.post("/konto/ueberall-abmelden")
def end_all_sessions() -> Answer:
    """Sign out on all devices, this one too."""
    sessions.revoke_all(_own_id(), utcnow())
    return _signed_out("ueberall")


def half_way(half: Half, wanted: str | None) -> Answer:
    """Lead on to the second step; nobody is signed in yet."""
    base_url = hub_settings().base_url
    place = "second_step.page" if half.step == "factor" else "second_step.enrol"
    answer = redirect(url_for(place, next=local_path(wanted) if wanted else None), 303)
    answer.set_cookie(
        sessions.cookie_name(base_url, "schritt"), half.token, path="/", httponly=True, samesite="Lax",
        max_age=pending.FOR[half.step], secure=base_url.startswith("https://"),
    )  # fmt: skip
    return answer


def half_token() -> str | None:
    """The token of the sign-in half done that this browser holds."""
    return request.cookies.get(sessions.cookie_name(hub_settings().base_url, "schritt"))


def give(answer: Answer, token: str, *, stay: bool) -> Answer:
    """`answer` with the token of a new sign-in, in place of whatever this browser held before."""
    settings = hub_settings()
    sessions.close(_token(), utcnow())
    visitors.close(_token(), utcnow())
    session.clear()  # the form token of the time before belongs to nobody any more
    _keep(answer, token, settings.session_days if stay else None)
    secure = settings.base_url.startswith("https://")
    answer.delete_cookie(sessions.cookie_name(settings.base_url, "schritt"), path="/", secure=secure, httponly=True)
    return answer


def waiting(until: datetime, at: datetime) -> str:
    """How long to wait after too many failures, in words."""
    seconds = _seconds(until, at)
    if seconds <= 90:
        words = ngettext(
            "Zu viele Versuche. Bitte warten Sie %(num)d Sekunde.",
            "Zu viele Versuche. Bitte warten Sie %(num)d Sekunden.",
            seconds,
        )
    else:
        words = ngettext(
            "Zu viele Versuche. Bitte warten Sie %(num)d Minute.",
            "Zu viele Versuche. Bitte warten Sie %(num)d Minuten.",
            ceil(seconds / 60),
        )
    return str(words)


def _seconds(until: datetime, at: datetime) -> int:
    return max(1, ceil((until - at).total_seconds()))


def _own_id() -> int:
    account_id = current_viewer().account_id
    if account_id is None:
        abort(403)
    return account_id


def landing(wanted: str | None, viewer: Viewer) -> str:
    """Where to go after signing in: where the person wanted to, or else to the own work."""
    target = local_path(wanted)
    return url_for("editing.desk") if target == "/" and not wanted and viewer.may_write else target


def _token() -> str | None:
    return request.cookies.get(sessions.cookie_name(hub_settings().base_url))


def _keep(answer: Answer, token: str, days: int | None) -> None:
    """Give the token to the browser: no script reads it, no other site sends it, no plain HTTP carries it."""
    base_url = hub_settings().base_url
    answer.set_cookie(
        sessions.cookie_name(base_url),
        token,
        max_age=timedelta(days=days) if days else None,
        path="/",
        secure=base_url.startswith("https://"),
        httponly=True,
        samesite="Lax",
    )


def _signed_out(key: str) -> Answer:
    """The sign-in page with a word of confirmation; everything this browser kept of the visit goes."""
    base_url = hub_settings().base_url
    session.clear()
    answer = redirect(url_for("account.sign_in", ok=key), 303)
    answer.delete_cookie(
        sessions.cookie_name(base_url), path="/", secure=base_url.startswith("https://"), httponly=True, samesite="Lax"
    )
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def _sign_in_page(
    wanted: str | None, *, email: str = "", stay: bool = False, error: str = "", notice: LazyString | None = None
) -> str:
    target = local_path(wanted) if wanted else ""
    return render_template(
        "konto/anmelden.html", wanted=target, email=email, stay=stay, error=error, notice=notice,
        days=hub_settings().session_days,
    )  # fmt: skip


def _account_page(*, errors: dict[str, str] | None = None, notice: LazyString | None = None) -> str:
    return render_template(
        "konto/konto.html",
        person=accounts.by_id(_own_id()),
        devices=sessions.devices(_own_id(), _token(), utcnow()),
        errors=errors or {},
        notice=notice,
        least=passwords.MIN_LENGTH,
    )
