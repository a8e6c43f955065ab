"""Organisations around the hubs: municipalities, universities, clubs, companies, and since when they belong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from hubnode.records.kinds import identifiers
from hubnode.records.kinds.envelope import Envelope, topics
from hubnode.records.kinds.fields import Checked, Choice, Line, PlainLines, Text
from hubnode.records.kinds.kind import Body, Kind, LanguageMap, Section
from hubnode.records.kinds.schema import BodySchema, Rows
from hubnode.records.kinds.values import Day, RegionalKey, Url
from hubnode.records.kinds.words import Flaw, Problem

LEAVES_TOO_EARLY = Problem("order", _("Das Ende der Mitgliedschaft muss nach dem Beginn liegen."))


class DatedKey(BodySchema):
    """A regional key and since when it is valid: keys change when municipalities merge."""

    key = RegionalKey(
        _("Schlüsselnummer"),
        required=True,
        hint=_("Nur Ziffern: Kreis 5, Gemeinde 8, Amt 9, Regionalschlüssel 12."),
        missing=_("Geben Sie den Schlüssel ein."),
    )
    valid_from = Day(_("Gültig ab"))


class Membership(BodySchema):
    """Belonging to a hub, for a time, on some basis."""

    hub = Checked(
        _("Hub"),
        identifiers.hub,
        _("Geben Sie die Adresse des Hubs ohne Pfad an, zum Beispiel https://hub.example."),
        longest=255,
        required=True,
        missing=_("Geben Sie die Adresse des Hubs an."),
        widget="hub",
    )
    basis = Choice(_("Grundlage"), "membership_basis", required=True, missing=_("Wählen Sie die Grundlage."))
    since = Day(_("Von"))
    until = Day(_("Bis"), hint=_("Leer lassen, solange die Mitgliedschaft besteht."))

    def rules(self, body: Mapping[str, Any]) -> Iterator[Flaw]:
        """Nobody leaves before joining."""
        if body.get("until", "9") < body.get("since", "0"):
            yield ("until",), LEAVES_TOO_EARLY


class OrganisationSchema(Envelope):
    """An organisation."""

    name = Text(
        _("Name"),
        160,
        required=True,
        missing=_("Geben Sie den Namen ein."),
        hint=_("Der volle, amtliche Name."),
        search="head",
    )
    summary = Text(_("Kurzfassung"), 300, widget="textarea", hint=_("Was macht die Organisation im Verbund?"))
    topics = topics(required=False)
    kind = Choice(
        _("Art"),
        "organisation_kind",
        required=True,
        missing=_("Wählen Sie die Art der Organisation."),
        facet="org_kind",
        search="body",
    )
    geo_keys = Rows(
        _("Gebietsschlüssel"),
        DatedKey,
        most=10,
        hint=_("Ämter haben keinen Gemeindeschlüssel, sondern einen mit 9 Ziffern."),
        facet="geo",
    )
    ror = Checked(
        _("ROR"),
        identifiers.ror,
        _("Diese ROR-Kennung stimmt nicht. Sie hat neun Stellen, zum Beispiel 04v76ef78."),
        hint=_("Kennung für Forschungseinrichtungen, nur die neun Stellen ohne https://ror.org/."),
        longest=9,
    )
    homepage = Url(_("Website"))
    memberships = Rows(
        _("Mitgliedschaften"), Membership, most=20, hint=_("In welchem Hub, seit wann, auf welcher Grundlage?")
    )
    feed_subscriptions = PlainLines(
        _("Abonnierte Feeds"), 200, 20, hint=_("Ein Feed je Zeile. Bleibt in Ihrem Hub."), level="hub"
    )
    agreement_ref = Line(
        _("Vereinbarung zum Datenschutz"),
        160,
        hint=_("Aktenzeichen der Vereinbarung. Bleibt in Ihrem Hub."),
        level="hub",
    )


def _named(body: Body) -> LanguageMap:
    return dict(body.get("name", {}))


KIND = Kind(
    name="organisation",
    slug="organisationen",
    label=_("Organisation"),
    plural=_("Organisationen"),
    schema=OrganisationSchema,
    sections=(
        Section("content", _("Organisation"), ("name", "kind", "summary", "homepage")),
        Section("membership", _("Mitgliedschaft"), ("memberships", "agreement_ref", "feed_subscriptions")),
        Section(
            "more",
            _("Weitere Angaben"),
            (
                "topics",
                "geo_keys",
                "ror",
                "license",
                "last_confirmed_at",
                "field_visibility",
            ),
        ),
    ),
    named_by=_named,
    named_from=("name",),
)
