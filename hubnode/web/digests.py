"""News by mail: asking for them, the link that confirms, and the pages where they are changed and ended.

No page here looks at a cookie or acts when it is opened: a link in a mail is opened by more than people. What the one
asking learns is the same for every address.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response

from hubnode.feeds.select import NoSuchFeed
from hubnode.mail.addresses import BadAddress
from hubnode.network.node import current_node
from hubnode.people.errors import Throttled
from hubnode.push import digests, matching
from hubnode.push.digests import RHYTHM_NAMES, BadRhythm, Digest, EndedLink
from hubnode.web import filters, subscribing
from hubnode.web.account import waiting
from hubnode.web.context import hub_settings

blueprint = Blueprint("digests", __name__)
Answer = Response | tuple[str, int]
REFUSED: Mapping[str, LazyString] = {
    "email": _l("Das ist keine E-Mail-Adresse. Prüfen Sie sie, zum Beispiel name@amt.example."),
    "rhythmus": _l("Wählen Sie, wie oft Sie Nachrichten bekommen möchten."),
    "auswahl": _l("Dieses Abo gibt es so nicht. Stellen Sie es neu zusammen."),
}
"""What can be wrong with the form, by field."""


@blueprint.get("/abo")
def form() -> Answer:
    """The form for one selection, or the word that a letter may be on its way."""
    return _form(request.args.get("auswahl", ""), sent="ok" in request.args)


@blueprint.post("/abo")
def ask() -> Answer:
    """Send a link to confirm. The answer and the work for it are the same for every address."""
    _from_here()
    typed, node = request.form, current_node()
    asked, email, rhythm = typed.get("auswahl", ""), typed.get("email", ""), typed.get("rhythmus", "")
    try:
        now, address = node.clock(), request.remote_addr or ""
        digests.ask(node.settings, email, asked, rhythm, filters.language(), now, address=address)
    except BadAddress:
        return _form(asked, wrong="email", status=422)
    except BadRhythm:
        return _form(asked, wrong="rhythmus", status=422)
    except NoSuchFeed:
        return _form("", wrong="auswahl", status=422)
    except Throttled as refusal:
        return _form(asked, wrong="email", words=waiting(refusal.until, node.clock()), status=429)
    return redirect(url_for("digests.form", ok=1), 303)


@blueprint.get("/abo/bestaetigen/<token>")
def confirming(token: str) -> Answer:
    """What would be confirmed, with a button; opening the page uses nothing up."""
    try:
        found = digests.waiting(hub_settings(), token, current_node().clock())
    except EndedLink:
        return _ended()
    return _page(found, "bestaetigen", url_for("digests.confirm", token=token)), 200


@blueprint.post("/abo/bestaetigen/<token>")
def confirm(token: str) -> Answer:
    """Begin the subscription; the link is used up."""
    now = current_node().clock()
    try:
        found = digests.waiting(hub_settings(), token, now)
        digests.confirm(token, now)
    except EndedLink:
        return _ended()
    return _page(found, "bestaetigt"), 200


@blueprint.get("/abo/<token>")
def manage(token: str) -> Answer:
    """The subscription that a mail came from, to change or end it."""
    try:
        found = digests.held(hub_settings(), token)
    except EndedLink:
        return _ended()
    return _page(found, "verwalten", url_for("digests.manage", token=token), changed="ok" in request.args), 200


@blueprint.post("/abo/<token>")
def change(token: str) -> Answer:
    """Give it another rhythm."""
    try:
        digests.change(hub_settings(), token, request.form.get("rhythmus", ""), current_node().clock())
    except EndedLink:
        return _ended()
    except BadRhythm:
        abort(400)
    return redirect(url_for("digests.manage", token=token, ok=1), 303)


@blueprint.get("/abo/<token>/ende")
def ending(token: str) -> Answer:
    """The button that ends it, for people who follow the link of their mail program."""
    try:
        found = digests.held(hub_settings(), token)
    except EndedLink:
        return _ended()
    return _page(found, "beenden", url_for("digests.end", token=token)), 200


@blueprint.post("/abo/<token>/ende")
def end(token: str) -> Answer:
    """End it by one click, of a person or of a mail program (RFC 8058); the address is forgotten."""
    try:
        digests.end(hub_settings(), token)
    except EndedLink:
        return _ended()
    return render_template("feeds/abo.html", state="beendet"), 200


def _from_here() -> None:
    """Refuse a form that another website has sent: this one has no token, which would need a cookie."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)


def _form(asked: str, *, wrong: str = "", words: str = "", status: int = 200, sent: bool = False) -> tuple[str, int]:
    site = matching.site_of(hub_settings())
    try:
        selection = matching.selection_of(asked, site)
    except NoSuchFeed:
        selection, wrong, status = matching.selection_of("", site), "auswahl", 422
    page = render_template(
        "feeds/mail.html",
        selection=selection,
        sentence=subscribing.sentence(selection, site),
        rhythms=RHYTHM_NAMES,
        email=request.form.get("email", ""),
        rhythm=request.form.get("rhythmus", "weekly"),
        wrong=wrong,
        words=words or (REFUSED[wrong] if wrong else ""),
        sent=sent,
    )
    return page, status


def _page(found: Digest, state: str, action: str = "", *, changed: bool = False) -> str:
    sentence = subscribing.sentence(found.selection, found.site)
    return render_template(
        "feeds/abo.html",
        state=state,
        sentence=sentence,
        rhythm=found.rhythm,
        rhythms=RHYTHM_NAMES,
        action=action,
        changed=changed,
    )


def _ended() -> tuple[str, int]:
    return render_template("feeds/abo.html", state="abgelaufen"), 410
