"""The fields that kinds share: title, summary, topics, licence, region, and who may see what."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from hubnode.records.kinds.fields import Choice, Text, Topics
from hubnode.records.kinds.schema import BodySchema, FieldVisibility
from hubnode.records.kinds.values import Day, RegionalKeys

__all__ = ["Described", "Envelope", "geo_keys", "licence", "summary", "title", "topics"]


def title(hint: LazyString, **more: Any) -> Text:
    """The title field."""
    missing = _("Geben Sie einen Titel ein.")
    return Text(_("Titel"), 120, hint=hint, missing=missing, required=True, search="head", **more)


def summary(hint: LazyString, **more: Any) -> Text:
    """The summary field; it stands in lists, search results and feeds."""
    return Text(
        _("Kurzfassung"),
        300,
        hint=hint,
        missing=_("Geben Sie eine Kurzfassung ein."),
        required=True,
        widget="textarea",
        **more,
    )


def topics(**more: Any) -> Topics:
    """The topics field: one to five."""
    return Topics(
        _("Themen"),
        most=5,
        hint=_("Wählen Sie ein bis fünf Themen. So finden andere Hubs Ihren Eintrag."),
        missing=_("Wählen Sie mindestens ein Thema."),
        search="head",
        facet="topic",
        **({"required": True} | more),
    )


def licence(**more: Any) -> Choice:
    """The licence of the texts."""
    return Choice(
        _("Lizenz der Texte"),
        "licence:content",
        hint=_("Wie dürfen andere Ihre Texte weiterverwenden? Üblich ist „Namensnennung“."),
        missing=_("Wählen Sie eine Lizenz."),
        default="CC-BY-4.0",
        **({"required": True} | more),
    )


def geo_keys() -> RegionalKeys:
    """The regional keys of the area that a record is about."""
    return RegionalKeys(
        _("Gebietsschlüssel"),
        most=20,
        hint=_("Für welches Gebiet gilt der Eintrag? Ein Schlüssel je Zeile: Kreis 5, Gemeinde 8, Amt 9 Ziffern."),
        facet="geo",
    )


class Envelope(BodySchema):
    """What every kind has; `geo_keys` stands in each, because an organisation's are dated."""

    license = licence()
    last_confirmed_at = Day(_("Zuletzt bestätigt am"), hint=_("Wann haben Sie zuletzt geprüft, ob alles noch stimmt?"))
    field_visibility = FieldVisibility(
        _("Sichtbarkeit einzelner Felder"),
        hint=_("Hier stellen Sie ein, wer einzelne Angaben sehen darf. Ohne Auswahl gilt der übliche Wert."),
        level="network",
    )


class Described(Envelope):
    """What a kind with a title has."""

    title = title(_("Kurz und ohne Abkürzungen, damit andere Hubs Sie finden."))
    summary = summary(_("Was ist das Ergebnis? Für wen ist es nützlich?"))
    topics = topics()
    geo_keys = geo_keys()
