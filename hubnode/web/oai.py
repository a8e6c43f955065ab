"""The door for harvesters: OAI-PMH 2.0, by GET and by POST, and the schema of the own format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from time import monotonic
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, request
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from hubnode.feeds.oai import answers, listing, own_format, own_schema
from hubnode.feeds.oai.answers import Repository
from hubnode.feeds.select import Site
from hubnode.network.node import current_node
from hubnode.web import errors
from hubnode.web.api1.kept import kept
from hubnode.web.api1.limits import of_address
from hubnode.web.context import hub_settings, network_hubs

blueprint = Blueprint("oai", __name__)
XML = "text/xml; charset=utf-8"
"""As section 3.1.2.1 of the protocol wants it."""
LANG = "de"
HOUR = 3600
WAIT_S = 60
WAIT = (
    _l("Dieser Hub holt nach einer Wiederherstellung gerade auf"),
    _l("Bitte versuchen Sie es in einer Minute noch einmal."),
)

TOO_MANY = (
    _l("Zu viele Anfragen"),
    _l("Warten Sie so viele Sekunden, wie in „Retry-After“ steht."),
)


def init_oai(app: Flask) -> None:
    """Let harvesters POST: they have no forms of ours, and change nothing."""
    if (csrf := app.extensions.get("csrf")) is not None:
        csrf.exempt(blueprint)


@blueprint.route("/oai", methods=["GET", "POST"])
def door() -> Response:
    """The answer to one question; only what everybody may see, whoever asks, and as often as the interface answers.

    Who asks too often is told to come again as the protocol says it, with 503 (section 3.1.2.2).
    """
    left = kept().buckets.take(of_address(request.remote_addr or ""), monotonic())
    made = _answered() if left.granted else errors.answer(503, TOO_MANY)
    made.headers.update(left.headers())
    return made


def _answered() -> Response:
    now = current_node().clock()
    listing.follow(now)
    with force_locale(LANG):
        return _xml(answers.answer(_given(), _repository(now)))


@blueprint.get(own_format.PATH)
def schema() -> Response:
    """The schema of the own format."""
    with force_locale(LANG):
        answer = _xml(own_schema.schema())
    answer.cache_control.public, answer.cache_control.max_age = True, HOUR
    return answer


def _given() -> Mapping[str, Sequence[str]]:
    """The arguments: after the question mark, or in the body of a POST (section 3.1.1)."""
    return dict((request.args if request.method != "POST" else request.form).lists())


def _repository(now: datetime) -> Repository:
    settings = hub_settings()
    return Repository(
        site=Site(settings.base_url, {hub.origin: hub.name for hub in network_hubs()}),
        address=settings.base_url + "/oai",
        name=settings.name,
        # Somebody has to be named; RFC 2142 says who answers for a host that names nobody.
        email=settings.contact_email or f"postmaster@{urlsplit(settings.base_url).hostname}",
        secret=settings.secret_key,
        now=now,
    )


def _xml(document: bytes) -> Response:
    answer = Response(document, content_type=XML)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@blueprint.errorhandler(listing.CatchingUp)
def _later(refusal: listing.CatchingUp) -> Response:  # noqa: ARG001 - Flask's signature
    """Come again: in OAI-PMH that is an answer of HTTP (section 3.1.2.2)."""
    answer = errors.answer(503, WAIT)
    answer.headers["Retry-After"] = str(WAIT_S)
    return answer
