"""Expertise: who knows what, with a person's own say in who sees which part of it.

Two groups of data, said of each field in its metadata: what belongs to the function (``group`` is ``function``; § 15
LDSG SH) and what the person adds by consent (``voluntary``; GDPR Art. 6(1)(a)), each with the ``basis`` it rests on.
What the person has agreed to, confirmed, and when it is looked at again stands beside the record (see
`hubnode.records.profiles`): a body can't claim it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from hubnode.records.kinds import identifiers
from hubnode.records.kinds.attachments import portrait
from hubnode.records.kinds.envelope import Envelope, geo_keys, licence, topics
from hubnode.records.kinds.fields import Checked, Choice, Choices, Line, Matching, Text
from hubnode.records.kinds.kind import Body, Kind, LanguageMap, Section
from hubnode.records.kinds.values import Record

_FFK = re.compile(r"[0-9]{3}")
_ESCO = re.compile(r"http://data\.europa\.eu/esco/(?:skill|occupation)/[0-9A-Za-z.-]{1,60}")

FUNCTION: Mapping[str, Any] = {"group": "function", "basis": "LDSG-SH-15"}
"""Metadata of what belongs to the function."""
VOLUNTARY: Mapping[str, Any] = {
    "group": "voluntary", "basis": "DSGVO-6-1-a", "level": "hub", "cap": "public", "floor": "hub",
}  # fmt: skip
"""Metadata of what the person adds by consent: closed, unless opened."""


class ExpertiseSchema(Envelope):
    """A person's expertise."""

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
        **FUNCTION,
    )
    academic_title = Line(_("Titel"), 60, level="network", cap="public", floor="hub", search="body", **FUNCTION)
    function = Text(
        _("Funktion"),
        160,
        required=True,
        missing=_("Geben Sie die Funktion ein."),
        hint=_("Zum Beispiel „Fördermittelberatung“ oder „Leitung Schul-IT“."),
        floor="network",
        search="head",
        **FUNCTION,
    )
    organisation = Record(
        _("Organisation"),
        "organisation",
        required=True,
        missing=_("Wählen Sie die Organisation."),
        floor="network",
        **FUNCTION,
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
        floor="hub",
        **FUNCTION,
    )
    topics = topics(level="network", cap="public", floor="hub", **FUNCTION)
    level = Choice(
        _("Stufe"),
        "expertise_level",
        required=True,
        missing=_("Wählen Sie die Stufe."),
        widget="radio",
        level="network",
        cap="public",
        floor="hub",
        facet="expertise_level",
        **FUNCTION,
    )
    offers = Choices(
        _("Bietet an"),
        "offer",
        required=True,
        missing=_("Wählen Sie mindestens ein Angebot."),
        level="network",
        cap="public",
        floor="hub",
        facet="offer",
        search="body",
        **FUNCTION,
    )
    languages = Choices(
        _("Sprachen"),
        "language",
        most=10,
        hint=_("In welchen Sprachen kann man Sie ansprechen?"),
        facet="language",
        **VOLUNTARY,
    )
    interests = Text(
        _("Interessen"),
        300,
        paragraphs=True,
        hint=_("Worüber tauschen Sie sich gern aus, auch über Ihre Aufgabe hinaus?"),
        **VOLUNTARY,
    )
    orcid = Checked(
        _("ORCID"),
        identifiers.orcid,
        _("Diese ORCID stimmt nicht. Sie hat 16 Stellen in vier Gruppen, zum Beispiel 0000-0002-1825-0097."),
        hint=_("Kennung für Forschende, nur die 16 Stellen ohne https://orcid.org/."),
        longest=19,
        **VOLUNTARY,
    )
    kdsf_ffk = Matching(
        _("Forschungsfelder (KDSF)"),
        lambda key: _FFK.fullmatch(key) is not None,
        _("Ein Forschungsfeld hat drei Ziffern, zum Beispiel 488."),
        most=10,
        hint=_("Für Hochschulen: Schlüssel des Kerndatensatzes Forschung, drei Ziffern, einer je Zeile."),
        level="network",
        cap="public",
        floor="hub",
        **FUNCTION,
    )
    esco = Matching(
        _("ESCO-Kompetenzen"),
        lambda uri: _ESCO.fullmatch(uri) is not None,
        _("Eine ESCO-Adresse beginnt mit http://data.europa.eu/esco/skill/."),
        most=20,
        hint=_("Adressen aus dem europäischen Verzeichnis der Kompetenzen, eine je Zeile."),
        **VOLUNTARY,
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
        **FUNCTION,
    )
    attachments = portrait(**VOLUNTARY)
    license = licence(required=False)
    geo_keys = geo_keys()


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
        Section("person", _("Person und Funktion"), ("display_name", "academic_title", "function", "organisation")),
        Section("knowledge", _("Wissen und Angebot"), ("summary", "topics", "level", "offers", "contact_mode")),
        Section("voluntary", _("Freiwillige Angaben"), ("attachments", "languages", "interests", "orcid", "esco")),
        Section("visibility", _("Sichtbarkeit einzelner Felder"), ("field_visibility",)),
        Section("more", _("Weitere Angaben"), ("kdsf_ffk", "geo_keys", "license", "last_confirmed_at")),
    ),
    named_by=_named,
    named_from=("display_name", "function", "academic_title"),
)
