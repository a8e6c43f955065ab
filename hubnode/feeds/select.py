"""What a feed is about, and what therefore stands in it: one selection for all formats, of public records only.

Everything is read as an anonymous visitor reads it, so what is not public can't get into a feed, whatever its format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

from flask_babel import gettext as _

from hubnode.feeds.text import in_language, one_line
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import reading, vocabulary
from hubnode.records.gone import RecordGone, gone_from_public
from hubnode.records.kinds import BY_SLUG, KINDS
from hubnode.records.reading import Browse, RecordView

EVERYTHING = "alle"
"""What stands in an address in place of a kind's slug."""
FILTERS = ("thema", "hub")
REMEMBERED = timedelta(days=90)
"""How long a feed says that something is gone."""
GONE_LIMIT = 100


class NoSuchFeed(Exception):
    """There is no such feed: `part` of the address is wrong (``kind``, ``format``, ``thema``, ``hub``, ``filter``)."""

    def __init__(self, part: str, value: str) -> None:
        super().__init__(f"{part}: {value}")
        self.part, self.value = part, value


@dataclass(frozen=True, slots=True)
class Selection:
    """Which records a feed is about; each part left empty means all."""

    kind: str = ""
    topic: str = ""
    """Topic id; narrower topics are included."""
    hub: str = ""
    """Origin of the home hub."""
    lang: str = "de"

    def path(self, form: str) -> str:
        """The one address of this selection, as ``form``: ``atom``, ``json`` or ``ics``."""
        slug = KINDS[self.kind].slug if self.kind else EVERYTHING
        given = {"thema": self.topic, "hub": urlsplit(self.hub).netloc}
        asked = urlencode({name: value for name, value in given.items() if value}, safe=":[]")
        return f"/feeds/{slug}.{form}" + (f"?{asked}" if asked else "")

    @property
    def page(self) -> str:
        """The page on which people find what this selection is about."""
        return f"/{KINDS[self.kind].slug}" if self.kind else "/"


@dataclass(frozen=True, slots=True)
class Site:
    """Where the feed is served, and by which names the hubs are known."""

    base_url: str
    hubs: Mapping[str, str]
    """Origin to name."""

    def hub(self, origin: str) -> str:
        """The name of the hub at `origin`; its host where it is not, or no longer, known."""
        return one_line(self.hubs.get(origin, "")) or urlsplit(origin).netloc


@dataclass(frozen=True, slots=True)
class Item:
    """One public record with what every format says about it."""

    view: RecordView
    label: str
    """Its kind, in words."""
    lang: str
    """The language of the title."""
    title: str
    summary: tuple[str, str]
    """Language and text."""
    hub: str
    """The name of its home hub."""
    url: str
    """Where this node shows it."""
    topics: Sequence[tuple[str, str]]
    """Topic ids and labels."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Everything a format needs in order to write itself down."""

    selection: Selection
    site: Site
    title: str
    items: Sequence[Item]
    gone: Sequence[RecordGone]
    updated_at: datetime


def parse(slug: str, asked: Mapping[str, Sequence[str]], site: Site) -> Selection:
    """The selection of an address; raises `NoSuchFeed` for a kind, topic, hub or filter that isn't known."""
    if slug != EVERYTHING and slug not in BY_SLUG:
        raise NoSuchFeed("kind", slug)
    for name, values in asked.items():
        if name not in FILTERS or len(values) != 1:
            raise NoSuchFeed("filter", name)
    topic = _topic(asked["thema"][0]) if "thema" in asked else ""
    hub = origin_at(asked["hub"][0], site) if "hub" in asked else ""
    return Selection("" if slug == EVERYTHING else BY_SLUG[slug].name, topic, hub)


def _topic(id: str) -> str:
    if not vocabulary.exists(id):
        raise NoSuchFeed("thema", id)
    return vocabulary.current(id)


def origin_at(host: str, site: Site) -> str:
    """The origin of the hub at `host` (with its port); raises `NoSuchFeed` where the network has none."""
    for origin in site.hubs:
        if urlsplit(origin).netloc == host:
            return origin
    raise NoSuchFeed("hub", host)


def gather(selection: Selection, site: Site, now: datetime, *, limit: int) -> Feed:
    """The `limit` records changed last that fit `selection`, newest first, and what is gone since `REMEMBERED`."""
    day = midnight(now)
    kinds, hubs, topics = _listed(selection.kind), _listed(selection.hub), _listed(selection.topic)
    browse = Browse(kinds=kinds, hubs=hubs, topics=topics, size=limit)
    items = [item(view, site, selection.lang) for view in _newest(browse, limit)]
    gone = gone_from_public(kinds=kinds, hubs=hubs, since=day - REMEMBERED, limit=GONE_LIMIT)
    changes = [*(one.view.updated_at for one in items), *(one.gone_at for one in gone)]
    return Feed(selection, site, title(selection, site), items, gone, max(changes, default=day))


def _listed(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def _newest(browse: Browse, limit: int) -> list[RecordView]:
    """The first `limit` records of a list, page by page."""
    found: list[RecordView] = []
    page = reading.find(ANONYMOUS, browse)
    while page.items:
        found.extend(page.items)
        if len(found) >= limit or page.page >= page.pages:
            break
        page = reading.find(ANONYMOUS, replace(browse, page=page.page + 1))
    return found[:limit]


def item(view: RecordView, site: Site, lang: str) -> Item:
    """`view`, which must be an anonymous one, with all that feeds say about it."""
    label = str(KINDS[view.kind].label)
    spoken, headline = in_language(_headline(view), lang)
    if view.fields.get("status") == "cancelled":
        headline = _("Abgesagt: %(title)s", title=headline)
    return Item(
        view=view,
        label=label,
        lang=spoken,
        title=one_line(headline) or label,
        summary=in_language(view.summary, lang),
        hub=site.hub(view.origin),
        url=site.base_url + view.path,
        topics=[(topic, topic_label(topic, lang)) for topic in view.topics],
    )


def _headline(view: RecordView) -> Mapping[str, str]:
    """What the record is called; a person by the function, as no withdrawn consent calls a name back."""
    headline: Mapping[str, str] = view.fields.get("function", {}) if view.kind == "expertise" else view.headline
    return headline


def title(selection: Selection, site: Site) -> str:
    """What a subscriber reads in the list of subscriptions, such as ``Termine: Mobilität (Digital Hub Rendsburg)``."""
    what = str(KINDS[selection.kind].plural) if selection.kind else _("Neues aus allen Hubs")
    if selection.hub and not selection.kind:
        what = _("Neues")
    if selection.topic:
        what = f"{what}: {topic_label(selection.topic, selection.lang)}"
    return f"{what} ({site.hub(selection.hub)})" if selection.hub else what


def topic_label(topic: str, lang: str) -> str:
    """The topic in words; a topic that this node doesn't know yet goes by its id."""
    return one_line(vocabulary.label(topic, lang)) if vocabulary.exists(topic) else one_line(topic)


def midnight(now: datetime) -> datetime:
    """The beginning of the day (UTC): the only way in which time alone changes a feed."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
