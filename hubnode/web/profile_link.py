"""The page of a letter about one's own profile: the notice, everything that was written, and the choices.

Whoever holds the link is the person, for one act; there is no account needed. Opening the page changes nothing, because
programs open links too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from federation import canonical
from hubnode.db import reading
from hubnode.network.node import current_node
from hubnode.people.viewer import Viewer
from hubnode.records import owning, profiles
from hubnode.records.profiles import LinkExpired, LinkUsed, Owner
from hubnode.web import own_data
from hubnode.web.own_profile import form_page, published

blueprint = Blueprint("profile_link", __name__, url_prefix="/profil")
Answer = Redirect | str | tuple[str, int]


@blueprint.get("/<token>")
def look(token: str) -> Answer:
    """What a letter asks: the notice, everything that was written, and the choices. Looking changes nothing."""
    return _with_link(token, lambda owner: form_page(owner, Viewer(level="network"), token))


@blueprint.post("/<token>")
def decide(token: str) -> Answer:
    """The answer to a letter: yes as it is, yes as changed here, no, or an objection."""
    return _with_link(token, lambda owner: DECISIONS.get(request.form.get("aktion", ""), _changed)(owner, token))


@blueprint.get("/geloescht/<token>")
def erased(token: str) -> str:
    """How far the erasure has come, for whoever asked for it, for 90 days."""
    return own_data.progress(_erased(token), token)


@blueprint.get("/geloescht/<token>/nachweis")
def printable(token: str) -> str:
    """The proof of it as a page to print."""
    return own_data.printed(_erased(token))


@blueprint.get("/geloescht/<token>/nachweis.json")
def document(token: str) -> Response:
    """The proof as a file, which `hubnode erasures verify` checks without asking anybody."""
    made = Response(canonical.encode(own_data.document(_erased(token))), content_type="application/json")
    made.headers["Content-Disposition"] = "attachment; filename=loeschnachweis.json"
    return made


def _erased(token: str) -> str:
    return owning.erased(token, current_node().clock())


def _yes(owner: Owner, _token: str) -> Answer:
    owning.confirm(owner, current_node().clock())
    return _answered("yes")


def _changed(owner: Owner, token: str) -> Answer:
    return published(owner, Viewer(level="network"), partial(_answered, "yes"), token)


def _no(owner: Owner, _token: str) -> Answer:
    proof = owning.erase(owner, current_node().clock())
    return redirect(url_for("profile_link.erased", token=proof), 303)


def _object(owner: Owner, _token: str) -> Answer:
    owning.object_to(owner, request.form.get("grund", ""), current_node().clock())
    return _answered("objected")


def _answered(done: str) -> Answer:
    return render_template("konto/profil_antwort.html", done=done)


DECISIONS: dict[str, Callable[[Owner, str], Answer]] = {"ja": _yes, "nein": _no, "widerspruch": _object}
"""The buttons of the page of a letter; every other one sends the form."""


def _with_link(token: str, do: Callable[[Owner], Answer]) -> Answer:
    """Do this with the proof of a letter; a used, old or forged one gets a page that says what helps."""
    try:
        return do(profiles.by_link(reading(), token, current_node().clock()))
    except LinkUsed:
        return render_template("konto/profil_link.html", used=True), 410
    except LinkExpired:
        return render_template("konto/profil_link.html", used=False), 410
