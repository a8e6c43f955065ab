"""Repair: what the own log waits for, which hubs are frozen and why, which copies differ, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable

import flask_babel
from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from hubnode.db import reading
from hubnode.network import epochs, freezing, keyfiles, recovery, repair
from hubnode.network.node import current_node
from hubnode.network.repair import Copy
from hubnode.web.admin import desk
from hubnode.web.context import hub_settings

_: Callable[..., str] = flask_babel.gettext
blueprint = Blueprint("admin_repair", __name__, url_prefix="/verwaltung/reparatur")
Answer = Response | str | tuple[str, int]


@blueprint.get("")
def overview() -> str:
    """The own log and every copy."""
    return _page()


@blueprint.post("/fragen")
def ask() -> Response:
    """Ask the other hubs once more what they hold of the own log."""
    state = recovery.check(current_node())
    flash(_("Alles in Ordnung: Dieser Hub kann veröffentlichen.") if state == "active" else _("Noch nicht gelöst."))
    return redirect(url_for("admin_repair.overview"), 303)


@blueprint.post("/neubeginn")
def begin() -> Answer:
    """Open a new epoch: the last resort."""
    node = current_node()
    try:
        proof = desk.confirmed_anew()
        epochs.begin(proof, node, keyfiles.root_key(node.settings.instance / "keys"))
    except desk.NotConfirmed as refusal:
        return _page(asked="own", error=refusal.words), refusal.status
    except (keyfiles.CantChange, epochs.CantBegin):
        failure = _("Der Wurzelschlüssel liegt nicht auf diesem Rechner. Nötig ist er auf der Kommandozeile.")
        return _page(asked="own", failure=failure), 409
    flash(_("Das neue Protokoll hat begonnen. Die anderen Hubs lesen es von selbst von vorn."))
    return redirect(url_for("admin_repair.overview"), 303)


@blueprint.post("/<host>/fortsetzen")
def resume(host: str) -> Answer:
    """Follow a frozen hub again."""
    copy = _copy(host)
    try:
        freezing.resume(desk.confirmed(), copy.origin, current_node().clock())
    except desk.NotConfirmed as refusal:
        return _page(asked=host, error=refusal.words), refusal.status
    except freezing.NotFrozen:
        return _page(asked=host, failure=_("Dieser Hub ist nicht mehr angehalten.")), 409
    flash(_("Der Abgleich läuft wieder. Widerspricht sich der Hub noch immer, wird er wieder angehalten."))
    return redirect(url_for("admin_repair.overview"), 303)


@blueprint.post("/<host>/vergleichen")
def compare(host: str) -> Response:
    """Rebuild a copy from its log and compare it with its hub."""
    told = {
        True: _("Neu aufgebaut: Die Kopie stimmt mit ihrem Hub überein."),
        False: _("Neu aufgebaut: Die Kopie weicht immer noch ab. Bitte rufen Sie dort an."),
        None: _("Neu aufgebaut. Vergleichen ließ sie sich gerade nicht; das wird von selbst nachgeholt."),
    }
    flash(told[repair.rebuild(current_node(), _copy(host).origin)])
    return redirect(url_for("admin_repair.overview"), 303)


def _copy(host: str) -> Copy:
    found = next((copy for copy in repair.all_copies(reading()) if copy.host == host), None)
    if found is None:
        abort(404)
    return found


def _page(*, asked: str = "", error: str = "", failure: str = "") -> str:
    session = reading()
    session.rollback()  # a new look: what was decided was kept in a transaction of its own
    copies = repair.all_copies(session)
    return render_template(
        "verwaltung/reparatur.html",
        own=repair.own_log(session),
        own_host=hub_settings().base_url.split("://", 1)[1],
        root_here=keyfiles.root_here(hub_settings().instance / "keys"),
        frozen=[copy for copy in copies if copy.state == "frozen"],
        copies=copies,
        asked=asked,
        error=error,
        failure=failure,
    )
