"""The keys of this hub and of the others, how long they are good for, and what is held back after one was lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask_babel
from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response

from hubnode.network import keyfiles, keys, keyview, reviewing
from hubnode.network.node import current_node
from hubnode.web.admin import desk

_: Callable[..., str] = flask_babel.gettext
blueprint = Blueprint("admin_keys", __name__, url_prefix="/verwaltung/schluessel")

STATES = {
    "signs": ("success", _l("unterschreibt")),
    "valid": ("info", _l("gilt noch")),
    "announced": ("info", _l("angekündigt")),
    "over": ("warning", _l("abgelaufen")),
}
"""How the state of a key is shown: kind of badge, and words."""


@blueprint.get("")
def overview() -> str:
    """All keys with their age and end, and what waits for a decision."""
    return _page()


@blueprint.post("/erneuern")
def rotate() -> Response | tuple[str, int]:
    """Announce a new signing key."""
    node = current_node()
    try:
        proof = desk.confirmed_anew()
        keys.rotate(proof, node, node.clock())
    except desk.NotConfirmed as refusal:
        return _page(error=refusal.words), refusal.status
    except keyfiles.CantChange as problem:
        return _page(failure=_cant(problem)), 409
    flash(_("Der neue Schlüssel ist angekündigt. Er unterschreibt, sobald die anderen Hubs ihn kennen."))
    return redirect(url_for("admin_keys.overview"), 303)


@blueprint.get("/pruefung/<host>")
def review(host: str) -> str:
    """What of one hub is held back, entry by entry, and what can be done about it."""
    return _review(host)


@blueprint.post("/pruefung/<host>/annehmen")
def accept(host: str) -> Response | tuple[str, int]:
    """Show what was held back."""
    found = _open(host)
    try:
        shown = reviewing.accept(desk.confirmed_anew(), found.origin, current_node().clock())
    except desk.NotConfirmed as refusal:
        return _review(host, refusal.words, "annehmen"), refusal.status
    except reviewing.NothingToDecide:
        abort(404)
    flash(ngettext("%(num)s Datensatz wird wieder gezeigt.", "%(num)s Datensätze werden wieder gezeigt.", shown))
    return redirect(url_for("admin_keys.overview"), 303)


@blueprint.post("/pruefung/<host>/verwerfen")
def drop(host: str) -> Response | tuple[str, int]:
    """Go back to the last good state of the hub, and stop there."""
    found = _open(host)
    try:
        dropped = reviewing.drop(desk.confirmed_anew(), found.origin, current_node().clock())
    except desk.NotConfirmed as refusal:
        return _review(host, refusal.words, "verwerfen"), refusal.status
    except reviewing.NothingToDecide:
        abort(404)
    flash(
        ngettext(
            "%(num)s Eintrag ist verworfen, der Hub ist angehalten.",
            "%(num)s Einträge sind verworfen, der Hub ist angehalten.",
            dropped,
        )
    )
    return redirect(url_for("admin_keys.overview"), 303)


def _page(**more: Any) -> str:
    node = current_node()
    now = node.clock()
    return render_template(
        "verwaltung/schluessel.html",
        own=keyview.own(node, now),
        others=keyview.of_peers(now),
        reviews=reviewing.waiting(),
        states=STATES,
        **more,
    )


def _review(host: str, error: str = "", asked: str = "") -> str:
    return render_template("verwaltung/pruefung.html", review=_open(host), error=error, asked=asked)


def _open(host: str) -> reviewing.Open:
    origin = next((one.origin for one in reviewing.waiting() if one.host == host), None)
    if origin is None:
        abort(404)
    return reviewing.of(origin)


def _cant(problem: keyfiles.CantChange) -> str:
    if isinstance(problem, keyfiles.NoRoot):
        return _("Der Wurzelschlüssel liegt nicht auf diesem Rechner.")
    if isinstance(problem, keyfiles.AlreadyAnnounced):
        return _("Es ist schon ein neuer Schlüssel angekündigt. Warten Sie, bis er unterschreibt.")
    return _("Der Schlüssel ließ sich nicht erneuern. Das Kommando hubnode key rotate sagt, warum.")
