"""Accepting an invitation: the one way to an account without the command line."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response

from hubnode.network.node import current_node
from hubnode.people import invitations, passwords
from hubnode.people.errors import BadAccount, WeakPassword
from hubnode.web import filters
from hubnode.web.account import UNEQUAL, WEAK

blueprint = Blueprint("invited", __name__)
Answer = Response | tuple[str, int]
NO_NAME = _l("Geben Sie Ihren Namen ein, höchstens %(n)s Zeichen in einer Zeile.", n=120)


@blueprint.get("/einladung/<token>")
def show(token: str) -> str:
    """What the invitation is for, and the form; opening the page uses nothing up."""
    return _page(token)


@blueprint.post("/einladung/<token>")
def accept(token: str) -> Answer:
    """Make the account. Its address and role stand in the invitation; what a form says of them is not read."""
    name, password = request.form.get("name", ""), request.form.get("neu", "")
    if password != request.form.get("wiederholt", ""):
        return _page(token, name, {"wiederholt": UNEQUAL}), 422
    try:
        invitations.accept(token, name, password, filters.language(), current_node().clock())
    except BadAccount:
        return _page(token, name, {"name": NO_NAME}), 422
    except WeakPassword as refusal:
        return _page(token, name, {"neu": WEAK[refusal.code]}), 422
    return redirect(url_for("account.sign_in", ok="angelegt"), 303)


def _page(token: str, name: str = "", errors: Mapping[str, LazyString] | None = None) -> str:
    invited = invitations.of_token(token, current_node().clock())
    return render_template(
        "konto/einladung.html", invited=invited, token=token, name=name, errors=errors or {}, least=passwords.MIN_LENGTH
    )
