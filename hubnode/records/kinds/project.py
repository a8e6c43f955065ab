"""Projects: what a municipality tried, what it took, what came of it and how others get it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from hubnode.records.kinds import identifiers
from hubnode.records.kinds.attachments import attachments
from hubnode.records.kinds.envelope import Described
from hubnode.records.kinds.fields import Choice, Line, Lines, Matching, Money, Text, Whole
from hubnode.records.kinds.kind import Kind, Section
from hubnode.records.kinds.parts import Link, documents
from hubnode.records.kinds.schema import BodySchema, Group, Rows
from hubnode.records.kinds.values import Day, Number, Record, Records, Url
from hubnode.records.kinds.words import Flaw, Problem

FROM_PILOT = ("P3", "P4", "P5")
FROM_REGULAR_USE = ("P4", "P5")

NO_REASON = Problem("missing", _("Nennen Sie den Grund, warum das Projekt beendet wurde."))
ENDS_TOO_EARLY = Problem("order", _("Das Ende muss nach dem Beginn liegen."))
NO_PREREQUISITES = Problem("missing", _("Nennen Sie ab der Pilotphase, was andere für die Nachnutzung brauchen."))
NO_IMPACT = Problem("missing", _("Nennen Sie ab der Verstetigung mindestens eine Wirkung."))
NO_SOURCE = Problem("missing", _("Geben Sie an, wo der Quelltext liegt."))
NO_SOFTWARE_LICENCE = Problem("missing", _("Wählen Sie die Lizenz der Software."))
NO_OZG_MODEL = Problem("missing", _("Wählen Sie das Modell: Erst damit sagt die Stufe etwas aus."))
LEVEL_1_1 = Problem(
    "range", _("Im Modell 1.1 gibt es die Stufen 0 bis 4. Prüfen Sie, ob Sie nach Modell 2.0 gezählt haben.")
)
NOT_DATED = Problem("missing", _("Geben Sie an, wann gemessen wurde."))
NOT_MEASURED = Problem("missing", _("Geben Sie den gemessenen Wert an oder lassen Sie den Tag weg."))


class OzgMaturity(BodySchema):
    """How far a service under the Onlinezugangsgesetz has come, in one of its two models."""

    model = Choice(_("Modell"), "ozg_model", required=True, missing=NO_OZG_MODEL.words)
    level = Whole(_("Stufe"), 0, 7, required=True, missing=_("Geben Sie die Stufe an."))

    def rules(self, body: Mapping[str, Any]) -> Iterator[Flaw]:
        """The level must exist in its model."""
        if body.get("level", 0) > identifiers.OZG_LEVELS[body.get("model", "2.0")]:
            yield ("level",), LEVEL_1_1


class Impact(BodySchema):
    """One thing that changed, before and after; without a measured value it counts as not yet measured."""

    indicator = Text(
        _("Was wird gemessen?"),
        160,
        required=True,
        hint=_("Mit Einheit, zum Beispiel „Bearbeitungszeit in Tagen“."),
        missing=_("Geben Sie an, was gemessen wird."),
    )
    baseline = Number(_("Ausgangswert"))
    target = Number(_("Zielwert"))
    measured = Number(_("Gemessener Wert"), hint=_("Leer lassen, solange noch nicht gemessen wurde."))
    measured_on = Day(_("Gemessen am"))

    def demands(self, body: Mapping[str, Any]) -> Iterator[Flaw]:
        """A measured value has its day, and the other way round."""
        if ("measured" in body) != ("measured_on" in body):
            yield (("measured_on",), NOT_DATED) if "measured" in body else (("measured",), NOT_MEASURED)


class Funding(BodySchema):
    """Money from outside; the amount stays within the hub."""

    programme = Line(_("Programm"), 160, required=True, missing=_("Geben Sie das Förderprogramm an."), search="body")
    call = Record(_("Aufruf"), "funding_call", hint=_("Wenn der Aufruf in einem Hub eingetragen ist."))
    status = Choice(_("Stand"), "funding_status", required=True, missing=_("Wählen Sie den Stand der Förderung."))
    amount_cents = Money(_("Betrag"), level="hub", hint=_("Bleibt in Ihrem Hub."))


class ProjectSchema(Described):
    """A project."""

    lead_organisation = Record(
        _("Träger"), "organisation", required=True, missing=_("Wählen Sie die Organisation, die das Projekt trägt.")
    )
    partners = Records(_("Partner"), "organisation", most=30)
    challenge = Text(
        _("Ausgangslage"),
        1500,
        paragraphs=True,
        required=True,
        hint=_("Welches Problem wollten Sie lösen? Wen betraf es?"),
        missing=_("Beschreiben Sie die Ausgangslage."),
    )
    solution = Text(
        _("Lösung"),
        1500,
        paragraphs=True,
        required=True,
        hint=_("Was haben Sie gemacht, was läuft jetzt anders?"),
        missing=_("Beschreiben Sie die Lösung."),
    )
    phase = Choice(
        _("Phase"),
        "phase",
        widget="radio",
        required=True,
        missing=_("Wählen Sie die Phase."),
        facet="phase",
        search="body",
    )
    ended_reason = Text(
        _("Grund für das Ende"),
        600,
        paragraphs=True,
        hint=_("Nur bei beendeten Projekten. Andere lernen gerade daraus."),
    )
    start = Day(_("Beginn"), required=True, missing=_("Geben Sie an, wann das Projekt begann."))
    end = Day(_("Ende"), hint=_("Leer lassen, wenn das Projekt weiterläuft."))
    population_band = Choice(
        _("Größe der Kommune"),
        "population_band",
        required=True,
        hint=_("Einwohnerzahl des Gebiets, für das die Lösung gilt."),
        missing=_("Wählen Sie die Größe der Kommune."),
        facet="population",
    )
    cost_one_off_cents = Money(_("Einmalige Kosten"), level="network", floor="hub")
    cost_running_year_cents = Money(_("Laufende Kosten im Jahr"), level="network", floor="hub")
    effort_person_days = Whole(_("Aufwand in Personentagen"), 0, 100_000, level="network", floor="hub")
    own_staff_fte_percent = Whole(
        _("Eigene Stellenanteile in Prozent"),
        0,
        100_000,
        hint=_("100 ist eine volle Stelle, 20 ein Tag in der Woche."),
        level="network",
        floor="hub",
    )
    operating_model = Choice(
        _("Betriebsmodell"),
        "operating_model",
        required=True,
        hint=_("Wer sorgt dafür, dass die Lösung läuft?"),
        missing=_("Wählen Sie, wer die Lösung betreibt."),
        facet="operating_model",
    )
    reuse_model = Choice(
        _("Nachnutzungsmodell"),
        "reuse_model",
        required=True,
        hint=_("In welcher Form können andere die Lösung übernehmen?"),
        missing=_("Wählen Sie, wie andere die Lösung übernehmen können."),
        facet="reuse_model",
    )
    reuse_access = Choice(
        _("Zugang für Kommunen"),
        "reuse_access",
        required=True,
        hint=_("Auf welchem Weg bekommt eine andere Kommune die Lösung?"),
        missing=_("Wählen Sie den Weg, auf dem andere die Lösung bekommen."),
        facet="reuse_access",
    )
    source_code_url = Url(_("Quelltext"), hint=_("Adresse des Quelltexts. Pflicht bei freier Software."))
    software_license = Choice(_("Lizenz der Software"), "licence:software", hint=_("Pflicht bei freier Software."))
    service_keys = Matching(
        _("Leistungsschlüssel"),
        identifiers.service_key,
        _("Ein Leistungsschlüssel hat 14 Ziffern und beginnt mit 99, ohne Leerzeichen."),
        most=20,
        hint=_("Aus dem Leistungskatalog (LeiKa), einer je Zeile: 14 Ziffern, die ersten beiden sind 99."),
    )
    ozg_maturity = Group(_("OZG-Reifegrad"), OzgMaturity, hint=_("Nur für Online-Dienste."))
    prerequisites = Lines(
        _("Voraussetzungen"),
        160,
        12,
        hint=_("Was muss eine andere Kommune mitbringen? Eine Voraussetzung je Zeile. Pflicht ab der Pilotphase."),
    )
    data_protection = Choice(_("Datenschutz-Folgenabschätzung"), "data_protection", level="network")
    accessibility_state = Choice(_("Prüfung der Barrierefreiheit"), "accessibility_state", level="network")
    impact = Rows(
        _("Wirkung"),
        Impact,
        most=10,
        hint=_("Was hat sich messbar verändert? Pflicht ab der Verstetigung."),
        search="body",
    )
    funding = Rows(_("Förderung"), Funding, most=10, level="network", floor="hub", search="body")
    contact_role = Text(
        _("Ansprechfunktion"),
        120,
        required=True,
        hint=_("Eine Funktion statt eines Namens, zum Beispiel „Wirtschaftsförderung“."),
        missing=_("Geben Sie die Funktion an, die Fragen beantwortet."),
    )
    contact_person = Record(
        _("Ansprechperson"), "expertise", hint=_("Ein Eintrag unter Expertise."), level="network", floor="hub"
    )
    documents = documents()
    links = Rows(_("Links"), Link, most=30)
    attachments = attachments()

    def rules(self, body: Mapping[str, Any]) -> Iterator[Flaw]:
        """A project ends after it began."""
        if body.get("end", "9") < body.get("start", "0"):
            yield ("end",), ENDS_TOO_EARLY

    def demands(self, body: Mapping[str, Any]) -> Iterator[Flaw]:
        """What phase and kind of reuse ask for."""
        phase = body.get("phase")
        if phase == "ended" and "ended_reason" not in body:
            yield ("ended_reason", "de"), NO_REASON
        if phase in FROM_PILOT and "prerequisites" not in body:
            yield ("prerequisites", "de"), NO_PREREQUISITES
        if phase in FROM_REGULAR_USE and not body.get("impact"):
            yield ("impact",), NO_IMPACT
        if body.get("reuse_model") == "open_source":
            if "source_code_url" not in body:
                yield ("source_code_url",), NO_SOURCE
            if "software_license" not in body:
                yield ("software_license",), NO_SOFTWARE_LICENCE


KIND = Kind(
    name="project",
    slug="projekte",
    label=_("Projekt"),
    plural=_("Projekte"),
    schema=ProjectSchema,
    sections=(
        Section("content", _("Inhalt"), ("title", "summary", "topics", "challenge", "solution")),
        Section("state", _("Stand und Zeitraum"), ("phase", "ended_reason", "start", "end", "impact")),
        Section(
            "people", _("Beteiligte und Kontakt"), ("lead_organisation", "partners", "contact_role", "contact_person")
        ),
        Section(
            "frame",
            _("Rahmen und Aufwand"),
            (
                "population_band",
                "operating_model",
                "cost_one_off_cents",
                "cost_running_year_cents",
                "effort_person_days",
                "own_staff_fte_percent",
                "funding",
            ),
        ),
        Section(
            "reuse",
            _("Nachnutzung"),
            (
                "reuse_model",
                "reuse_access",
                "prerequisites",
                "source_code_url",
                "software_license",
                "documents",
                "links",
            ),
        ),
        Section("files", _("Bilder und Dateien"), ("attachments",)),
        Section(
            "more",
            _("Weitere Angaben"),
            (
                "service_keys",
                "ozg_maturity",
                "data_protection",
                "accessibility_state",
                "geo_keys",
                "license",
                "last_confirmed_at",
                "field_visibility",
            ),
        ),
    ),
)
