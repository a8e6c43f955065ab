"""The pages on which administrators and coordinators set webhooks up for partners, and see how they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import flask_babel
from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response as Answered

from hubnode.feeds.select import NoSuchFeed
from hubnode.network.node import current_node
from hubnode.push import matching, webhooks
from hubnode.push.callbacks import BadCallback
from hubnode.push.webhooks import BadWebhook, NoWebhook
from hubnode.web import subscribing
from hubnode.web.context import current_viewer
from hubnode.web.wrong import Wrong

_: Callable[..., str] = flask_babel.gettext
blueprint = Blueprint("admin_webhooks", __name__, url_prefix="/verwaltung/webhooks")
Answer = Answered | Response | tuple[str, int]
CALLBACK: Mapping[str, LazyString] = {
    "url": _l("Das ist keine Adresse, an die zugestellt werden kann. Sie beginnt mit https:// und hat kein #."),
    "http": _l("Die Adresse muss mit https:// beginnen."),
    "private": _l("Diese Adresse liegt in einem Netz, in das dieser Knoten nichts schickt."),
    "own": _l("Das ist dieser Knoten selbst."),
}
REFUSED: Mapping[str, LazyString] = {
    "name": _l("Geben Sie einen Namen ein, höchstens 120 Zeichen."),
    "most": _l("Es gibt schon 100 Webhooks. Löschen Sie einen, der nicht mehr gebraucht wird."),
}
NO_FEED = _l("Das ist kein Abo dieses Hubs. Kopieren Sie eine Adresse von der Seite „Abonnieren“.")
ERRORS: Mapping[str, LazyString] = {
    "unreachable:timeout": _l("Der Empfänger antwortet nicht rechtzeitig."),
    "unreachable:dns": _l("Den Namen des Empfängers gibt es nicht."),
    "unreachable:connect": _l("Der Empfänger nimmt keine Verbindung an."),
    "unreachable:reset": _l("Der Empfänger hat die Verbindung abgebrochen."),
    "unreachable:tls": _l("Der Empfänger bietet keine verschlüsselte Verbindung an, der dieser Knoten traut."),
    "unreachable:address": _l("Der Name des Empfängers führt in ein Netz, in das dieser Knoten nichts schickt."),
    "unreachable:redirect": _l("Der Empfänger leitet weiter. Tragen Sie die Adresse ein, an der er selbst antwortet."),
    "unreachable:too_large": _l("Die Antwort des Empfängers ist zu groß."),
    "unreachable:bad_answer": _l("Die Antwort des Empfängers ist nicht lesbar."),
    "unreachable:url": _l("An diese Adresse kann nicht zugestellt werden."),
    "answered:410": _l("Der Empfänger sagt, dass es ihn nicht mehr gibt (410)."),
    "selection": _l("Was abonniert ist, gibt es nicht mehr, zum Beispiel einen Hub."),
    "unreadable": _l(
        "Adresse und Geheimnis sind nicht mehr lesbar: Der geheime Schlüssel des Knotens ist ein anderer."
    ),
}


def error_words(error: str) -> str:
    """What went wrong, for people."""
    if error in ERRORS:
        return str(ERRORS[error])
    if error.startswith("answered:"):
        return _("Der Empfänger hat mit dem Status %(status)s geantwortet.", status=error.partition(":")[2])
    return _("Der Empfänger ist nicht erreichbar.")


@blueprint.get("")
def overview() -> Answer:
    """All webhooks, and the form for a new one."""
    return _overview(request.args.get("adresse", ""))


@blueprint.post("")
def make() -> Answer:
    """Make one; its secret is shown on the answer and never again."""
    form, node = request.form, current_node()
    name, url, address = form.get("name", ""), form.get("url", ""), form.get("auswahl", "")
    whole = form.get("umfang") == "alles"
    try:
        made = webhooks.make(node.settings, name, url, address, node.clock(), by=current_viewer(), whole=whole)
    except BadWebhook as refusal:
        return _overview(address, Wrong("name", str(REFUSED[refusal.field])))
    except BadCallback as refusal:
        return _overview(address, Wrong("url", str(CALLBACK[refusal.reason])))
    except NoSuchFeed:
        return _overview(address, Wrong("auswahl", str(NO_FEED)))
    return _with_secret(*made)


@blueprint.get("/<int:number>")
def one(number: int) -> Answer:
    """One webhook: how it stands, what was given up, what can be done."""
    return _one(number), 200


@blueprint.post("/<int:number>/geheimnis")
def rotate(number: int) -> Answer:
    """Give it a new secret, shown on the answer and never again."""
    node = current_node()
    try:
        secret = webhooks.rotate(node.settings, number, node.clock(), by=current_viewer())
    except NoWebhook:
        abort(404)
    return _with_secret(number, secret)


@blueprint.post("/<int:number>/<any(test,anhalten,fortsetzen,loeschen):deed>")
def change(number: int, deed: str) -> Answer:
    """Do what a button says."""
    try:
        said = DEEDS[deed](number)
    except NoWebhook:
        abort(404)
    flash(said, "success")
    if deed == "loeschen":
        return redirect(url_for("admin_webhooks.overview"), 303)
    return redirect(url_for("admin_webhooks.one", number=number), 303)


@blueprint.post("/<int:number>/nachrichten/<int:aside>")
def message(number: int, aside: int) -> Answer:
    """Send a message once more that was given up, or forget it."""
    try:
        if request.form.get("aktion") == "verwerfen":
            webhooks.drop(number, aside)
            said = _("Die Nachricht ist verworfen.")
        else:
            webhooks.again(number, aside, current_node().clock())
            said = _("Die Nachricht wird noch einmal zugestellt, mit dem Stand von jetzt.")
    except NoWebhook:
        abort(404)
    flash(said, "success")
    return redirect(url_for("admin_webhooks.one", number=number), 303)


def _test(number: int) -> str:
    webhooks.test(number, current_node().clock())
    return _("Eine Testnachricht ist unterwegs. Laden Sie die Seite gleich noch einmal.")


def _pause(number: int) -> str:
    webhooks.pause(number)
    return _("Angehalten. Es geht nichts verloren: Beim Fortsetzen kommt alles der Reihe nach.")


def _resume(number: int) -> str:
    webhooks.resume(number, current_node().clock())
    return _("Die Zustellung geht weiter.")


def _end(number: int) -> str:
    webhooks.end(number, current_node().clock(), by=current_viewer())
    return _("Der Webhook ist gelöscht.")


DEEDS: Mapping[str, Callable[[int], str]] = {
    "test": _test,
    "anhalten": _pause,
    "fortsetzen": _resume,
    "loeschen": _end,
}
"""What the buttons of a webhook do."""


def _overview(address: str, wrong: Wrong | None = None) -> tuple[str, int]:
    settings = current_node().settings
    page = render_template(
        "verwaltung/webhooks.html",
        hooks=webhooks.every(settings),
        sentence=_sentence,
        error_words=error_words,
        typed=request.form,
        address=address,
        wrong=wrong,
    )
    return page, wrong.status if wrong else 200


def _one(number: int, secret: str = "") -> str:
    node = current_node()
    try:
        stand, waiting = webhooks.one(node.settings, number), webhooks.waiting(node.settings, number, node.clock())
    except NoWebhook:
        abort(404)
    return render_template(
        "verwaltung/webhook.html",
        hook=stand,
        waiting=waiting,
        most=webhooks.COUNTED,
        asides=webhooks.asides(number),
        sentence=_sentence,
        error_words=error_words,
        secret=secret,
        at=node.clock(),
    )


def _with_secret(number: int, secret: str) -> Response:
    answer = make_response(_one(number, secret))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _sentence(stand: webhooks.Stand) -> str:
    if stand.selection is None:
        return str(ERRORS["selection"])
    return subscribing.sentence(stand.selection, matching.site_of(current_node().settings))
