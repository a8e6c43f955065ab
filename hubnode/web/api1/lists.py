"""Lists: what an address asks for, read without mercy, and the page that answers it, joined from kept bytes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import orjson
from flask import request
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from hubnode.people.viewer import OPERATOR, Viewer
from hubnode.records import paging, reading
from hubnode.records.kinds import BY_SLUG
from hubnode.web import asking, strict
from hubnode.web.api1 import cursors, items
from hubnode.web.api1.cursors import Cursor
from hubnode.web.api1.kept import kept
from hubnode.web.strict import NO_VALUE, ONLY_ONCE, UNKNOWN, Refusal, Unclear

USUAL, MOST = 20, 100
"""Records on a page, unless asked otherwise, and at most."""
NO_LIMIT = _l("Auf einer Seite stehen 1 bis %(n)s Einträge.", n=MOST)
NO_FIELDS = _l("Nennen Sie Felder mit Komma dazwischen, zum Beispiel title,updated_at,body.phase.")


@dataclass(frozen=True, slots=True)
class Question:
    """What a list is asked for."""

    browse: reading.Browse
    filters: str
    """The one spelling of the filters, to which cursors are bound."""
    fields: items.Fields
    cursor: Cursor | None
    asked_at: datetime


def key(now: datetime) -> tuple[str, ...]:
    """What tells the answer to this request from others of the same state, before anything of it has been read."""
    chosen = [BY_SLUG[slug].name for slug in request.args.getlist("art") if slug in BY_SLUG]
    dated = len(chosen) == 1 and asking.passes(chosen[0]) and "cursor" not in request.args
    return (_minute(now).isoformat() if dated else "", request.query_string.decode("latin-1"))


def asked(now: datetime) -> Question:
    """What this request asks for; raises `strict.Unclear` with every flaw, or `Problem` for a cursor."""
    kind = strict.kind_asked({"limit": _limit, "fields": _fields, "cursor": _cursor, "seite": None})
    minute = _minute(now)
    found = asking.asked(kind, minute)
    filters = f"{kind}?{asking.spelled(found)}"
    cursor = cursors.read(request.args["cursor"], filters) if "cursor" in request.args else None
    asked_at = cursor.asked_at if cursor else minute
    browse = replace(asking.asked(kind, asked_at).browse, size=int(request.args.get("limit", USUAL)), counted=())
    return Question(browse, filters, _chosen(), cursor, asked_at)


def _minute(now: datetime) -> datetime:
    """Lists of events are as of a minute: so long they stay the same by themselves."""
    return now.replace(second=0, microsecond=0)


def render(question: Question, viewer: Viewer) -> bytes:
    """The page as JSON; its records come from kept bytes where this version has been rendered before."""
    page = paging.page(viewer, question.browse, question.cursor.after if question.cursor else None)
    versions = paging.versions(viewer, page.docs)
    pieces = kept().pieces
    pieces.turn(reading.stamp(), lambda docs: paging.versions(OPERATOR, docs))

    def made(docs: Collection[int]) -> Mapping[int, bytes]:
        views = reading.by_numbers(viewer, list(docs))
        return {doc: items.render(view, viewer, question.fields) for doc, view in views.items()}

    bodies = pieces.get(versions, (viewer.level, question.fields), made)
    following = page.following and cursors.write(Cursor(page.following, question.asked_at), question.filters)
    shown = b",".join(bodies[doc] for doc in page.docs if doc in bodies)
    return b'{"items":[%b],"total":%d,"next":%b}' % (shown, page.total, orjson.dumps(following))


def fields_asked(also: Collection[str] = ()) -> items.Fields:
    """The fields that are asked of one record; raises `strict.Unclear` for any parameter but these and `also`."""
    refuse_others(("fields", *also))
    return _chosen()


def refuse_others(known: Collection[str] = ()) -> None:
    """Raise `strict.Unclear` with each parameter that is not known here, stands there twice, or is wrong."""
    flaws = []
    for name, values in request.args.lists():
        if name not in known:
            flaws.append(Refusal(name, values[0], UNKNOWN))
        elif len(values) > 1:
            flaws.append(Refusal(name, values[1], ONLY_ONCE))
        elif name == "fields" and (words := _fields(values[0], "")) is not None:
            flaws.append(Refusal(name, values[0], words))
    flaws += [Refusal(name, "", NO_VALUE) for name in known if name != "fields" and name not in request.args]
    if flaws:
        raise Unclear(flaws)


def _chosen() -> items.Fields:
    text = request.args.get("fields", "")
    return tuple(sorted(set(text.split(",")))) if text else ()


def _limit(value: str, _kind: str) -> LazyString | None:
    return None if asking.is_page(value) and int(value) <= MOST else NO_LIMIT


def _fields(value: str, _kind: str) -> LazyString | None:
    return None if set(value.split(",")) <= items.choosable() else NO_FIELDS


def _cursor(_value: str, _kind: str) -> LazyString | None:
    return None  # judged when all else is known
