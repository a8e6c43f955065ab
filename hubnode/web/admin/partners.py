"""The page "Partner": what each university may read and has read; added, renewed and ended by coordinators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import flask_babel
from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from hubnode.feeds.formats import FORMATS
from hubnode.feeds.select import NoSuchFeed
from hubnode.network.node import current_node
from hubnode.people import feed_keys, partners
from hubnode.people.feed_keys import CantMake
from hubnode.people.partners import BadPartner
from hubnode.people.tokens import SCOPES
from hubnode.push import matching
from hubnode.web import confirmation, feeds, own_feed_keys
from hubnode.web.confirmation import NotConfirmed
from hubnode.web.context import current_viewer, hub_settings
from hubnode.web.wrong import Wrong

_: Callable[..., str] = flask_babel.gettext
blueprint = Blueprint("admin_partners", __name__, url_prefix="/verwaltung/partner")
Answer = Response | tuple[str, int]
REFUSED = {
    "name": ("name", _l("Geben Sie den Namen der Einrichtung an, 2 bis 120 Zeichen.")),
    "scopes": ("rechte", _l("Wählen Sie mindestens ein Recht.")),
    "ends": ("bis", _l("Geben Sie den letzten Tag an: heute oder später, höchstens zwei Jahre.")),
    "unknown": ("name", _l("Das geht nicht mehr: Der Zugang ist inzwischen beendet.")),
}
"""By the codes of `BadPartner`: the field, and what helps."""
DEEDS = ("aendern", "erneuern", "widerrufen", "beenden")


@blueprint.get("")
def overview() -> str:
    """All partners, and the form for a new one."""
    return _overview()


@blueprint.post("")
def add() -> Answer:
    """A new partner; its secret is shown this once."""
    form = request.form
    try:
        proof = confirmation.of_form()
        client_id, secret = partners.add(
            proof, form.get("name", ""), form.getlist("recht"), _day(form.get("bis", "")), current_node().clock()
        )
    except (NotConfirmed, BadPartner) as refusal:
        wrong = _wrong(refusal)
        return _overview(wrong=wrong, typed=form), wrong.status
    return _shown(client_id, secret)


@blueprint.get("/<int:number>")
def one(number: int) -> str:
    """One partner: rights, secrets, and what it has read."""
    return _one(number)


@blueprint.post("/<int:number>/<any(aendern,erneuern,widerrufen,beenden):deed>")
def change(number: int, deed: str) -> Answer:
    """Change the rights, renew or revoke a secret, or end the access."""
    form, now = request.form, current_node().clock()
    held = _held(number)
    try:
        proof = confirmation.of_form()
        if deed == "erneuern":
            return _shown(held.client_id, partners.renew(proof, number, now))
        if deed == "aendern":
            partners.change(proof, number, form.getlist("recht"), _day(form.get("bis", "")), now)
        elif deed == "widerrufen":
            partners.revoke_secret(proof, number, int(form.get("geheimnis", "0")), now)
        else:
            partners.end(proof, number, now)
    except (NotConfirmed, BadPartner, ValueError) as refusal:
        wrong = _wrong(refusal, deed)
        return _one(number, wrong=wrong, form=deed), wrong.status
    flash(_("Geändert. Es gilt sofort."))
    return redirect(url_for("admin_partners.one", number=number), 303)


@blueprint.post("/<int:number>/feeds")
def make_key(number: int) -> Answer:
    """An address with a key for a partner, shown this once."""
    form, held = request.form, _held(number)
    try:
        selection, _form = matching.of_address(form.get("auswahl", ""), feeds.site())
        chosen = own_feed_keys.checked_form(form.get("format", ""), selection)
        proof = confirmation.of_form()
        made = feed_keys.give(proof, number, held.name[:60], selection.asked, chosen, current_node().clock())
    except NotConfirmed as refusal:
        wrong = Wrong("passwort-feeds", refusal.words, refusal.status)
        return _one(number, wrong=wrong, form="feeds", typed=form), wrong.status
    except (CantMake, NoSuchFeed) as refusal:
        return _one(number, wrong=own_feed_keys.wrong_of(refusal), form="feeds", typed=form), 422
    answer = make_response(_one(number, made=own_feed_keys.addresses(selection, chosen, made)))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/<int:number>/feeds/<int:key>/beenden")
def end_key(number: int, key: int) -> Response:
    """End one of the partner's addresses."""
    if not feed_keys.revoke_of_partner(current_viewer(), number, key, current_node().clock()):
        abort(404)
    return redirect(url_for("admin_partners.one", number=number), 303)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadPartner("ends") from error


def _wrong(refusal: Exception, form: str = "neu") -> Wrong:
    if isinstance(refusal, NotConfirmed):
        return Wrong(f"passwort-{form}", refusal.words, refusal.status)
    field, words = REFUSED[refusal.code if isinstance(refusal, BadPartner) else "unknown"]
    return Wrong(field, str(words))


def _overview(**more: Any) -> str:
    return render_template(
        "verwaltung/partner.html", partners=partners.everybody(current_node().clock()), scopes=SCOPES,
        **{"wrong": None, "typed": {}, **more},
    )  # fmt: skip


def _one(number: int, **more: Any) -> str:
    keys = own_feed_keys.listed(feed_keys.of_partner(number))
    values = {"wrong": None, "form": "", "typed": {}, "made": (), "keys": keys, "formats": FORMATS.values(), **more}
    return render_template("verwaltung/partner_eins.html", partner=_held(number), scopes=SCOPES, **values)


def _held(number: int) -> partners.View:
    held = partners.one(number, current_node().clock())
    if held is None:
        abort(404)
    return held


def _shown(client_id: str, secret: str) -> Response:
    """The page that shows a secret, this once; nobody keeps it."""
    page = render_template(
        "verwaltung/partner_geheimnis.html", client_id=client_id, secret=secret, base_url=hub_settings().base_url
    )
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer
