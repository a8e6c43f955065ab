"""The page on which administrators see letters that could not be sent, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import flask_babel
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response

from hubnode.mail import outbox
from hubnode.network.node import current_node
from hubnode.web.context import hub_settings

_: Callable[..., str] = flask_babel.gettext
blueprint = Blueprint("admin_post", __name__, url_prefix="/verwaltung/nachrichten")
KINDS: Mapping[str, LazyString] = {
    "invitation": _l("Einladung"),
    "reset": _l("Neues Passwort"),
    "password-changed": _l("Hinweis: Passwort geändert"),
    "mail-confirm": _l("Neue Adresse bestätigen"),
    "mail-asked": _l("Hinweis: neue Adresse eingetragen"),
    "mail-changed": _l("Hinweis: Adresse geändert"),
}
"""What letters are called; others by the words below."""
OTHER = _l("Nachricht")


@blueprint.get("")
def overview() -> str:
    """Letters that were given up, and those whose last try failed."""
    return render_template(
        "verwaltung/nachrichten.html",
        letters=outbox.troubled(),
        names=lambda template: KINDS.get(template, OTHER),
        errors=outbox.ERRORS,
        no_server=not hub_settings().smtp_host,
    )


@blueprint.post("/<int:number>")
def change(number: int) -> Response:
    """Try a letter once more, or forget it."""
    if request.form.get("aktion") == "verwerfen":
        done, said = outbox.drop(number), _("Die Nachricht ist verworfen.")
    else:
        done, said = outbox.again(number, current_node().clock()), _("Die Nachricht wird noch einmal versucht.")
    if not done:
        abort(404)
    flash(said, "success")
    return redirect(url_for("admin_post.overview"), 303)
