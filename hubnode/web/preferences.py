"""The reader's choice of language and colours: a cookie each, set only after a choice."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from hubnode.language import LANGUAGE_COOKIE, LANGUAGES
from hubnode.web.context import THEME_COOKIE, THEMES, hub_settings

blueprint = Blueprint("preferences", __name__)
YEAR = 365 * 24 * 3600


@blueprint.post("/sprache")
def language() -> Response:
    """Keep the language that was chosen and go back to the page."""
    return _keep(LANGUAGE_COOKIE, LANGUAGES)


@blueprint.post("/darstellung")
def theme() -> Response:
    """Keep light or dark and go back to the page."""
    return _keep(THEME_COOKIE, THEMES)


def _keep(name: str, allowed: tuple[str, ...]) -> Response:
    """Set the cookie.

    These two forms carry no token: it would need a cookie before there was a choice. The browser's word on where the
    request came from is asked instead.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    value = request.form.get(name, "")
    if value not in allowed:
        abort(400)
    answer = redirect(back_to(request.form.get("zurueck", "/")), 303)
    answer.set_cookie(name, value, max_age=YEAR, secure=hub_settings().base_url.startswith("https://"), samesite="Lax")
    return answer


def back_to(path: str) -> str:
    """`path` if it is a place on this node, else the start page: nobody is sent elsewhere."""
    safe = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if safe else "/"
