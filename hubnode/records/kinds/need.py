"""Needs: what somebody looks for, so that those who have it can answer: experience, people, partners, exhibits, theses.

Usually a need is for the network; whoever wants the public to answer, such as a university, opens the record.
"""

from __future__ import annotations

from datetime import date, timedelta

from flask_babel import lazy_gettext as _

from hubnode.records.kinds import clock
from hubnode.records.kinds.attachments import attachments
from hubnode.records.kinds.envelope import Described, summary
from hubnode.records.kinds.fields import Choice, Choices, Text
from hubnode.records.kinds.kind import Body, Kind, Section, Span
from hubnode.records.kinds.values import Day, Record

ZONE = "Europe/Berlin"
"""Whose days are meant."""


class NeedSchema(Described):
    """A need."""

    summary = summary(_("Was suchen Sie, und wofür?"))
    kind = Choice(
        _("Was fehlt?"),
        "need_kind",
        widget="radio",
        required=True,
        missing=_("Wählen Sie, was Sie suchen."),
        facet="need_kind",
        search="body",
    )
    description = Text(
        _("Genauer"),
        1500,
        paragraphs=True,
        hint=_("Was haben Sie schon versucht? Woran würden Sie merken, dass es hilft?"),
    )
    organisation = Record(
        _("Wer sucht?"), "organisation", required=True, missing=_("Wählen Sie die Organisation, die etwas sucht.")
    )
    needed_by = Day(
        _("Gebraucht bis"),
        required=True,
        hint=_("Nach diesem Tag steht der Bedarf nicht mehr in der Liste."),
        missing=_("Geben Sie an, bis wann Sie es brauchen."),
    )
    status = Choice(
        _("Stand"),
        "need_status",
        widget="radio",
        required=True,
        missing=_("Wählen Sie den Stand."),
        default="open",
        facet="need_status",
    )
    languages = Choices(_("Sprachen"), "language", hint=_("In welchen Sprachen man Ihnen antworten kann."))
    related_project = Record(_("Gehört zum Projekt"), "project")
    contact = Record(
        _("Ansprechperson"), "expertise", hint=_("Ein Eintrag unter Expertise."), level="network", floor="hub"
    )
    attachments = attachments()


def when(body: Body) -> Span:
    """The day until which it is needed, from its first moment to its end."""
    if "needed_by" not in body:
        return (None, None)
    after = date.fromisoformat(body["needed_by"]) + timedelta(days=1)
    return clock.moment(f"{body['needed_by']}T00:00", ZONE), clock.moment(f"{after}T00:00", ZONE)


KIND = Kind(
    name="need",
    slug="bedarfe",
    label=_("Bedarf"),
    plural=_("Bedarfe"),
    schema=NeedSchema,
    sections=(
        Section("content", _("Was suchen Sie?"), ("title", "summary", "topics", "kind", "description")),
        Section("frame", _("Wer und bis wann"), ("organisation", "needed_by", "status")),
        Section("contact", _("Bezug und Kontakt"), ("related_project", "contact")),
        Section("files", _("Bilder und Dateien"), ("attachments",)),
        Section(
            "more",
            _("Weitere Angaben"),
            ("languages", "geo_keys", "license", "last_confirmed_at", "field_visibility"),
        ),
    ),
    dated_by=when,
    passes=True,
)
