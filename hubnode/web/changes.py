"""The door of the change feed: what has changed since a cursor, one JSON document a line, the cursor for the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from flask import Blueprint, Response, request, stream_with_context
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from hubnode.feeds import changes, content
from hubnode.feeds.changes import BadCursor, Changed, LostCursor
from hubnode.feeds.select import EVERYTHING, NoSuchFeed, Selection
from hubnode.feeds.text import rfc3339
from hubnode.network.node import utcnow
from hubnode.people.viewer import ANONYMOUS
from hubnode.records.kinds import KINDS
from hubnode.records.reading import RecordView, with_narrower
from hubnode.web import feeds
from hubnode.web.context import hub_settings

blueprint = Blueprint("changes", __name__)
MIMETYPE = "application/x-ndjson"
USUAL, MOST = 500, 10_000
"""Changes in one answer, unless asked for, and at most."""
AT_ONCE = 250
"""Changes that are in memory at the same time."""
PROBLEM = "application/problem+json"
BAD_CURSOR = _l("Das ist keine Stelle, die ein Hub je genannt hat. Beginnen Sie ohne „ab“ von vorn.")
LOST_CURSOR = _l("Diese Stelle gehört zu einem anderen Stand dieses Hubs. Beginnen Sie ohne „ab“ von vorn.")
BAD_LIMIT = _l("„limit“ ist eine ganze Zahl von 1 bis %(n)s.", n=MOST)
BAD_FILTER = _l("Änderungen lassen sich nach „art“, „hub“ und „thema“ eingrenzen.")


class BadLimit(Exception):
    """No such number of changes can be had at once."""


@blueprint.get("/feeds/aenderungen.ndjson")
def stream() -> Response:
    """Changes of public records after ``ab``, oldest first; the last line says where to go on."""
    asked = dict(request.args.lists())
    [cursor] = asked.pop("ab", [""])[-1:]
    limit, chosen = _limit(asked.pop("limit", [str(USUAL)])), feeds.selected(EVERYTHING, asked)
    if replace(chosen, kinds=(), topics=(), hubs=()) != Selection():
        raise NoSuchFeed("filter", "")
    first = _page(cursor, min(limit, AT_ONCE), chosen, utcnow())  # before the answer begins: a bad cursor is refused
    answer = Response(stream_with_context(_lines(first, limit, chosen)), content_type=MIMETYPE)
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.cache_control.no_store = True
    return answer


def _limit(values: list[str]) -> int:
    text = values[0]
    if len(values) > 1 or not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= MOST):
        raise BadLimit
    return int(text)


def _page(cursor: str, limit: int, chosen: Selection, now: datetime) -> changes.Page:
    return changes.since(ANONYMOUS, cursor, limit, now, kinds=chosen.kinds, hubs=chosen.hubs)


def _lines(page: changes.Page, limit: int, chosen: Selection) -> Iterator[bytes]:
    """The changes, a line each, and the line that ends the answer: without it something is missing."""
    topics, left = set(with_narrower(chosen.topics)), limit
    fits: Callable[[RecordView], bool] = lambda view: not topics or not topics.isdisjoint(view.topics)  # noqa: E731
    while True:
        yield from (_line(change, fits) for change in page.changes)
        left -= len(page.changes)
        if not page.more or left <= 0:
            break
        page = _page(page.cursor, min(left, AT_ONCE), chosen, utcnow())
    yield orjson.dumps({"op": "end", "cursor": page.cursor, "more": page.more}) + b"\n"


def _line(change: Changed, fits: Callable[[RecordView], bool]) -> bytes:
    if change.view is None or not fits(change.view):
        return orjson.dumps({"op": "gone", "id": change.uri, "at": rfc3339(change.at)}) + b"\n"
    return orjson.dumps({"op": "put", "id": change.uri, "at": rfc3339(change.at), **record(change.view)}) + b"\n"


def record(view: RecordView) -> dict[str, Any]:
    """A record as programs get it: what is public of it, and of a person only what no consent opened."""
    return {
        "kind": view.kind,
        "rev": view.rev,
        "hub": view.origin,
        "url": hub_settings().base_url + view.path,
        "home_url": view.home_url,
        "published_at": rfc3339(view.published_at or view.updated_at),
        "updated_at": rfc3339(view.updated_at),
        "fields": _fields(view),
    }


def _fields(view: RecordView) -> Mapping[str, Any]:
    known = KINDS[view.kind].fields
    if view.kind != "expertise":
        return {name: value for name, value in view.fields.items() if name in known}
    return {name: view.fields[name] for name in content.PERSON if name in view.fields}


@blueprint.errorhandler(BadCursor)
def _bad_cursor(refusal: BadCursor) -> Response:  # noqa: ARG001 - Flask's signature
    return _refuse(400, "bad-cursor", BAD_CURSOR)


@blueprint.errorhandler(LostCursor)
def _lost_cursor(refusal: LostCursor) -> Response:  # noqa: ARG001 - Flask's signature
    return _refuse(410, "lost-cursor", LOST_CURSOR)


@blueprint.errorhandler(BadLimit)
def _bad_limit(refusal: BadLimit) -> Response:  # noqa: ARG001 - Flask's signature
    return _refuse(400, "bad-limit", BAD_LIMIT)


@blueprint.errorhandler(NoSuchFeed)
def _bad_filter(refusal: NoSuchFeed) -> Response:
    status, words = feeds.REFUSALS[refusal.part]
    return _refuse(status, "bad-filter", BAD_FILTER if refusal.part == "filter" else words)


def _refuse(status: int, type_: str, words: LazyString) -> Response:
    """A problem document (RFC 9457); its type is a name that programs can go by."""
    problem = {"type": f"urn:x-hubnode:problem:{type_}", "status": status, "title": str(words)}
    return Response(orjson.dumps(problem), status, content_type=PROBLEM)
