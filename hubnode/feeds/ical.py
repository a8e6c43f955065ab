"""iCalendar (RFC 5545): the events of a feed, with their time zones, series, changes and cancellations.

The deadlines of funding calls stand in it too: each is an entry of its own, of a whole day or of its time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from icalendar import Alarm, Calendar, Event, vRecur

from hubnode.feeds import content, timezones
from hubnode.feeds.select import Feed, Item, Site
from hubnode.records.gone import RecordGone
from hubnode.records.kinds import funding_call
from hubnode.records.kinds.funding_call import Deadline

NAME, MIMETYPE = "ics", "text/calendar"
LIMIT = 1000
EVENT, CALL = "event", "funding_call"
KINDS = (EVENT, CALL)
"""The kinds that stand in calendars."""
PRODUCT = "-//hubnode//DE"
STATUS = {"scheduled": "CONFIRMED", "tentative": "TENTATIVE", "cancelled": "CANCELLED"}
STEP = 1000
"""A revision weighs this much more than the counter in a body, which may be set back: SEQUENCE never shrinks."""
USUAL_ZONE = "Europe/Berlin"
"""Defined also where nothing needs it: a calendar has at least one component (RFC 5545 § 3.6)."""
REFRESH = timedelta(hours=1)
END = b"END:VCALENDAR\r\n"


@dataclass(frozen=True, slots=True)
class Written:
    """One event as it stands in a calendar, and the time zone that it needs there."""

    body: bytes
    tzid: str | None


def render(feed: Feed) -> bytes:
    """What `feed` has for a calendar, in the order of ids; equal feeds give equal bytes."""
    chosen = feed.selection
    found = {one.view.uri: _entries(one, chosen.lang, chosen.alarm) for one in feed.items if one.view.kind in KINDS}
    gone = {one.uri: [_gone(one, feed.site)] for one in feed.gone if one.kind in KINDS}
    written = [one for _uri, entries in sorted((gone | found).items()) for one in entries]
    return _calendar(written, feed.title, feed.address(NAME))


def single(item: Item, lang: str) -> bytes:
    """A calendar of one event or call, for adding it by hand; raises `ValueError` for a record of another kind."""
    if item.view.kind not in KINDS:
        raise ValueError(item.view.kind)
    return _calendar(_entries(item, lang), item.title, item.url + ".ics")


def _entries(item: Item, lang: str, alarm: int = 0) -> list[Written]:
    """The entries of one record: an event has one, a call as many as it has deadlines."""
    if item.view.kind == EVENT:
        return [_event(item, lang, alarm)]
    every = funding_call.deadlines(item.view.fields)
    return [_deadline(item, lang, alarm, every, number) for number in range(len(every))]


def _calendar(events: Iterable[Written], title: str, address: str) -> bytes:
    """A calendar of `events`, with the definition of every time zone that they use."""
    events = list(events)
    found = Calendar()
    found.add("PRODID", PRODUCT)
    found.add("VERSION", "2.0")
    found.add("CALSCALE", "GREGORIAN")
    found.add("NAME", title)
    found.add("X-WR-CALNAME", title)
    found.add("URL", address)
    found.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    for tzid in sorted({one.tzid for one in events if one.tzid} or {USUAL_ZONE}):
        found.add_component(timezones.component(tzid))
    frame = found.to_ical()
    return b"".join((frame.removesuffix(END), *(one.body for one in events), END))


def _event(item: Item, lang: str, alarm: int = 0) -> Written:
    fields = item.view.fields
    found = _framed(item, item.view.uri)
    tzid = _times(found, item)
    found.add("SUMMARY", item.title, parameters=_spoken(item.lang, lang))
    found.add("DESCRIPTION", content.plain(item, lang))
    found.add("STATUS", STATUS[fields["status"]])
    if place := content.place(item):
        found.add("LOCATION", place)
    if alarm and fields["status"] != "cancelled":
        found.add_component(_alarm(alarm, item.title))
    return Written(found.to_ical(), tzid)


def _framed(item: Item, uid: str) -> Event:
    """What every entry has: its id, when and how often it was changed, the way to its page."""
    view, found = item.view, Event()
    found.add("UID", uid)
    found.add("DTSTAMP", view.updated_at)
    found.add("LAST-MODIFIED", view.updated_at)
    found.add("CREATED", view.published_at or view.updated_at)
    found.add("SEQUENCE", _sequence(view.rev, view.fields.get("sequence")))
    found.add("URL", item.url)
    if item.topics:
        found.add("CATEGORIES", [label for _topic, label in item.topics])
    return found


def _deadline(item: Item, lang: str, alarm: int, every: Sequence[Deadline], number: int) -> Written:
    """One deadline: it keeps its id when it is moved, so that calendars move it too."""
    one = every[number]
    found = _framed(item, f"{item.view.uri}#{number + 1}" if number else item.view.uri)
    if one.time:
        then = datetime.fromisoformat(f"{one.day}T{one.time}").replace(tzinfo=ZoneInfo(funding_call.ZONE))
        found.add("DTSTART", then)
    else:
        found.add("DTSTART", date.fromisoformat(one.day))
    found.add("SUMMARY", _("Frist: %(title)s", title=item.title), parameters=_spoken(item.lang, lang))
    found.add("DESCRIPTION", content.plain(item, lang))
    found.add("STATUS", "CONFIRMED")
    found.add("TRANSP", "TRANSPARENT")
    if alarm:
        found.add_component(_alarm(alarm, item.title))
    return Written(found.to_ical(), funding_call.ZONE if one.time else None)


def _alarm(minutes: int, title: str) -> Alarm:
    """A reminder that was asked for in the address of the calendar (RFC 5545 section 3.6.6)."""
    found = Alarm()
    found.add("ACTION", "DISPLAY")
    found.add("DESCRIPTION", title)
    found.add("TRIGGER", timedelta(minutes=-minutes))
    return found


def _gone(gone: RecordGone, site: Site) -> Written:
    """The cancellation of what was taken back: nothing of its text, its time only where that was public."""
    found = Event()
    found.add("UID", gone.uri)
    found.add("DTSTAMP", gone.gone_at)
    found.add("LAST-MODIFIED", gone.gone_at)
    found.add("SEQUENCE", _sequence(gone.rev, None))
    found.add("DTSTART", (gone.starts_at or gone.gone_at).astimezone(UTC))
    found.add("SUMMARY", WITHDRAWN[gone.kind](hub=site.hub(gone.origin)))
    found.add("STATUS", "CANCELLED")
    found.add("TRANSP", "TRANSPARENT")
    return Written(found.to_ical(), None)


WITHDRAWN: Mapping[str, Callable[..., str]] = {
    EVENT: lambda **hub: _("Abgesagt: Termin zurückgezogen (%(hub)s)", **hub),
    CALL: lambda **hub: _("Förderaufruf zurückgezogen (%(hub)s)", **hub),
}
"""What is said in place of the title of what was taken back."""


def _sequence(rev: int, counter: object) -> int:
    """Grows with every revision, and inside of one with the counter that its writer gave."""
    return rev * STEP + (min(max(counter, 0), STEP - 1) if isinstance(counter, int) else 0)


def _times(found: Event, item: Item) -> str:
    """Give `found` its time on the clocks of its place, and its series; answers the time zone."""
    fields = item.view.fields
    zone = ZoneInfo(fields["timezone"])
    for name, field in (("DTSTART", "starts_at"), ("DTEND", "ends_at")):
        # Where the clocks show a time twice, this is the first, as RFC 5545 § 3.3.5 reads it too.
        found.add(name, datetime.fromisoformat(fields[field]).replace(tzinfo=zone))
    if "recurrence" in fields:
        found.add("RRULE", vRecur.from_ical(fields["recurrence"]))
        clock = fields["starts_at"][10:]
        out = [datetime.fromisoformat(day + clock).replace(tzinfo=zone) for day in fields.get("cancelled_days", ())]
        if out:
            found.add("EXDATE", out)
    return zone.key


def _spoken(spoken: str, lang: str) -> dict[str, str]:
    return {"LANGUAGE": spoken} if spoken != lang else {}
