"""Signing in with an outside provider that the operator has entered, such as the Kreis's Keycloak."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, session
from werkzeug.wrappers import Response as Answer

from hubnode.network.node import current_node
from hubnode.network.signing_in import admitting, errand, outside
from hubnode.network.signing_in.errors import SignInRefused
from hubnode.people import sessions
from hubnode.people.pending import Half
from hubnode.web.account import give, half_way, landing, local_path
from hubnode.web.context import hub_settings
from hubnode.web.visiting import begun, refused, remember

blueprint = Blueprint("outside", __name__)


@blueprint.get("/anmelden/anbieter")
def begin() -> Answer:
    """Lead to the provider; with an invitation, what comes back becomes a new account."""
    node, now = current_node(), current_node().clock()
    if not node.settings.provider_issuer:
        abort(404)
    wanted = local_path(request.args.get("next"))
    attempt = errand.begin(node.settings.provider_issuer, wanted, now, request.args.get("einladung", "")[:200])
    try:
        address = outside.address(node, attempt, now)
    except SignInRefused as refusal:
        return refused(refusal)
    remember(attempt)
    made = redirect(address, 303)
    made.headers["Cache-Control"] = "no-store"
    return made


@blueprint.get(outside.CALLBACK)
def finish() -> Answer:
    """Back from the provider: sign in, or on to the second factor where one is missing."""
    node, now = current_node(), current_node().clock()
    if not node.settings.provider_issuer:
        abort(404)
    try:
        answer = errand.Answer.of(request.args.to_dict(flat=False))
        attempt = begun(answer.state)
        who = outside.finish(node, attempt, answer, now)
        device = sessions.device_label(request.user_agent.string)
        entered = admitting.enter(
            who, attempt.invitation, hub_settings(), device=device, lasting=sessions.SHORT, now=now
        )
    except SignInRefused as refusal:
        return refused(refusal)
    if isinstance(entered, Half):
        session.clear()
        return half_way(entered, attempt.wanted)
    wanted = None if attempt.wanted == "/" else attempt.wanted
    made = give(redirect(landing(wanted, sessions.viewer_of(entered, now)), 303), entered, stay=False)
    made.headers["Cache-Control"] = "no-store"
    return made
