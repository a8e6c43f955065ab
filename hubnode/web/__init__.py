"""Pages: what people see of the node, and the doors for browsers."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from jinja2 import FileSystemLoader

from hubnode.web import (
    access,
    account,
    api,
    asking,
    barriers,
    catalogue,
    changes,
    confirmation,
    digests,
    editing,
    factors,
    feeds,
    help,
    invited,
    legal,
    mailbox,
    media,
    metrics,
    network,
    oai,
    outside,
    own_address,
    own_data,
    own_feed_keys,
    own_profile,
    own_tokens,
    pages,
    preferences,
    profile_link,
    publiccode,
    questions,
    records,
    recovery,
    registrations,
    saved,
    second_step,
    sitemap,
    structured,
    subscribing,
    visiting,
    websub,
    well_known,
)
from hubnode.web.admin import audit as admin_audit
from hubnode.web.admin import barriers as admin_barriers
from hubnode.web.admin import choice as admin_choice
from hubnode.web.admin import desk
from hubnode.web.admin import duties as admin_duties
from hubnode.web.admin import erasures as admin_erasures
from hubnode.web.admin import health as admin_health
from hubnode.web.admin import hubs as admin_hubs
from hubnode.web.admin import keys as admin_keys
from hubnode.web.admin import partners as admin_partners
from hubnode.web.admin import people as admin_people
from hubnode.web.admin import post as admin_post
from hubnode.web.admin import quarantine as admin_quarantine
from hubnode.web.admin import repair as admin_repair
from hubnode.web.admin import webhooks as admin_webhooks
from hubnode.web.api1 import document as developers
from hubnode.web.api1 import init_api1
from hubnode.web.context import hub_settings, init_context
from hubnode.web.errors import init_errors
from hubnode.web.headers import init_headers
from hubnode.web.oauth import doors as oauth
from hubnode.web.static_files import init_static

BLUEPRINTS = [
    pages.blueprint,
    records.blueprint,
    network.blueprint,
    legal.blueprint,
    preferences.blueprint,
    account.blueprint,
    invited.blueprint,
    recovery.blueprint,
    own_address.blueprint,
    own_profile.blueprint,
    own_data.blueprint,
    profile_link.blueprint,
    mailbox.blueprint,
    second_step.blueprint,
    factors.blueprint,
    feeds.blueprint,
    subscribing.blueprint,
    digests.blueprint,
    websub.blueprint,
    admin_webhooks.blueprint,
    changes.blueprint,
    api.blueprint,
    developers.blueprint,
    help.blueprint,
    oai.blueprint,
    catalogue.blueprint,
    sitemap.blueprint,
    well_known.blueprint,
    publiccode.blueprint,
    editing.blueprint,
    questions.blueprint,
    registrations.blueprint,
    saved.blueprint,
    media.blueprint,
    desk.blueprint,
    admin_people.blueprint,
    admin_post.blueprint,
    admin_health.blueprint,
    admin_hubs.blueprint,
    admin_keys.blueprint,
    admin_erasures.blueprint,
    admin_choice.blueprint,
    admin_quarantine.blueprint,
    admin_repair.blueprint,
    admin_audit.blueprint,
    admin_duties.blueprint,
    admin_partners.blueprint,
    own_tokens.blueprint,
    own_feed_keys.blueprint,
    admin_barriers.blueprint,
    barriers.blueprint,
    metrics.blueprint,
    oauth.machines,
    oauth.pages,
    visiting.blueprint,
    outside.blueprint,
]
"""What `create_app` registers."""


def init_web(app: Flask) -> None:
    """Give `app` its templates, languages, headers, errors and static files."""
    app.jinja_loader = FileSystemLoader(Path(__file__).parent / "templates")
    with app.app_context():
        settings = hub_settings()
    init_context(app)
    app.jinja_env.globals.update(search_length=asking.MAX_TEXT)
    media.init_media(app)
    oai.init_oai(app)
    structured.init_structured(app)
    legal.init_legal(app)
    confirmation.init_confirmation(app)
    saved.init_saved(app)
    registrations.init_registrations(app)
    init_static(app)
    init_headers(app, settings)
    init_errors(app)
    init_api1(app)
    access.init_access(app)
    if (csrf := app.extensions.get("csrf")) is not None:
        csrf.exempt(preferences.blueprint)
        csrf.exempt(barriers.blueprint)  # no cookie is asked for; it looks where the form was sent from
        csrf.exempt(oauth.machines)
        csrf.exempt(websub.blueprint)  # programs ask, without a cookie
        csrf.exempt(digests.blueprint)  # links of mails prove themselves, and no cookie is asked for
