"""Languages: German first, English second; a third needs a catalogue only."""

from __future__ import annotations

from typing import Any

from flask import Flask, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

LANGUAGES = ("de", "en")
LANGUAGE_COOKIE = "sprache"
TIMEZONE = "Europe/Berlin"


class _Sentences(Domain):  # type: ignore[misc]  # the library has no types
    """The catalogues of an application; a page asks a hundred times, so the way to one is short."""

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[tuple[str, str | None], Any] = {}

    def get_translations(self) -> Any:
        """The catalogue in the language of this request or letter."""
        locale = get_locale()
        if locale is None:
            return super().get_translations()
        key = locale.language, locale.territory  # a locale itself takes longer to compare than all the rest
        if key not in self._found:
            self._found[key] = super().get_translations()
        return self._found[key]


def init_languages(app: Flask) -> None:
    """Give `app` its catalogues; German, unless somebody chose another language."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "web/translations"
    babel = Babel(app, default_locale="de", locale_selector=_locale, timezone_selector=lambda: TIMEZONE)
    sentences = _Sentences()
    babel.domain_instance = sentences

    @pass_eval_context
    def say(context: EvalContext, sentence: str, **values: Any) -> str:
        """The sentence in a page, as Jinja's own does it: ``%(name)s`` is replaced, and escaped where pages are."""
        said: str = sentences.get_translations().gettext(sentence)
        return (Markup(said) if context.autoescape else said) % values  # noqa: S704 - a sentence of the catalogue

    app.jinja_env.globals.update(gettext=say, _=say)


def _locale() -> str:
    chosen = request.cookies.get(LANGUAGE_COOKIE) if has_request_context() else None
    return chosen if chosen in LANGUAGES else "de"
