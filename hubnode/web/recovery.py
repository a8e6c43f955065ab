"""A forgotten password: asking for a link, and choosing a new one with it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response

from hubnode.network.node import current_node
from hubnode.people import passwords, recovering
from hubnode.people.errors import Throttled, WeakPassword
from hubnode.web import filters
from hubnode.web.account import UNEQUAL, WEAK, waiting
from hubnode.web.context import hub_settings

blueprint = Blueprint("recovery", __name__)
Answer = Response | tuple[str, int]
NO_ADDRESS = _l("Geben Sie die E-Mail-Adresse Ihres Kontos ein.")


@blueprint.get("/passwort-vergessen")
def ask() -> str:
    """The form for one's mail address, or the word that a letter may be on its way."""
    return render_template("konto/vergessen.html", sent="ok" in request.args, email="", error="")


@blueprint.post("/passwort-vergessen")
def asked() -> Answer:
    """Keep the wish. The answer and the work for it are the same whether or not there is such an account."""
    email, at = request.form.get("email", "").strip(), current_node().clock()
    if not email:
        return _refused(email, str(NO_ADDRESS), 422)
    secret, address = hub_settings().secret_key, request.remote_addr or ""
    try:
        recovering.wish(email, filters.language(), address=address, secret=secret, now=at)
    except Throttled as refusal:
        return _refused(email, waiting(refusal.until, at), 429)
    return redirect(url_for("recovery.ask", ok=1), 303)


@blueprint.get("/passwort-neu/<token>")
def choose(token: str) -> str:
    """The form for a new password; opening the page uses nothing up."""
    return _page(token)


@blueprint.post("/passwort-neu/<token>")
def chosen(token: str) -> Answer:
    """Replace the password; nobody is signed in by it, everybody is signed out."""
    password = request.form.get("neu", "")
    if password != request.form.get("wiederholt", ""):
        return _page(token, {"wiederholt": UNEQUAL}), 422
    try:
        recovering.reset(token, password, current_node().clock(), secret=hub_settings().secret_key)
    except WeakPassword as refusal:
        return _page(token, {"neu": WEAK[refusal.code]}), 422
    return redirect(url_for("account.sign_in", ok="neu"), 303)


def _refused(email: str, error: str, status: int) -> tuple[str, int]:
    return render_template("konto/vergessen.html", sent=False, email=email, error=error), status


def _page(token: str, errors: Mapping[str, LazyString] | None = None) -> str:
    person = recovering.owner(token, current_node().clock())
    return render_template(
        "konto/neues_passwort.html", person=person, token=token, errors=errors or {}, least=passwords.MIN_LENGTH
    )
