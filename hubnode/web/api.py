"""The search for programs: the parameters, filters and answers of the search pages, as JSON."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from typing import Any

import orjson
from flask import Blueprint, Response, g, request
from flask_babel import gettext as _

from hubnode.network.node import utcnow
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import reading, suggesting
from hubnode.records.kinds import KINDS
from hubnode.records.reading import Found, RecordView
from hubnode.web import asking, bearer, filters, listing, strict
from hubnode.web.asking import Asked
from hubnode.web.context import current_viewer, hub_name, hub_settings, network_hubs, topic_name
from hubnode.web.headers import PEOPLE

blueprint = Blueprint("api", __name__, url_prefix="/api")
JSON = "application/json"
PROBLEM = "application/problem+json"
SUGGESTIONS = "application/x-suggestions+json"
VERSION = version("hubnode")


@blueprint.before_request
def _look_at_token() -> None:
    """Who comes with a token sees what it opens, whatever cookies come along; raises `bearer.Refused`."""
    g.token = bearer.held(request, "records:read")
    if g.token is not None:
        g.viewer = g.token.viewer("network:read")


@blueprint.errorhandler(bearer.Refused)
def _refused(refusal: bearer.Refused) -> Response:
    g.viewer = ANONYMOUS
    return bearer.answer(refusal)


@blueprint.get("/search")
def search() -> Response:
    """One page of hits with facets; 304 while nothing has changed, a problem document for an address with a flaw."""
    kind, now = strict.kind_asked(), utcnow()
    question = asking.asked(kind, now)
    tag = _state(now.strftime("%Y-%m-%dT%H:%M") if asking.passes(kind) else "")
    if request.if_none_match.contains_weak(tag):
        return _tagged(Response(status=304), tag)
    found = reading.find(current_viewer(), question.browse)
    bearer.note(g.token, current_viewer().level, {record.kind for record in found.items})
    return _tagged(Response(orjson.dumps(_answer(question, found)), content_type=JSON), tag)


@blueprint.get("/suggest")
def suggest() -> Response:
    """Completions of ``q``, in the form that browsers understand (OpenSearch Suggestions): the text, then a list."""
    text = request.args.get("q", "")
    if len(text) > asking.MAX_TEXT:
        raise strict.Unclear([strict.Refusal("q", text[: asking.MAX_VALUE], strict.TOO_LONG)])
    words = suggesting.completions(current_viewer(), asking.readable(text))
    return Response(orjson.dumps([text, words]), content_type=SUGGESTIONS)


def _answer(question: Asked, found: Found) -> dict[str, Any]:
    understood = found.understood
    return {
        "total": found.total,
        "page": found.page,
        "pages": min(found.pages, asking.MAX_PAGE),
        "size": asking.SIZE,
        "sort": question.sort,
        "understood": {
            "corrected": {word: list(instead) for word, instead in understood.corrected.items()},
            "did_you_mean": understood.did_you_mean,
            "also": list(understood.also),
            "dropped": list(understood.dropped),
            "complete": understood.complete if question.browse.text else found.total,
        },
        "items": [_item(record, found) for record in found.items],
        "facets": {group.name: _values(group) for group in listing.filters(question, found)},
        "counts_approximate": found.approximate,
        "stale": [
            {"hub": hub.origin, "name": hub.name, "state": hub.state, "last_contact_at": _time(hub.last_contact_at)}
            for hub in listing.stale(question.browse.hubs)
        ],
        "links": {link.rel: _full(link.href) for link in listing.pages(found) if link.rel},
    }


def _item(record: RecordView, found: Found) -> dict[str, Any]:
    fields = record.fields
    return {
        "id": record.uri,
        "url": _full(record.path),
        "home_url": record.home_url,
        "kind": KINDS[record.kind].slug,
        "hub": {"id": record.origin, "name": hub_name(record.origin)},
        "title": dict(record.headline),
        "summary": dict(record.summary),
        "topics": [{"id": topic, "name": topic_name(topic)} for topic in record.topics],
        "offers": list(fields.get("offers", ())),
        "starts_at": _time(record.starts_at),
        "ends_at": _time(record.ends_at),
        "updated_at": _time(record.updated_at),
        "confirmed_on": fields.get("last_confirmed_at"),
        "matched": list(found.reasons.get(record.uri, ())),
    }


def _values(group: listing.Filter) -> list[dict[str, Any]]:
    return [
        {
            "value": choice.value,
            "label": choice.label,
            "count": choice.count,
            "at_least": choice.at_least,
            "chosen": choice.chosen,
        }
        for choice in (*group.choices, *group.more)
    ]


def _time(value: Any) -> str | None:
    return value.isoformat().replace("+00:00", "Z") if value else None


def _full(path: str) -> str:
    return hub_settings().base_url + path.partition("#")[0]


def _state(minute: str) -> str:
    """Equal as long as the same question by the same viewer has the same answer."""
    hubs = [(hub.origin, hub.name, hub.place, hub.state, hub.last_contact_at) for hub in listing.stale()]
    parts = (
        VERSION,
        reading.stamp(),
        current_viewer().level,
        filters.language(),
        [(hub.origin, hub.place or hub.name) for hub in network_hubs()],
        hubs,
        minute,
        request.query_string.decode("latin-1"),
    )
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]


def _tagged(answer: Response, tag: str) -> Response:
    answer.set_etag(tag, weak=True)
    return answer


@blueprint.after_request
def open_to_pages(answer: Response) -> Response:
    """What is public may be read by the pages of others; with a sign-in more is told, and only to our own pages."""
    answer.vary.update(("Authorization", "Cookie", "Accept-Language"))
    if g.get("token") is not None:
        answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Robots-Tag"] = PEOPLE
    if not current_viewer().signed_in:
        answer.headers["Access-Control-Allow-Origin"] = "*"
        answer.headers["Access-Control-Allow-Headers"] = "If-None-Match"
        answer.headers["Access-Control-Expose-Headers"] = "ETag"
    return answer


@blueprint.errorhandler(strict.Unclear)
def _unclear(flaw: strict.Unclear) -> Response:
    problem = {
        "type": "about:blank",
        "status": 400,
        "title": _("Die Adresse enthält etwas, das es hier nicht gibt"),
        "detail": " ".join(f"{refusal.parameter}: {refusal.words}" for refusal in flaw.refusals),
        "errors": [
            {"parameter": refusal.parameter[:80], "value": refusal.value[:80], "detail": str(refusal.words)}
            for refusal in flaw.refusals
        ],
    }
    return Response(orjson.dumps(problem), 400, content_type=PROBLEM)
