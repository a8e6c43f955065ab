"""The formats a feed can be had in, each in a file of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _

from hubnode.feeds import atom, ical, jsonfeed
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
    only: str = ""
    """The one kind that can be written in it; empty means all."""

    def takes(self, selection: Selection) -> bool:
        """Whether this format has words for what is selected."""
        return not self.only or selection.kind in ("", self.only)

    def render(self, selection: Selection, site: Site, now: datetime) -> bytes:
        """The feed of `selection`, in its own language; raises `NoSuchFeed` for a kind that it does not take."""
        if not self.takes(selection):
            raise NoSuchFeed("format", self.name)
        chosen = Selection(self.only, selection.topic, selection.hub, selection.lang) if self.only else selection
        with force_locale(selection.lang):
            return self.write(gather(chosen, site, now, limit=self.limit))


FORMATS: Mapping[str, Format] = {
    form.name: form
    for form in (
        Format(atom.NAME, "Atom", atom.MIMETYPE, atom.LIMIT, atom.render),
        Format(jsonfeed.NAME, "JSON Feed", jsonfeed.MIMETYPE, jsonfeed.LIMIT, jsonfeed.render),
        Format(ical.NAME, "iCalendar", ical.MIMETYPE, ical.LIMIT, ical.render, only=ical.KIND),
    )
}


def offered(selection: Selection) -> list[Format]:
    """The formats in which `selection` can be had."""
    return [form for form in FORMATS.values() if form.takes(selection)]


def links(selection: Selection) -> list[tuple[str, str, str]]:
    """Media type, title and path of the feeds of `selection`, for the head of a page about the same (autodiscovery)."""
    return [
        (form.mimetype, f"{_about(form, selection)} ({form.title})", selection.path(form.name))
        for form in offered(selection)
    ]


def _about(form: Format, selection: Selection) -> str:
    kind = form.only or selection.kind
    return str(KINDS[kind].plural) if kind else _("Alles")
