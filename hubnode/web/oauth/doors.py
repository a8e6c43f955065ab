"""The doors of this node as a provider: what programs of other hubs ask, and the pages on which our people agree."""

from __future__ import annotations

from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AccessDeniedError
from authlib.oidc.core.errors import ConsentRequiredError, LoginRequiredError
from flask import Blueprint, Response, g, jsonify, make_response, redirect, render_template, request
from flask_babel import lazy_gettext as _l

from federation import signin
from hubnode.network.node import current_node
from hubnode.network.signing_in import ending, grants, hubs
from hubnode.network.signing_in.errors import SignInRefused
from hubnode.people import sessions, tokens
from hubnode.people.viewer import ANONYMOUS
from hubnode.web import errors
from hubnode.web.account import to_sign_in
from hubnode.web.context import current_viewer, hub_name, hub_settings
from hubnode.web.oauth import hub_code, leaving
from hubnode.web.oauth import partners as partner_clients
from hubnode.web.oauth.server import PROVIDER

machines = Blueprint("oauth", __name__)
"""Doors for programs: no cookie counts there, so no form token is asked for."""
pages = Blueprint("consent", __name__)
"""Doors for people."""

NOT_ASKED_SO = (
    _l("Diese Anmeldung passt nicht zusammen"),
    _l(
        "Die Anfrage kommt von keinem Hub, der zurzeit zum Verbund gehört, oder sie wurde unterwegs verändert."
        " Es ist nichts weitergegeben worden. Gehen Sie zu dem anderen Hub zurück und beginnen Sie dort neu."
    ),
)
NO_WAY_BACK = (
    _l("Diese Abmeldung passt nicht zusammen"),
    _l("Die Anfrage kommt von keinem Hub des Verbunds. Melden Sie sich auf der Seite „Ihr Konto“ ab."),
)


@machines.get(signin.DISCOVERY)
def discovery() -> Response:
    """What a client needs to know of this provider (OpenID Connect Discovery 1.0)."""
    own = hub_settings().base_url
    made = jsonify(
        issuer=own,
        authorization_endpoint=own + signin.AUTHORIZE,
        token_endpoint=own + signin.TOKEN,
        userinfo_endpoint=own + signin.USERINFO,
        jwks_uri=own + signin.JWKS,
        revocation_endpoint=own + signin.REVOKE,
        end_session_endpoint=own + signin.END_SESSION,
        introspection_endpoint=own + partner_clients.INTROSPECT,
        scopes_supported=[*signin.SCOPES, *tokens.SCOPES],
        backchannel_logout_supported=True,
        backchannel_logout_session_supported=True,
        claims_supported=["sub", "sid", "name", "eduperson_scoped_affiliation"],
        response_types_supported=["code"],
        response_modes_supported=["query"],
        grant_types_supported=["authorization_code", "client_credentials"],
        subject_types_supported=["pairwise"],
        id_token_signing_alg_values_supported=[signin.ALGORITHM],
        token_endpoint_auth_methods_supported=[hub_code.PROOF, partner_clients.PROOF],
        token_endpoint_auth_signing_alg_values_supported=[signin.ALGORITHM],
        revocation_endpoint_auth_methods_supported=[hub_code.PROOF, partner_clients.PROOF],
        introspection_endpoint_auth_methods_supported=[partner_clients.PROOF],
        code_challenge_methods_supported=["S256"],
        prompt_values_supported=["none", "consent"],
        authorization_response_iss_parameter_supported=True,
        request_parameter_supported=False,
        request_uri_parameter_supported=False,
    )
    made.headers["Cache-Control"] = "public, max-age=3600"
    return made


@machines.get(signin.JWKS)
def jwks() -> Response:
    """The public keys of our tokens and of our proofs as a client."""
    made = jsonify(hubs.keys().own.published(current_node().clock()))
    made.headers["Cache-Control"] = "public, max-age=300"
    return made


@machines.post(signin.TOKEN)
def token() -> Response:
    """A token for a code, to the hub that proves to be the one the code is for."""
    answer: Response = PROVIDER.create_token_response()
    return answer


@machines.post(signin.REVOKE)
def revoke() -> Response:
    """End a token."""
    answer: Response = PROVIDER.create_endpoint_response("revocation")
    return answer


@machines.post(partner_clients.INTROSPECT)
def introspect() -> Response:
    """What is known of a token of the asking partner (RFC 7662)."""
    answer: Response = PROVIDER.create_endpoint_response("introspection")
    return answer


@machines.post(signin.BACKCHANNEL)
def backchannel() -> tuple[Response, int]:
    """A home hub says that a sign-in there has ended: the visits that came of it end (Back-Channel Logout 1.0)."""
    node, given = current_node(), request.form.getlist("logout_token")
    try:
        if len(given) != 1:
            raise SignInRefused("bad-token", "one logout token is asked for")
        ending.hear(node, given[0], node.clock())
    except SignInRefused as refusal:
        return _unstored(jsonify(error="invalid_request", error_description=str(refusal))), 400
    return _unstored(jsonify({})), 200


@machines.route(signin.USERINFO, methods=["GET", "POST"])
def userinfo() -> Response:
    """What the token opens, and nothing once it has ended, the person has left or the hub is no member."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    held = grants.find_token(given, current_node().clock()) if scheme.lower() == "bearer" and given else None
    person = None
    if held is not None and held.in_force and hubs.is_member(held.client):
        person = grants.person(held.account_id, held.client, hub_settings().base_url)
    if held is None or person is None:
        refused = jsonify(error="invalid_token", error_description="The token is unknown, expired or revoked.")
        refused.status_code = 401
        refused.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        return _unstored(refused)
    return _unstored(jsonify(person.claims(held.scope)))


@pages.get(signin.AUTHORIZE)
def authorize() -> Response | str:
    """Where another hub sends a person of ours: to sign in, to agree once, and back with a code."""
    viewer = current_viewer()
    try:
        grant = PROVIDER.get_consent_grant(end_user=viewer if viewer.signed_in else None)
    except OAuth2Error as refusal:
        return _refused(refusal)
    silent = request.args.get("prompt") == "none"
    if not viewer.signed_in:
        return _answered(grant, LoginRequiredError) if silent else make_response(to_sign_in())
    if viewer.role not in grants.ELSEWHERE:
        return _answered(grant, AccessDeniedError)
    client = grant.client.origin
    if grants.has_agreed(viewer.account_id or 0, client) and request.args.get("prompt") != "consent":
        return _granted(grant)
    if silent:
        return _answered(grant, ConsentRequiredError)
    return render_template("oauth/zustimmen.html", origin=client, place=hub_name(client), person=viewer.name)


@pages.post(signin.AUTHORIZE)
def decide() -> Response:
    """The person agrees, or does not."""
    viewer = current_viewer()
    if not viewer.signed_in or viewer.account_id is None:
        return make_response(to_sign_in())
    try:
        grant = PROVIDER.get_consent_grant(end_user=viewer)
    except OAuth2Error as refusal:
        return _refused(refusal)
    if request.form.get("aktion") != "zustimmen" or viewer.role not in grants.ELSEWHERE:
        return _answered(grant, AccessDeniedError)
    grants.agree(viewer.account_id, grant.client.origin, current_node().clock())
    return _granted(grant)


@pages.get(signin.END_SESSION)
def ask_end() -> Response | str:
    """Ask whether a person who has signed out elsewhere wants to be signed out here too (RP-Initiated Logout 1.0)."""
    back = _way_back()
    if back is None:
        return errors.answer(400, NO_WAY_BACK)
    if not current_viewer().signed_in:
        return leaving.leave(back)
    return render_template("oauth/abmelden.html", place=hub_name(request.args["client_id"]), back=back)


@pages.post(signin.END_SESSION)
def end() -> Response:
    """Sign out here, and lead back."""
    back = _way_back()
    if back is None:
        return errors.answer(400, NO_WAY_BACK)
    settings = hub_settings()
    name = sessions.cookie_name(settings.base_url)
    sessions.close(request.cookies.get(name), current_node().clock())
    g.viewer = ANONYMOUS
    made = leaving.leave(back)
    made.delete_cookie(name, path="/", secure=settings.base_url.startswith("https://"), httponly=True, samesite="Lax")
    return made


def _way_back() -> str | None:
    """The address to come back to, if it is that of a member; a hint about who signs out decides nothing here."""
    client, back = request.args.get("client_id", ""), request.args.get("post_logout_redirect_uri", "")
    if not hubs.is_member(client) or back != client + signin.SIGNED_OUT:
        return None
    state = request.args.get("state", "")
    return str(add_params_to_uri(back, [("state", state[:512])])) if state else back


def _granted(grant: Any) -> Response:
    """Lead back with a code."""
    return _led(PROVIDER.create_authorization_response(grant=grant, grant_user=current_viewer()))


def _answered(grant: Any, error: type[OAuth2Error]) -> Response:
    """Lead back with a refusal."""
    return _refused(error(redirect_uri=grant.redirect_uri, state=grant.request.payload.state))


def _refused(refusal: OAuth2Error) -> Response:
    """Lead back with a refusal where it is sure who asked, else say so on a page: nobody is led to an unknown address.

    The answer names its issuer as every other does (RFC 9207); Authlib's refusals lack that.
    """
    if not getattr(refusal, "redirect_uri", None):
        return errors.answer(400, NOT_ASKED_SO)
    said = [("error", refusal.error), ("iss", hub_settings().base_url)]
    state = request.values.get("state", "")
    if state and len(state) <= hub_code.MAX_STATE:
        said.append(("state", state))
    return leaving.leave(str(add_params_to_uri(refusal.redirect_uri, said)))


def _led(made: Response) -> Response:
    """The same way out for what Authlib has decided."""
    return leaving.leave(made.location) if made.location else make_response(redirect("/", 303))


def _unstored(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
