"""Languages: German first, English second; a third needs a catalogue only."""

from __future__ import annotations

from flask import Flask, has_request_context, request
from flask_babel import Babel

LANGUAGES = ("de", "en")
LANGUAGE_COOKIE = "sprache"
TIMEZONE = "Europe/Berlin"


def init_languages(app: Flask) -> None:
    """Give `app` its catalogues; German, unless somebody chose another language."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "web/translations"
    Babel(app, default_locale="de", locale_selector=_locale, timezone_selector=lambda: TIMEZONE)


def _locale() -> str:
    chosen = request.cookies.get(LANGUAGE_COOKIE) if has_request_context() else None
    return chosen if chosen in LANGUAGES else "de"
