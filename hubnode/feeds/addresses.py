"""From the address of a feed to its selection: everything in it must mean something, and what does not is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from hubnode.feeds.select import (
    EVERYTHING,
    LANGUAGES,
    MAX_ALARM,
    MAX_PAGE,
    MAX_TEXT,
    MAX_VALUES,
    NoSuchFeed,
    Selection,
    Site,
)
from hubnode.feeds.text import one_line
from hubnode.records import vocabulary
from hubnode.records.kinds import BY_SLUG, filtering

Asked = Mapping[str, Sequence[str]]
ONCE = ("q", "lang", "erinnerung")
MANY = ("art", "thema", "hub", "schwerpunkt")


def parse(slug: str, asked: Asked, site: Site) -> Selection:
    """The selection of an address without its page; raises `NoSuchFeed`."""
    if slug != EVERYTHING and slug not in BY_SLUG:
        raise NoSuchFeed("kind", slug)
    kinds = _kinds(slug, asked)
    names = filtering.facet_names(kinds[0]) if len(kinds) == 1 else {}
    _refuse_unknown(asked, names)
    return Selection(
        kinds=kinds,
        topics=_topics(asked.get("thema", ())),
        hubs=_sorted(origin_at(host, site) for host in asked.get("hub", ())),
        focus=_topics(asked.get("schwerpunkt", ())),
        text=_text(asked),
        facets=tuple((facet, _values(kinds[0], facet, asked[name])) for facet, name in names.items() if name in asked),
        lang=_lang(asked),
        alarm=_number(asked, "erinnerung", MAX_ALARM) or 0,
    )


def page_of(asked: Asked) -> int:
    """The page that an address asks for; raises `NoSuchFeed`."""
    return _number(asked, "seite", MAX_PAGE) or 1


def without_page(asked: Asked) -> Asked:
    """The address without its page."""
    return {name: values for name, values in asked.items() if name != "seite"}


def origin_at(host: str, site: Site) -> str:
    """The origin of the hub at `host` (with its port); raises `NoSuchFeed` where the network has none."""
    for origin in site.hubs:
        if urlsplit(origin).netloc == host:
            return origin
    raise NoSuchFeed("hub", host)


def _refuse_unknown(asked: Asked, names: Mapping[str, str]) -> None:
    for name, values in asked.items():
        most = MAX_VALUES if name in MANY or name in names.values() else 1
        if (name not in ONCE and most == 1) or len(values) > most:
            raise NoSuchFeed("filter", name)


def _kinds(slug: str, asked: Asked) -> tuple[str, ...]:
    slugs = asked.get("art", ())
    if slug != EVERYTHING:
        if slugs:
            raise NoSuchFeed("filter", "art")
        return (BY_SLUG[slug].name,)
    if unknown := next((one for one in slugs if one not in BY_SLUG), None):
        raise NoSuchFeed("kind", unknown)
    return tuple(kind.name for one, kind in BY_SLUG.items() if one in slugs)


def _topics(ids: Sequence[str]) -> tuple[str, ...]:
    for id in ids:
        if not vocabulary.exists(id):
            raise NoSuchFeed("thema", id)
    return _sorted(vocabulary.current(id) for id in ids)


def _values(kind: str, facet: str, values: Sequence[str]) -> tuple[str, ...]:
    for value in values:
        if not filtering.knows(kind, facet, value):
            raise NoSuchFeed("value", value)
    return _sorted(values)


def _text(asked: Asked) -> str:
    [text] = asked.get("q", ("",))
    if len(text) > MAX_TEXT:
        raise NoSuchFeed("q", text)
    return one_line(text)


def _lang(asked: Asked) -> str:
    [lang] = asked.get("lang", ("de",))
    if lang not in LANGUAGES:
        raise NoSuchFeed("lang", lang)
    return lang


def _number(asked: Asked, name: str, most: int) -> int | None:
    """A whole number from 1 on, or None where the address names none."""
    if name not in asked:
        return None
    text = asked[name][0]
    if len(asked[name]) > 1 or not (text.isascii() and text.isdigit() and len(text) < 7 and 1 <= int(text) <= most):
        raise NoSuchFeed(name, text)
    return int(text)


def _sorted(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))
