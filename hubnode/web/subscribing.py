"""The page "Abonnieren": choose as in the search, read in a sentence what comes, see it, and take the address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from babel.dates import format_timedelta
from flask import Blueprint, render_template, request
from flask_babel import force_locale
from flask_babel import gettext as _

from hubnode.feeds import addresses, formats, ical
from hubnode.feeds.select import EVERYTHING, Item, NoSuchFeed, Selection, Site, gather, topic_label
from hubnode.network.node import utcnow
from hubnode.push import digests
from hubnode.records.kinds import BY_SLUG, KINDS, filtering
from hubnode.web import dating, feeds, filters, listing
from hubnode.web.context import hub_settings
from hubnode.web.listing import DISTRICTS

blueprint = Blueprint("subscribing", __name__)
PREVIEW = 5
ALARMS = (15, 60, 24 * 60, 7 * 24 * 60)
"""Minutes that are offered; an address may have others."""


@dataclass(frozen=True, slots=True)
class Address:
    """One address to take away."""

    title: str
    help: str
    url: str
    open_in_calendar: str = ""
    """The same for programs that add a calendar by themselves."""


@dataclass(frozen=True, slots=True)
class Box:
    """One filter of a kind, with its values and words."""

    name: str
    title: str
    values: Sequence[tuple[str, str, bool]]


@blueprint.get("/feeds")
def page() -> str | tuple[str, int]:
    """Choose a subscription; without a choice it is everything from everybody."""
    try:
        selection = asked()
    except NoSuchFeed as refusal:
        return _page(Selection(), str(feeds.REFUSALS[refusal.part][1])), 400
    return _page(selection)


def asked() -> Selection:
    """What the address of this page asks for; raises `NoSuchFeed`."""
    given = {name: values for name, value in request.args.lists() if (values := [one for one in value if one])}
    kinds = given.pop("art", [])
    if len(kinds) == 1 and kinds[0] in BY_SLUG:
        # A form that was sent after another kind was chosen still has the filters of the one before.
        known = {*addresses.ONCE, *addresses.MANY, *filtering.facet_names(BY_SLUG[kinds[0]].name).values()}
        return feeds.selected(kinds[0], {name: values for name, values in given.items() if name in known})
    of_any = {name for kind in KINDS for name in filtering.facet_names(kind).values()}
    rest = {name: values for name, values in given.items() if name not in of_any}
    return feeds.selected(EVERYTHING, {**rest, **({"art": kinds} if kinds else {})})


def _page(selection: Selection, error: str = "") -> str:
    site, now = feeds.site(), utcnow()
    with force_locale(selection.lang):
        feed = gather(selection, site, now, limit=PREVIEW)
    return render_template(
        "feeds/page.html",
        selection=selection,
        error=error,
        sentence=sentence(selection, site),
        addresses=list(_addresses(selection)),
        preview=feed.items,
        more=feed.pages > 1,
        boxes=_boxes(selection),
        alarms=[(minutes, before(minutes)) for minutes in sorted({*ALARMS, selection.alarm} - {0})],
        alarmed=formats.FORMATS["ics"].takes(selection),
        hub_choices=[(host, name, origin in selection.hubs) for origin, host, name in _hubs(site)],
        search=selection.page,
        rhythms=digests.RHYTHM_NAMES,
        feed_address=site.base_url + selection.path("atom"),
        item_day=_day,
    )


def _hubs(site: Site) -> Iterator[tuple[str, str, str]]:
    for origin, name in site.hubs.items():
        yield origin, origin.split("://", 1)[1], name


def _day(item: Item) -> str:
    return str(filters.day(dating.day_of(item.view) or item.view.updated_at))


def _addresses(selection: Selection) -> Iterator[Address]:
    help = _help()
    first = "ics" if selection.kinds and set(selection.kinds) <= set(ical.KINDS) else ""
    for form in sorted(formats.offered(selection), key=lambda form: form.name != first):
        url = hub_settings().base_url + selection.path(form.name)
        calendar = "webcal://" + url.split("://", 1)[1] if form.only else ""
        yield Address(form.title, help.get(form.name, ""), url, calendar)


def _help() -> Mapping[str, str]:
    return {
        "ics": _("Für Outlook, Thunderbird, Nextcloud und Handys: „Kalender aus dem Internet abonnieren“."),
        "atom": _("Für Mailprogramme und Feedreader. Sagt auch, was zurückgezogen wurde."),
        "rss": _("Für ältere Feedreader."),
        "json": _("Für die eigene Website und für Programme."),
        "csv": _("Zum Öffnen in einer Tabelle. Der Stand von jetzt, nichts kommt nach."),
    }


def _boxes(selection: Selection) -> list[Box]:
    """The filters of the one kind, each with its values."""
    if not selection.kind:
        return []
    chosen = dict(selection.facets)
    return [
        Box(name, _title(selection.kind, facet), [(id, words, id in chosen.get(facet, ())) for id, words in values])
        for facet, name in filtering.facet_names(selection.kind).items()
        if (values := _values(selection.kind, facet))
    ]


def _title(kind: str, facet: str) -> str:
    if facet == "geo":
        return str(_("Kreis"))
    return next(str(one.metadata["label"]) for one in KINDS[kind].fields.values() if one.metadata["facet"] == facet)


def _values(kind: str, facet: str) -> list[tuple[str, str]]:
    if facet == "geo":
        return sorted(DISTRICTS.items(), key=lambda pair: pair[1])
    fields = (one for one in KINDS[kind].fields.values() if one.metadata["facet"] == facet)
    return [(option.value, str(option.label)) for one in fields for option in one.metadata["options"]]


def sentence(selection: Selection, site: Site) -> str:
    """What a subscription contains, in plain words."""
    what = _joined([str(KINDS[kind].plural) for kind in selection.kinds]) or _("Alles, was die Hubs veröffentlichen")
    parts = [what]
    if selection.topics:
        topics = _joined([topic_label(one, filters.language()) for one in selection.topics])
        parts.append(_("zum Thema %(topics)s und allem, was darunter liegt", topics=topics))
    if selection.text:
        parts.append(_("mit den Wörtern „%(words)s“", words=selection.text))
    if selection.hubs:
        parts.append(_("von %(hubs)s", hubs=_joined([site.hub(one) for one in selection.hubs])))
    if selection.focus:
        areas = _joined([topic_label(one, filters.language()) for one in selection.focus])
        parts.append(_("von Hubs mit dem Schwerpunkt %(areas)s", areas=areas))
    for facet, values in selection.facets:
        words = _joined([listing.facet_label(selection.kind, facet, value) for value in values])
        parts.append(f"{_title(selection.kind, facet)}: {words}")
    if selection.lang != "de":
        parts.append(_("nur was einen englischen Titel hat"))
    if selection.alarm:
        parts.append(_("mit einer Erinnerung %(time)s vorher", time=before(selection.alarm)))
    return ", ".join(parts) + "."


def _joined(words: Sequence[str]) -> str:
    return str(_(" oder ")).join(words)


def before(minutes: int) -> str:
    """``1 Stunde``, as a time before something."""
    return str(format_timedelta(timedelta(minutes=minutes), threshold=1, locale=filters.language()))
