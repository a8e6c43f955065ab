"""Addresses of feeds with a key: made, shown once, listed, and ended by whom they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from hubnode.feeds import formats
from hubnode.feeds.formats import Format
from hubnode.feeds.select import KEY, NoSuchFeed, Selection
from hubnode.network.node import current_node
from hubnode.people import feed_keys
from hubnode.people.feed_keys import CantMake
from hubnode.push import matching
from hubnode.web import confirmation, feeds, subscribing
from hubnode.web.confirmation import NotConfirmed
from hubnode.web.context import current_viewer, hub_settings
from hubnode.web.wrong import Wrong

blueprint = Blueprint("own_feed_keys", __name__, url_prefix="/konto/feeds")
Answer = Response | tuple[str, int]
REFUSED = {
    "name": ("name", _l("Geben Sie an, wofür die Adresse ist, höchstens 60 Zeichen.")),
    "right": ("name", _l("Dafür fehlt das Recht, Feeds des Verbunds zu lesen.")),
    "many": ("name", _l("Es gibt schon 50 solche Adressen. Beenden Sie erst eine.")),
    "form": ("format", _l("Wählen Sie, für welches Format die Adresse ist.")),
    "feed": ("auswahl", _l("Das ist kein Abo dieses Hubs. Kopieren Sie eine Adresse von der Seite „Abonnieren“.")),
}
"""By the codes of `CantMake`, and two of this page: the field, and what helps."""


@blueprint.get("")
def overview() -> Answer:
    """One's own keys, and the form for another where a selection is named."""
    return _page(request.args.get("auswahl"))


@blueprint.post("")
def make() -> Answer:
    """A new key, shown this once in its addresses."""
    form, now = request.form, current_node().clock()
    asked = form.get("auswahl", "")
    try:
        selection = matching.selection_of(asked, feeds.site())
        chosen = checked_form(form.get("format", ""), selection)
        confirmation.of_form()
        made = feed_keys.make(current_viewer(), form.get("name", ""), selection.asked, chosen, now)
    except NotConfirmed as refusal:
        return _page(asked, wrong=Wrong("passwort-neu", refusal.words), typed=form, status=refusal.status)
    except (CantMake, NoSuchFeed) as refusal:
        return _page(asked, wrong=wrong_of(refusal), typed=form, status=422)
    body, status = _page(None, made=addresses(selection, chosen, made))
    answer = make_response(body, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/<int:number>/beenden")
def revoke(number: int) -> Response:
    """End one of one's own keys."""
    if not feed_keys.revoke(current_viewer(), number, current_node().clock()):
        abort(404)
    return redirect(url_for("own_feed_keys.overview"), 303)


def checked_form(name: str, selection: Selection) -> str:
    """The format that a form names, or empty for all; raises `CantMake` for one that the selection has not."""
    if name != "alle" and name not in {form.name for form in formats.offered(selection)}:
        raise CantMake("form")
    return "" if name == "alle" else name


def wrong_of(refusal: CantMake | NoSuchFeed) -> Wrong:
    """What to say at the form."""
    field, words = REFUSED[refusal.code if isinstance(refusal, CantMake) else "feed"]
    return Wrong(field, str(words))


def addresses(selection: Selection, form: str, key: str) -> list[tuple[Format, str]]:
    """The addresses that a new key opens."""
    base = hub_settings().base_url
    chosen = [one for one in formats.offered(selection) if form in ("", one.name)]
    paths = [(one, selection.path(one.name)) for one in chosen]
    return [(one, f"{base}{path}{'&' if '?' in path else '?'}{KEY}={key}") for one, path in paths]


def listed(found: list[feed_keys.Listed]) -> list[Mapping[str, Any]]:
    """Keys in words: what each opens, in a sentence, and in which format."""
    return [{"key": one, "sentence": _sentence(one.asked), "form": _title(one.form)} for one in found]


def _sentence(asked: str) -> str:
    site = feeds.site()
    try:
        return subscribing.sentence(matching.selection_of(asked, site), site)
    except NoSuchFeed:
        return ""


def _title(form: str) -> str:
    return formats.FORMATS[form].title if form in formats.FORMATS else ""


def _page(asked: str | None, *, status: int = 200, **more: Any) -> tuple[str, int]:
    selection, words = None, ""
    if asked is not None:
        try:
            selection = matching.selection_of(asked, feeds.site())
            words = subscribing.sentence(selection, feeds.site())
        except NoSuchFeed as refusal:
            more["wrong"], status = more.get("wrong") or wrong_of(refusal), 422
    values = {
        "keys": listed(feed_keys.own(current_viewer().account_id or 0)), "selection": selection, "sentence": words,
        "formats": formats.offered(selection) if selection else (), "may": feed_keys.may_make(current_viewer()),
        "wrong": None, "typed": {}, "made": (), **more,
    }  # fmt: skip
    return render_template("konto/feeds.html", **values), status
