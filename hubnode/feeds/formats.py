"""The formats a feed can be had in, each in a file of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _

from hubnode.feeds import archive, atom, ical, jsonfeed, rss, table
from hubnode.feeds.select import Feed, NoSuchFeed, Selection, Site, gather
from hubnode.records.kinds import KINDS


@dataclass(frozen=True, slots=True)
class Format:
    """How a feed is written down."""

    name: str
    """The end of its addresses."""
    title: str
    """As people call it."""
    mimetype: str
    limit: int
    """Records in one document."""
    write: Callable[[Feed], bytes]
    only: tuple[str, ...] = ()
    """The kinds that can be written in it; empty means all."""
    archived: bool = False
    """Whether there are archive documents beside it."""

    def takes(self, selection: Selection) -> bool:
        """Whether this format has words for what is selected."""
        return not self.only or not selection.kinds or not set(self.only).isdisjoint(selection.kinds)

    def written(self, selection: Selection) -> tuple[str, ...]:
        """The kinds of the selection that stand in this format; empty means all."""
        return tuple(kind for kind in self.only if not selection.kinds or kind in selection.kinds)

    def render(self, selection: Selection, site: Site, now: datetime, page: int = 1) -> bytes:
        """A page of the feed of `selection`, in its own language; raises `NoSuchFeed` for what it can't be had of."""
        if not self.takes(selection):
            raise NoSuchFeed("format", self.name)
        chosen = replace(selection, kinds=self.written(selection)) if self.only else selection
        with force_locale(selection.lang):
            feed = gather(chosen, site, now, limit=self.limit, page=page)
            return self.write(archive.beside(feed, now) if self.archived and page == 1 else feed)


FORMATS: Mapping[str, Format] = {
    form.name: form
    for form in (
        Format(atom.NAME, "Atom", atom.MIMETYPE, atom.LIMIT, atom.render, archived=True),
        Format(jsonfeed.NAME, "JSON Feed", jsonfeed.MIMETYPE, jsonfeed.LIMIT, jsonfeed.render),
        Format(rss.NAME, "RSS", rss.MIMETYPE, rss.LIMIT, rss.render),
        Format(table.NAME, "CSV", table.MIMETYPE, table.LIMIT, table.render),
        Format(ical.NAME, "iCalendar", ical.MIMETYPE, ical.LIMIT, ical.render, only=ical.KINDS),
    )
}


def offered(selection: Selection) -> list[Format]:
    """The formats in which `selection` can be had."""
    return [form for form in FORMATS.values() if form.takes(selection)]


ANNOUNCED = (atom.NAME, jsonfeed.NAME, ical.NAME)
"""Formats that pages name: readers take the first that they know, and one of each sort is enough."""


def links(selection: Selection) -> list[tuple[str, str, str]]:
    """Media type, title and path of the feeds of `selection`, for the head of a page about the same (autodiscovery)."""
    return [
        (form.mimetype, f"{_about(form, selection)} ({form.title})", selection.path(form.name))
        for form in offered(selection)
        if form.name in ANNOUNCED
    ]


def _about(form: Format, selection: Selection) -> str:
    kinds = form.written(selection) or selection.kinds
    return ", ".join(str(KINDS[kind].plural) for kind in kinds) or _("Alles")
