"""The doors that other hubs knock at: the hub card, and `/apl/v1` under the request profile of the protocol."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response, request, send_file

from federation import canonical, routes
from federation.errors import BadRequest, Checking, ProtocolError, TooMany
from federation.signatures import Verified
from hubnode.network import doors, epochs, joining_doors, letterbox, media, receipts, witnessing
from hubnode.network.node import Node, current_node

blueprint = Blueprint("apl", __name__)
MAX_BODY = 64 * 1024
"""Bytes of a signed request's body; nothing that hubs post today is larger."""


@blueprint.get("/.well-known/apl")
def card() -> Response:
    """The hub card; open to everybody."""
    return _answer(doors.card)


@blueprint.get("/apl/v1/checkpoint")
def checkpoint() -> Response:
    """The latest signed note of our own log; open to everybody."""
    return _answer(doors.checkpoint)


@blueprint.get("/apl/v1/entries")
def entries() -> Response:
    """A page of our own log, for members."""
    query, accepts_gzip = request.query_string.decode("latin-1"), request.accept_encodings.quality("gzip") > 0
    return _answer(lambda node: doors.entries(node, _proof(node), query, accepts_gzip, node.clock()))


@blueprint.get("/apl/v1/entries/again")
def entries_again() -> Response:
    """Lines of our own log once more, for a member that lacks their bodies."""
    query, accepts_gzip = request.query_string.decode("latin-1"), request.accept_encodings.quality("gzip") > 0
    return _answer(lambda node: doors.entries_again(node, _proof(node), query, accepts_gzip, node.clock()))


@blueprint.get("/apl/v1/epoch")
def epoch() -> Response:
    """The statement by which our present log began; open to everybody."""
    return _answer(epochs.door)


@blueprint.get("/apl/v1/seen")
def seen() -> Response:
    """What this hub holds of some log, for a member that was restored or compares."""
    query = request.query_string.decode("latin-1")
    return _answer(lambda node: witnessing.seen(node, _proof(node), query))


@blueprint.get("/apl/v1/mirror/<host>/entries")
def mirror(host: str) -> Response:
    """A page of another hub's log as it is held here, for members."""
    query, accepts_gzip = request.query_string.decode("latin-1"), request.accept_encodings.quality("gzip") > 0
    return _answer(lambda node: witnessing.mirror(node, _proof(node), host, query, accepts_gzip))


@blueprint.get("/apl/v1/digest")
def digest() -> Response:
    """What our own records hash to, for members."""
    query = request.query_string.decode("latin-1")
    return _answer(lambda node: witnessing.digest(node, _proof(node), query))


@blueprint.post("/apl/v1/receipts")
def take_receipts() -> Response:
    """A member confirms that it has deleted what we took back."""
    return _answer(lambda node: receipts.receive(node, _proof(node), request.get_data(cache=True), node.clock()))


@blueprint.post("/apl/v1/poke")
def poke() -> Response:
    """A member says that its log has grown."""
    return _answer(lambda node: doors.poke(node, _proof(node), request.get_data(cache=True), node.clock()))


@blueprint.post("/apl/v1/letters")
def letters() -> Response:
    """A member has letters for this hub."""
    return _answer(lambda node: letterbox.receive(node, _proof(node), request.get_data(cache=True), node.clock()))


@blueprint.post("/apl/v1/join")
def join() -> Response:
    """A hub asks to become a member; whether it may ask is decided before its signature is looked at."""
    prove = partial(joining_doors.prove_join, address=request.remote_addr or "")
    return _answer(lambda node: joining_doors.join(node, _proof(node, prove), request.get_data(cache=True)))


@blueprint.post("/apl/v1/join/<ask>/confirm")
def confirm(ask: str) -> Response:
    """The hub that we asked to take us in has decided."""
    prove = partial(joining_doors.prove_answer, ask=ask)
    return _answer(lambda node: joining_doors.confirm(node, _proof(node, prove), ask, request.get_data(cache=True)))


@blueprint.get("/apl/v1/media/<sha256>")
def file(sha256: str) -> Response:
    """A file of one of our records, for members; a stream of bytes, whatever it is."""
    try:
        node = current_node()
        path = media.door(node, _proof(node), sha256)
    except ProtocolError as problem:
        return problem_response(problem)
    answer = send_file(path, mimetype=routes.FILE_TYPE, conditional=False, etag=False)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _answer(door: Callable[[Node], doors.Answer]) -> Response:
    """What the door answers, or the problem document (RFC 9457) that says why not."""
    try:
        answer = door(current_node())
    except ProtocolError as problem:
        return problem_response(problem)
    response = Response(answer.body, answer.status, content_type=answer.content_type)
    for name, value in answer.headers.items():
        response.headers[name] = value
    response.headers["Cache-Control"] = "no-store"
    return response


def problem_response(problem: ProtocolError) -> Response:
    """The problem document for a protocol error."""
    document = canonical.encode({"title": problem.type.replace("-", " "), **problem.problem()})
    response = Response(document, problem.status, content_type="application/problem+json")
    response.headers["Cache-Control"] = "no-store"
    if isinstance(problem, TooMany | Checking):
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _proof(node: Node, prove: Callable[..., Verified] = doors.authenticate) -> Verified:
    """Who sent this request; the address that was signed is our own base and the target as it stood on the wire."""
    if request.host != node.settings.base_url.split("://", 1)[1]:
        raise BadRequest("this is not the host of this hub")
    if request.method == "POST" and request.content_length is None:
        raise BadRequest("a body has a length")
    if (request.content_length or 0) > MAX_BODY:
        raise BadRequest("the body is too large")
    target = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.full_path.rstrip("?")
    if not target.startswith("/"):
        raise BadRequest("only the origin form of a request target is served")
    body = request.get_data(cache=True)
    target_uri, headers = node.settings.base_url + target, dict(request.headers.items())
    return prove(node, method=request.method, target_uri=target_uri, headers=headers, body=body)
