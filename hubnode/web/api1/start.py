"""What every request of the interface passes: who asks, how often, and the headers that go with every answer."""

from __future__ import annotations

from time import monotonic

import orjson
from flask import Flask, Response, g, request

from hubnode.records.kinds import KINDS
from hubnode.web import bearer
from hubnode.web.api1 import document, importing, problems
from hubnode.web.api1.caller import api_viewer
from hubnode.web.api1.kept import EXTENSION, Kept, kept
from hubnode.web.api1.limits import Buckets, of_address
from hubnode.web.api1.problems import Problem
from hubnode.web.context import hub_settings
from hubnode.web.headers import PEOPLE

PLACE = "/api/v1/"
RECORDS = frozenset(("api1.records", "api1.record", "api1.record_by_id"))
"""The endpoints that give records."""
READ_BY_PAGES = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Expose-Headers": "ETag, Link, RateLimit, RateLimit-Policy, Retry-After",
    "Access-Control-Max-Age": "86400",
}
"""What is public may be read by scripts of any page; tokens may not be sent from there, they belong on servers."""


def init_api1(app: Flask) -> None:
    """Give `app` the interface, its description and its limits."""
    with app.app_context():
        app.extensions[EXTENSION] = Kept(Buckets(hub_settings().api_per_minute))
    app.before_request(_enter)
    app.after_request(_leave)
    app.register_error_handler(Problem, problems.answer)
    document.register(app, importing.blueprint)
    if (csrf := app.extensions.get("csrf")) is not None:
        csrf.exempt(importing.blueprint)  # no cookie is read here


def _enter() -> None:
    """Note who asks, and take one request from what this somebody has left; raises `Problem`."""
    if not request.path.startswith(PLACE) or request.method == "OPTIONS":
        return
    try:
        g.caller = api_viewer(request)
        bucket = g.caller.bucket
    except Problem:  # guessing tokens is counted too
        _take(of_address(request.remote_addr or ""))
        raise
    _take(bucket)


def _take(bucket: str) -> None:
    g.left = kept().buckets.take(bucket, monotonic())
    if not g.left.granted:
        raise Problem("too-many")


def _note_read(answer: Response) -> None:
    """Let the list of recipients know what a partner was given beyond what is public; nobody else may keep it."""
    caller = g.get("caller")
    if caller is None or caller.token is None:
        return
    answer.headers["Cache-Control"] = "private, no-store"
    if answer.status_code == 200 and answer.mimetype == "application/json" and caller.viewer.level != "public":
        told = orjson.loads(answer.get_data())
        listed = told.get("items", [told])
        kinds = {one["kind"] for one in listed if isinstance(one, dict) and one.get("kind") in KINDS}
        if request.endpoint in RECORDS and any("kind" not in one for one in listed):
            kinds = set(KINDS)  # `fields` left them out: rather too many than one too few
        bearer.note(caller.token, caller.viewer.level, kinds)


def _leave(answer: Response) -> Response:
    if request.path.startswith(PLACE):
        _note_read(answer)
        answer.headers.update(READ_BY_PAGES)
        answer.vary.add("Authorization")
        answer.headers["X-Robots-Tag"] = PEOPLE
        answer.headers.add("Link", '</api/v1/openapi.json>; rel="service-desc", </api>; rel="service-doc"')
        if (left := g.get("left")) is not None:
            answer.headers.update(left.headers())
    return answer
