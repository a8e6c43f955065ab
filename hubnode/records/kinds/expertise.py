"""Expertise: who knows what, with a person's own say in who sees which part of it.

Two groups of data: what belongs to the function (§ 15 LDSG SH) and what the person adds by consent (GDPR Art. 6(1)(a)).
Legal basis, consent and review date stay with the subject and never leave the hub.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from hubnode.records.kinds import identifiers
from hubnode.records.kinds.attachments import portrait
from hubnode.records.kinds.envelope import Envelope, geo_keys, licence, topics
from hubnode.records.kinds.fields import Checked, Choice, Choices, Line, Matching, Text
from hubnode.records.kinds.kind import Body, Kind, LanguageMap, Section
from hubnode.records.kinds.schema import BodySchema, Group
from hubnode.records.kinds.values import Day, Record
from hubnode.records.kinds.words import Flaw, Problem

_FFK = re.compile(r"[0-9]{3}")
_ESCO = re.compile(r"http://data\.europa\.eu/esco/(?:skill|occupation)/[0-9A-Za-z.-]{1,60}")

WITHDRAWN = Problem("consent", _("Die Einwilligung wurde widerrufen. Dieser Eintrag darf nicht veröffentlicht werden."))
WITHDRAWN_TOO_EARLY = Problem("order", _("Der Widerruf kann nicht vor der Einwilligung liegen."))
NO_CONSENT = Problem(
    "consent", _("Dafür fehlt die Einwilligung „Öffentlich zeigen“. Wählen Sie eine engere Sichtbarkeit.")
)
VOLUNTARY = ("display_name", "academic_title", "languages", "orcid", "esco", "attachments")
"""What only consent opens to the public; the rest belongs to the function."""


class LegalBasis(BodySchema):
    """Why this hub may keep the two groups of data."""

    function_data = Choice(
        _("Angaben zur Funktion"),
        "function_basis",
        required=True,
        missing=_("Wählen Sie die Rechtsgrundlage."),
        default="LDSG-SH-15",
    )
    voluntary_data = Choice(
        _("Freiwillige Angaben"),
        "voluntary_basis",
        required=True,
        missing=_("Wählen Sie die Rechtsgrundlage."),
        default="DSGVO-6-1-a",
    )


class Consent(BodySchema):
    """What the person agreed to, when, and until when."""

    version = Line(
        _("Fassung des Textes"), 40, required=True, missing=_("Geben Sie die Fassung des Einwilligungstextes an.")
    )
    given_on = Day(_("Erteilt am"), required=True, missing=_("Geben Sie an, wann die Einwilligung erteilt wurde."))
    scope = Choices(_("Umfang"), "consent_scope", required=True, missing=_("Wählen Sie, wofür die Einwilligung gilt."))
    withdrawn_on = Day(_("Widerrufen am"))

    def rules(self, body: Mapping[str, Any]) -> Iterator[Flaw]:
        """Nothing is withdrawn before it was given."""
        if body.get("withdrawn_on", "9") < body.get("given_on", "0"):
            yield ("withdrawn_on",), WITHDRAWN_TOO_EARLY


class ExpertiseSchema(Envelope):
    """A person's or a team's expertise."""

    display_name = Line(
        _("Name"),
        120,
        required=True,
        missing=_("Geben Sie den Namen der Person oder des Teams ein."),
        hint=_("Vor- und Nachname. Wer ihn sieht, stellen Sie unter „Sichtbarkeit einzelner Felder“ ein."),
        level="network",
        cap="public",
        floor="hub",
        search="head",
    )
    academic_title = Line(_("Titel"), 60, level="network", cap="public", floor="hub", search="body")
    function = Text(
        _("Funktion"),
        160,
        required=True,
        missing=_("Geben Sie die Funktion ein."),
        hint=_("Zum Beispiel „Fördermittelberatung“ oder „Leitung Schul-IT“."),
        floor="network",
        search="head",
    )
    organisation = Record(
        _("Organisation"), "organisation", required=True, missing=_("Wählen Sie die Organisation."), floor="network"
    )
    summary = Text(
        _("Erfahrung"),
        600,
        paragraphs=True,
        required=True,
        missing=_("Beschreiben Sie die Erfahrung in zwei, drei Sätzen."),
        hint=_("Womit kann man sich an Sie wenden? Was haben Sie schon gemacht?"),
        level="network",
        cap="public",
    )
    topics = topics(level="network", cap="public")
    level = Choice(
        _("Stufe"),
        "expertise_level",
        required=True,
        missing=_("Wählen Sie die Stufe."),
        widget="radio",
        level="network",
        cap="public",
        facet="expertise_level",
    )
    offers = Choices(
        _("Bietet an"),
        "offer",
        required=True,
        missing=_("Wählen Sie mindestens ein Angebot."),
        level="network",
        cap="public",
        facet="offer",
        search="body",
    )
    languages = Choices(
        _("Sprachen"),
        "language",
        most=10,
        required=True,
        missing=_("Wählen Sie mindestens eine Sprache."),
        level="network",
        cap="public",
        facet="language",
        default=["de"],
    )
    orcid = Checked(
        _("ORCID"),
        identifiers.orcid,
        _("Diese ORCID stimmt nicht. Sie hat 16 Stellen in vier Gruppen, zum Beispiel 0000-0002-1825-0097."),
        hint=_("Kennung für Forschende, nur die 16 Stellen ohne https://orcid.org/."),
        longest=19,
        level="network",
        cap="public",
        floor="hub",
    )
    kdsf_ffk = Matching(
        _("Forschungsfelder (KDSF)"),
        lambda key: _FFK.fullmatch(key) is not None,
        _("Ein Forschungsfeld hat drei Ziffern, zum Beispiel 488."),
        most=10,
        hint=_("Für Hochschulen: Schlüssel des Kerndatensatzes Forschung, drei Ziffern, einer je Zeile."),
        level="network",
        cap="public",
    )
    esco = Matching(
        _("ESCO-Kompetenzen"),
        lambda uri: _ESCO.fullmatch(uri) is not None,
        _("Eine ESCO-Adresse beginnt mit http://data.europa.eu/esco/skill/."),
        most=20,
        hint=_("Adressen aus dem europäischen Verzeichnis der Kompetenzen, eine je Zeile."),
        level="network",
        cap="public",
    )
    contact_mode = Choice(
        _("Kontaktweg"),
        "contact_mode",
        required=True,
        missing=_("Wählen Sie, wie man Sie erreicht."),
        widget="radio",
        hint=_("Ihre E-Mail-Adresse wird nie angezeigt."),
        level="network",
        default="relay",
    )
    legal_basis = Group(
        _("Rechtsgrundlage"), LegalBasis, required=True, level="subject", missing=_("Wählen Sie die Rechtsgrundlage.")
    )
    consent = Group(
        _("Einwilligung"), Consent, required=True, level="subject", missing=_("Halten Sie die Einwilligung fest.")
    )
    confirmed_by_subject_at = Day(
        _("Von der Person bestätigt am"),
        required=True,
        missing=_("Die Person muss den Eintrag bestätigen, bevor er veröffentlicht wird."),
        level="subject",
    )
    review_due = Day(
        _("Nächste Prüfung am"),
        required=True,
        missing=_("Geben Sie an, wann der Eintrag wieder geprüft wird, spätestens in zwölf Monaten."),
        hint=_("Spätestens in zwölf Monaten. Danach wird der Eintrag ausgeblendet."),
        level="subject",
    )
    attachments = portrait()
    license = licence(required=False)
    geo_keys = geo_keys()

    def demands(self, body: Mapping[str, Any]) -> Iterator[Flaw]:
        """Nothing is published on a withdrawn consent, nothing voluntary is public without one for it."""
        if "consent" not in body:
            return
        consent = body["consent"]
        if "withdrawn_on" in consent:
            yield ("consent", "withdrawn_on"), WITHDRAWN
        if "public" in consent.get("scope", ()):
            return
        chosen = body.get("field_visibility", {})
        for name in VOLUNTARY:
            if name in body and chosen.get(name) == "public":
                yield ("field_visibility", name), NO_CONSENT


def _named(body: Body) -> LanguageMap:
    name = body.get("display_name")
    if name is None:
        return dict(body.get("function", {}))
    title = body.get("academic_title")
    return {"de": f"{title} {name}" if title else name}


KIND = Kind(
    name="expertise",
    slug="expertise",
    label=_("Expertise"),
    plural=_("Expertise"),
    schema=ExpertiseSchema,
    sections=(
        Section(
            "person",
            _("Person und Funktion"),
            ("display_name", "academic_title", "function", "organisation", "attachments"),
        ),
        Section(
            "knowledge", _("Wissen und Angebot"), ("summary", "topics", "level", "offers", "languages", "contact_mode")
        ),
        Section("visibility", _("Sichtbarkeit einzelner Felder"), ("field_visibility",)),
        Section("privacy", _("Datenschutz"), ("legal_basis", "consent", "confirmed_by_subject_at", "review_due")),
        Section(
            "more", _("Weitere Angaben"), ("orcid", "kdsf_ffk", "esco", "geo_keys", "license", "last_confirmed_at")
        ),
    ),
    named_by=_named,
    named_from=("display_name", "function", "academic_title"),
)
