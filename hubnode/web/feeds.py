"""The doors of the feeds: each address answered from stored bytes, and the page that explains them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from time import monotonic

import orjson
from flask import Blueprint, Response, current_app, render_template, request
from flask.blueprints import BlueprintSetupState
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from hubnode.feeds import formats, ical
from hubnode.feeds.formats import FORMATS, Format
from hubnode.feeds.select import NoSuchFeed, Selection, Site, item, midnight, origin_at, parse
from hubnode.feeds.shelf import Shelf
from hubnode.network import peers
from hubnode.network.node import utcnow
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import reading, vocabulary
from hubnode.records.errors import Gone, NotFound
from hubnode.records.kinds import KINDS
from hubnode.web import errors
from hubnode.web.context import hub_settings

blueprint = Blueprint("feeds", __name__)

EXTENSION = "hubnode.feeds"
VERSION = version("hubnode")
MAX_AGE = 60
"""Seconds for which anybody may keep a feed without asking again."""
HUBS_FOR = 30.0
"""Seconds for which the names of the hubs are not looked up again."""
LANG = "de"
PROBLEM = "application/problem+json"
REFUSALS: dict[str, tuple[int, LazyString]] = {
    "kind": (404, _l("Diesen Feed gibt es nicht. Alle Feeds stehen auf der Seite „Abonnieren“.")),
    "format": (404, _l("Kalender gibt es nur für Termine.")),
    "thema": (404, _l("Dieses Thema gibt es nicht.")),
    "hub": (404, _l("Diesen Hub gibt es im Verbund nicht.")),
    "filter": (400, _l("Feeds lassen sich nur nach „thema“ und „hub“ eingrenzen, nach jedem einmal.")),
}
"""Part of the address that is wrong: status and words."""


@dataclass
class Stand:
    """What this process keeps between requests: rendered feeds, and the names of the hubs for a moment."""

    shelf: Shelf = field(default_factory=Shelf)
    site: Site | None = None
    until: float = 0.0


@blueprint.record_once
def _set_up(state: BlueprintSetupState) -> None:
    state.app.extensions[EXTENSION] = Stand()


@blueprint.get("/feeds/<slug>.atom")
def atom(slug: str) -> Response:
    """A selection as Atom."""
    return _feed(FORMATS["atom"], slug)


@blueprint.get("/feeds/<slug>.json", endpoint="json")
def json_feed(slug: str) -> Response:
    """A selection as JSON Feed."""
    return _feed(FORMATS["json"], slug)


@blueprint.get("/feeds/<slug>.ics", endpoint="ical")
def ical_feed(slug: str) -> Response:
    """The events of a selection as a calendar."""
    return _feed(FORMATS["ics"], slug)


def _feed(form: Format, slug: str) -> Response:
    selection = _selected(slug)
    return _answer(form.mimetype, (form.name, selection), lambda site, now: form.render(selection, site, now))


@blueprint.get(f"/{KINDS[ical.KIND].slug}/<id>.ics")
@blueprint.get(f"/{KINDS[ical.KIND].slug}/<host>/<id>.ics")
def event_ical(id: str, host: str = "") -> Response:
    """One event, of this hub or of the hub at `host`, as a calendar."""

    def render(site: Site, now: datetime) -> bytes:  # noqa: ARG001 - as all renderings
        origin = origin_at(host, site) if host else None
        with force_locale(LANG):
            return ical.single(item(reading.get(ANONYMOUS, ical.KIND, id, origin), site, LANG), LANG)

    return _answer(ical.MIMETYPE, ("event", host, id), render)


@blueprint.get("/feeds")
def page() -> str:
    """How to subscribe, and all addresses."""
    site = _site()
    return render_template(
        "feeds/page.html",
        everything=_addresses(Selection()),
        example=site.base_url + Selection(ical.KIND, vocabulary.TOP[0], site.base_url).path(ical.NAME),
        by_kind=[(kind.plural, _addresses(Selection(kind=kind.name))) for kind in KINDS.values()],
        by_hub=[(name, _addresses(Selection(hub=origin))) for origin, name in site.hubs.items()],
        by_topic=[
            (area, [(id, _addresses(Selection(topic=id))) for id in (area, *below)])
            for area, below in vocabulary.tree()
        ],
    )


def _addresses(selection: Selection) -> Mapping[str, str]:
    """Format to full address."""
    return {form.name: hub_settings().base_url + selection.path(form.name) for form in formats.offered(selection)}


def _answer(mimetype: str, key: tuple[str | Selection, ...], render: Callable[[Site, datetime], bytes]) -> Response:
    """The stored bytes, or 304 before anything is rendered or even looked for."""
    site, now = _site(), utcnow()
    state = _digest(VERSION, site.base_url, dict(site.hubs), reading.stamp(), midnight(now))
    tag = _digest(state, *map(repr, key))
    if request.if_none_match.contains_weak(tag):
        return _cached(Response(status=304, content_type=mimetype), tag)
    kept = _stand().shelf.get(state, key, lambda: render(site, now), now)
    answer = _cached(Response(kept.body, content_type=f"{mimetype}; charset=utf-8"), tag)
    answer.last_modified = kept.modified_at
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.make_conditional(request)
    return answer


def _cached(answer: Response, tag: str) -> Response:
    answer.set_etag(tag)
    answer.cache_control.public = True
    answer.cache_control.max_age = MAX_AGE
    return answer


def _digest(*parts: object) -> str:
    """Equal as long as the parts are: made of all that the bytes are made of, it is their strong tag."""
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]


def _selected(slug: str) -> Selection:
    asked = dict(request.args.lists())
    try:
        return parse(slug, asked, _site())
    except NoSuchFeed as refusal:
        if refusal.part != "hub":
            raise
    return parse(slug, asked, _site(afresh=True))


def _stand() -> Stand:
    stand: Stand = current_app.extensions[EXTENSION]
    return stand


def _site(*, afresh: bool = False) -> Site:
    """The hubs by name, looked up every now and then: a joining hub's name is not worth a query for each request."""
    stand = _stand()
    if stand.site is None or afresh or monotonic() >= stand.until:
        settings = hub_settings()
        stand.site = Site(settings.base_url, {hub.origin: hub.name for hub in peers.all_hubs(settings)})
        stand.until = monotonic() + HUBS_FOR
    return stand.site


@blueprint.errorhandler(NoSuchFeed)
def _no_such_feed(refusal: NoSuchFeed) -> Response:
    return _refuse(*REFUSALS[refusal.part])


@blueprint.errorhandler(NotFound)
def _no_such_event(refusal: NotFound) -> Response:  # noqa: ARG001 - Flask's signature
    return _refuse(404, _l("Diesen Termin gibt es nicht."))


@blueprint.errorhandler(Gone)
def _event_gone(refusal: Gone) -> Response:  # noqa: ARG001 - Flask's signature
    return _refuse(410, _l("Dieser Termin wurde zurückgezogen."))


def _refuse(status: int, words: LazyString) -> Response:
    """A page for people, and for feed readers, which ask for anything, a problem document (RFC 9457)."""
    title = errors.WORDS[status][0]
    if request.accept_mimetypes.best_match((PROBLEM, "text/html"), PROBLEM) == "text/html":
        return errors.answer(status, (title, words))
    problem = {"type": "about:blank", "status": status, "title": str(title), "detail": str(words)}
    return Response(orjson.dumps(problem), status, content_type=PROBLEM)
