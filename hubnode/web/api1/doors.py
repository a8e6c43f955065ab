"""The addresses of the interface that read: records, hubs, vocabularies and kinds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import orjson
from flask import Response, g, request

from hubnode.db import reading as session
from hubnode.network.node import utcnow
from hubnode.records import moving, reading
from hubnode.records.errors import Gone, NotFound
from hubnode.records.kinds import BY_SLUG, KINDS
from hubnode.web import strict
from hubnode.web.api1 import described, items, lists, problems, vocabularies
from hubnode.web.api1.caller import Caller
from hubnode.web.api1.items import spelled
from hubnode.web.api1.kept import kept
from hubnode.web.api1.shapes import (
    HubShape,
    HubsShape,
    KindsShape,
    PageShape,
    RecordShape,
    VersionsShape,
    VocabulariesShape,
    VocabularyShape,
)
from hubnode.web.api1.smorest import Blueprint
from hubnode.web.context import hub_settings, network_hubs, shown_hubs

blueprint = Blueprint("api1", __name__, url_prefix="/api/v1")
blueprint.register_error_handler(strict.Unclear, problems.unclear)
blueprint.register_error_handler(NotFound, problems.missing)
blueprint.register_error_handler(Gone, problems.gone)
JSON = "application/json"
VERSION = version("hubnode")


def caller() -> Caller:
    """Who sent this request."""
    found: Caller = g.caller
    return found


@described.door(
    blueprint, "/records", "records", described.LIST, PageShape, described.PAGE, described.list_parameters(), (400,)
)
def records() -> Response:
    """A page of a list; 304 while it stays the same."""
    now, viewer = utcnow(), caller().viewer
    state = _digest(VERSION, hub_settings().base_url, reading.stamp())
    key = (viewer.level, *lists.key(now))
    tag, known = _digest(state, key), request.if_none_match
    if not known.star_tag and known.contains_weak(tag):  # given to a question that was read before: no need to again
        return _tagged(Response(status=304, content_type=JSON), tag, weak=True)
    page = kept().pages.get(state, key, lambda: lists.render(lists.asked(now), viewer), now)
    answer = _tagged(Response(page.body, content_type=JSON), tag, weak=True)
    answer.make_conditional(request)
    return answer


@described.door(
    blueprint,
    "/records/by-id",
    "records",
    described.BY_ID,
    RecordShape,
    described.RECORD,
    [described.ID, described.FIELDS, described.IF_NONE_MATCH],
    (400, 404, 410),
)
def record_by_id() -> Response:
    """The record with a global id."""
    chosen = lists.fields_asked(also=("id",))
    origin, _, number = request.args.get("id", "").rpartition("/r/")
    return _record(origin, number, chosen)


@described.door(
    blueprint,
    "/records/<host>/<number>",
    "records",
    described.ONE,
    RecordShape,
    described.RECORD,
    [*described.ADDRESS, described.FIELDS],
    (400, 404, 410),
)
def record(host: str, number: str) -> Response:
    """The record with this number of the hub at `host`."""
    return _record(_origin(host), number, lists.fields_asked())


@described.door(
    blueprint,
    "/records/<host>/<number>/versions",
    "records",
    described.ALL_VERSIONS,
    VersionsShape,
    described.VERSIONS,
    [*described.ADDRESS],
    (400, 404, 410),
)
def versions(host: str, number: str) -> Response:
    """The versions of a record that the caller may see: without the right to write the present one alone."""
    lists.refuse_others()
    view = _view(_origin(host), number)
    shown = {
        "revision": view.rev,
        "visibility": view.level,
        "published_at": spelled(view.updated_at),
        "current": True,
    }
    return _json({"items": [shown]})


@described.door(
    blueprint, "/hubs", "hubs", described.ALL_HUBS, HubsShape, described.HUBS, [described.IF_NONE_MATCH], (400,)
)
def hubs() -> Response:
    """All hubs with their state."""
    lists.refuse_others()
    return _json({"items": _hubs()})


@described.door(
    blueprint,
    "/hubs/<host>",
    "hubs",
    described.ONE_HUB,
    HubShape,
    described.HUB,
    [described.HOST, described.IF_NONE_MATCH],
    (400, 404),
)
def hub(host: str) -> Response:
    """One hub."""
    lists.refuse_others()
    found = next((one for one in _hubs() if one["host"] == host), None)
    if found is None:
        raise NotFound(host)
    return _json(found)


@described.door(
    blueprint,
    "/vocabularies",
    "vocabularies",
    described.ALL_VOCABULARIES,
    VocabulariesShape,
    described.VOCABULARIES,
    [described.IF_NONE_MATCH],
    (400,),
)
def all_vocabularies() -> Response:
    """The names of the vocabularies."""
    lists.refuse_others()
    return _json({"items": vocabularies.names()})


@described.door(
    blueprint,
    "/vocabularies/<name>",
    "vocabularies",
    described.ONE_VOCABULARY,
    VocabularyShape,
    described.VOCABULARY,
    [described.VOCABULARY_NAME, described.IF_NONE_MATCH],
    (400, 404),
)
def vocabulary(name: str) -> Response:
    """One vocabulary with its values."""
    lists.refuse_others()
    if name not in vocabularies.names():
        raise NotFound(name)
    return _json(vocabularies.vocabulary(name))


@described.door(
    blueprint,
    "/kinds",
    "vocabularies",
    described.ALL_KINDS,
    KindsShape,
    described.KINDS_EXAMPLE,
    [described.IF_NONE_MATCH],
    (400,),
)
def kinds() -> Response:
    """The kinds with their filters and fields."""
    lists.refuse_others()
    return _json({"items": [vocabularies.kind(kind) for kind in BY_SLUG.values()]})


def _record(origin: str, number: str, chosen: items.Fields) -> Response:
    view = _view(origin, number)
    return _conditional(items.render(view, caller().viewer, chosen))


def _view(origin: str, number: str) -> reading.RecordView:
    """The record; of a hub that has moved by its old id too."""
    origin = moving.aliases(session(), {origin}).get(origin, origin)
    here = origin == hub_settings().base_url
    return reading.of_number(caller().viewer, number, None if here else origin)


def _origin(host: str) -> str:
    known = next((hub.origin for hub in network_hubs() if hub.host == host), None)
    return known or f"https://{host}"


def _hubs() -> list[dict[str, Any]]:
    counts = reading.counts_by_kind(caller().viewer)
    return [
        {
            "id": one.origin,
            "host": one.host,
            "name": one.name,
            "place": one.place,
            "district": one.district,
            "focus": list(one.focus),
            "intro": dict(one.intro),
            "here": one.here,
            "state": one.state,
            "last_contact_at": spelled(one.last_contact_at),
            "records": counts.get(one.origin, dict.fromkeys(KINDS, 0)),
        }
        for one in shown_hubs()
    ]


def _json(value: Mapping[str, Any]) -> Response:
    return _conditional(orjson.dumps(value, default=str))


def _conditional(body: bytes) -> Response:
    """These bytes under a strong tag, or 304."""
    answer = _tagged(Response(body, content_type=JSON), hashlib.sha256(body).hexdigest()[:32])
    answer.make_conditional(request)
    return answer


def _tagged(answer: Response, tag: str, *, weak: bool = False) -> Response:
    answer.set_etag(tag, weak=weak)
    return answer


def _digest(*parts: object) -> str:
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]
