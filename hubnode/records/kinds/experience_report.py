"""Experience reports: what was expected, what happened, why, and what to do next time; failures count alike."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from hubnode.records.kinds.attachments import attachments
from hubnode.records.kinds.envelope import Described
from hubnode.records.kinds.fields import Choice, Choices, Money, Text, Whole
from hubnode.records.kinds.kind import Kind, Section
from hubnode.records.kinds.schema import BodySchema, Group, Rows
from hubnode.records.kinds.values import Record, Records


class Lesson(BodySchema):
    """One lesson."""

    workstream = Choice(_("Bereich"), "workstream", required=True, missing=_("Wählen Sie den Bereich."))
    kind = Choice(_("Art"), "lesson_kind", required=True, missing=_("Wählen Sie: Tipp oder Stolperstein."))
    text = Text(
        _("Lehre"), 300, required=True, missing=_("Beschreiben Sie die Lehre in einem Satz."), widget="textarea"
    )


def _factor(label: LazyString) -> Whole:
    return Whole(label, 1, 5, widget="radio")


class Factors(BodySchema):
    """What lasting use needs, from 1 (hindered) to 5 (helped)."""

    communication = _factor(_("Kommunikation"))
    impact_evidence = _factor(_("Sichtbare Wirkung"))
    technical_fit = _factor(_("Passende Technik"))
    responsibility = _factor(_("Klare Zuständigkeit"))
    financing = _factor(_("Gesicherte Finanzierung"))


def _answer(label: LazyString, hint: LazyString, missing: LazyString, longest: int = 600) -> Text:
    return Text(
        label, longest, paragraphs=True, required=True, hint=hint, missing=missing, level="network", cap="public"
    )


def _effort(label: LazyString) -> Whole:
    return Whole(label, 0, 100_000, level="network", floor="hub")


class ExperienceReportSchema(Described):
    """An experience report on a project, one's own or another hub's."""

    about_project = Record(
        _("Projekt"), "project", required=True, missing=_("Wählen Sie das Projekt."), level="network", cap="public"
    )
    context = _answer(
        _("Rahmen"),
        _("Größe, Personal, Betrieb: Was muss man wissen, um die Erfahrung einzuordnen?"),
        _("Beschreiben Sie den Rahmen."),
        400,
    )
    expected = _answer(
        _("Was haben Sie erwartet?"), _("Ziel, Dauer, Kosten."), _("Beschreiben Sie, was Sie erwartet haben.")
    )
    happened = _answer(
        _("Was ist eingetreten?"), _("Auch das, was nicht geklappt hat."), _("Beschreiben Sie, was eingetreten ist.")
    )
    why = _answer(_("Warum kam es so?"), _("Was war der wichtigste Grund?"), _("Beschreiben Sie, warum es so kam."))
    advice = _answer(
        _("Was raten Sie anderen?"), _("Was würden Sie beim nächsten Mal als Erstes tun?"), _("Geben Sie einen Rat.")
    )
    outcome = Choice(
        _("Ergebnis"),
        "outcome",
        widget="radio",
        required=True,
        missing=_("Wählen Sie das Ergebnis."),
        level="network",
        cap="public",
        facet="outcome",
    )
    do_again = Choice(
        _("Würden Sie es wieder tun?"),
        "do_again",
        widget="radio",
        required=True,
        missing=_("Wählen Sie, ob Sie es wieder tun würden."),
        level="network",
        cap="public",
        facet="do_again",
    )
    lessons = Rows(
        _("Lehren"),
        Lesson,
        most=7,
        required=True,
        missing=_("Nennen Sie mindestens eine Lehre."),
        hint=_("Eine bis sieben, je ein Satz."),
        level="network",
        cap="public",
        search="body",
    )
    factors = Group(
        _("Erfolgsfaktoren"),
        Factors,
        hint=_("Von 1 (hat gebremst) bis 5 (hat getragen)."),
        level="network",
        floor="hub",
    )
    effort_planned_days = _effort(_("Geplanter Aufwand in Personentagen"))
    effort_actual_days = _effort(_("Tatsächlicher Aufwand in Personentagen"))
    cost_planned_cents = Money(_("Geplante Kosten"), level="network", floor="hub")
    cost_actual_cents = Money(_("Tatsächliche Kosten"), level="network", floor="hub")
    transfer_conditions = Text(
        _("Übertragbar, wenn"),
        400,
        paragraphs=True,
        required=True,
        missing=_("Beschreiben Sie, unter welchen Bedingungen andere es übernehmen können."),
        hint=_("Unter welchen Bedingungen klappt es auch anderswo?"),
        level="network",
        cap="public",
    )
    who_should_know = Choices(
        _("Wer sollte das lesen?"), "who_should_know", most=10, level="network", cap="public", facet="who_should_know"
    )
    authors = Records(
        _("Verfasst von"),
        "expertise",
        most=10,
        required=True,
        missing=_("Wählen Sie, wer den Bericht verfasst hat."),
        level="network",
        cap="public",
    )
    author_display = Choice(
        _("Anzeige der Verfassenden"),
        "author_display",
        widget="radio",
        required=True,
        default="function",
        missing=_("Wählen Sie, wie die Verfassenden genannt werden."),
        level="network",
        cap="public",
    )
    attachments = attachments()


KIND = Kind(
    name="experience_report",
    slug="erfahrungen",
    label=_("Erfahrungsbericht"),
    plural=_("Erfahrungen"),
    schema=ExperienceReportSchema,
    sections=(
        Section("content", _("Worum geht es?"), ("title", "summary", "topics", "about_project", "context")),
        Section("questions", _("Vier Fragen"), ("expected", "happened", "why", "advice")),
        Section(
            "result",
            _("Ergebnis und Lehren"),
            ("outcome", "do_again", "lessons", "transfer_conditions", "who_should_know"),
        ),
        Section("author", _("Verfasst von"), ("authors", "author_display")),
        Section("files", _("Bilder und Dateien"), ("attachments",)),
        Section(
            "more",
            _("Weitere Angaben"),
            (
                "factors",
                "effort_planned_days",
                "effort_actual_days",
                "cost_planned_cents",
                "cost_actual_cents",
                "geo_keys",
                "license",
                "last_confirmed_at",
                "field_visibility",
            ),
        ),
    ),
)
