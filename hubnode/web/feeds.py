"""The doors of the feeds: each address answered from stored bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version
from time import monotonic

import orjson
from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from hubnode.feeds import addresses, archive, atom, ical
from hubnode.feeds.changes import BadCursor, LostCursor
from hubnode.feeds.formats import FORMATS
from hubnode.feeds.select import ARCHIVE, KEY_HERE, MAX_ALARM, MAX_TEXT, NoSuchFeed, Selection, Site, item, midnight
from hubnode.feeds.shelf import Shelf
from hubnode.network import peers
from hubnode.network.node import utcnow
from hubnode.people.viewer import ANONYMOUS
from hubnode.push import websub
from hubnode.records import reading
from hubnode.records.errors import Gone, NotFound
from hubnode.records.kinds import KINDS
from hubnode.web import bearer, errors, keyed
from hubnode.web.context import hub_settings

blueprint = Blueprint("feeds", __name__)

EXTENSION = "hubnode.feeds"
VERSION = version("hubnode")
KEPT = "public, max-age=60"
"""For so many seconds anybody may keep a feed without asking again."""
HUBS_FOR = 30.0
"""Seconds for which the names of the hubs are not looked up again."""
LANG = "de"
PROBLEM = "application/problem+json"
REFUSALS: dict[str, tuple[int, LazyString]] = {
    "kind": (404, _l("Diesen Feed gibt es nicht. Alle Feeds stehen auf der Seite „Abonnieren“.")),
    "format": (404, _l("Kalender gibt es nur für Termine und Förderaufrufe.")),
    "thema": (404, _l("Dieses Thema gibt es nicht.")),
    "hub": (404, _l("Diesen Hub gibt es im Verbund nicht.")),
    "archiv": (404, _l("Dieses Archiv gibt es nicht. Gehen Sie vom Feed aus den Verweisen „prev-archive“ nach.")),
    "seite": (404, _l("So viele Seiten hat dieser Feed nicht.")),
    "value": (400, _l("Einen Filter mit diesem Wert gibt es hier nicht.")),
    "filter": (400, _l("Diesen Filter gibt es für diesen Feed nicht, oder er steht zu oft in der Adresse.")),
    "q": (400, _l("Die Suchwörter sind zu lang, möglich sind %(n)s Zeichen.", n=MAX_TEXT)),
    "lang": (400, _l("Feeds gibt es auf Deutsch (de) und auf Englisch (en).")),
    "erinnerung": (400, _l("Eine Erinnerung sind 1 bis %(n)s Minuten.", n=MAX_ALARM)),
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


@blueprint.get("/feeds/<slug>.<any(" + ", ".join(FORMATS) + "):form>")
def document(slug: str, form: str) -> Response:
    """A page of a selection in one of the formats."""
    asked = dict(request.args.lists())
    key, archived = keyed.taken(asked), asked.pop(ARCHIVE, [])
    selection, page = selected(slug, addresses.without_page(asked)), addresses.page_of(asked)
    chosen, (selection, opened) = FORMATS[form], _further(selection, form, key)
    if archived:
        if len(archived) > 1 or opened or page > 1 or not chosen.archived:
            raise NoSuchFeed("filter", ARCHIVE)
        return _archive(selection, archived[0])

    def render(site: Site, now: datetime) -> bytes:
        return chosen.render(selection, site, now, page)

    answer = stored(chosen.mimetype, (form, str(page), selection), render, key)
    if form in websub.FORMS and page == 1 and not opened:
        answer.headers["Link"] = websub.links(site().base_url, selection.path(form))
    answer.vary.add("Authorization")
    if opened:
        answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _archive(selection: Selection, name: str) -> Response:
    """An archive document. Its tag is that of its bytes: they stay the same whatever else changes."""
    here, now = site(), utcnow()

    def render() -> bytes:
        with force_locale(selection.lang):
            return atom.render(archive.document(selection, here, name, now))

    kept = _stand().shelf.get(_state(here, now), (ARCHIVE, name, selection), render, now)
    answer = _cached(Response(kept.body, content_type=f"{atom.MIMETYPE}; charset=utf-8"), _digest(kept.body.hex()))
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.vary.add("Authorization")
    answer.make_conditional(request)
    return answer


def _further(selection: Selection, form: str, key: str) -> tuple[Selection, bool]:
    """The selection as far as a token or a key opens it, and whether there is one; it is noted what a partner reads."""
    token = bearer.held(request, "feeds:network")
    if token is not None:
        selection = replace(selection, level=token.viewer("feeds:network").level)
        bearer.note(token, selection.level, selection.kinds or tuple(KINDS))
    if (shown := keyed.opening(key, selection, form, site())) is not None:
        selection = replace(selection, level="network", keyed=True)
        shown.note(selection)
    return selection, token is not None or shown is not None


@blueprint.errorhandler(keyed.Refused)
def _key_refused(refusal: keyed.Refused) -> Response:
    return keyed.answer(refusal)


@blueprint.errorhandler(bearer.Refused)
def _refused(refusal: bearer.Refused) -> Response:
    return bearer.answer(refusal)


@blueprint.get(f"/{KINDS[ical.EVENT].slug}/<id>.ics")
@blueprint.get(f"/{KINDS[ical.EVENT].slug}/<host>/<id>.ics")
def event_ical(id: str, host: str = "") -> Response:
    """One event, of this hub or of the hub at `host`, as a calendar."""
    return _single(ical.EVENT, id, host)


@blueprint.get(f"/{KINDS[ical.CALL].slug}/<id>.ics")
@blueprint.get(f"/{KINDS[ical.CALL].slug}/<host>/<id>.ics")
def call_ical(id: str, host: str = "") -> Response:
    """The deadlines of one funding call, of this hub or of the hub at `host`, as a calendar."""
    return _single(ical.CALL, id, host)


def _single(kind: str, id: str, host: str) -> Response:
    def render(site: Site, now: datetime) -> bytes:  # noqa: ARG001 - as all renderings
        origin = addresses.origin_at(host, site) if host else None
        with force_locale(LANG):
            return ical.single(item(reading.get(ANONYMOUS, kind, id, origin), site, LANG), LANG)

    return stored(ical.MIMETYPE, (kind, host, id), render)


def stored(
    mimetype: str, key: tuple[str | Selection, ...], render: Callable[[Site, datetime], bytes], feed_key: str = ""
) -> Response:
    """The stored bytes, or 304 before anything is rendered or even looked for; `feed_key` is put where it belongs."""
    here, now = site(), utcnow()
    state = _state(here, now)
    tag = _digest(state, *map(repr, key))
    if request.if_none_match.contains_weak(tag):
        return _cached(Response(status=304, content_type=mimetype), tag)
    kept = _stand().shelf.get(state, key, lambda: render(here, now), now)
    body = kept.body.replace(KEY_HERE.encode(), feed_key.encode()) if feed_key else kept.body
    answer = _cached(Response(body, content_type=f"{mimetype}; charset=utf-8"), tag)
    answer.last_modified = kept.modified_at
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.make_conditional(request)
    return answer


def _state(here: Site, now: datetime) -> str:
    """Equal as long as all that feeds are made of is the same."""
    return _digest(VERSION, here.base_url, dict(here.hubs), dict(here.focus), reading.stamp(), midnight(now))


def _cached(answer: Response, tag: str) -> Response:
    answer.headers["ETag"], answer.headers["Cache-Control"] = f'"{tag}"', KEPT
    return answer


def _digest(*parts: object) -> str:
    """Equal as long as the parts are: made of all that the bytes are made of, it is their strong tag."""
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]


def selected(slug: str, asked: addresses.Asked) -> Selection:
    """The selection of an address; raises `NoSuchFeed`. A hub that joined a moment ago is known."""
    try:
        return addresses.parse(slug, asked, site())
    except NoSuchFeed as refusal:
        if refusal.part != "hub":
            raise
    return addresses.parse(slug, asked, site(afresh=True))


def _stand() -> Stand:
    stand: Stand = current_app.extensions[EXTENSION]
    return stand


def site(*, afresh: bool = False) -> Site:
    """The hubs by name and focus, looked up now and then: a joining hub is not worth a query for each request."""
    stand = _stand()
    if stand.site is None or afresh or monotonic() >= stand.until:
        settings = hub_settings()
        hubs = peers.all_hubs(settings)
        names = {hub.origin: hub.name for hub in hubs}
        stand.site = Site(settings.base_url, names, {hub.origin: hub.focus for hub in hubs})
        stand.until = monotonic() + HUBS_FOR
    return stand.site


@blueprint.errorhandler(NoSuchFeed)
def _no_such_feed(refusal: NoSuchFeed) -> Response:
    return _refuse(*REFUSALS[refusal.part])


@blueprint.errorhandler(BadCursor)
def _bad_archive(refusal: BadCursor) -> Response:  # noqa: ARG001 - Flask's signature
    return _refuse(*REFUSALS["archiv"])


@blueprint.errorhandler(LostCursor)
def _lost_archive(refusal: LostCursor) -> Response:  # noqa: ARG001 - Flask's signature
    return _refuse(410, _l("Dieses Archiv gehört zu einem früheren Stand dieses Hubs. Beginnen Sie mit dem Feed."))


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
