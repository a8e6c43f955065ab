"""What a record shows in a list: a line on who or what it is, and two or three facts with icons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from hubnode.people.viewer import Viewer
from hubnode.records import reading
from hubnode.records.reading import RecordView
from hubnode.web import filters
from hubnode.web.context import hub_at, hub_name, option

Fact = tuple[str, str]
"""Icon and words."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of a list with what is said about it there."""

    record: RecordView
    line: str
    facts: Sequence[Fact]


def entries(viewer: Viewer, records: Iterable[RecordView]) -> list[Entry]:
    """The records as a list shows them; the organisations they name are looked up at once."""
    listed = list(records)
    named = [uri for record in listed for field in ORGANISATIONS if (uri := record.fields.get(field))]
    organisations = {uri: filters.plain(found.headline) for uri, found in reading.by_uris(viewer, named).items()}
    return [Entry(record, _line(record, organisations), FACTS[record.kind](record)) for record in listed]


ORGANISATIONS = ("lead_organisation", "organisation")


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


def _organisation(record: RecordView) -> list[Fact]:
    return _known(("apartment", option("organisation_kind", record.fields.get("kind"))))


def _known(*facts: Fact) -> list[Fact]:
    return [fact for fact in facts if fact[1]]


FACTS: Mapping[str, Callable[[RecordView], list[Fact]]] = {
    "project": _project,
    "expertise": _expertise,
    "event": _event,
    "experience_report": _experience,
    "organisation": _organisation,
}
