"""Another mail address for one's own account: asked for here, confirmed by the link in the letter to the new one."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from hubnode.network.node import current_node
from hubnode.people import accounts, moving_mail
from hubnode.people.errors import BadAccount, Throttled
from hubnode.web import confirmation
from hubnode.web.account import waiting
from hubnode.web.confirmation import NotConfirmed
from hubnode.web.context import current_viewer, hub_settings
from hubnode.web.wrong import Wrong

blueprint = Blueprint("own_address", __name__)
Answer = Response | tuple[str, int]
REFUSED: Mapping[str, LazyString] = {
    "email": _l("Das ist keine E-Mail-Adresse. Prüfen Sie sie, zum Beispiel name@amt.example."),
    "same": _l("Das ist schon die Adresse Ihres Kontos."),
}


@blueprint.get("/konto/adresse")
def form() -> str:
    """The form for a new address."""
    return _page()


@blueprint.post("/konto/adresse")
def ask() -> Answer:
    """Write to the new address; the old one stays until that is confirmed."""
    at, typed = current_node().clock(), request.form.get("adresse", "")
    try:
        moving_mail.ask(confirmation.of_form(), typed, at, secret=hub_settings().secret_key)
    except NotConfirmed as refusal:
        return _page(typed, Wrong("passwort-adresse", refusal.words, refusal.status)), refusal.status
    except BadAccount as refusal:
        return _page(typed, Wrong("adresse", str(REFUSED[refusal.code]))), 422
    except Throttled as refusal:
        return _page(typed, Wrong("adresse", waiting(refusal.until, at), 429)), 429
    flash(_("Wir haben an die neue Adresse geschrieben. Sie gilt, sobald Sie den Link darin bestätigen."), "success")
    return redirect(url_for("account.account"), 303)


@blueprint.get("/adresse-bestaetigen/<token>")
def look(token: str) -> str:
    """Ask before the address changes: programs that open every link of a mail must not change anything."""
    asked = moving_mail.asked(token, current_node().clock())
    return render_template("konto/adresse_bestaetigen.html", asked=asked, token=token, done="")


@blueprint.post("/adresse-bestaetigen/<token>")
def confirm(token: str) -> str:
    """Give the account its new address."""
    address = moving_mail.confirm(token, current_node().clock(), keep_token=confirmation.own_token())
    return render_template("konto/adresse_bestaetigen.html", asked=None, token="", done=address)


def _page(typed: str = "", wrong: Wrong | None = None) -> str:
    account_id = current_viewer().account_id
    if account_id is None:
        raise Forbidden
    return render_template("konto/adresse.html", person=accounts.by_id(account_id), typed=typed, wrong=wrong)
