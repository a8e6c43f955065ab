"""What a feed says about a record beside its title: the summary and the main public fields, as HTML or as plain text.

A field stands here only if it is named in `MAIN`, and its value comes from an anonymous view: a new field of a kind
enters no feed by itself, and a field that is not public can't.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from html import escape
from typing import Any
from urllib.parse import quote

import nh3
from babel import dates, numbers
from flask_babel import force_locale
from flask_babel import gettext as _

from hubnode.feeds.select import Item
from hubnode.feeds.text import clean, in_language, one_line
from hubnode.records.kinds import KINDS, BodyField, name_of, options
from hubnode.records.kinds.funding_call import Deadline, deadlines

MAIN: Mapping[str, tuple[str, ...]] = {
    "project": (
        "challenge", "solution", "phase", "ended_reason", "start", "end", "population_band", "operating_model",
        "reuse_model", "reuse_access", "prerequisites", "source_code_url", "software_license", "contact_role",
    ),
    "expertise": ("level", "offers"),
    "event": (
        "cancel_reason", "cancelled_days", "room", "online_url", "format", "attendance_mode", "audience",
        "registration",
        "registration_until", "capacity", "price_cents", "accessibility", "recording_url",
    ),
    "experience_report": (
        "outcome", "context", "expected", "happened", "why", "advice", "do_again", "transfer_conditions",
        "who_should_know",
    ),
    "funding_call": (
        "deadline_model", "provider_name", "provider_level", "programme", "funding_type", "funding_area",
        "funding_region", "eligible", "rate_percent", "own_share_percent", "amount_max_cents",
        "early_start_allowed", "cumulation", "state_aid", "eu_funds", "legal_basis", "source_url", "apply_url",
    ),
    "need": ("kind", "description", "needed_by", "status", "languages"),
    "offer": (
        "kind", "description", "audience", "capacity", "opening_hours", "price", "languages", "accessibility",
        "external_url",
    ),
    "reuse": ("relation", "status", "since", "differences", "contributed_back"),
    "organisation": ("kind", "homepage"),
}  # fmt: skip
"""The fields worth reading in a feed, in order, by kind. Of a person nothing that only a consent opens: what is in a
feed is at once in many hands, and no withdrawal calls it back."""
PERSON = ("function", "organisation", "topics", "level", "offers")
"""What programs are told of a person: the function, and nothing that only a consent opens."""
FILES = "attachments"
LINK = re.compile(r"https?://[^\s<>\"']+")
TAGS = {"p", "br", "strong", "a", "ul", "li", "span"}
ATTRIBUTES = {"a": {"href"}, "p": {"lang"}, "span": {"lang"}}


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a feed says of a record."""

    label: str
    lang: str
    text: str
    """May have several lines."""

    @property
    def link(self) -> bool:
        """Whether the text is an address."""
        return LINK.fullmatch(self.text) is not None


def facts(item: Item, lang: str) -> list[Fact]:
    """The main public fields of `item`, in words; what is empty or has no words is left out."""
    return [fact for fact in (*_when(item, lang), *_where(item, lang), *_fields(item, lang)) if fact.text]


def html(item: Item, lang: str) -> str:
    """Summary, main fields and the way back to the page, as sanitised HTML."""
    spoken, summary = item.summary
    parts = [_paragraph(Fact("", spoken, summary), lang)] if summary else []
    parts += [_paragraph(fact, lang) for fact in facts(item, lang)]
    if not item.view.own:
        source = escape(_("Quelle:"))  # not inside the f-string: there the catalogue's tools would not find it
        parts.append(f'<p>{source} <a href="{escape(item.view.home_url)}">{escape(item.hub)}</a></p>')
    return nh3.clean("".join(parts), tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https"}, link_rel=None)


@dataclass(frozen=True, slots=True)
class Enclosure:
    """One public file of a record, at its home hub: that is where it is for as long as the record is."""

    url: str
    type: str
    size: int
    title: str


def enclosures(item: Item, lang: str) -> list[Enclosure]:
    """The public files of `item`; of a person none, as of all that only a consent opens."""
    rows = item.view.fields.get(FILES, ()) if item.view.kind != "expertise" else ()
    return [
        Enclosure(
            f"{item.view.origin}/medien/{row['sha256']}/{quote(row['name'])}",
            row["type"],
            row["size"],
            one_line(in_language(row.get("title", {}), lang)[1]) or one_line(row["name"]),
        )
        for row in rows
    ]


def plain(item: Item, lang: str) -> str:
    """The same as plain text, for calendars."""
    parts = [item.summary[1], *(f"{fact.label}: {fact.text}" for fact in facts(item, lang))]
    return "\n\n".join(part for part in parts if part)


def _paragraph(fact: Fact, lang: str) -> str:
    words = "<br>".join(escape(line) for line in fact.text.splitlines() if line.strip())
    if fact.link:
        words = f'<a href="{words}">{words}</a>'
    if fact.lang != lang:
        words = f'<span lang="{escape(fact.lang)}">{words}</span>'
    return f"<p><strong>{escape(fact.label)}:</strong> {words}</p>" if fact.label else f"<p>{words}</p>"


def _when(item: Item, lang: str) -> Iterator[Fact]:
    """The time of an event, on the clocks of the place where it happens; the deadlines of a call."""
    if item.view.kind == "funding_call":
        yield Fact(_("Fristen"), lang, "\n".join(_deadline(one, lang) for one in deadlines(item.view.fields)))
    if item.view.kind != "event":
        return
    start, end = item.view.fields["starts_at"], item.view.fields["ends_at"]
    until = clock(end, lang) if end[:10] == start[:10] else moment(end, lang)
    spoken = _("%(start)s bis %(end)s", start=moment(start, lang), end=until)
    yield Fact(_("Zeit"), lang, f"{spoken} ({item.view.fields['timezone']})")


def _deadline(one: Deadline, lang: str) -> str:
    return moment(f"{one.day}T{one.time}", lang) if one.time else day(one.day, lang)


def _where(item: Item, lang: str) -> Iterator[Fact]:
    if found := place(item):
        yield Fact(label(item.view.kind, "location", lang), lang, found)


def place(item: Item) -> str:
    """Where an event happens, on one line; empty if that is nowhere or not public."""
    found = item.view.fields.get("location")
    if item.view.kind != "event" or not isinstance(found, dict):
        return ""
    town = " ".join(found[part] for part in ("postcode", "place") if part in found)
    return one_line(", ".join(part for part in (found.get("name"), found.get("street"), town) if part))


def _fields(item: Item, lang: str) -> Iterator[Fact]:
    known = KINDS[item.view.kind].fields
    for name in MAIN.get(item.view.kind, ()):
        if name in item.view.fields:
            spoken, text = _words(known[name], item.view.fields[name], lang)
            yield Fact(label(item.view.kind, name, lang), spoken, text)


@lru_cache(maxsize=1024)
def label(kind: str, name: str, lang: str) -> str:
    """What a field of `kind` is called in `lang`."""
    with force_locale(lang):
        return str(KINDS[kind].fields[name].metadata["label"])


def _words(field: BodyField, value: Any, lang: str) -> tuple[str, str]:
    """Language and text of a value; a text that is there in another language only is given in that one."""
    if options(field):
        chosen = value if isinstance(value, list) else [value]
        return lang, one_line(", ".join(name_of(field, one) for one in chosen))
    if field.metadata["translated"]:
        # A text of several lines may be kept as a list of them.
        return in_language(
            {code: said if isinstance(said, str) else "\n".join(said) for code, said in value.items()}, lang
        )
    return lang, clean(SAY.get(field.metadata["widget"], _as_it_is)(value, lang))


def _as_it_is(value: Any, lang: str) -> str:  # noqa: ARG001 - as all in SAY
    return str(value)


def number(value: int, lang: str) -> str:
    """``1.200``."""
    return str(numbers.format_decimal(value, locale=lang))


def euro(cents: int, lang: str) -> str:
    """``kostenfrei`` or ``12,50 Euro``."""
    if not cents:
        return str(_("kostenfrei"))
    pattern = "#,##0" if cents % 100 == 0 else "#,##0.00"
    return str(_("%(amount)s Euro", amount=numbers.format_decimal(Decimal(cents) / 100, pattern, locale=lang)))


def day(iso: str, lang: str) -> str:
    """``22. November 2026``."""
    return str(dates.format_date(date.fromisoformat(iso), "long", locale=lang))


def clock(iso: str, lang: str) -> str:
    """``14:00 Uhr``, from a local time."""
    return str(_("%(time)s Uhr", time=dates.format_time(datetime.fromisoformat(iso), "HH:mm", locale=lang)))


def moment(iso: str, lang: str) -> str:
    """``Samstag, 28. November 2026, 14:00 Uhr``, from a local time."""
    return f"{dates.format_date(date.fromisoformat(iso[:10]), 'full', locale=lang)}, {clock(iso, lang)}"


def several_days(isos: Any, lang: str) -> str:
    """``1. Dezember 2026, 8. Dezember 2026``."""
    return ", ".join(day(iso, lang) for iso in isos)


SAY: Mapping[str, Callable[[Any, str], str]] = {
    "money": euro,
    "date": day,
    "days": several_days,
    "integer": number,
}
"""How to say a value, by the way in which it is typed in; any other is a text already."""
