"""Lists and pages of records: all kinds, the search over all of them, and a record by its global id."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from hubnode.network import moving
from hubnode.network.node import utcnow
from hubnode.records import reading
from hubnode.records.kinds import BY_SLUG, KINDS
from hubnode.records.reading import RecordView
from hubnode.web import asking, detail, listing, results
from hubnode.web.context import current_viewer, hub_settings, network_hubs
from hubnode.web.headers import PEOPLE

blueprint = Blueprint("records", __name__)
SLUGS = ",".join(BY_SLUG)
QUESTIONS = {
    "": (_l("Im Verbund suchen"), _l("Worum geht es?")),
    "project": (_l("Projekte zum Nachnutzen"), _l("Thema oder Stichwort")),
    "expertise": (_l("Wer kann helfen?"), _l("Thema, Name oder Stichwort")),
    "event": (_l("Termine"), _l("Thema, Ort oder Stichwort")),
    "experience_report": (_l("Was andere gelernt haben"), _l("Thema oder Stichwort")),
    "funding_call": (_l("Förderung finden"), _l("Thema, Programm oder Fördergeber")),
    "need": (_l("Was andere suchen"), _l("Thema oder Stichwort")),
    "offer": (_l("Was Sie nutzen und ausleihen können"), _l("Thema oder Stichwort")),
    "reuse": (_l("Was schon nachgenutzt wird"), _l("Thema oder Stichwort")),
    "organisation": (_l("Organisationen im Verbund"), _l("Name oder Ort")),
}
"""Heading of each list, and the label of its search box."""
TIMES = {
    "event": (_l("Kommende"), _l("Vergangene")),
    "funding_call": (_l("Offene"), _l("Abgelaufene")),
    "need": (_l("Aktuelle"), _l("Abgelaufene")),
}
"""What is ahead and what is over, in the lists of kinds that are over some day."""


def record_list(kind: str) -> Response:
    """A list; only the part that changes where the browser asked for that."""
    viewer = current_viewer()
    question = asking.asked(kind, utcnow(), typing=_typing())
    found = results.results(viewer, question)
    if found.found.total and found.found.page > found.found.pages:
        return redirect(listing.page_address(found.found.pages), 303)
    offered = listing.filters(question, found.found)
    page = render_template(
        "records/_ergebnis.html" if _fragment() else "records/liste.html",
        question=question,
        found=found.found,
        shown=found,
        filters=offered,
        chips=listing.chips(offered),
        sorts=[(name, asking.SORTS[name][1]) for name in asking.sorts(kind, bool(question.browse.text))],
        pages=listing.pages(found.found),
        hub_count=listing.hubs_found(question, found.found),
        stale=listing.stale(question.browse.hubs),
        words=QUESTIONS[kind],
        times=TIMES.get(kind),
        listing=listing,
    )
    return _with_robots(make_response(page), kind)


def _typing() -> bool:
    """Whether the script asks while somebody types in the box; htmx 4 and 2 name the element in a header each."""
    source = request.headers.get("HX-Source") or request.headers.get("HX-Trigger", "")
    return _fragment() and source in ("input#q", "q")


def _fragment() -> bool:
    """Whether the script asks for the changed part only; going back in the history needs the whole page."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def _with_robots(answer: Response, kind: str) -> Response:
    """Pages about people are not for search engines."""
    if kind in ("expertise", ""):
        answer.headers["X-Robots-Tag"] = PEOPLE
    return answer


@blueprint.get(f"/<any({SLUGS}):slug>/<id>")
def own(slug: str, id: str) -> Response:
    """A record of this hub."""
    return _page(reading.get(current_viewer(), BY_SLUG[slug].name, id))


@blueprint.get(f"/<any({SLUGS}):slug>/<host>/<id>")
def remote(slug: str, host: str, id: str) -> Response:
    """A record of another hub."""
    if host == hub_settings().base_url.split("://", 1)[1]:
        return redirect(f"/{slug}/{id}", 301)
    if (home := moving.new_home(host)) is not None:
        return redirect(f"/{slug}/{home.split('://', 1)[1]}/{id}", 301)
    return _page(reading.get(current_viewer(), BY_SLUG[slug].name, id, _origin(host)))


@blueprint.get("/r/<id>")
def global_id(id: str) -> Response:
    """Where a record of this hub is to be seen, from the address that is its global id; 410 for what is gone."""
    return redirect(reading.of_number(current_viewer(), id).path, 303)


def _origin(host: str) -> str:
    known = next((hub.origin for hub in network_hubs() if hub.host == host), None)
    return known or f"https://{host}"


def _page(record: RecordView) -> Response:
    shown = detail.prepare(current_viewer(), record, hub_settings())
    answer = make_response(render_template(f"records/{record.kind}.html", record=record, shown=shown))
    return _with_robots(answer, record.kind)


for _kind in KINDS.values():
    blueprint.add_url_rule(f"/{_kind.slug}", _kind.name, record_list, defaults={"kind": _kind.name})
blueprint.add_url_rule("/suche", "search", record_list, defaults={"kind": ""})
