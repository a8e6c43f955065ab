"""From an address to a list and back: the filters to offer, and the addresses of the next steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from hubnode.network.peers import HubView
from hubnode.records import vocabulary
from hubnode.records.kinds import KINDS
from hubnode.records.kinds.filtering import FACET_NAMES
from hubnode.records.reading import FacetValue, Found
from hubnode.web.asking import MAX_PAGE, Asked
from hubnode.web.context import hub_name, network_hubs, topic_name

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


SILENT = ("down", "refused", "frozen", "left")
"""States of hubs of which nothing new arrives."""
LATE_S = 600
"""Seconds after which a copy that is behind is worth a line."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter."""

    id: str
    value: str
    label: str
    count: int
    chosen: bool
    at_least: bool = False
    """Whether narrower topics, which the filter lets through as well, may add to the count."""


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


def filters(question: Asked, found: Found) -> list[Filter]:
    """The filters to offer: those that would leave something to see, or are in force."""
    made = []
    for facet, name, title in _facets(question.kind):
        values = found.facets.get(facet, ())
        present = {value.value for value in values} if facet == "topic" else set()
        choices = [_choice(question.kind, facet, name, value, present) for value in values]
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


def _choice(kind: str, facet: str, name: str, value: FacetValue, topics: Set[str]) -> Choice:
    shown = _value_in_address(facet, value.value)
    narrower = vocabulary.narrower(value.value) if topics and vocabulary.exists(value.value) else ()
    return Choice(
        f"{name}-{shown}".replace(":", "-").replace(".", "-"),
        shown,
        facet_label(kind, facet, value.value),
        value.count,
        value.chosen,
        not topics.isdisjoint(narrower),
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


def with_words(text: str) -> str:
    """This list for other words, from its first page on."""
    args = request.args.copy()
    args.poplist("seite")
    args["q"] = text
    return _address(args)


def people() -> str:
    """The list of people for the same words and the same hubs and topics."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name in ("q", "hub", "thema")]
    return f"/{KINDS['expertise'].slug}?{urlencode(kept, safe=':')}"


def wider(topics: Sequence[str]) -> list[Chip]:
    """The topics next above these, each with the address of this list for it instead."""
    found: dict[str, str] = {}
    for topic in topics:
        for above in vocabulary.broader(topic)[:1] if vocabulary.exists(topic) else ():
            found.setdefault(above, topic)
    return [Chip(topic_name(above), _instead(topic, above)) for above, topic in found.items()]


def _instead(topic: str, above: str) -> str:
    args = request.args.copy()
    args.poplist("seite")
    args.setlist("thema", list(dict.fromkeys(above if one == topic else one for one in args.getlist("thema"))))
    return _address(args)


def stale(chosen: Sequence[str] = ()) -> list[HubView]:
    """The hubs, of `chosen` ones or of all, whose copy is not the newest: nothing arrives of them, or it is late."""
    asked = (hub for hub in network_hubs() if hub.records and (not chosen or hub.origin in chosen))
    return [hub for hub in asked if hub.state in SILENT or (hub.state == "late" and (hub.lag_s or 0) > LATE_S)]


def longest(words: str) -> str:
    """The longest of these words: in German it says most."""
    return max((word.strip('"-') for word in words.split()), key=len)


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
    last = min(found.pages, MAX_PAGE)
    near = {1, last, *range(found.page - 1, found.page + 2)}
    shown = sorted(page for page in near if 1 <= page <= last)
    links = []
    if found.page > 1:
        links.append(PageLink(_("Zurück"), _onward(found.page - 1), rel="prev"))
    for before, page in zip((0, *shown), shown, strict=False):
        if page - before > 1:
            links.append(PageLink("", gap=True))
        links.append(PageLink(str(page), _onward(page), page, page == found.page))
    if found.page < last:
        links.append(PageLink(_("Weiter"), _onward(found.page + 1), rel="next"))
    return links


def _onward(number: int) -> str:
    """The address of a page with the place where its results begin: nobody has to look for them again."""
    return page_address(number) + "#treffer"


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
