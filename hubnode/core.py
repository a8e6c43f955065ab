"""The part of a node that needs no pages: settings, database and identity, for the worker and the commands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import Flask

from federation.wire import Wire
from hubnode.config import BadSettings, Settings
from hubnode.db import db, engine_options
from hubnode.language import init_languages
from hubnode.network import node
from hubnode.people.sessions import cookie_name
from hubnode.people.viewer import ROLES
from hubnode.records import files
from hubnode.search import analysis
from migrations import tables
from migrations.revision import require_newest

MAX_FORM = 2 * 1024 * 1024
"""Bytes of the largest form or upload that is read."""


def create_core(settings: Settings, *, clock: Callable[[], datetime] = node.utcnow, wire: Wire | None = None) -> Flask:
    """The application without pages; `clock` and `wire` as in `node.attach`.

    Raises `BadSettings` for roles that there are not, `BadIdentity` where keys are missing and `OldDatabase` where a
    migration is due.
    """
    if unknown := set(settings.second_factor_roles) - set(ROLES):
        raise BadSettings(f"second_factor_roles names unknown roles: {', '.join(sorted(unknown))}")
    app = Flask("hubnode", root_path=str(Path(__file__).parent), static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database),
        MAX_CONTENT_LENGTH=MAX_FORM,
        MAX_FORM_MEMORY_SIZE=MAX_FORM,
        WTF_CSRF_TIME_LIMIT=None,
        SESSION_COOKIE_NAME=cookie_name(settings.base_url, "formular"),
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
    )
    app.extensions["hubnode.settings"] = settings
    analysis.use(analysis.read(settings.instance / "search"))
    app.extensions[files.EXTENSION] = files.Store(settings.instance / "media")
    assert tables  # noqa: S101 - importing it registers every table
    init_languages(app)
    db.init_app(app)
    with app.app_context():
        require_newest(db.engine)
    node.attach(app, settings, clock, wire)
    return app
