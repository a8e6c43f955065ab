"""Reuse: that somebody has taken over what another has made, how far it has come, and what was changed on the way.

The record belongs to the hub of whoever reuses; only then does it count as confirmed (see `hubnode.records.lineage`).
What has been stopped stays: others learn from that too. W3C PROV calls it ``wasDerivedFrom``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from hubnode.records.kinds.envelope import Described, summary
from hubnode.records.kinds.fields import Choice, Text, Whole
from hubnode.records.kinds.kind import Kind, Section
from hubnode.records.kinds.values import Day, Record
from hubnode.records.kinds.words import Flaw, Problem

SOURCES = "project experience_report"
"""What can be reused."""
ITSELF = Problem("cycle", _("Ein Projekt kann nicht sich selbst nachnutzen. Wählen Sie ein anderes."))
NOBODY = Problem("missing", _("Wählen Sie Ihr Projekt oder die Organisation, die nachnutzt."))


class ReuseSchema(Described):
    """One reuse."""

    summary = summary(_("Was nutzen Sie nach, und wie weit sind Sie?"))
    source = Record(
        _("Was wird nachgenutzt?"),
        SOURCES,
        required=True,
        hint=_("Das Projekt oder der Erfahrungsbericht, von dem es kommt."),
        missing=_("Wählen Sie, was nachgenutzt wird."),
    )
    target = Record(_("Daraus entstandenes Projekt"), "project", hint=_("Wenn Sie es eingetragen haben."))
    target_organisation = Record(
        _("Wer nutzt nach?"), "organisation", hint=_("Pflicht, solange kein eigenes Projekt genannt ist.")
    )
    relation = Choice(
        _("Art der Nachnutzung"),
        "reuse_relation",
        widget="radio",
        required=True,
        missing=_("Wählen Sie die Art der Nachnutzung."),
        facet="reuse_relation",
        search="body",
    )
    status = Choice(
        _("Stand"),
        "reuse_status",
        widget="radio",
        required=True,
        hint=_("Beendete Nachnutzungen bleiben sichtbar: Andere lernen auch daraus."),
        missing=_("Wählen Sie den Stand."),
        default="interest",
        facet="reuse_status",
    )
    since = Day(_("Seit"))
    effort_days = Whole(_("Aufwand in Personentagen"), 0, 100_000, level="network", floor="hub")
    differences = Text(
        _("Was ist anders?"),
        600,
        paragraphs=True,
        hint=_("Was haben Sie geändert, und warum?"),
        level="network",
        cap="public",
    )
    contributed_back = Choice(
        _("An den Ursprung zurückgegeben"), "yes_no", widget="radio", level="network", cap="public"
    )
    contact = Record(
        _("Ansprechperson"), "expertise", hint=_("Ein Eintrag unter Expertise."), level="network", floor="hub"
    )

    def rules(self, body: Mapping[str, Any]) -> Iterator[Flaw]:
        """Nothing comes from itself."""
        if "target" in body and body["target"] == body.get("source"):
            yield ("target",), ITSELF

    def demands(self, body: Mapping[str, Any]) -> Iterator[Flaw]:
        """What is reused is reused by somebody."""
        if "source" in body and "target" not in body and "target_organisation" not in body:
            yield ("target_organisation",), NOBODY


KIND = Kind(
    name="reuse",
    slug="nachnutzungen",
    label=_("Nachnutzung"),
    plural=_("Nachnutzungen"),
    schema=ReuseSchema,
    sections=(
        Section("content", _("Worum geht es?"), ("title", "summary", "topics")),
        Section("between", _("Von wem zu wem"), ("source", "target_organisation", "target")),
        Section("state", _("Art und Stand"), ("relation", "status", "since")),
        Section("gained", _("Was dabei herauskam"), ("differences", "effort_days", "contributed_back", "contact")),
        Section("more", _("Weitere Angaben"), ("geo_keys", "license", "last_confirmed_at", "field_visibility")),
    ),
)
