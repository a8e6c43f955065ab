"""What an address of a list asks for: pages take what they understand of it, the API refuses the rest by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from flask import request
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.datastructures import MultiDict

from hubnode.records.kinds import BY_SLUG, KINDS
from hubnode.records.kinds.filtering import facet_names
from hubnode.records.reading import Browse
from hubnode.search.answers import Sort
from hubnode.web.context import network_hubs

SIZE = 20
MAX_PAGE = 500
MAX_TEXT = 200
"""Letters of a question that are read; the box takes no more."""
MAX_VALUES = 20
"""Values of one filter that count."""
MAX_VALUE = 80
"""Letters of such a value; no longer one exists."""
SORTS: Mapping[str, tuple[Sort, LazyString]] = {
    "treffer": ("relevance", _l("Beste Treffer")),
    "neu": ("newest", _l("Neueste zuerst")),
    "bald": ("soonest", _l("Nächste zuerst")),
    "titel": ("title", _l("Nach Titel")),
}
TIMES = ("kommend", "vergangen")
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffd]+")
_UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+")
"""Soft hyphens, and marks that turn the direction of the line they stand in."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for."""

    kind: str
    """One kind, or empty for all."""
    browse: Browse
    sort: str
    past: bool
    shortened: bool = False
    """Whether the question was longer than what was read of it."""

    @property
    def usual_sort(self) -> bool:
        """Whether the order is the one that a list without a choice has."""
        return self.sort == sorts(self.kind, bool(self.browse.text))[0]


def asked(kind: str, now: datetime, *, typing: bool = False, args: MultiDict[str, str] | None = None) -> Asked:
    """What this request's address asks for, or one with `args`; words that mean nothing here are passed over."""
    args = request.args if args is None else args
    text, past = readable(args.get("q", "")), passes(kind) and args.get("zeit") == "vergangen"
    sort = args.get("sort", "")
    sort = sort if sort in sorts(kind, bool(text)) else sorts(kind, bool(text))[0]
    kinds = (kind,) if kind else tuple(BY_SLUG[slug].name for slug in args.getlist("art") if slug in BY_SLUG)
    browse = Browse(
        text=text[:MAX_TEXT].strip(),
        kinds=kinds,
        hubs=tuple(hub.origin for hub in network_hubs() if hub.host in args.getlist("hub")),
        topics=_values(args, "thema"),
        facets={facet: values for facet, name in facet_names(kind).items() if (values := _values(args, name))},
        sort=SORTS[sort][0],
        page=page_number(args.get("seite", "1")),
        size=SIZE,
        ending_after=now if passes(kind) and not past else None,
        ended_before=now if past else None,
        counted=("kind", "hub", "topic", *facet_names(kind)),
        typing=typing,
    )
    browse = replace(browse, sort="newest") if past and sort == "bald" else browse
    return Asked(kind, browse, sort, past, len(text) > MAX_TEXT)


def spelled(question: Asked) -> str:
    """The one spelling of what was asked, for an address: without page, and without an order that is the usual one."""
    browse = question.browse
    hosts = (hub.host for hub in network_hubs() if hub.origin in browse.hubs)
    pairs = [
        ("q", browse.text),
        *(("art", KINDS[kind].slug) for kind in (() if question.kind else sorted(set(browse.kinds)))),
        *(("thema", topic) for topic in sorted(set(browse.topics))),
        *(("hub", host) for host in sorted(hosts)),
        *((name, value) for facet, name in facet_names(question.kind).items() for value in _sorted(browse, facet)),
        ("zeit", "vergangen" if question.past else ""),
        ("sort", "" if question.usual_sort else question.sort),
    ]
    return urlencode([(name, value) for name, value in pairs if value], safe=":")


def _sorted(browse: Browse, facet: str) -> list[str]:
    return sorted(set(browse.facets.get(facet, ())))


def readable(text: str) -> str:
    """`text` in one line, without signs that nobody sees."""
    return _BREAKS.sub(" ", _UNSEEN.sub("", text)).strip()


def _values(args: MultiDict[str, str], name: str) -> tuple[str, ...]:
    """What the address says for a filter; nothing is called by signs that nobody sees, and no database takes them."""
    given = args.getlist(name)[:MAX_VALUES]
    return tuple(value for value in given if 0 < len(value) <= MAX_VALUE and value == readable(value))


def page_number(text: str) -> int:
    """The page asked for; 1 for what is no page."""
    return min(max(1, int(text)), MAX_PAGE) if is_page(text) else 1


def is_page(text: str) -> bool:
    """Whether `text` is the number of a page."""
    return text.isascii() and text.isdigit() and len(text) < 6 and int(text) > 0


def passes(kind: str) -> bool:
    """Whether a list of `kind` shows by itself only what is not over yet."""
    return bool(kind) and KINDS[kind].passes


def sorts(kind: str, searching: bool) -> list[str]:
    """The orders that make sense for a list, the usual one first."""
    usual = ["bald", "neu", "titel"] if passes(kind) else ["neu", "titel"]
    return ["treffer", *usual] if searching else usual
