"""Reporting a barrier: a form that asks for no sign-in and no cookie, and the page that says how far the hub is."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from hubnode.network.node import current_node
from hubnode.people import barriers
from hubnode.people.barriers import LONGEST, BadReport
from hubnode.people.errors import Throttled
from hubnode.web.account import waiting
from hubnode.web.context import hub_settings
from hubnode.web.preferences import back_to

blueprint = Blueprint("barriers", __name__)
Answer = Response | str | tuple[str, int]
TRAP = "webseite"
"""A field that people don't see; who fills it in is a program, and is thanked for nothing."""
WRONG = {
    "what": ("was", _l("Beschreiben Sie in einem Satz, was nicht geht.")),
    "long": ("was", _l("Kürzen Sie den Text auf 2000 Zeichen.")),
    "contact": ("kontakt", _l("Prüfen Sie die E-Mail-Adresse, oder lassen Sie das Feld leer.")),
    "full": ("was", _l("Heute sind schon sehr viele Meldungen angekommen. Bitte schreiben Sie uns eine E-Mail.")),
}
"""By the codes of `BadReport`: the field, and what helps."""
STATES = {
    "new": ("info", _l("eingegangen")),
    "working": ("warning", _l("in Arbeit")),
    "done": ("success", _l("erledigt")),
}
"""How far the hub is: kind of badge, and words."""


@blueprint.get("/barriere-melden")
def form() -> str:
    """The form, with the page it was called from already written down."""
    return _page({"seite": hub_settings().base_url + back_to(request.args.get("seite", "/"))})


@blueprint.post("/barriere-melden")
def report() -> Answer:
    """Keep a report; what another site makes a browser send is refused."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    if request.form.get(TRAP):
        return redirect(url_for("pages.start"), 303)
    now, typed = current_node().clock(), request.form
    try:
        number = barriers.report(
            hub_settings(), typed.get("seite", ""), typed.get("was", ""), typed.get("kontakt", ""),
            request.remote_addr or "", now,
        )  # fmt: skip
    except BadReport as refusal:
        field, words = WRONG[refusal.code]
        return _page(typed, field, str(words)), 422
    except Throttled as refusal:
        return _page(typed, "was", waiting(refusal.until, now)), 429
    return redirect(url_for("barriers.told", number=number), 303)


@blueprint.get("/barriere-melden/<number>")
def told(number: str) -> str:
    """The confirmation of one report, with its state; 404 for a number that nobody was given."""
    state = barriers.state_of(number)
    if state is None:
        abort(404)
    days = hub_settings().barrier_answer_days
    return render_template("recht/gemeldet.html", number=number.upper(), state=STATES[state], days=days)


def _page(typed: object, field: str = "", words: str = "") -> str:
    return render_template(
        "recht/barriere.html", typed=typed, field=field, words=words, trap=TRAP, longest=LONGEST,
        days=hub_settings().barrier_answer_days,
    )  # fmt: skip
