"""What a record's own page shows beside its fields: origin, reach, what belongs to it, and what resembles it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from hubnode.config import Settings
from hubnode.network import status
from hubnode.network.node import current_node, utcnow
from hubnode.network.peers import HubView
from hubnode.network.status import Reach
from hubnode.people.viewer import Viewer
from hubnode.records import alike, evidence, kinds, lineage, reading
from hubnode.records.alike import Alike
from hubnode.records.evidence import Evidence
from hubnode.records.kinds import KINDS, BodyField
from hubnode.records.kinds.reuse import SOURCES
from hubnode.records.lineage import Lineage
from hubnode.records.reading import RecordView
from hubnode.web import dating, filters
from hubnode.web.context import hub_at, option

Fact = tuple[str, str]
"""Label and words."""
NO_LINEAGE = Lineage()
PART_IN = 30
"""Records that a person's page links to as evidence."""
NEVER_SHOWN = {
    "title", "summary", "topics", "field_visibility", "license", "last_confirmed_at", "sequence", "timezone",
    "attachments",
}  # fmt: skip
LAID_OUT: Mapping[str, set[str]] = {
    "project": {
        "challenge", "solution", "phase", "ended_reason", "start", "end", "impact", "lead_organisation", "partners",
        "contact_role", "contact_person", "population_band", "cost_one_off_cents", "cost_running_year_cents",
        "effort_person_days", "own_staff_fte_percent", "operating_model", "prerequisites", "documents", "links",
        "source_code_url", "software_license", "reuse_model", "reuse_access",
    },
    "expertise": {
        "display_name", "academic_title", "function", "organisation", "level", "offers", "languages", "contact_mode",
        "orcid",
    },
    "event": {
        "starts_at", "ends_at", "status", "cancel_reason", "attendance_mode", "location", "room", "online_url",
        "accessibility", "registration", "registration_until", "capacity", "price_cents", "format", "audience",
        "hosts", "speakers", "related_project", "related_report", "materials", "recording_url", "recurrence",
        "cancelled_days",
    },
    "experience_report": {
        "about_project", "context", "expected", "happened", "why", "advice", "outcome", "do_again", "lessons",
        "factors", "transfer_conditions", "who_should_know", "authors", "author_display", "effort_planned_days",
        "effort_actual_days", "cost_planned_cents", "cost_actual_cents",
    },
    "funding_call": {
        "provider_name", "provider_level", "programme", "legal_basis", "source_url", "source_checked_at",
        "funding_type", "funding_area", "funding_region", "eligible", "rate_percent", "own_share_percent",
        "amount_min_cents", "amount_max_cents", "deadline_model", "deadline", "deadline_time", "second_deadline",
        "cut_off_dates", "early_start_allowed", "cumulation", "state_aid", "eu_funds", "apply_url", "contact_point",
        "documents",
    },
    "need": {
        "kind", "description", "organisation", "needed_by", "status", "languages", "related_project", "contact",
    },
    "offer": {
        "kind", "description", "audience", "capacity", "opening_hours", "price", "languages", "travelling", "size",
        "loan_calendar", "accessibility", "external_url", "contacts", "related_project", "documents",
    },
    "reuse": {
        "source", "target", "target_organisation", "relation", "status", "since", "effort_days", "differences",
        "contributed_back", "contact",
    },
    "organisation": {"name", "kind", "homepage", "memberships"},
}  # fmt: skip
"""Fields that the templates of the kinds lay out by hand; all others follow under their section's title."""


@dataclass(frozen=True, slots=True)
class Rest:
    """A section's fields that have no place of their own on the page."""

    title: str
    fields: Sequence[tuple[str, BodyField, Any]]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page needs to know of a record beyond the record itself."""

    home: HubView | None
    fingerprint: str
    reach: Reach | None
    named: Mapping[str, RecordView]
    """The records that this one names and that may be seen, by their global id."""
    belongs: Mapping[str, Sequence[RecordView]]
    """The records that name this one, by kind and field: ``experience_report.about_project``."""
    facts: Sequence[Fact]
    rest: Sequence[Rest]
    hidden: bool
    """Whether signing in would show more than this."""
    may_edit: bool = field(default=False)
    alike: Sequence[Alike] = ()
    """Records that resemble it and that the page does not name anyway."""
    evidence: Evidence | None = None
    """What a person or team has had a part in."""
    lineage: Lineage = NO_LINEAGE
    """Where it comes from and who has taken it over."""
    answers: Mapping[str, Sequence[Alike]] = field(default_factory=dict)
    """What may answer a need, by kind."""


def prepare(viewer: Viewer, record: RecordView, settings: Settings, *, draft: bool = False) -> Shown:
    """Everything around `record` for its page, or for the preview of a draft."""
    home = hub_at(record.origin)
    named = reading.by_uris(viewer, [uri for _name, uri in kinds.references(record.kind, record.fields)])
    belongs = _belonging(viewer, record)
    named_anyway = {record.uri, *named, *(other.uri for others in belongs.values() for other in others)}
    return Shown(
        home=home,
        fingerprint=current_node().identity.fingerprint if record.own else home.fingerprint if home else "",
        reach=status.visible_at(settings, record.id) if record.own and viewer.signed_in else None,
        named=named,
        belongs=belongs,
        facts=[fact for fact in FACTS[record.kind](record) if fact[1]],
        rest=list(_rest(record)),
        hidden=not viewer.signed_in and any(_missing(record)),
        may_edit=record.own and viewer.may_write,
        alike=_alike(viewer, record, named_anyway, draft=draft),
        evidence=_evidence(viewer, record),
        lineage=lineage.of(viewer, record.uri) if record.kind in SOURCES.split() else NO_LINEAGE,
        answers=alike.answers(viewer, record, utcnow(), besides=named_anyway) if record.kind == "need" else {},
    )


def _alike(viewer: Viewer, record: RecordView, besides: set[str], *, draft: bool) -> list[Alike]:
    if draft and record.kind in alike.WRITTEN_TWICE:
        return alike.of_draft(viewer, record.kind, record.fields, besides=besides)
    return alike.of(viewer, record, besides=besides)


def _evidence(viewer: Viewer, record: RecordView) -> Evidence | None:
    if record.kind != "expertise":
        return None
    return evidence.of(viewer, [record.uri], links=PART_IN).get(record.uri)


def _missing(record: RecordView) -> Iterator[str]:
    """The required fields that are not among those this viewer sees."""
    wanted = KINDS[record.kind].fields
    return (
        name
        for name, about in wanted.items()
        if about.required and about.metadata["cap"] != "subject" and name not in record.fields
    )


def _belonging(viewer: Viewer, record: RecordView) -> dict[str, list[RecordView]]:
    """What names this record, sorted by kind and field."""
    found: dict[str, list[RecordView]] = {}
    for other in reading.referring(viewer, record.uri):
        for name, uri in kinds.references(other.kind, other.fields):
            if uri == record.uri:
                found.setdefault(f"{other.kind}.{name}", []).append(other)
    return found


def _rest(record: RecordView) -> Iterator[Rest]:
    """The fields without a place of their own, section by section."""
    kind = KINDS[record.kind]
    done = NEVER_SHOWN | LAID_OUT[record.kind]
    for section in kind.sections:
        left = [
            (name, kind.fields[name], record.fields[name])
            for name in section.fields
            if name in record.fields and name not in done
        ]
        left = [
            row
            for row in left
            if row[1].metadata["widget"] not in ("hidden", "levels") and row[1].metadata["cap"] != "subject"
        ]
        if left:
            yield Rest(str(section.title), left)


def _project(record: RecordView) -> Iterator[Fact]:
    fields = record.fields
    begin, end = filters.month(fields.get("start")), filters.month(fields.get("end"))
    if begin:
        yield (
            _("Laufzeit"),
            _("%(start)s bis %(end)s", start=begin, end=end) if end else _("seit %(start)s", start=begin),
        )
    yield _("Größe"), option("population_band", fields.get("population_band"))
    yield _("Kosten einmalig"), filters.euro(fields.get("cost_one_off_cents"))
    yield _("Kosten im Jahr"), filters.euro(fields.get("cost_running_year_cents"))
    if days := fields.get("effort_person_days"):
        yield _("Aufwand"), _("%(days)s Personentage", days=filters.number(days))
    if share := fields.get("own_staff_fte_percent"):
        yield _("Eigenes Personal"), _("%(share)s Stellen", share=filters.number(share / 100))
    yield _("Betrieb"), option("operating_model", fields.get("operating_model"))


def _expertise(record: RecordView) -> Iterator[Fact]:
    fields = record.fields
    yield _("Erfahrung"), option("expertise_level", fields.get("level"))
    yield _("Sprachen"), ", ".join(option("language", code) for code in fields.get("languages", ()))
    yield _("Kontaktweg"), option("contact_mode", fields.get("contact_mode"))


def _event(record: RecordView) -> Iterator[Fact]:
    fields = record.fields
    yield _("Format"), option("event_format", fields.get("format"))
    yield _("Teilnahme"), option("attendance_mode", fields.get("attendance_mode"))
    yield _("Anmeldung"), option("registration", fields.get("registration"))
    yield _("Anmeldung bis"), filters.day(fields.get("registration_until"))
    yield _("Plätze"), filters.number(fields.get("capacity"))
    if (price := fields.get("price_cents")) is not None:
        yield _("Preis"), filters.euro(price) if price else _("kostenfrei")


def _experience(record: RecordView) -> Iterator[Fact]:
    fields = record.fields
    yield _("Ergebnis"), option("outcome", fields.get("outcome"))
    yield _("Würden wir es wieder tun?"), option("do_again", fields.get("do_again"))
    yield _("Für wen"), ", ".join(option("who_should_know", group) for group in fields.get("who_should_know", ()))


def _funding_call(record: RecordView) -> Iterator[Fact]:
    fields = record.fields
    yield _("Fördergeber"), fields.get("provider_name", "")
    yield _("Förderart"), _options("funding_type", fields.get("funding_type"))
    yield _("Förderung"), dating.amounts(fields)
    if (share := fields.get("own_share_percent")) is not None:
        yield _("Eigenanteil"), _("%(n)s Prozent", n=share)
    yield _("Gebiet"), _options("funding_region", fields.get("funding_region"))


def _need(record: RecordView) -> Iterator[Fact]:
    fields = record.fields
    yield _("Gesucht"), option("need_kind", fields.get("kind"))
    yield _("Gebraucht bis"), filters.day(fields.get("needed_by"))
    yield _("Stand"), option("need_status", fields.get("status"))
    yield _("Sprachen"), _options("language", fields.get("languages"))


def _offer(record: RecordView) -> Iterator[Fact]:
    fields = record.fields
    yield _("Art"), option("offer_kind", fields.get("kind"))
    yield _("Plätze"), filters.number(fields.get("capacity"))
    yield _("Zeiten"), filters.plain(fields.get("opening_hours"))
    yield _("Preis"), filters.plain(fields.get("price"))
    yield _("Für wen"), _options("audience", fields.get("audience"))
    yield _("Sprachen"), _options("language", fields.get("languages"))


def _reuse(record: RecordView) -> Iterator[Fact]:
    fields = record.fields
    yield _("Art"), option("reuse_relation", fields.get("relation"))
    yield _("Stand"), option("reuse_status", fields.get("status"))
    yield _("Seit"), filters.month(fields.get("since"))
    if days := fields.get("effort_days"):
        yield _("Aufwand"), _("%(days)s Personentage", days=filters.number(days))
    yield _("Zurückgegeben"), option("yes_no", fields.get("contributed_back"))


def _options(choice: str, values: Sequence[str] | None) -> str:
    return ", ".join(option(choice, value) for value in values or ())


def _organisation(record: RecordView) -> Iterator[Fact]:
    yield _("Art"), option("organisation_kind", record.fields.get("kind"))
    member = [entry for entry in record.fields.get("memberships", ()) if not entry.get("until")]
    if since := min((entry["since"] for entry in member if "since" in entry), default=None):
        yield _("Mitglied seit"), filters.month(since)


FACTS = {
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
