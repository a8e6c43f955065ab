"""Funding calls: who gives money for what, to whom, and until when one can apply.

The facets are those of the Förderdatenbank of the federal government; the fields are named after XFLB
(XFoerderleistungsbeschreibung), without a claim to conform to it. Deadlines are meant by German clocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _

from hubnode.records.kinds import clock
from hubnode.records.kinds.attachments import attachments
from hubnode.records.kinds.envelope import Described, summary
from hubnode.records.kinds.fields import Choice, Choices, Line, Money, Text, Whole
from hubnode.records.kinds.kind import Body, Kind, Section, Span
from hubnode.records.kinds.parts import documents
from hubnode.records.kinds.schema import BodySchema, Group
from hubnode.records.kinds.values import Day, Days, TimeOfDay, Url
from hubnode.records.kinds.words import Flaw, Problem

ZONE = "Europe/Berlin"
"""Whose clocks a deadline is read from."""
WHOLE = 100
"""Percent."""

NO_DEADLINE = Problem("missing", _("Geben Sie die Frist an, oder wählen Sie „Laufend, ohne Frist“."))
NO_CUT_OFF = Problem("missing", _("Geben Sie mindestens einen Stichtag an."))
NOT_ROLLING = Problem("contradiction", _("Laufende Förderung hat keine Frist. Leeren Sie dieses Feld."))
NO_SUCH_TIME = Problem("clock", _("Diese Uhrzeit gibt es an diesem Tag nicht, weil die Uhren umgestellt werden."))
STAGES = Problem("order", _("Die zweite Stufe endet nach der ersten."))
LESS_THAN_LEAST = Problem("range", _("Der höchste Betrag darf nicht unter dem niedrigsten liegen."))
MORE_THAN_ALL = Problem("range", _("Quote und Eigenanteil ergeben zusammen höchstens 100 Prozent."))


class ContactPoint(BodySchema):
    """The office that answers questions about a call; never a person."""

    name = Line(_("Stelle"), 160, required=True, missing=_("Geben Sie die Stelle an, die Fragen beantwortet."))
    phone = Line(_("Telefon"), 40, hint=_("Die Nummer der Stelle, nicht die einer Person."))
    url = Url(_("Adresse im Netz"))


class FundingCallSchema(Described):
    """A funding call."""

    summary = summary(_("Wofür gibt es Geld, und für wen?"))
    provider_name = Line(
        _("Fördergeber"), 160, required=True, missing=_("Geben Sie an, wer die Förderung gibt."), search="body"
    )
    provider_level = Choice(
        _("Ebene"),
        "provider_level",
        required=True,
        missing=_("Wählen Sie die Ebene des Fördergebers."),
        facet="provider_level",
        search="body",
    )
    programme = Line(_("Programm"), 160, required=True, missing=_("Geben Sie das Förderprogramm an."), search="head")
    legal_basis = Text(
        _("Richtlinie"),
        300,
        required=True,
        hint=_("Auf welcher Grundlage wird gefördert?"),
        missing=_("Nennen Sie die Richtlinie oder den Aufruf."),
        search=None,
    )
    source_url = Url(
        _("Quelle"),
        required=True,
        hint=_("Die Seite, auf der der Aufruf veröffentlicht ist."),
        missing=_("Geben Sie die Adresse der Quelle an."),
    )
    source_checked_at = Day(
        _("Quelle geprüft am"), required=True, missing=_("Geben Sie an, wann Sie die Quelle zuletzt geprüft haben.")
    )
    funding_type = Choices(
        _("Förderart"),
        "funding_type",
        required=True,
        missing=_("Wählen Sie mindestens eine Förderart."),
        facet="funding_type",
        search="body",
    )
    funding_area = Choices(
        _("Förderbereich"),
        "funding_area",
        required=True,
        missing=_("Wählen Sie mindestens einen Förderbereich."),
        facet="funding_area",
        search="body",
    )
    funding_region = Choices(
        _("Fördergebiet"),
        "funding_region",
        required=True,
        missing=_("Wählen Sie mindestens ein Fördergebiet."),
        facet="funding_region",
        search="body",
    )
    eligible = Choices(
        _("Wer kann sich bewerben?"),
        "funding_eligible",
        required=True,
        missing=_("Wählen Sie, wer sich bewerben kann."),
        facet="eligible",
        search="body",
    )
    rate_percent = Whole(_("Förderquote in Prozent"), 0, WHOLE)
    own_share_percent = Whole(_("Eigenanteil in Prozent"), 0, WHOLE)
    amount_min_cents = Money(_("Mindestbetrag"))
    amount_max_cents = Money(_("Höchstbetrag"))
    deadline_model = Choice(
        _("Art der Frist"),
        "deadline_model",
        widget="radio",
        required=True,
        missing=_("Wählen Sie, wie die Fristen geregelt sind."),
        facet="deadline_model",
    )
    deadline = Day(_("Frist"), hint=_("Der letzte Tag. Bei zwei Stufen der letzte Tag der ersten Stufe."))
    deadline_time = TimeOfDay(
        _("Uhrzeit"), hint=_("Nach deutscher Zeit. Leer lassen, wenn der ganze letzte Tag zählt.")
    )
    second_deadline = Day(_("Frist der zweiten Stufe"), hint=_("Nur bei zwei Stufen."))
    cut_off_dates = Days(_("Stichtage"), most=20, hint=_("Nur bei mehreren Stichtagen: je Zeile ein Tag."))
    early_start_allowed = Choice(
        _("Vorzeitiger Beginn erlaubt"), "yes_no", widget="radio", hint=_("Darf man vor der Bewilligung anfangen?")
    )
    cumulation = Text(_("Kombination mit anderen Mitteln"), 300)
    state_aid = Text(_("Beihilferecht"), 300)
    eu_funds = Choices(_("EU-Fonds"), "eu_fund", search="body")
    apply_url = Url(_("Antragsweg"), hint=_("Wo man den Antrag stellt."))
    contact_point = Group(_("Ansprechpunkt"), ContactPoint)
    documents = documents()
    attachments = attachments()

    def rules(self, body: Mapping[str, Any]) -> Iterator[Flaw]:
        """Times exist, stages follow each other, and amounts add up."""
        for place, one in enumerate(deadlines(body)):
            if one.closes is None and place == 0:
                yield ("deadline_time",), NO_SUCH_TIME
        if body.get("second_deadline", "9") <= body.get("deadline", "0"):
            yield ("second_deadline",), STAGES
        if body.get("amount_max_cents", 0) < body.get("amount_min_cents", 0) and "amount_max_cents" in body:
            yield ("amount_max_cents",), LESS_THAN_LEAST
        if body.get("rate_percent", 0) + body.get("own_share_percent", 0) > WHOLE:
            yield ("own_share_percent",), MORE_THAN_ALL

    def demands(self, body: Mapping[str, Any]) -> Iterator[Flaw]:
        """The deadlines that the chosen model has, and none where it has none."""
        model = body.get("deadline_model")
        if model in ("single", "two_stage") and "deadline" not in body:
            yield ("deadline",), NO_DEADLINE
        if model == "cut_off_dates" and not body.get("cut_off_dates"):
            yield ("cut_off_dates",), NO_CUT_OFF
        if model == "rolling":
            yield from (((name,), NOT_ROLLING) for name in ("deadline", "cut_off_dates") if name in body)


@dataclass(frozen=True, slots=True)
class Deadline:
    """One day until which one can apply, with its time where that is said."""

    day: str
    time: str = ""
    """``12:00`` on German clocks; empty where the whole day counts."""

    @property
    def closes(self) -> datetime | None:
        """The moment, in UTC, from which it is too late; None for a time that the clocks skip."""
        if self.time:
            return clock.moment(f"{self.day}T{self.time}", ZONE)
        return clock.moment(f"{date.fromisoformat(self.day) + timedelta(days=1)}T00:00", ZONE)

    @property
    def begins(self) -> datetime | None:
        """The moment, in UTC, that stands for it where lists are sorted: its time, or the first of its day."""
        return clock.moment(f"{self.day}T{self.time or '00:00'}", ZONE)


def deadlines(body: Body) -> tuple[Deadline, ...]:
    """The deadlines of a call, in order; none if it can be applied for at any time."""
    days = {
        "single": [body.get("deadline")],
        "two_stage": [body.get("deadline"), body.get("second_deadline")],
        "cut_off_dates": sorted(body.get("cut_off_dates", ())),
    }.get(body.get("deadline_model", ""), [])
    return tuple(Deadline(day, body.get("deadline_time", "")) for day in days if day)


def next_deadline(body: Body, now: datetime) -> Deadline | None:
    """The first deadline that has not passed; the last one if all have."""
    every = deadlines(body)
    ahead = (one for one in every if one.closes is not None and one.closes > now)
    return next(ahead, every[-1] if every else None)


def when(body: Body) -> Span:
    """From the first deadline to the end of the last; a call without deadlines does not end."""
    every = deadlines(body)
    return (every[0].begins, every[-1].closes) if every else (None, None)


KIND = Kind(
    name="funding_call",
    slug="foerderung",
    label=_("Förderaufruf"),
    plural=_("Förderaufrufe"),
    schema=FundingCallSchema,
    sections=(
        Section("content", _("Worum geht es?"), ("title", "summary", "topics")),
        Section("provider", _("Fördergeber"), ("provider_name", "provider_level", "programme", "legal_basis")),
        Section(
            "deadlines",
            _("Fristen"),
            ("deadline_model", "deadline", "deadline_time", "second_deadline", "cut_off_dates"),
        ),
        Section("fit", _("Was und wer gefördert wird"), ("funding_type", "funding_area", "funding_region", "eligible")),
        Section("money", _("Geld"), ("rate_percent", "own_share_percent", "amount_min_cents", "amount_max_cents")),
        Section(
            "apply",
            _("Antrag und Quelle"),
            ("source_url", "source_checked_at", "apply_url", "contact_point", "early_start_allowed"),
        ),
        Section("files", _("Bilder und Dateien"), ("attachments",)),
        Section(
            "more",
            _("Weitere Angaben"),
            (
                "cumulation",
                "state_aid",
                "eu_funds",
                "documents",
                "geo_keys",
                "license",
                "last_confirmed_at",
                "field_visibility",
            ),
        ),
    ),
    dated_by=when,
    passes=True,
)
