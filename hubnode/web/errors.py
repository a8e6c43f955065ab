"""From named errors to answers: one table of statuses, and a page that says what happened and what helps."""

from __future__ import annotations

import logging

from flask import Flask, Response, current_app, g, jsonify, make_response, redirect, render_template, request
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from hubnode.people.errors import EndedLink
from hubnode.people.viewer import ANONYMOUS
from hubnode.records.errors import Forbidden, Gone, NotFound, NotNow, Stale, UnderReview
from hubnode.records.log import NotWritable

log = logging.getLogger(__name__)
NOT_NOW: dict[str, tuple[LazyString, LazyString]] = {
    "checking": (
        _l("Veröffentlichen ist gerade nicht möglich"),
        _l(
            "Dieser Hub fragt nach einem Neustart erst die anderen Hubs, ob ihm eigene Einträge fehlen."
            " Es ist nichts verloren. Bitte versuchen Sie es in einer Minute noch einmal."
        ),
    ),
    "readonly": (
        _l("Veröffentlichen ist zurzeit gesperrt"),
        _l(
            "Was die anderen Hubs von diesem Hub haben, passt nicht zu dem, was hier gespeichert ist."
            " Es ist nichts verloren. Die Person, die den Knoten betreibt, muss entscheiden, wie es weitergeht."
        ),
    ),
}
"""Why the own log takes nothing, by its state: title, and what to do."""
STATUS: dict[type[Exception], int] = {NotFound: 404, Gone: 410, Forbidden: 403, Stale: 409, NotNow: 409}
"""What a named error of the rooms below means in HTTP."""
WORDS: dict[int, tuple[LazyString, LazyString]] = {
    400: (_l("Die Anfrage war unvollständig"), _l("Bitte gehen Sie zurück und versuchen Sie es noch einmal.")),
    403: (
        _l("Das ist hier nicht erlaubt"),
        _l("Mit Ihrer Anmeldung können Sie diese Seite nicht nutzen. Fragen Sie die Verwaltung Ihres Hubs."),
    ),
    404: (
        _l("Diese Seite gibt es nicht"),
        _l("Vielleicht ist die Adresse veraltet, oder der Eintrag ist nur für angemeldete Beschäftigte sichtbar."),
    ),
    405: (
        _l("So geht es hier nicht weiter"),
        _l("Diese Adresse nimmt nur Formulare an. Gehen Sie zurück und nutzen Sie den Knopf auf der Seite."),
    ),
    409: (
        _l("Der Eintrag hat sich inzwischen geändert"),
        _l("Bitte öffnen Sie ihn neu. Es wurde nichts überschrieben."),
    ),
    410: (
        _l("Dieser Eintrag wurde zurückgezogen oder gelöscht"),
        _l("Sein Hub hat ihn aus dem Verbund genommen. Vielleicht hilft die Suche weiter."),
    ),
    413: (_l("Das war zu groß"), _l("Kürzen Sie den Text oder wählen Sie eine kleinere Datei.")),
    429: (_l("Das war zu schnell"), _l("Bitte warten Sie einen Moment und versuchen Sie es dann noch einmal.")),
    500: (
        _l("Hier ist etwas schiefgegangen"),
        _l("Der Fehler liegt bei uns und ist vermerkt. Bitte versuchen Sie es in einigen Minuten noch einmal."),
    ),
    503: (
        _l("Wir sind gleich wieder da"),
        _l("Dieser Hub wird gerade gewartet. Bitte versuchen Sie es in einigen Minuten noch einmal."),
    ),
}
EXPIRED = (
    _l("Das Formular war zu lange offen"),
    _l("Bitte gehen Sie zurück, laden Sie die Seite neu und senden Sie das Formular noch einmal ab."),
)
REVIEWED = (
    _l("Dieser Eintrag wird geprüft"),
    _l(
        "Sein Hub hat gemeldet, dass ein Schlüssel in fremden Händen war."
        " Bis geklärt ist, was von ihm stammt, zeigen wir den Eintrag nicht."
    ),
)
LINK_ENDED = (
    _l("Dieser Link gilt nicht mehr"),
    _l(
        "Er wurde schon benutzt, ist abgelaufen, oder es gibt einen neueren."
        " Lassen Sie sich einen neuen schicken, oder fragen Sie die Verwaltung Ihres Hubs."
    ),
)
MACHINES = ("/apl/", "/.well-known/", "/api/")


def init_errors(app: Flask) -> None:
    """Give every error of `app` its answer."""
    for kind in STATUS:
        app.register_error_handler(kind, _named)
    app.register_error_handler(NotWritable, lambda refusal: answer(503, NOT_NOW[refusal.state]))
    app.register_error_handler(EndedLink, lambda _refusal: answer(410, LINK_ENDED))
    app.register_error_handler(CSRFError, lambda _error: answer(400, EXPIRED))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def _named(error: Exception) -> Response:
    if isinstance(error, UnderReview):
        return answer(404, REVIEWED)
    return answer(next(status for kind, status in STATUS.items() if isinstance(error, kind)))


def _http(error: HTTPException) -> Response:
    """Werkzeug's own errors, redirects and ready answers among them."""
    if error.response is not None or error.code is None or error.code < 400:
        return make_response(error.get_response())
    if error.code == 404 and (straight := _without_slash()):
        return make_response(redirect(straight, 308))
    made = answer(error.code)
    made.headers.extend(
        (name, value) for name, value in error.get_headers() if name not in ("Content-Type", "Content-Length")
    )
    return made


def _without_slash() -> str:
    """The address of this page without the slash at its end, where that is a page of ours; else nothing."""
    path = request.path.rstrip("/")
    if (
        request.method not in ("GET", "HEAD")
        or path in ("", request.path)
        or request.path.startswith(("//", *MACHINES))
    ):
        return ""
    try:
        current_app.url_map.bind("").match(path)
    except (HTTPException, RequestRedirect):
        return ""
    query = request.query_string.decode("latin-1")
    return f"{path}?{query}" if query else path


def _unforeseen(error: Exception) -> Response:
    """Anything else: noted without personal data, answered without details."""
    log.error("unforeseen %s at endpoint %s", type(error).__name__, request.endpoint, exc_info=error)
    g.viewer, g.hubs = ANONYMOUS, ()  # the page must not need the database that may just have failed
    try:
        return answer(500)
    except Exception as second:  # what broke the page may break its error page too
        log.error("no error page either: %s", type(second).__name__)
        title, help_ = WORDS[500]
        return Response(f"{title}\n{help_}\n", 500, content_type="text/plain; charset=utf-8")


def answer(status: int, words: tuple[LazyString, LazyString] | None = None) -> Response:
    """The answer for `status`: a problem document (RFC 9457) for programs, a page for people."""
    title, help_ = words or WORDS.get(status) or WORDS[500 if status >= 500 else 400]
    if (
        request.path.startswith(MACHINES)
        or request.accept_mimetypes.best_match(("text/html", "application/json")) == "application/json"
    ):
        made = jsonify({"type": "about:blank", "status": status, "title": str(title), "detail": str(help_)})
        made.content_type = "application/problem+json"
    else:
        made = make_response(render_template("fehler.html", status=status, title=title, help=help_))
    made.status_code = status
    return made
