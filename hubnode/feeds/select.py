"""What a feed is about, and what therefore stands in it: one selection for all formats, of public records only.

Everything is read as an anonymous visitor reads it, so what is not public can't get into a feed, whatever its format.
A selection has the words and filters of the search, under the names that they have in the addresses of the search.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

from flask_babel import gettext as _

from hubnode.feeds.text import in_language, one_line
from hubnode.people.viewer import Level, Viewer
from hubnode.records import reading, vocabulary
from hubnode.records.gone import RecordGone, gone_from_public
from hubnode.records.kinds import KINDS, filtering
from hubnode.records.reading import Browse, RecordView

ARCHIVE = "archiv"
"""The part of an address that names an archive document."""
KEY = "schluessel"
"""The part of an address that is a feed key."""
KEY_HERE = f"hier-{secrets.token_hex(16)}"
"""Stands for the key in what is rendered and kept, so that no key is; another word in each process, so that nothing
that somebody publishes is taken for it."""
HUB = "/websub"
"""Where programs wish to be sent a feed."""
EVERYTHING = "alle"
"""What stands in an address in place of a kind's slug."""
LANGUAGES = ("de", "en")
REMEMBERED = timedelta(days=90)
"""How long a feed says that something is gone."""
GONE_LIMIT = 100
MAX_TEXT = 200
"""Letters of the words that are searched for."""
MAX_VALUES = 20
"""Values of one filter."""
MAX_PAGE = 500
MOST_LOOKED_AT = 5_000
"""Records, newest first, among which those with a title in another language than German are looked for."""
MAX_ALARM = 40_320
"""Minutes, four weeks: the longest time before an event at which a calendar reminds of it."""


class NoSuchFeed(Exception):
    """There is no such feed: `part` of the address is wrong; `value` is what stands there.

    Parts: ``kind``, ``format``, ``thema``, ``hub``, ``value`` of a filter, ``filter`` that does not exist or stands
    there too often, ``q``, ``lang``, ``seite``, ``archiv``, ``erinnerung``.
    """

    def __init__(self, part: str, value: str) -> None:
        super().__init__(f"{part}: {value}")
        self.part, self.value = part, value


@dataclass(frozen=True, slots=True)
class Selection:
    """Which records a feed is about; each part left empty means all. Equal selections have equal addresses."""

    kinds: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    """Topic ids; narrower topics are included."""
    hubs: tuple[str, ...] = ()
    """Origins of the home hubs."""
    focus: tuple[str, ...] = ()
    """Topic ids: records of the hubs that have one of them as a focus area."""
    text: str = ""
    """Words, all of which a record must have, as the search understands them."""
    facets: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Facets of the one kind, each with the values that are let through."""
    lang: str = "de"
    """The language of the feed; in any but German only records that have a title in it."""
    level: Level = "public"
    """How far the records may be seen; no part of the address. Whoever asks for more has shown a right to it."""
    alarm: int = 0
    """Minutes before an event at which a calendar reminds of it; 0 means never. For calendars alone."""
    keyed: bool = False
    """Whether it is opened by a key, which then stands in the addresses of its documents."""

    @property
    def kind(self) -> str:
        """The one kind that this is about, or empty."""
        return self.kinds[0] if len(self.kinds) == 1 else ""

    def path(self, form: str, page: int = 1, archive: str = "") -> str:
        """The one address of this selection in a format, such as ``atom``, ``json`` or ``ics``; or of an archive."""
        slug = KINDS[self.kind].slug if self.kind else EVERYTHING
        pairs = [*self._pairs(), ("erinnerung", str(self.alarm) if self.alarm and form == "ics" else "")]
        pairs.append(("seite", str(page) if page > 1 else ""))
        pairs.append((ARCHIVE, archive))
        pairs.append((KEY, KEY_HERE if self.keyed else ""))
        asked = _spelled(pairs)
        return f"/feeds/{slug}.{form}" + (f"?{asked}" if asked else "")

    def _pairs(self) -> Iterator[tuple[str, str]]:
        """Names and values after the question mark, in their order."""
        yield "q", self.text
        yield from (("art", KINDS[kind].slug) for kind in self.kinds if not self.kind)
        yield from (("thema", topic) for topic in self.topics)
        yield from (("hub", urlsplit(hub).netloc) for hub in self.hubs)
        yield from (("schwerpunkt", topic) for topic in self.focus)
        names = filtering.facet_names(self.kind)
        yield from ((names[facet], value) for facet, values in self.facets for value in values)
        yield "lang", self.lang if self.lang != "de" else ""

    @property
    def asked(self) -> str:
        """What is selected, as the part of an address after the question mark; the kind is in it by name."""
        kind = [("art", KINDS[self.kind].slug)] if self.kind else []
        return _spelled([*kind, *self._pairs()])

    @property
    def page(self) -> str:
        """The page on which people find what this selection is about."""
        narrowing = [pair for pair in self._pairs() if pair[0] not in ("lang", "schwerpunkt")]
        asked = _spelled(narrowing)
        path = f"/{KINDS[self.kind].slug}" if self.kind else ("/suche" if asked else "/")
        return path + (f"?{asked}" if asked else "")


def _spelled(pairs: Sequence[tuple[str, str]]) -> str:
    return urlencode([(name, value) for name, value in pairs if value], safe=":[]")


@dataclass(frozen=True, slots=True)
class Site:
    """Where the feed is served, and by which names the hubs are known."""

    base_url: str
    hubs: Mapping[str, str]
    """Origin to name."""
    focus: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Origin to the topic ids of its focus areas."""

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
class Archive:
    """Where a document stands among the archive documents of its feed (RFC 5005 section 4)."""

    name: str
    """Its own; empty for the feed as it is now, which is no archive."""
    previous: str
    """That of the one before it, or empty."""
    next: str
    """That of the one after it; empty where the feed as it is now comes next."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Everything a format needs in order to write itself down."""

    selection: Selection
    site: Site
    title: str
    items: Sequence[Item]
    gone: Sequence[RecordGone]
    updated_at: datetime
    page: int = 1
    pages: int = 1
    archive: Archive | None = None

    def address(self, form: str, page: int = 0) -> str:
        """The full address of this document, or of another page of it, in a format."""
        return self.site.base_url + self.selection.path(form, page or self.page)

    @property
    def id(self) -> str:
        """What the feed is called by, whoever reads it and by which key."""
        return self.site.base_url + replace(self.selection, keyed=False).path("atom")

    @property
    def hub(self) -> str:
        """Where programs subscribe to it (W3C WebSub); empty for what is not public, which is not sent to anybody."""
        return self.site.base_url + HUB if self.selection.level == "public" else ""

    def archives(self) -> Iterator[tuple[str, str]]:
        """Relation and address of the archive documents to name in it (RFC 5005 section 4), its own among them."""
        if self.archive is None:
            return
        base, named = self.site.base_url, self.archive
        if named.name:
            yield "self", base + self.selection.path("atom", archive=named.name)
            yield "current", base + self.selection.path("atom")
        if named.previous:
            yield "prev-archive", base + self.selection.path("atom", archive=named.previous)
        if named.next:
            yield "next-archive", base + self.selection.path("atom", archive=named.next)

    def steps(self) -> Iterator[tuple[str, int]]:
        """Relation and number of the pages of this feed to name in it (RFC 5005 section 3), its own among them."""
        yield "self", self.page
        if self.pages > 1:
            yield "first", 1
            yield "last", self.pages
        if self.page > 1:
            yield "previous", self.page - 1
        if self.page < self.pages:
            yield "next", self.page + 1


def gather(selection: Selection, site: Site, now: datetime, *, limit: int, page: int = 1) -> Feed:
    """One page of `limit` records that fit `selection`, changed last first; the first says what is gone, too.

    Gone is what was withdrawn, erased or narrowed since `REMEMBERED`. Raises `NoSuchFeed` for a page beyond the last.
    """
    day = midnight(now)
    browse = _browse(selection, site, limit)
    views, total = _newest(Viewer(selection.level), browse, selection.lang, limit, page)
    if page > 1 and not views:
        raise NoSuchFeed("seite", str(page))
    items = [item(view, site, selection.lang) for view in views]
    since = day - REMEMBERED
    gone = gone_from_public(kinds=browse.kinds, hubs=browse.hubs, since=since, limit=GONE_LIMIT) if page == 1 else []
    changes = [*(one.view.updated_at for one in items), *(one.gone_at for one in gone)]
    pages = min(max(1, -(-total // limit)), MAX_PAGE)
    return Feed(selection, site, title(selection, site), items, gone, max(changes, default=day), page, pages)


def _browse(selection: Selection, site: Site, size: int) -> Browse:
    """The selection as a list understands it."""
    hubs = selection.hubs
    if selection.focus:
        hubs = tuple(hub for hub in hubs or site.hubs if set(site.focus.get(hub, ())) & set(selection.focus))
        hubs = hubs or ("",)  # no hub has this focus now: nothing fits, and not everything
    facets = dict(selection.facets)
    return Browse(
        text=selection.text, kinds=selection.kinds, hubs=hubs, topics=selection.topics, facets=facets, size=size
    )


def _newest(viewer: Viewer, browse: Browse, lang: str, limit: int, page: int) -> tuple[list[RecordView], int]:
    """One page of a list, newest first, and how many records there are in all."""
    first = (page - 1) * limit
    if lang == "de":
        docs, total = reading.numbers(viewer, browse, first + limit)
        return list(reading.by_numbers(viewer, docs[first:]).values()), total
    docs, total = reading.numbers(viewer, browse, MOST_LOOKED_AT)
    views = [view for view in reading.by_numbers(viewer, docs).values() if lang in view.headline]
    return views[first : first + limit], len(views)


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
    what = ", ".join(str(KINDS[kind].plural) for kind in selection.kinds) or _("Neues aus allen Hubs")
    if selection.hubs and not selection.kinds:
        what = _("Neues")
    narrower = [topic_label(topic, selection.lang) for topic in (*selection.topics, *selection.focus)]
    narrower += [selection.text] if selection.text else []
    narrower += [one for facet, values in selection.facets for one in _values_in_words(selection.kind, facet, values)]
    what = f"{what}: {', '.join(narrower)}" if narrower else what
    return f"{what} ({', '.join(site.hub(hub) for hub in selection.hubs)})" if selection.hubs else what


def _values_in_words(kind: str, facet: str, values: Sequence[str]) -> list[str]:
    fields = (one for one in KINDS[kind].fields.values() if one.metadata["facet"] == facet)
    words = {option.value: str(option.label) for one in fields for option in one.metadata["options"]}
    return [words.get(value, value) for value in values]


def topic_label(topic: str, lang: str) -> str:
    """The topic in words; a topic that this node doesn't know yet goes by its id."""
    return one_line(vocabulary.label(topic, lang)) if vocabulary.exists(topic) else one_line(topic)


def midnight(now: datetime) -> datetime:
    """The beginning of the day (UTC): the only way in which time alone changes a feed."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
