"""Offers: rooms, desks, exhibits, devices, advice and documents that a hub or one of its members has for others.

An exhibit or a device that travels has a calendar of loans: it can't be at two places on the same day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from flask_babel import lazy_gettext as _

from hubnode.records.kinds import identifiers
from hubnode.records.kinds.attachments import attachments
from hubnode.records.kinds.envelope import Described, summary
from hubnode.records.kinds.fields import Checked, Choice, Choices, Line, Text, Whole
from hubnode.records.kinds.kind import Kind, Section
from hubnode.records.kinds.parts import documents
from hubnode.records.kinds.schema import BodySchema, Rows
from hubnode.records.kinds.values import Day, Record, Records, Url
from hubnode.records.kinds.words import Flaw, Problem

ENDS_TOO_EARLY = Problem("order", _("Die Ausleihe muss nach ihrem Beginn enden."))
TAKEN = Problem("overlap", _("An diesen Tagen ist es schon verliehen. Wählen Sie andere Tage."))
STAYS = Problem("contradiction", _("Was nicht reist, wird nicht verliehen. Wählen Sie oben „Ja“."))


class Loan(BodySchema):
    """One loan: to which hub, from the first day to the last."""

    hub = Checked(
        _("An Hub"),
        identifiers.hub,
        _("Wählen Sie den Hub, der es ausleiht."),
        longest=255,
        required=True,
        missing=_("Wählen Sie den Hub, der es ausleiht."),
        widget="hub",
    )
    start = Day(_("Von"), required=True, missing=_("Geben Sie den ersten Tag an."))
    end = Day(_("Bis"), required=True, missing=_("Geben Sie den letzten Tag an."))
    note = Line(_("Anmerkung"), 160, hint=_("Zum Beispiel, wer es abholt: eine Stelle, kein Name."))

    def rules(self, body: Mapping[str, Any]) -> Iterator[Flaw]:
        """It ends on the day of its beginning or later."""
        if body.get("end", "9") < body.get("start", "0"):
            yield ("end",), ENDS_TOO_EARLY


class OfferSchema(Described):
    """An offer."""

    summary = summary(_("Was ist es, und was haben andere davon?"))
    kind = Choice(
        _("Art"),
        "offer_kind",
        required=True,
        missing=_("Wählen Sie die Art des Angebots."),
        facet="offer_kind",
        search="body",
    )
    description = Text(_("Beschreibung"), 1500, paragraphs=True)
    audience = Choices(_("Zielgruppe"), "audience", facet="audience", search="body")
    capacity = Whole(_("Plätze"), 1, 10_000)
    opening_hours = Text(_("Zeiten"), 300, hint=_("Wann ist es offen oder zu haben?"), search=None)
    price = Text(_("Preis"), 160, hint=_("In Worten, zum Beispiel „kostenfrei für Mitglieder“."), search=None)
    languages = Choices(_("Sprachen"), "language")
    travelling = Choice(
        _("Kann es reisen?"),
        "yes_no",
        widget="radio",
        hint=_("Für Exponate und Geräte: Können andere Hubs es ausleihen?"),
        level="network",
        facet="travelling",
    )
    size = Text(_("Maße und Anschluss"), 160, level="network", search=None)
    loan_calendar = Rows(
        _("Ausleihen"), Loan, most=100, hint=_("Wer hat es von wann bis wann?"), level="network", floor="hub"
    )
    accessibility = Text(
        _("Barrierefreiheit"),
        600,
        paragraphs=True,
        required=True,
        hint=_("Zum Beispiel: stufenlos, tastbar, in Leichter Sprache. Nennen Sie auch, was fehlt."),
        missing=_("Beschreiben Sie, wie barrierefrei das Angebot ist."),
    )
    external_url = Url(_("Adresse im Netz"), hint=_("Wo man es bucht oder meldet, zum Beispiel ein Ticketportal."))
    contacts = Records(
        _("Ansprechpersonen"),
        "expertise",
        most=10,
        hint=_("Einträge unter Expertise."),
        level="network",
        floor="hub",
    )
    related_project = Record(_("Gehört zum Projekt"), "project")
    documents = documents()
    attachments = attachments()

    def rules(self, body: Mapping[str, Any]) -> Iterator[Flaw]:
        """Nothing is lent to two hubs on the same day, and only what travels is lent at all."""
        loans = body.get("loan_calendar", ())
        if loans and body.get("travelling") == "no":
            yield ("travelling",), STAYS
        whole = [(loan["start"], loan["end"], place) for place, loan in enumerate(loans) if {"start", "end"} <= {*loan}]
        for before, after in pairwise(sorted(whole)):
            if after[0] <= before[1]:
                yield ("loan_calendar", max(before[2], after[2]), "start"), TAKEN


KIND = Kind(
    name="offer",
    slug="angebote",
    label=_("Angebot"),
    plural=_("Angebote"),
    schema=OfferSchema,
    sections=(
        Section("content", _("Worum geht es?"), ("title", "summary", "topics", "kind", "description", "audience")),
        Section("frame", _("Plätze, Zeiten und Preis"), ("capacity", "opening_hours", "price", "accessibility")),
        Section("loans", _("Ausleihe"), ("travelling", "size", "loan_calendar")),
        Section("contact", _("Bezug und Kontakt"), ("contacts", "external_url", "related_project")),
        Section("files", _("Bilder und Dateien"), ("attachments",)),
        Section(
            "more",
            _("Weitere Angaben"),
            ("languages", "documents", "geo_keys", "license", "last_confirmed_at", "field_visibility"),
        ),
    ),
)
