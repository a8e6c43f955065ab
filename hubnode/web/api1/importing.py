"""The address that takes many records at once: all or none, and once, however often they are sent.

The same service as `hubnode publish`; what is wrong is named by place in the list and JSON Pointer (RFC 6901).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from flask import Response, request
from marshmallow import ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from hubnode.network.node import utcnow
from hubnode.records import importing, imports
from hubnode.records.errors import Incomplete
from hubnode.records.importing import Imported
from hubnode.web.api1 import described, described_imports, lists
from hubnode.web.api1.doors import JSON, blueprint
from hubnode.web.api1.kept import kept
from hubnode.web.api1.problems import MOST_RECORDS, Problem
from hubnode.web.api1.shapes import DocumentShape, ImportShape
from hubnode.web.api1.writing import NOT_SO, writer
from hubnode.web.context import hub_settings

__all__ = ["blueprint"]
LINES = "application/x-ndjson"
SCHEMA = DocumentShape(many=True)
KEY = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,200})"')
"""A key: a string of Structured Fields (RFC 8941 section 3.3.3), in its quotes."""
MOST_ERRORS = 1_000
"""Errors that one answer names."""
Place = Mapping[str, int]
"""Where a document stands: its ``index``, and its ``line`` where lines are documents."""


@described.deed(
    blueprint, "POST", "/records/import", 200, described_imports.IMPORT, ImportShape, described_imports.IMPORTED,
    [described_imports.KEY], ("key-missing", 403, "key-running", "import-size", 415, 422),
)  # fmt: skip
def import_records() -> Response:
    """Publish many records, all or none."""
    lists.refuse_others()
    viewer, now = writer(), utcnow()
    one = imports.wanted(viewer, _key(), request.mimetype.encode() + b"\n" + _content())
    try:
        with kept().imports.only(one):
            answer = imports.answered(one, now)
            if answer is None:
                answer = _published(one)
    except imports.OtherContent as error:
        raise Problem("key-used") from error
    except imports.UnderWay as error:
        raise Problem("key-running", headers={"Retry-After": "1"}) from error
    return Response(answer, 200, content_type=JSON)


def _published(one: imports.Wanted) -> bytes:
    """Do it; raises `Problem` with everything that is wrong with the documents."""
    documents, places = _documents()
    try:
        return imports.publish(one, documents, _spelled, utcnow())
    except Incomplete as error:
        raise Problem("content", list(_flaws(error, places))[:MOST_ERRORS]) from error


def _key() -> str:
    """The key of this import; raises `Problem`."""
    found = KEY.fullmatch(request.headers.get("Idempotency-Key", "").strip())
    if found is None:
        raise Problem("key-missing")
    return found[1]


def _content() -> bytes:
    """The content of the request as it came; raises `Problem`."""
    if request.mimetype not in (JSON, LINES):
        raise Problem("media-type")
    try:
        return request.get_data()
    except RequestEntityTooLarge as error:
        raise Problem("import-size") from error


def _documents() -> tuple[list[dict[str, Any]], Sequence[Place]]:
    """The documents of the request, each with its place; raises `Problem`."""
    told, places = _lines() if request.mimetype == LINES else _list()
    if len(places) > MOST_RECORDS:
        raise Problem("import-count")
    if not places:
        raise Problem("content", [{"pointer": "", "detail": str(NOT_SO)}])
    try:
        documents: list[dict[str, Any]] = SCHEMA.load(told)
    except ValidationError as error:
        raise Problem("content", list(_misshapen(error, places))[:MOST_ERRORS]) from error
    return documents, places


def _list() -> tuple[list[Any], Sequence[Place]]:
    try:
        told = orjson.loads(request.get_data())
    except orjson.JSONDecodeError as error:
        raise Problem("not-json", [{"line": error.lineno, "detail": str(NOT_SO)}]) from error
    if not isinstance(told, list):
        raise Problem("content", [{"pointer": "", "detail": str(NOT_SO)}])
    return told, [{"index": index} for index in range(len(told))]


def _lines() -> tuple[list[Any], Sequence[Place]]:
    told: list[Any] = []
    places: list[Place] = []
    for number, line in enumerate(request.get_data().split(b"\n"), 1):
        if not line.strip():
            continue
        places.append({"index": len(told), "line": number})
        if len(places) > MOST_RECORDS:
            break
        try:
            told.append(orjson.loads(line))
        except orjson.JSONDecodeError as error:
            raise Problem("not-json", [{**places[-1], "detail": str(NOT_SO)}]) from error
    return told, places


def _misshapen(error: ValidationError, places: Sequence[Place]) -> Iterator[Mapping[str, object]]:
    """What is wrong with the documents around their bodies."""
    for index, fields in sorted(error.messages_dict.items()):
        for name in fields:
            inside = () if name == "_schema" else (str(name),)
            yield {**places[int(index)], "pointer": pointer(str(index), *inside), "detail": str(NOT_SO)}


def _flaws(error: Incomplete, places: Sequence[Place]) -> Iterator[Mapping[str, object]]:
    """What is wrong with the bodies, and with the records that they are for."""
    for path, words in error.errors.items():
        number, *parts = path.split(".")
        inside = parts if parts and parts[0] in importing.ABOUT else ["body", *filter(None, parts)]
        yield {**places[int(number)], "pointer": pointer(number, *inside), "detail": " ".join(map(str, words))}


def pointer(*parts: str) -> str:
    """A JSON Pointer (RFC 6901) of these parts."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def _spelled(imported: Sequence[Imported]) -> bytes:
    origin = hub_settings().base_url
    items = [
        {"id": f"{origin}/r/{one.id}", "number": one.id, "kind": one.kind, "state": one.state, "revision": one.rev}
        for one in imported
    ]
    return orjson.dumps({"total": len(items), "items": items})
