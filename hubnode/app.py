"""The whole node as the web process serves it: the core, the pages and the doors for peers."""

from __future__ import annotations

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.web import BLUEPRINTS, apl, init_web
from hubnode.web.routes import LazyRule
from hubnode.web.uploads import init_uploads

csrf = CSRFProtect()


def create_app(settings: Settings) -> Flask:
    """The application for `settings`; raises what `create_core` raises."""
    app = create_core(settings)
    app.url_rule_class = LazyRule
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # the default provider has it
    if settings.proxies:
        # The address only, for the throttle of sign-in: who we are, our settings say and no header.
        app.wsgi_app = ProxyFix(app.wsgi_app, settings.proxies, 0, 0, 0, 0)  # type: ignore[method-assign]
    init_uploads(app, settings)  # before the token is looked for, which reads the whole form
    csrf.init_app(app)
    csrf.exempt(apl.blueprint)  # peers prove themselves by signatures, and no cookie is read there
    init_web(app)
    for blueprint in (*BLUEPRINTS, apl.blueprint):
        app.register_blueprint(blueprint)
    return app
