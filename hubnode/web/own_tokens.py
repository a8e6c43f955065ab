"""Tokens for the own programs: made, shown once, listed, and ended by whom they belong to."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from hubnode.network.node import current_node
from hubnode.people import tokens
from hubnode.people.tokens import CantMake
from hubnode.web import confirmation
from hubnode.web.confirmation import NotConfirmed
from hubnode.web.context import current_viewer
from hubnode.web.wrong import Wrong

blueprint = Blueprint("own_tokens", __name__, url_prefix="/konto/zugaenge")
Answer = Response | tuple[str, int]
REFUSED = {
    "name": ("name", _l("Geben Sie an, wofür das Token ist, höchstens 60 Zeichen.")),
    "scopes": ("rechte", _l("Wählen Sie mindestens ein Recht, das Sie selbst haben.")),
    "days": ("tage", _l("Geben Sie 1 bis 366 Tage an.")),
    "many": ("name", _l("Sie haben schon 20 Tokens. Widerrufen Sie erst eines.")),
}
"""By the codes of `CantMake`: the field, and what helps."""


@blueprint.get("")
def overview() -> str:
    """One's own tokens, and the form for another."""
    return _page()


@blueprint.post("")
def make() -> Answer:
    """A new token, shown this once."""
    form, now = request.form, current_node().clock()
    try:
        confirmation.of_form()
        days = form.get("tage", "")
        number = int(days) if days.isdecimal() and len(days) < 5 else 0
        made = tokens.make(current_viewer(), form.get("name", ""), form.getlist("recht"), number, now)
    except NotConfirmed as refusal:
        return _page(wrong=Wrong("passwort-neu", refusal.words), typed=form), refusal.status
    except CantMake as refusal:
        field, words = REFUSED[refusal.code]
        return _page(wrong=Wrong(field, str(words)), typed=form), 422
    answer = make_response(_page(made=made))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/<int:number>/widerrufen")
def revoke(number: int) -> Response:
    """End one of one's own tokens."""
    if not tokens.revoke(current_viewer(), number, current_node().clock()):
        abort(404)
    return redirect(url_for("own_tokens.overview"), 303)


def _page(**more: Any) -> str:
    viewer = current_viewer()
    held = tokens.own(viewer.account_id or 0, current_node().clock())
    allowed = {scope: tokens.SCOPES[scope] for scope in tokens.allowed(viewer.role)}
    values = {"wrong": None, "typed": {}, "made": "", **more}
    return render_template("konto/zugaenge.html", tokens=held, scopes=allowed, words=tokens.SCOPES, **values)
