"""The addresses of the interface that write: drafts, publishing, withdrawing, files. Only for tokens of own people.

Nobody writes over what has not been seen: every change names in ``If-Match`` the state that it is made of (RFC 9110
section 13.1.1), is refused with 428 without it and with 412 where somebody else was faster (RFC 6585 section 3).
"""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response, request
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError

from hubnode.network.node import utcnow
from hubnode.people import writers
from hubnode.people.viewer import Viewer
from hubnode.records import intake, service
from hubnode.records.errors import Forbidden, NotNow, Stale
from hubnode.records.kinds import Invalid
from hubnode.web.api1 import described, lists
from hubnode.web.api1.doors import JSON, blueprint, caller
from hubnode.web.api1.items import spelled
from hubnode.web.api1.problems import Problem, answer
from hubnode.web.api1.shapes import DraftInShape, DraftShape, FileShape
from hubnode.web.context import hub_settings

__all__ = ["blueprint"]
SCHEMA = DraftInShape()
NOT_SO = _l("Das fehlt, gibt es nicht oder hat nicht die beschriebene Form.")


@described.deed(
    blueprint, "POST", "/drafts", 201, described.NEW_DRAFT, DraftShape, described.DRAFT, [], (400, 403, 415, 422)
)
def new_draft() -> Response:
    """Begin a record."""
    viewer, told = writer(), _told()
    made = service.save_draft(viewer, told["kind"], told["body"], level=told["visibility"], now=utcnow())
    response = _shown(made, 201)
    response.headers["Location"] = f"{hub_settings().base_url}/api/v1/drafts/{made.id}"
    return response


@described.deed(
    blueprint, "GET", "/drafts/<number>", 200, described.ONE_DRAFT, DraftShape, described.DRAFT,
    [described.NUMBER], (400, 403, 404, 410),
)  # fmt: skip
def draft(number: str) -> Response:
    """What is being written, or else the published version; its tag is what changes have to show."""
    lists.refuse_others()
    return _shown(service.draft(writer(), number))


@described.deed(
    blueprint, "PUT", "/drafts/<number>", 200, described.CHANGE, DraftShape, described.DRAFT,
    [described.NUMBER, described.IF_MATCH], (400, 403, 404, 410, 412, 415, 422, 428),
)  # fmt: skip
def change(number: str) -> Response:
    """Put other words in the place of the draft."""
    viewer, told = writer(), _told()
    seen = _unchanged(viewer, number)
    level, now = told["visibility"], utcnow()
    made = service.save_draft(viewer, told["kind"], told["body"], id=number, level=level, token=seen.token, now=now)
    return _shown(made)


@described.deed(
    blueprint, "POST", "/drafts/<number>/publish", 200, described.PUBLISH, DraftShape, described.DRAFT,
    [described.NUMBER, described.IF_MATCH], (400, 403, 404, 409, 410, 412, 422, 428),
)  # fmt: skip
def publish(number: str) -> Response:
    """Publish the draft that was seen."""
    lists.refuse_others()
    viewer = writer()
    service.publish(viewer, number, utcnow(), _unchanged(viewer, number).token)
    return _shown(service.draft(viewer, number))


@described.deed(
    blueprint, "POST", "/drafts/<number>/withdraw", 200, described.WITHDRAW, DraftShape, described.DRAFT,
    [described.NUMBER, described.IF_MATCH], (400, 403, 404, 409, 410, 412, 428),
)  # fmt: skip
def withdraw(number: str) -> Response:
    """Take the published record back, at all hubs; what it said stays as a draft."""
    lists.refuse_others()
    viewer = writer()
    service.withdraw(viewer, number, utcnow(), _unchanged(viewer, number).token)
    return _shown(service.draft(viewer, number))


@described.deed(
    blueprint, "POST", "/media", 201, described.UPLOAD, FileShape, described.FILE, [described.FILE_NAME],
    (400, 403, 413, 422),
)  # fmt: skip
def upload() -> Response:
    """Keep a file; the answer is what a record names it by, in its ``attachments``."""
    lists.refuse_others(("name",))
    if not writer().may_write:
        raise Forbidden("only editors and coordinators write")
    settings, name = hub_settings(), request.args["name"]
    row = intake.take(request.stream, name, settings.base_url, settings.media_max_bytes, utcnow())
    return Response(orjson.dumps(row), 201, content_type=JSON)


def writer() -> Viewer:
    """In whose name is written; raises `Problem` without a token, and for one that is of no person here."""
    held = caller().token
    if held is None:
        raise Problem("token-needed", headers={"WWW-Authenticate": 'Bearer realm="hubnode", scope="records:write"'})
    try:
        return writers.writer(held)
    except writers.NobodysToken as error:
        raise Problem("role") from error


def _told() -> dict[str, Any]:
    """The content of the request; raises `Problem`."""
    lists.refuse_others()
    if request.mimetype != JSON:
        raise Problem("media-type")
    try:
        told: dict[str, Any] = SCHEMA.load(orjson.loads(request.get_data()))
    except orjson.JSONDecodeError as error:
        raise Problem("not-json") from error
    except ValidationError as error:
        flaws = [{"field": str(name), "detail": str(NOT_SO)} for name in error.messages_dict]
        raise Problem("content", flaws) from error
    return told


def _unchanged(viewer: Viewer, number: str) -> service.Draft:
    """The draft, if it is still the one that the request names; raises `Problem` (412, 428)."""
    if "If-Match" not in request.headers:
        raise Problem("if-match")
    found = service.draft(viewer, number)
    if not request.if_match.contains(_tag(found)):
        raise Problem("changed")
    return found


def _shown(found: service.Draft, status: int = 200) -> Response:
    origin = hub_settings().base_url
    told = {
        "id": f"{origin}/r/{found.id}",
        "number": found.id,
        "kind": found.kind,
        "visibility": found.level,
        "state": found.state,
        "revision": found.rev,
        "saved_at": spelled(found.saved_at),
        "body": found.body,
    }
    response = Response(orjson.dumps(told), status, content_type=JSON)
    response.set_etag(_tag(found))
    return response


def _tag(found: service.Draft) -> str:
    return f"draft-{found.token}"


def _incomplete(error: service.Incomplete | Invalid) -> Response:
    flaws = [{"field": name, "detail": " ".join(map(str, words))} for name, words in error.errors.items()]
    return answer(Problem("content", flaws))


def _not_taken(error: intake.NotTaken) -> Response:
    return answer(Problem("content", [{"field": "file", "detail": error.words}]))


for _error, _name in ((Forbidden, "role"), (Stale, "changed"), (NotNow, "not-now")):
    blueprint.register_error_handler(_error, lambda _refusal, name=_name: answer(Problem(name)))
blueprint.register_error_handler(service.Incomplete, _incomplete)
blueprint.register_error_handler(Invalid, _incomplete)
blueprint.register_error_handler(intake.NotTaken, _not_taken)
