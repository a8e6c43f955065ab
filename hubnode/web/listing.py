"""From an address to a list and back: what was asked, the filters to offer, and the addresses of the next steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.datastructures import MultiDict

from hubnode.records.kinds import BY_SLUG, KINDS
from hubnode.records.reading import Browse, FacetValue, Found
from hubnode.search.query import Sort
from hubnode.web.context import hub_name, network_hubs, topic_name

SIZE = 20
MAX_PAGE = 500
SORTS: Mapping[str, tuple[Sort, LazyString]] = {
    "treffer": ("relevance", _l("Beste Treffer")),
    "neu": ("newest", _l("Neueste zuerst")),
    "bald": ("soonest", _l("Nächste zuerst")),
    "titel": ("title", _l("Nach Titel")),
}
FACET_NAMES = {
    "audience": "zielgruppe",
    "offer": "angebot",
    "outcome": "ergebnis",
    "org_kind": "einrichtung",
    "geo": "gebiet",
    "attendance_mode": "teilnahme",
    "language": "sprachen",
    "operating_model": "betrieb",
    "reuse_access": "zugang",
    "population_band": "groesse",
}
"""Names of filters in addresses, where they differ from the facet's."""
DISTRICTS = {
    "01001": "Flensburg",
    "01002": "Kiel",
    "01003": "Lübeck",
    "01004": "Neumünster",
    "01051": "Dithmarschen",
    "01053": "Herzogtum Lauenburg",
    "01054": "Nordfriesland",
    "01055": "Ostholstein",
    "01056": "Pinneberg",
    "01057": "Plön",
    "01058": "Rendsburg-Eckernförde",
    "01059": "Schleswig-Flensburg",
    "01060": "Segeberg",
    "01061": "Steinburg",
    "01062": "Stormarn",
}
"""Names of the Kreise of Schleswig-Holstein by their official key; others are shown as keys."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for."""

    kind: str
    """One kind, or empty for all."""
    browse: Browse
    sort: str
    past: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter."""

    id: str
    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter beside a list; `more` is folded away at first."""

    name: str
    title: str
    choices: Sequence[Choice]
    more: Sequence[Choice]


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force, and the address without it."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class PageLink:
    """One link to a page of the list; without a number it is the word for back or on."""

    words: str
    href: str = ""
    number: int | None = None
    current: bool = False
    rel: str = ""
    gap: bool = False


def asked(kind: str, now: datetime) -> Asked:
    """What this request's address asks for; words that mean nothing here are passed over."""
    args = request.args
    past = kind == "event" and args.get("zeit") == "vergangen"
    sort = args.get("sort", "")
    sort = sort if sort in sorts(kind, bool(args.get("q"))) else sorts(kind, bool(args.get("q")))[0]
    kinds = (kind,) if kind else tuple(BY_SLUG[slug].name for slug in args.getlist("art") if slug in BY_SLUG)
    browse = Browse(
        text=args.get("q", "").strip()[:200],
        kinds=kinds,
        hubs=tuple(hub.origin for hub in network_hubs() if hub.host in args.getlist("hub")),
        topics=tuple(args.getlist("thema")[:20]),
        facets={
            facet: tuple(args.getlist(name)[:20]) for facet, name in facet_names(kind).items() if args.getlist(name)
        },
        sort=SORTS[sort][0],
        page=page_number(args.get("seite", "1")),
        size=SIZE,
        ending_after=now if kind == "event" and not past else None,
        ended_before=now if past else None,
        counted=("kind", "hub", "topic", *facet_names(kind)),
    )
    return Asked(kind, replace(browse, sort="newest") if past and sort == "bald" else browse, sort, past)


def page_number(text: str) -> int:
    """The page asked for; 1 for what is no page."""
    return min(max(1, int(text)), MAX_PAGE) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def sorts(kind: str, searching: bool) -> list[str]:
    """The orders that make sense for a list, the usual one first."""
    usual = ["bald", "neu", "titel"] if kind == "event" else ["neu", "titel"]
    return ["treffer", *usual] if searching else usual


def facet_names(kind: str) -> dict[str, str]:
    """The kind's own facets, each with its name in addresses."""
    if not kind:
        return {}
    found = (field.metadata["facet"] for field in KINDS[kind].fields.values())
    return {facet: FACET_NAMES.get(facet, facet) for facet in found if facet and facet != "topic"}


def filters(question: Asked, found: Found) -> list[Filter]:
    """The filters to offer: those that would leave something to see, or are in force."""
    made = []
    for facet, name, title in _facets(question.kind):
        values = found.facets.get(facet, ())
        choices = [_choice(question.kind, facet, name, value) for value in values]
        choices.sort(key=lambda choice: (not choice.chosen, -choice.count, choice.label))
        if len(choices) > 1 or any(choice.chosen for choice in choices):
            made.append(Filter(name, title, choices[:6], choices[6:]))
    return made


def _facets(kind: str) -> Iterator[tuple[str, str, str]]:
    """Facet, name in addresses and title, in the order of the page."""
    if not kind:
        yield "kind", "art", _("Art")
    for field in KINDS[kind].fields.values() if kind else ():
        facet = field.metadata["facet"]
        if facet and facet not in ("topic", "geo"):
            yield facet, FACET_NAMES.get(facet, facet), str(field.metadata["label"])
    yield "topic", "thema", _("Thema")
    yield "hub", "hub", _("Hub")
    if kind:
        yield "geo", FACET_NAMES["geo"], _("Kreis")


def _choice(kind: str, facet: str, name: str, value: FacetValue) -> Choice:
    shown = _value_in_address(facet, value.value)
    return Choice(
        f"{name}-{shown}".replace(":", "-").replace(".", "-"),
        shown,
        facet_label(kind, facet, value.value),
        value.count,
        value.chosen,
    )


def _value_in_address(facet: str, value: str) -> str:
    if facet == "kind":
        return KINDS[value].slug if value in KINDS else value
    return urlsplit(value).netloc if facet == "hub" else value


def facet_label(kind: str, facet: str, value: str) -> str:
    """How pages say a value of a facet."""
    if facet == "kind":
        return str(KINDS[value].plural) if value in KINDS else value
    if facet == "hub":
        return hub_name(value)
    if facet == "topic":
        return topic_name(value)
    if facet == "geo":
        return DISTRICTS.get(value, value)
    fields = KINDS[kind].fields.values() if kind else ()
    options = next((field.metadata["options"] for field in fields if field.metadata["facet"] == facet), ())
    return next((str(option.label) for option in options if option.value == value), value)


def chips(offered: Iterable[Filter]) -> list[Chip]:
    """The filters in force, each with the address that drops it."""
    return [
        Chip(choice.label, _without(group.name, choice.value))
        for group in offered
        for choice in (*group.choices, *group.more)
        if choice.chosen
    ]


def cleared() -> str:
    """This list without filters; the words and the order stay."""
    return _address(
        MultiDict((name, value) for name, value in request.args.items(multi=True) if name in ("q", "sort", "zeit"))
    )


def without_words() -> str:
    """This list without the words."""
    return _address(
        MultiDict((name, value) for name, value in request.args.items(multi=True) if name not in ("q", "seite", "sort"))
    )


def longest(words: str) -> str:
    """The longest of these words: in German it says most."""
    return max(words.split(), key=len)


def with_time(value: str) -> str:
    """This list with ``zeit`` set: ``kommend`` or ``vergangen``."""
    args = request.args.copy()
    args.poplist("seite")
    args.setlist("zeit", [value] if value == "vergangen" else [])
    return _address(args)


def pages(found: Found) -> list[PageLink]:
    """Links to the first, the last and the neighbouring pages, with the words for back and on."""
    if found.pages <= 1:
        return []
    near = {1, found.pages, *range(found.page - 1, found.page + 2)}
    shown = sorted(page for page in near if 1 <= page <= found.pages)
    links = []
    if found.page > 1:
        links.append(PageLink(_("Zurück"), page_address(found.page - 1), rel="prev"))
    for before, page in zip((0, *shown), shown, strict=False):
        if page - before > 1:
            links.append(PageLink("", gap=True))
        links.append(PageLink(str(page), page_address(page), page, page == found.page))
    if found.page < found.pages:
        links.append(PageLink(_("Weiter"), page_address(found.page + 1), rel="next"))
    return links


def hubs_found(question: Asked, found: Found) -> int:
    """From how many hubs the list comes."""
    chosen = question.browse.hubs
    return sum(value.count > 0 and (not chosen or value.chosen) for value in found.facets.get("hub", ()))


def page_address(number: int) -> str:
    """The address of another page of the list that was asked for."""
    args = request.args.copy()
    args["seite"] = str(number)
    return _address(args)


def _without(name: str, value: str) -> str:
    args = request.args.copy()
    args.poplist("seite")
    args.setlist(name, [kept for kept in args.getlist(name) if kept != value])
    return _address(args)


def _address(args: MultiDict[str, str]) -> str:
    query = urlencode([(name, value) for name, value in args.items(multi=True) if value], safe=":")
    return request.path + (f"?{query}" if query else "")
