"""Visiting: signing in here with the account of another hub, the visitor's page, and our people's visits elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request, session, url_for
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response as Answer_

from federation import signin
from hubnode.db import transaction
from hubnode.network.node import current_node
from hubnode.network.signing_in import errand, grants, visitors
from hubnode.network.signing_in.errors import SignInRefused, Why
from hubnode.network.taking_part import registering
from hubnode.people import audit, sessions
from hubnode.people.viewer import ANONYMOUS
from hubnode.web import cookies
from hubnode.web.account import local_path
from hubnode.web.context import current_viewer, hub_name, hub_settings, network_hubs

blueprint = Blueprint("visiting", __name__)
Answer = Answer_ | str | tuple[str, int]
UNDER_WAY = "anmeldungen"
"""Where the browser's signed cookie keeps the sign-ins that it has begun."""
MOST = 3
"""Sign-ins of one browser that may be under way at the same time."""
WORDS: Mapping[Why, tuple[int, LazyString, LazyString]] = {
    "unknown-hub": (
        403,
        _l("Dieser Hub gehört zurzeit nicht zum Verbund"),
        _l("Deshalb geht die Anmeldung mit seinem Konto hier nicht. Öffentliche Inhalte sehen Sie ohne Anmeldung."),
    ),
    "expired": (
        400,
        _l("Diese Anmeldung ist nicht mehr gültig"),
        _l(
            "Sie hat länger als zehn Minuten gedauert, wurde schon benutzt oder in einem anderen Browser begonnen."
            " Beginnen Sie bitte neu."
        ),
    ),
    "mixed-up": (
        400,
        _l("Die Antwort kam von einem anderen Hub als gefragt"),
        _l("Wir haben niemanden angemeldet. Beginnen Sie bitte neu, und wählen Sie Ihren Hub aus der Liste."),
    ),
    "denied": (
        403,
        _l("Sie sind nicht angemeldet"),
        _l("Ihr Hub hat die Anmeldung abgebrochen, oder Ihre Rolle dort erlaubt keine Besuche bei anderen Hubs."),
    ),
    "unreachable": (
        502,
        _l("Ihr Hub antwortet gerade nicht"),
        _l("Die Anmeldung braucht seine Bestätigung. Bitte versuchen Sie es in einigen Minuten noch einmal."),
    ),
    "refused": (
        400,
        _l("Ihr Hub hat diese Anmeldung nicht bestätigt"),
        _l("Wir haben niemanden angemeldet. Beginnen Sie bitte neu."),
    ),
    "bad-token": (
        400,
        _l("Die Bestätigung Ihres Hubs ist nicht gültig"),
        _l("Wir haben niemanden angemeldet. Bleibt es dabei, sagen Sie der Verwaltung Ihres Hubs Bescheid."),
    ),
    "bad-affiliation": (
        403,
        _l("Die Zugehörigkeit passt nicht"),
        _l("Wer Sie angemeldet hat, spricht für eine andere Einrichtung. Wir haben niemanden angemeldet."),
    ),
    "no-account": (
        403,
        _l("Für Sie gibt es hier noch kein Konto"),
        _l(
            "Ihre Anmeldung dort hat geklappt, aber niemand hat Sie hier eingeladen, oder Ihr Konto ist gesperrt."
            " Bitten Sie die Verwaltung dieses Hubs um eine Einladung."
        ),
    ),
}
"""What a page says of each refusal: status, title, what to do."""


@blueprint.get("/anmelden/hub/<host>")
def begin(host: str) -> Answer_:
    """Lead to the home hub to sign in there."""
    node, now = current_node(), current_node().clock()
    try:
        attempt = errand.begin(_origin(host), local_path(request.args.get("next")), now)
        address = errand.address(node, attempt)
    except SignInRefused as refusal:
        return refused(refusal)
    remember(attempt)
    return _unstored(redirect(address, 303))


@blueprint.get(signin.CALLBACK + "<host>")
def finish(host: str) -> Answer_:
    """Back from the home hub: let the visitor in if it vouches for somebody."""
    node, now = current_node(), current_node().clock()
    try:
        answer = errand.Answer.of(request.args.to_dict(flat=False))
        attempt = begun(answer.state)
        who = errand.finish(node, attempt, answer, _origin(host), now)
        token = visitors.admit(who, sessions.device_label(request.user_agent.string), now)
    except SignInRefused as refusal:
        return refused(refusal)
    before = cookies.token()
    sessions.close(before, now)
    visitors.close(before, now)
    session.clear()
    made = make_response(redirect(attempt.wanted, 303))
    cookies.keep(made, token, None)
    return _unstored(made)


@blueprint.get(signin.SIGNED_OUT)
def signed_out() -> Answer_:
    """Back from signing out at the home hub."""
    return redirect(url_for("account.sign_in", ok="abgemeldet"), 303)


@blueprint.get("/besuch")
def page() -> str:
    """The visitor's own page: what is held, where the visits are, and how to end them."""
    visitor_id = _visitor_id()
    return render_template(
        "besuch/besuch.html",
        about=visitors.about(visitor_id),
        devices=visitors.devices(visitor_id, cookies.token(), current_node().clock()),
    )


@blueprint.post("/besuch/abmelden")
def sign_out() -> Answer:
    """End the visit on this device; the account at the home hub is another matter, and the page says so."""
    home = current_viewer().home
    visitors.close(cookies.token(), current_node().clock())
    return _gone(home)


@blueprint.post("/besuch/<int:visit_id>/beenden")
def end(visit_id: int) -> Answer:
    """End one of one's own visits."""
    now, home = current_node().clock(), current_viewer().home
    if not visitors.end(_visitor_id(), visit_id, now):
        abort(404)
    token = cookies.token()
    if token and visitors.viewer_of(token, now).visiting:
        return redirect(url_for("visiting.page"), 303)
    return _gone(home)


@blueprint.post("/besuch/vergessen")
def forget() -> Answer:
    """Erase what is held of the visitor, at once; registrations are cancelled."""
    home = current_viewer().home
    registering.forget_visitor(_visitor_id(), current_node().clock())
    return _gone(home)


@blueprint.get("/konto/hubs")
def elsewhere() -> str:
    """The other hubs at which somebody of ours signs in, to take it back."""
    return render_template("konto/hubs.html", consents=grants.consents(_account_id()), done="ok" in request.args)


@blueprint.post("/konto/hubs/<host>/entziehen")
def withdraw(host: str) -> Answer_:
    """Take back that another hub learns who somebody is."""
    origin = next((one.client for one in grants.consents(_account_id()) if signin.host_part(one.client) == host), "")
    if not grants.withdraw(_account_id(), origin, current_node().clock()):
        abort(404)
    return redirect(url_for("visiting.elsewhere", ok=""), 303)


def refused(refusal: SignInRefused) -> Response:
    """The page that says why nobody is signed in and what to do; of attacks, the trail keeps the kind alone."""
    status, title, help_ = WORDS[refusal.why]
    if refusal.why in ("mixed-up", "bad-token", "bad-affiliation"):
        with transaction() as held:
            audit.note_rarely(held, "sign_in.refused", current_node().clock(), by="nobody", detail={"why": refusal.why})
    made = make_response(render_template("besuch/fehler.html", title=title, help=help_), status)
    made.headers["Cache-Control"] = "no-store"
    return made


def remember(attempt: errand.Attempt) -> None:
    """Let this browser, and no other, bring the answer."""
    kept: dict[str, list[str]] = session.get(UNDER_WAY, {})
    newest = list(kept.items())[-(MOST - 1) :]
    session[UNDER_WAY] = {**dict(newest), attempt.state: attempt.to_json()}


def begun(state: str) -> errand.Attempt:
    """The sign-in of this browser that the answer belongs to, used up by it; raises `SignInRefused`."""
    kept: dict[str, list[str]] = session.get(UNDER_WAY, {})
    found = kept.get(state) if state else None
    session[UNDER_WAY] = {key: one for key, one in kept.items() if key != state}
    return errand.Attempt.from_json(found)


def _origin(host: str) -> str:
    """The origin of the other hub with this host; one that is none where there is no such hub."""
    return next((hub.origin for hub in network_hubs() if hub.host == host and not hub.here), "")


def _gone(home: str | None) -> Answer:
    """The page after a visit: who wants to can sign out at the home hub too."""
    session.clear()
    g.viewer = ANONYMOUS
    way = ""
    if home:
        own = hub_settings().base_url
        back = {"client_id": own, "post_logout_redirect_uri": own + signin.SIGNED_OUT}
        way = f"{home}{signin.END_SESSION}?{urlencode(back)}"
    made = make_response(render_template("besuch/ende.html", way=way, place=hub_name(home) if home else ""))
    cookies.drop(made)
    made.headers["Clear-Site-Data"] = '"cache"'
    return _unstored(made)


def _visitor_id() -> int:
    visitor_id = current_viewer().visitor_id
    if visitor_id is None:
        abort(403)
    return visitor_id


def _account_id() -> int:
    account_id = current_viewer().account_id
    if account_id is None:
        abort(403)
    return account_id


def _unstored(made: Answer_) -> Answer_:
    made.headers["Cache-Control"] = "no-store"
    return made
