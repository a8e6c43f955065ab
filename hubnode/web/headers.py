"""The security headers of every answer."""

from __future__ import annotations

from flask import Flask, Response, request

from hubnode.config import Settings
from hubnode.feeds.select import KEY

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FOR_HUBS = {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}
"""What hubs ask each other for is no page: their question whether there is news stays below 1 KB, answer and all."""
FOR_FILES = ALWAYS | {"Content-Security-Policy": "sandbox; default-src 'none'", "Referrer-Policy": "no-referrer"}
"""What people have uploaded gets no rights at all, should a browser ever open it as a page of its own."""
FOR_LETTERS = {"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"}
"""The demo shows a letter as a mail program does: styles stand in its tags, and it may do nothing."""
HSTS = "max-age=31536000; includeSubDomains"
PEOPLE = "noindex, noarchive"
LINKS = ("/einladung/", "/passwort-", "/adresse-bestaetigen/", "/abo/")
"""Places of links from mails."""
PRIVATE_PLACES = ("/konto", "/redaktion", "/anmelden", "/oauth", "/besuch", *LINKS, "/postfach")


def init_headers(app: Flask, settings: Settings) -> None:
    """Give every answer of `app` its headers; a view's own choice of caching stays."""

    @app.after_request
    def secure(answer: Response) -> Response:
        if answer.status_code == 304:  # what is kept keeps its headers (RFC 9110 section 15.4.5)
            answer.headers.setdefault("Cache-Control", "no-cache")
            return answer
        for_hubs = request.blueprint == "apl"
        files = request.blueprint == "media" and answer.status_code < 400  # an error is a page of ours
        answer.headers.update(FOR_HUBS if for_hubs else FOR_FILES if files else ALWAYS)
        if request.endpoint == "mailbox.letter" and answer.status_code < 400:
            answer.headers.update(FOR_LETTERS)
        if KEY in request.args:  # no page that somebody reaches from here hears of the address
            answer.headers["Referrer-Policy"] = "no-referrer"
        if settings.base_url.startswith("https://") and not for_hubs:
            answer.headers["Strict-Transport-Security"] = HSTS
        if answer.mimetype == "text/html":
            _page(answer)
        answer.headers.setdefault("Cache-Control", "no-store" if answer.status_code >= 400 else "no-cache")
        return answer


def _page(answer: Response) -> None:
    """A page depends on who looks and on the language: no shared cache may keep it."""
    answer.vary.update(("Cookie", "HX-Request"))
    private = request.path.startswith(PRIVATE_PLACES)
    answer.headers.setdefault("Cache-Control", "no-store" if private else "private, no-cache")
    if private:
        answer.headers["X-Robots-Tag"] = PEOPLE
