"""Events: when, where, for whom, how to get in, and how accessible the place is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from hubnode.records.kinds import clock
from hubnode.records.kinds.attachments import attachments
from hubnode.records.kinds.envelope import Described
from hubnode.records.kinds.fields import Choice, Choices, Line, Money, Text, Whole
from hubnode.records.kinds.kind import Body, Kind, Section, Span
from hubnode.records.kinds.parts import documents
from hubnode.records.kinds.schema import BodySchema, Group
from hubnode.records.kinds.values import Day, Days, LocalTime, Record, Records, Recurrence, TimeZone, Url
from hubnode.records.kinds.words import Flaw, Problem

NO_SUCH_TIME = Problem(
    "clock", _("Diese Uhrzeit gibt es an diesem Tag nicht, weil die Uhren umgestellt werden. Wählen Sie eine andere.")
)
ENDS_TOO_EARLY = Problem("order", _("Das Ende muss nach dem Beginn liegen."))
NO_REASON = Problem("missing", _("Nennen Sie den Grund für die Absage."))
NO_PLACE = Problem("missing", _("Geben Sie an, wo die Veranstaltung stattfindet."))
NO_WAY_IN = Problem("missing", _("Geben Sie die Adresse zur Teilnahme an oder verlangen Sie eine Anmeldung."))
CLOSES_TOO_LATE = Problem("order", _("Die Anmeldung muss spätestens am Tag des Beginns enden."))
SERIES_TOO_LONG = Problem("range", _("Die Serie darf höchstens fünf Jahre laufen."))
NOT_IN_SERIES = Problem("series", _("An diesem Tag hat die Serie keinen Termin."))
SERIES_TOO_SHORT = Problem("order", _("Die Serie muss nach dem ersten Termin enden."))


class Location(BodySchema):
    """A place one can go to; coordinates in 1e-7 degrees."""

    name = Line(_("Name des Ortes"), 160, required=True, missing=_("Geben Sie den Namen des Ortes ein."), search="body")
    street = Line(_("Straße und Hausnummer"), 120)
    postcode = Line(_("Postleitzahl"), 12)
    place = Line(_("Ort"), 80, required=True, missing=_("Geben Sie den Ort ein."), search="body")
    latitude_e7 = Whole(_("Breite"), -900_000_000, 900_000_000, widget="hidden")
    longitude_e7 = Whole(_("Länge"), -1_800_000_000, 1_800_000_000, widget="hidden")


class EventSchema(Described):
    """An event."""

    format = Choice(
        _("Format"), "event_format", required=True, missing=_("Wählen Sie das Format."), facet="format", search="body"
    )
    attendance_mode = Choice(
        _("Teilnahme"),
        "attendance_mode",
        widget="radio",
        required=True,
        missing=_("Wählen Sie, wie man teilnimmt."),
        facet="attendance",
    )
    starts_at = LocalTime(_("Beginn"), required=True, missing=_("Geben Sie an, wann die Veranstaltung beginnt."))
    ends_at = LocalTime(_("Ende"), required=True, missing=_("Geben Sie an, wann die Veranstaltung endet."))
    timezone = TimeZone(_("Zeitzone"), required=True, missing=_("Geben Sie die Zeitzone an."), default="Europe/Berlin")
    recurrence = Recurrence(_("Wiederholung"), hint=_("Nur bei Serien: wie oft und wie lange."))
    cancelled_days = Days(
        _("Tage, an denen die Serie ausfällt"),
        most=60,
        hint=_("Nur bei Serien: je Zeile ein Tag, zum Beispiel 1.12.2026. Kalender nehmen ihn heraus."),
    )
    status = Choice(
        _("Status"),
        "event_status",
        widget="radio",
        required=True,
        missing=_("Wählen Sie den Status."),
        default="scheduled",
        facet="status",
    )
    sequence = Whole(_("Folgenummer"), 0, 1_000_000, widget="hidden")
    cancel_reason = Text(_("Grund der Absage"), 300, hint=_("Nur bei abgesagten Veranstaltungen."))
    location = Group(_("Ort"), Location, hint=_("Pflicht, wenn man vor Ort teilnehmen kann."), search="body")
    room = Line(_("Raum"), 80)
    online_url = Url(
        _("Adresse zur Teilnahme"),
        hint=_(
            "Üblich sehen sie nur Beschäftigte im Verbund. Für offene Veranstaltungen stellen Sie sie auf „Öffentlich“."
        ),
        level="network",
        cap="public",
    )
    capacity = Whole(_("Plätze"), 1, 100_000)
    registration = Choice(
        _("Anmeldung"),
        "registration",
        widget="radio",
        required=True,
        missing=_("Wählen Sie, ob man sich anmeldet."),
        facet="registration",
    )
    registration_until = Day(_("Anmeldung bis"))
    price_cents = Money(_("Preis"), hint=_("0 bedeutet kostenfrei."))
    audience = Choices(
        _("Zielgruppe"),
        "audience",
        required=True,
        missing=_("Wählen Sie mindestens eine Zielgruppe."),
        facet="audience",
        search="body",
    )
    hosts = Records(
        _("Ausrichtende"),
        "organisation",
        most=10,
        required=True,
        missing=_("Wählen Sie, wer die Veranstaltung ausrichtet."),
    )
    speakers = Records(
        _("Vortragende"),
        "expertise",
        most=30,
        hint=_("Einträge unter Expertise."),
        level="network",
        cap="public",
        floor="hub",
    )
    accessibility = Text(
        _("Barrierefreiheit"),
        600,
        paragraphs=True,
        required=True,
        hint=_(
            "Zum Beispiel: stufenloser Zugang, Hörschleife, Gebärdensprache, Untertitel. Nennen Sie auch, was fehlt."
        ),
        missing=_("Beschreiben Sie, wie barrierefrei die Veranstaltung ist."),
    )
    related_project = Record(_("Gehört zum Projekt"), "project")
    related_report = Record(_("Gehört zum Erfahrungsbericht"), "experience_report")
    materials = documents()
    recording_url = Url(_("Aufzeichnung"))
    attachments = attachments()

    def rules(self, body: Mapping[str, Any]) -> Iterator[Flaw]:
        """Times exist and follow each other."""
        yield from _clock_flaws(body)
        yield from _series_flaws(body)
        if body.get("registration_until", "0") > body.get("starts_at", "9")[:10]:
            yield ("registration_until",), CLOSES_TOO_LATE

    def demands(self, body: Mapping[str, Any]) -> Iterator[Flaw]:
        """A place, a way in and a reason where they are due."""
        if body.get("status") == "cancelled" and "cancel_reason" not in body:
            yield ("cancel_reason", "de"), NO_REASON
        mode = body.get("attendance_mode")
        if mode in ("onsite", "hybrid") and "location" not in body:
            yield ("location", "name"), NO_PLACE
        if mode in ("online", "hybrid") and "online_url" not in body and body.get("registration") != "required":
            yield ("online_url",), NO_WAY_IN


def when(body: Body) -> Span:
    """Begin and end in UTC; None for what the body does not tell."""
    zone = body.get("timezone", "")
    starts, ends = body.get("starts_at"), body.get("ends_at")
    return (clock.moment(starts, zone) if starts else None, clock.moment(ends, zone) if ends else None)


def _clock_flaws(body: Body) -> Iterator[Flaw]:
    if "timezone" not in body:
        return
    starts, ends = when(body)
    for name, then in (("starts_at", starts), ("ends_at", ends)):
        if name in body and then is None:
            yield (name,), NO_SUCH_TIME
    if starts is not None and ends is not None and ends <= starts:
        yield ("ends_at",), ENDS_TOO_EARLY
    last = clock.until(body["recurrence"]) if "recurrence" in body else None
    if last is not None and starts is not None:
        if last <= starts:
            yield ("recurrence",), SERIES_TOO_SHORT
        elif last - starts > clock.LONGEST_SERIES:
            yield ("recurrence",), SERIES_TOO_LONG


def _series_flaws(body: Body) -> Iterator[Flaw]:
    """A day without a date of the series can't fall out; told only where the series itself is right."""
    if not {"starts_at", "timezone", "recurrence"} <= body.keys():
        return
    days = clock.series_days(body["starts_at"], body["timezone"], body["recurrence"])
    for place, day in enumerate(body.get("cancelled_days", ())):
        if days and day not in days:
            yield ("cancelled_days", place), NOT_IN_SERIES


KIND = Kind(
    name="event",
    slug="termine",
    label=_("Termin"),
    plural=_("Termine"),
    schema=EventSchema,
    sections=(
        Section("content", _("Inhalt"), ("title", "summary", "topics", "format", "audience")),
        Section("time", _("Zeit"), ("starts_at", "ends_at", "status", "cancel_reason")),
        Section(
            "place",
            _("Ort und Barrierefreiheit"),
            ("attendance_mode", "location", "room", "online_url", "accessibility"),
        ),
        Section("registration", _("Anmeldung"), ("registration", "registration_until", "capacity", "price_cents")),
        Section("people", _("Beteiligte"), ("hosts", "speakers", "related_project", "related_report")),
        Section("files", _("Bilder und Dateien"), ("attachments",)),
        Section(
            "more",
            _("Weitere Angaben"),
            (
                "recurrence",
                "cancelled_days",
                "timezone",
                "materials",
                "recording_url",
                "geo_keys",
                "license",
                "last_confirmed_at",
                "field_visibility",
                "sequence",
            ),
        ),
    ),
    dated_by=when,
    passes=True,
)
