"""Tokens at the doors for programs (RFC 6750): read from the header alone, refused in words, and noted for the list of
recipients where a partner reads beyond what is public.
"""

from __future__ import annotations

from collections.abc import Collection

import orjson
from flask import Request, Response
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from hubnode.network.node import current_node
from hubnode.people import partners, tokens
from hubnode.people.tokens import Held

WORDS: dict[str, tuple[int, LazyString, LazyString]] = {
    "invalid_request": (
        400,
        _l("Ein Token gehört nicht in die Adresse"),
        _l("Adressen stehen in Protokollen. Senden Sie es im Kopf „Authorization“, und erneuern Sie dieses hier."),
    ),
    "invalid_token": (
        401,
        _l("Dieses Token gilt hier nicht"),
        _l("Es ist unbekannt, abgelaufen oder widerrufen. Öffentliches lesen Sie ohne Token."),
    ),
    "insufficient_scope": (
        403,
        _l("Dieses Token ist dafür nicht ausgestellt"),
        _l("Bitten Sie den Hub um ein Token mit dem Recht, das in „scope“ steht."),
    ),
}
"""By the error codes of RFC 6750: status, title, and what helps."""


class Refused(Exception):
    """A token is not taken; `error` is a code of RFC 6750, `scope` the right that is missing."""

    def __init__(self, error: str, scope: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.scope = scope

    @property
    def challenge(self) -> str:
        """The header that says so."""
        wanted = f', scope="{self.scope}"' if self.scope else ""
        return f'Bearer realm="hubnode", error="{self.error}"{wanted}'


def held(request: Request, scope: str) -> Held | None:
    """The token of a request, if it has one; raises `Refused` for one that does not hold, or not for this `scope`.

    A wrong token is never read as none: a program that believes it sees everything must not take what is public for
    all there is.
    """
    if "access_token" in request.args:
        raise Refused("invalid_request")
    given = request.headers.get("Authorization")
    if given is None:
        return None
    scheme, _, token = given.partition(" ")
    try:
        found = tokens.bearer(token.strip() if scheme.lower() == "bearer" else "", current_node().clock())
    except tokens.BadToken as error:
        raise Refused("invalid_token") from error
    if scope not in found.scopes:
        raise Refused("insufficient_scope", scope)
    return found


def note(token: Held | None, level: str, kinds: Collection[str]) -> None:
    """Note for the list of recipients what a partner reads beyond what is public: kinds and day."""
    if token is not None and token.partner is not None and level != "public" and kinds:
        partners.note_read(token.partner, kinds, current_node().clock())


def answer(refusal: Refused) -> Response:
    """The problem document of a refusal (RFC 9457)."""
    status, title, help_ = WORDS[refusal.error]
    told = {"type": "about:blank", "status": status, "title": str(title), "detail": str(help_)}
    if refusal.scope:
        told["scope"] = refusal.scope
    made = Response(orjson.dumps(told), status, content_type="application/problem+json")
    made.headers["WWW-Authenticate"] = refusal.challenge
    made.headers["Cache-Control"] = "no-store"
    return made
