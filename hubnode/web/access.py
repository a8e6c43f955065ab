"""Who may use which page and which door: one table, asked before every request, closed to all that it does not name.

What a rule lets in is a kind of person. Which records somebody sees or changes then is decided where they are read
and written, by the same `Viewer`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Flask, request
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from hubnode.people.viewer import Viewer
from hubnode.web.account import to_sign_in
from hubnode.web.context import current_viewer
from hubnode.web.editing import typed_again
from hubnode.web.errors import MACHINES

log = logging.getLogger(__name__)
Answer = Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """Whom an endpoint lets in."""

    name: str
    lets_in: Callable[[Viewer], bool] | None
    """None where the cookie of a person is not looked at: the endpoint is open, or its own door checks something else.
    """


ANYBODY = Rule("anybody", None)
"""Everybody; what is shown still depends on who looks."""
PEERS = Rule("peers", None)
"""Other hubs, which the door knows by their signature; cookies count for nothing there."""
TOKEN = Rule("token", None)
"""Whoever shows a token that the endpoint checks: of monitoring, of a partner, of a link in a mail."""
SIGNED_IN = Rule("signed_in", lambda viewer: viewer.signed_in)
"""Everybody with an account here, whatever the role: the own account."""
OWN_PROFILE = Rule("own_profile", lambda viewer: viewer.signed_in and viewer.role != "partner")
"""People who may have a profile, for their own one; whose it is, is checked where it is read."""
MEMBERS = Rule("members", lambda viewer: viewer.is_member)
"""The people of this hub: staff and above."""
COLLEAGUES = Rule("colleagues", lambda viewer: viewer.may_ask)
"""The people of this hub, and those whom another hub of the network vouches for."""
ANSWERING = Rule("answering", lambda viewer: viewer.may_ask or viewer.role == "expert")
"""Those, and people who have nothing here but their own profile, about which they are asked."""
VISITORS = Rule("visitors", lambda viewer: viewer.visiting)
"""Those whom another hub vouches for, for what is held of themselves."""
WRITERS = Rule("writers", lambda viewer: viewer.may_write)
"""Editors and above."""
PUBLISHERS = Rule("publishers", lambda viewer: viewer.may_publish)
"""Coordinators and administrators."""
ADMINS = Rule("admins", lambda viewer: viewer.may_admin)
"""Administrators."""


def _all(rule: Rule, blueprint: str, names: str) -> dict[str, Rule]:
    """The rule for each of these endpoints of a blueprint."""
    return {f"{blueprint}.{name}": rule for name in names.split()}


RULES: Mapping[str, Rule] = {
    # what everybody may read
    "static_file": ANYBODY,
    "favicon": ANYBODY,
    **_all(ANYBODY, "pages", "start"),
    **_all(ANYBODY, "records", "own remote global_id search"),
    **_all(ANYBODY, "records", "project expertise event experience_report funding_call need offer reuse organisation"),
    **_all(ANYBODY, "network", "overview notes event_file"),
    **_all(ANYBODY, "legal", "page robots"),
    **_all(ANYBODY, "barriers", "form report told"),
    **_all(ANYBODY, "preferences", "language theme"),
    **_all(ANYBODY, "feeds", "document event_ical call_ical"),
    **_all(ANYBODY, "subscribing", "page"),
    **_all(ANYBODY, "digests", "form ask"),
    **_all(TOKEN, "digests", "confirming confirm manage change ending end"),
    **_all(ANYBODY, "websub", "hub"),
    **_all(PUBLISHERS, "admin_webhooks", "overview make one rotate change message"),
    **_all(ANYBODY, "changes", "stream"),
    **_all(ANYBODY, "api", "search suggest"),
    **_all(ANYBODY, "api1", "records record_by_id record versions hubs hub all_vocabularies vocabulary kinds"),
    **_all(TOKEN, "api1", "new_draft draft change publish withdraw upload import_records"),
    **_all(ANYBODY, "developers", "document page universities"),
    **_all(ANYBODY, "help", "searching opensearch"),
    **_all(ANYBODY, "oai", "door schema"),
    **_all(ANYBODY, "catalogue", "catalog topics either"),
    **_all(ANYBODY, "sitemap", "whole part"),
    **_all(ANYBODY, "well_known", "security change_password"),
    **_all(ANYBODY, "publiccode", "export"),
    **_all(ANYBODY, "media", "file thumbnail"),
    # signing in, and the own account
    **_all(ANYBODY, "account", "sign_in open_session close_session"),
    **_all(SIGNED_IN, "account", "account change_password end_session end_all_sessions"),
    **_all(ANYBODY, "second_step", "page code second_challenge second_passkey challenge passkey"),
    **_all(ANYBODY, "second_step", "enrol offer first_code registration first_passkey"),
    **_all(SIGNED_IN, "factors", "overview offer scan first_code remove_app renew_codes challenge"),
    **_all(SIGNED_IN, "factors", "registration add_passkey remove_passkey"),
    **_all(SIGNED_IN, "own_address", "form ask"),
    **_all(TOKEN, "own_address", "look confirm"),
    **_all(TOKEN, "invited", "show accept"),
    **_all(ANYBODY, "recovery", "ask asked"),
    **_all(TOKEN, "recovery", "choose chosen"),
    **_all(ANYBODY, "mailbox", "overview letter"),
    **_all(OWN_PROFILE, "own_profile", "show publish confirm withdraw"),
    **_all(SIGNED_IN, "own_data", "overview export printable ask_leave leave"),
    **_all(OWN_PROFILE, "own_data", "restrict release object_to withdrawn ask_erase erase"),
    **_all(TOKEN, "profile_link", "look decide erased printable document"),
    **_all(SIGNED_IN, "own_tokens", "overview make revoke"),
    **_all(SIGNED_IN, "own_feed_keys", "overview make revoke"),
    **_all(MEMBERS, "saved", "page save look rename delete"),
    **_all(COLLEAGUES, "questions", "new ask close ask_delete delete"),
    **_all(ANSWERING, "questions", "inbox thread reply"),
    **_all(COLLEAGUES, "registrations", "overview form register ask_cancel cancel"),
    **_all(PUBLISHERS, "registrations", "sheet export call_off"),
    # sign-in across hubs: what programs of other hubs ask, the pages of our people, those of visitors
    **_all(ANYBODY, "oauth", "discovery jwks"),
    **_all(PEERS, "oauth", "token revoke backchannel"),
    **_all(TOKEN, "oauth", "userinfo introspect"),
    **_all(ANYBODY, "consent", "authorize decide ask_end end"),
    **_all(ANYBODY, "visiting", "begin finish signed_out"),
    **_all(ANYBODY, "outside", "begin finish"),
    **_all(VISITORS, "visiting", "page sign_out end forget"),
    **_all(SIGNED_IN, "visiting", "elsewhere withdraw"),
    # the hub's records
    **_all(WRITERS, "editing", "desk new create edit change preview resembling versions ask_discard discard"),
    **_all(PUBLISHERS, "editing", "ask_withdraw withdraw ask_erase erase erased uphold"),
    # administration
    **_all(ADMINS, "admin", "overview"),
    **_all(ADMINS, "admin_people", "overview invite invitation person change"),
    **_all(ADMINS, "admin_post", "overview change"),
    **_all(ADMINS, "admin_health", "overview"),
    **_all(ADMINS, "admin_hubs", "overview invite withdraw join leave one_request decide hub joint change"),
    **_all(ADMINS, "admin_keys", "overview rotate review accept drop"),
    **_all(ADMINS, "admin_erasures", "overview one printable document"),
    **_all(ADMINS, "admin_choice", "form preview change"),
    **_all(ADMINS, "admin_quarantine", "overview one raw read_anew pass_over lay_before"),
    **_all(ADMINS, "admin_repair", "overview ask begin resume compare"),
    **_all(ADMINS, "admin_audit", "overview export"),
    **_all(PUBLISHERS, "admin_partners", "overview add one change make_key end_key"),
    **_all(ADMINS, "admin_duties", "overview register register_file given given_file"),
    **_all(ADMINS, "admin_barriers", "overview change"),
    # machines
    **_all(TOKEN, "metrics", "metrics"),
    **_all(ANYBODY, "apl", "card checkpoint epoch"),
    **_all(PEERS, "apl", "entries entries_again seen mirror digest take_receipts poke letters join confirm file"),
}
"""Every endpoint of the node; a test compares it with the routes, and one that is missing here lets nobody in."""


def init_access(app: Flask) -> None:
    """Ask the table before every request of `app`, whatever blueprint it belongs to."""
    app.before_request(_guard)


def _guard() -> Answer | None:
    """Let in whom the rule lets in, lead strangers to sign in; raises `Forbidden` for others."""
    endpoint = request.endpoint
    if endpoint is None:  # no such page, or no such method: the answer says so
        return None
    rule = RULES.get(endpoint)
    if rule is None:
        log.error("endpoint %s has no rule of access and lets nobody in", endpoint)
        raise Forbidden
    if rule.lets_in is None or rule.lets_in(current_viewer()):
        return None
    viewer = current_viewer()
    if viewer.signed_in or viewer.visiting or request.path.startswith(MACHINES):
        raise Forbidden
    return _ended()


def _ended() -> Answer:
    """The way to the sign-in page; what was typed under a sign-in that has ended is kept on the page."""
    typing = request.blueprint == "editing" or (request.blueprint == "questions" and "text" in request.form)
    return typed_again(None) if typing and request.method == "POST" else to_sign_in()
