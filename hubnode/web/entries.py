"""What a record shows in a list: a line on who or what it is, and two or three facts with icons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from hubnode.network.questions import ASKABLE
from hubnode.people.viewer import Viewer
from hubnode.records import reading
from hubnode.records.evidence import About
from hubnode.records.reading import RecordView
from hubnode.web import dating, filters, marking
from hubnode.web.context import hub_at, hub_name, option, topic_name
from hubnode.web.involved import Part, parts

Reasons = Mapping[str, Sequence[str]]
NOTHING: Reasons = {}
EVERYTHING = About()
Fact = tuple[str, str]
"""Icon and words."""
OLD = timedelta(days=365)
"""After this long what a person has confirmed may no longer be true."""
ORGANISATIONS = ("lead_organisation", "organisation", "target_organisation")
MARK = "<mark>"
"""In escaped text it stands only where something was found."""
IN_VIEW = ("title", "summary", "topics", "display_name", "academic_title", "name")
"""Fields whose words an entry shows anyway."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of a list with what is said about it there."""

    record: RecordView
    line: Markup
    facts: Sequence[Fact]
    title: Markup
    text: Markup
    topics: Sequence[Markup]
    found_in: tuple[str, Markup] | None = None
    """Where the words stand, if not in what is shown anyway: the field's label, and the passage."""
    found_by: Sequence[str] = ()
    """The words of the record that met the question, if they stand in nothing that is shown."""
    ask: str = ""
    """Where the question to this person or about this project is asked, if it can be."""
    confirmed: str = ""
    outdated: bool = False
    part: Part | None = None
    """What a person or an organisation has had a part in, of what was asked for."""


def entries(
    viewer: Viewer,
    records: Iterable[RecordView],
    question: str = "",
    reasons: Reasons = NOTHING,
    about: About = EVERYTHING,
    told: Mapping[str, Part] | None = None,
) -> list[Entry]:
    """The records as a list shows them, with the words of `question` marked; organisations are looked up at once.

    Of people and organisations it tells the part that they have had in what is asked for (`about`), or what is `told`
    of them already.
    """
    listed = list(records)
    named = [uri for record in listed for field in ORGANISATIONS if (uri := record.fields.get(field))]
    organisations = {uri: filters.plain(found.headline) for uri, found in reading.by_uris(viewer, named).items()}
    involved = parts(viewer, listed, about) if told is None else told
    shown = [_entry(viewer, record, _line(record, organisations), question, reasons) for record in listed]
    return [replace(entry, part=involved.get(entry.record.uri)) for entry in shown]


def _entry(viewer: Viewer, record: RecordView, line: str, question: str, reasons: Reasons) -> Entry:
    title, text = marking.shown(record.headline, question), marking.excerpt(record.summary, question)
    said = marking.marked(line, question)
    topics = [marking.marked(topic_name(topic), question) for topic in record.topics[:5]]
    seen = not question or any(MARK in words for words in (title, text, said, *topics))
    passage = None if seen else marking.passage(record, question, IN_VIEW)
    confirmed = record.fields.get("last_confirmed_at")
    return Entry(
        record=record,
        line=said,
        facts=FACTS[record.kind](record),
        title=title,
        text=text,
        topics=topics,
        found_in=passage,
        found_by=() if seen or passage else _once(reasons.get(record.uri, ())),
        ask=_ask(viewer, record),
        confirmed=filters.age(confirmed),
        outdated=confirmed is not None and filters.now().date() - filters.as_date(confirmed) > OLD,
    )


def _once(words: Sequence[str]) -> Sequence[str]:
    """The words without those that differ in their case only."""
    return tuple({word.casefold(): word for word in reversed(words)}.values())[::-1]


def _ask(viewer: Viewer, record: RecordView) -> str:
    """The form for a question, for those who may ask; for others the place on the record's page that says how."""
    hub = hub_at(record.origin)
    if record.kind not in ASKABLE or not (record.own or (hub and hub.state not in ("left", "suspended"))):
        return ""
    return f"{url_for('questions.inbox')}/neu{record.path}" if viewer.may_ask else f"{record.path}#kontakt"


def _line(record: RecordView, organisations: Mapping[str, str]) -> str:
    fields = record.fields
    parts = [filters.plain(fields.get("function"))] if record.kind == "expertise" and fields.get("display_name") else []
    parts += [organisations.get(fields.get(field, ""), "") for field in ORGANISATIONS]
    if record.kind == "expertise" and not any(parts[1:]):
        hub = hub_at(record.origin)
        parts.append(hub.name if hub else hub_name(record.origin))
    return ", ".join(part for part in parts if part)


def _project(record: RecordView) -> list[Fact]:
    fields = record.fields
    return _known(
        ("trending_up", option("phase", fields.get("phase"))),
        ("share", option("reuse_access", fields.get("reuse_access"))),
    )


def _expertise(record: RecordView) -> list[Fact]:
    fields = record.fields
    offers = ", ".join(option("offer", offer) for offer in fields.get("offers", ())[:3])
    return _known(("handshake", offers), ("school", option("expertise_level", fields.get("level"))))


def _event(record: RecordView) -> list[Fact]:
    fields = record.fields
    return _known(
        ("schedule", filters.span(record.starts_at, record.ends_at)),
        ("location_on", option("attendance_mode", fields.get("attendance_mode"))),
    )


def _experience(record: RecordView) -> list[Fact]:
    fields = record.fields
    again = option("do_again", fields.get("do_again"))
    return _known(
        ("checklist", option("outcome", fields.get("outcome"))),
        ("event_repeat", _("Wieder tun: %(answer)s", answer=again) if again else ""),
    )


def _funding_call(record: RecordView) -> list[Fact]:
    fields = record.fields
    return _known(
        ("schedule", dating.deadline(fields, filters.now())),
        ("account_balance", fields.get("provider_name", "")),
        ("euro", dating.amounts(fields)),
    )


def _need(record: RecordView) -> list[Fact]:
    fields = record.fields
    until = filters.day(fields.get("needed_by"))
    return _known(
        ("help", option("need_kind", fields.get("kind"))),
        ("schedule", _("bis %(day)s", day=until) if until else ""),
        ("flag", option("need_status", fields.get("status")) if fields.get("status") != "open" else ""),
    )


def _offer(record: RecordView) -> list[Fact]:
    fields = record.fields
    seats = fields.get("capacity")
    return _known(
        ("category", option("offer_kind", fields.get("kind"))),
        ("groups", ngettext("%(num)s Platz", "%(num)s Plätze", seats) if seats else ""),
        ("share", _("kann reisen") if fields.get("travelling") == "yes" else ""),
    )


def _reuse(record: RecordView) -> list[Fact]:
    fields = record.fields
    return _known(
        ("trending_up", option("reuse_status", fields.get("status"))),
        ("content_copy", option("reuse_relation", fields.get("relation"))),
    )


def _organisation(record: RecordView) -> list[Fact]:
    return _known(("apartment", option("organisation_kind", record.fields.get("kind"))))


def _known(*facts: Fact) -> list[Fact]:
    return [fact for fact in facts if fact[1]]


FACTS: Mapping[str, Callable[[RecordView], list[Fact]]] = {
    "project": _project,
    "expertise": _expertise,
    "event": _event,
    "experience_report": _experience,
    "funding_call": _funding_call,
    "need": _need,
    "offer": _offer,
    "reuse": _reuse,
    "organisation": _organisation,
}
