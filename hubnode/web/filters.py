"""What templates need to say times, numbers and texts in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import flask_babel
from babel import dates, numbers
from flask import Flask
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

_: Callable[..., str] = flask_babel.gettext
ngettext: Callable[..., str] = flask_babel.ngettext
HERE = ZoneInfo("Europe/Berlin")
TEXTS = Mapping[str, str]
MINUTE, HOUR, DAY = 60, 3600, 86400


def language() -> str:
    """The reader's language: ``de`` or ``en``."""
    return str(flask_babel.get_locale() or "de")[:2]


def region() -> str:
    """Whose habits dates and numbers follow: English ones are British, ``18 November 2026``."""
    return "en_GB" if language() == "en" else language()


def now() -> datetime:
    """The present time; the one place where pages ask the clock."""
    return datetime.now(UTC)


def local(value: datetime) -> datetime:
    """`value` as the clocks here show it."""
    return value.astimezone(HERE)


def as_date(value: date | datetime | str) -> date:
    """A date from a date, a point in time or its ISO text."""
    if isinstance(value, datetime):
        return local(value).date() if value.tzinfo else value.date()
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value


def day(value: date | datetime | str | None) -> str:
    """``18. November 2026``."""
    return "" if not value else dates.format_date(as_date(value), "long", locale=region())


def month(value: date | datetime | str | None) -> str:
    """``November 2026``."""
    return "" if not value else dates.format_skeleton("yMMMM", as_date(value), locale=region())


def month_short(value: date | datetime | str) -> str:
    """``Nov.``, for date tiles."""
    return dates.format_date(as_date(value), "MMM", locale=region())


def weekday(value: date | datetime | str) -> str:
    """``Do.``."""
    return dates.format_date(as_date(value), "EEE", locale=region())


def clock(value: datetime, seconds: bool = False) -> str:
    """``14:28 Uhr``."""
    return _("%(time)s Uhr", time=dates.format_time(local(value), "HH:mm:ss" if seconds else "HH:mm", locale=region()))


def moment(value: datetime | None, at: datetime | None = None) -> str:
    """``heute, 14:28 Uhr``, ``gestern, 09:05 Uhr`` or ``18. November 2026, 14:28 Uhr``."""
    if value is None:
        return ""
    days = (local(at or now()).date() - local(value).date()).days
    if days == 0:
        return _("heute, %(time)s", time=clock(value))
    if days == 1:
        return _("gestern, %(time)s", time=clock(value))
    return f"{day(value)}, {clock(value)}"


def since(value: datetime | None, at: datetime | None = None) -> str:
    """Fits after ``seit``: ``09:12 Uhr``, ``gestern, 09:12 Uhr`` or ``18. November 2026``."""
    if value is None:
        return ""
    days = (local(at or now()).date() - local(value).date()).days
    if days == 0:
        return clock(value)
    return _("gestern, %(time)s", time=clock(value)) if days == 1 else day(value)


def ago(value: datetime | None, at: datetime | None = None) -> str:
    """``vor 41 s``, ``vor 5 Min.``, ``vor 3 Std.``, ``vor 2 Tagen``."""
    if value is None:
        return _("noch nie")
    seconds = max(0, int(((at or now()) - value).total_seconds()))
    if seconds < MINUTE:
        return _("vor %(n)s s", n=seconds)
    if seconds < HOUR:
        return _("vor %(n)s Min.", n=seconds // MINUTE)
    if seconds < DAY:
        return _("vor %(n)s Std.", n=seconds // HOUR)
    return ngettext("vor %(num)d Tag", "vor %(num)d Tagen", seconds // DAY)


def age(value: date | datetime | str | None, at: datetime | None = None) -> str:
    """How long ago a day was: ``heute``, ``vor 12 Tagen``, ``vor 5 Monaten``, ``vor 2 Jahren``."""
    if not value:
        return ""
    days = (local(at or now()).date() - as_date(value)).days
    if days < 1:
        return _("heute")
    if days < 61:
        return ngettext("vor %(num)d Tag", "vor %(num)d Tagen", days)
    months = days * 12 // 365
    if months < 24:
        return ngettext("vor %(num)d Monat", "vor %(num)d Monaten", months)
    return ngettext("vor %(num)d Jahr", "vor %(num)d Jahren", months // 12)


def span(start: datetime | None, end: datetime | None) -> str:
    """``Do., 26. November 2026, 10 bis 11 Uhr``; over several days both days are named."""
    if start is None:
        return ""
    first, last = local(start), local(end) if end else None
    head = f"{weekday(first)}, {day(first)}"
    if last is None:
        return f"{head}, {clock(start)}"
    if last.date() != first.date():
        return _(
            "%(start)s bis %(end)s", start=f"{head}, {clock(start)}", end=f"{weekday(last)}, {day(last)}, {clock(last)}"
        )
    return _("%(day)s, %(start)s bis %(end)s Uhr", day=head, start=_hour(first), end=_hour(last))


def _hour(value: datetime) -> str:
    """``10`` or ``10:30``; ``10:00`` in languages without a word like *Uhr* after it."""
    if language() != "de":
        return f"{value:%H:%M}"
    return f"{value:%-H}" if value.minute == 0 else f"{value:%-H:%M}"


def seconds(value: float | int | None) -> str:
    """A duration in words: ``41 s``, ``5 Min.``, ``3 Std.``, ``2 Tage``."""
    if value is None:
        return "–"
    if value < MINUTE:
        return _("%(n)s s", n=number(round(value, 1) if value < 10 else round(value)))
    if value < HOUR:
        return _("%(n)s Min.", n=number(round(value / MINUTE)))
    if value < DAY:
        return _("%(n)s Std.", n=number(round(value / HOUR)))
    return ngettext("%(num)d Tag", "%(num)d Tage", timedelta(seconds=value).days)


def number(value: int | float | str | Decimal | None) -> str:
    """``1.284,5``; nothing for nothing, templates' undefined values included."""
    if value is None or not str(value):
        return ""
    return numbers.format_decimal(Decimal(str(value)), locale=region())


def about(value: int) -> str:
    """A number that was scaled up from a sample: two figures are known, ``3.400``."""
    digits = len(str(abs(value)))
    return number(round(value, min(0, 2 - digits)))


COUNTED = (
    _l("zwei"), _l("drei"), _l("vier"), _l("fünf"), _l("sechs"), _l("sieben"), _l("acht"), _l("neun"), _l("zehn"),
    _l("elf"), _l("zwölf"),
)  # fmt: skip


def in_words(value: int) -> str:
    """Two to twelve as a word, all else as a number."""
    return str(COUNTED[value - 2]) if 2 <= value <= 12 else number(value)


def euro(cents: int | None) -> str:
    """Cents as ``61.400 Euro``; cents are shown only where there are some. Nothing for nothing."""
    if not isinstance(cents, int):
        return ""
    amount = Decimal(cents) / 100
    return _(
        "%(amount)s Euro",
        amount=numbers.format_decimal(amount, "#,##0" if cents % 100 == 0 else "#,##0.00", locale=region()),
    )


def plain(texts: TEXTS | str | None) -> str:
    """The text in the reader's language, else in the language there is; without marks of language, for attributes."""
    if not texts or isinstance(texts, str):
        return str(texts or "")
    return str(texts.get(language()) or texts.get("de") or next(iter(texts.values())))


def text(texts: TEXTS | str | None) -> Markup:
    """The text as HTML, marked with its language where that is not the page's."""
    return in_language(texts, escape)


def paragraphs(texts: TEXTS | str | None) -> Markup:
    """The text as paragraphs: an empty line parts them, a line break stays."""

    def lay_out(words: str) -> Markup:
        parts = [part.strip() for part in re.split(r"\n\s*\n", words) if part.strip()]
        return Markup("").join(
            Markup('<p class="kern-body">{}</p>').format(
                Markup("<br>").join(escape(line) for line in part.splitlines())
            )
            for part in parts
        )

    return in_language(texts, lay_out, block=True)


def in_language(texts: TEXTS | str | None, lay_out: Callable[[str], Markup], block: bool = False) -> Markup:
    """The text that the reader can read, laid out, and marked with its language where that is not the page's."""
    words = plain(texts)
    if not texts or isinstance(texts, str) or language() in texts:
        return lay_out(words)
    found = next(code for code, value in texts.items() if value == words)
    tag = "div" if block else "span"
    return Markup("<{0} lang='{1}'>{2}</{0}>").format(tag, found, lay_out(words))


def lines(texts: Mapping[str, Sequence[str]] | None) -> list[Markup]:
    """The lines of a list in the reader's language, marked where it is another."""
    found = texts or {}
    code = next((code for code in (language(), "de", *found) if code in found), None)
    return [text({code: line}) for line in found[code]] if code else []


def host(url: str) -> str:
    """Where a link leads, without the path: ``example.org``."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


def look_up(key: str, table: Mapping[str, Any]) -> Any:
    """``table[key]``, or None; for ``map``."""
    return table.get(key)


def series(rule: str) -> str:
    """A recurrence rule (RFC 5545) in words: ``alle 2 Wochen, 6-mal``; an unusual one says only that it is a series."""
    parts = dict(part.split("=", 1) for part in rule.split(";") if "=" in part)
    every, count = int(parts.get("INTERVAL", "1")), parts.get("COUNT", "")
    words = {
        "DAILY": ngettext("täglich", "alle %(num)d Tage", every),
        "WEEKLY": ngettext("jede Woche", "alle %(num)d Wochen", every),
        "MONTHLY": ngettext("jeden Monat", "alle %(num)d Monate", every),
        "YEARLY": ngettext("jedes Jahr", "alle %(num)d Jahre", every),
    }.get(parts.get("FREQ", ""), _("Serie"))
    if count:
        return _("%(words)s, %(count)s-mal", words=words, count=count)
    return _("%(words)s bis %(day)s", words=words, day=day(_compact(parts["UNTIL"]))) if "UNTIL" in parts else words


def _compact(until: str) -> str:
    """``20261231T…`` as ``2026-12-31``."""
    return f"{until[:4]}-{until[4:6]}-{until[6:8]}"


def initials(name: str) -> str:
    """``MP`` for ``Maike Petersen``; academic titles do not count."""
    parts = [part for part in name.replace("-", " ").split() if part[:1].isalpha() and not part.endswith(".")]
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()


def shy(words: str) -> Markup:
    """Long German compounds with soft hyphens at known joints, for headings on small screens."""
    return escape(LONG.sub(lambda found: found[0] + SHY, words))


SHY = "\u00ad"
LONG = re.compile(
    r"(Verwaltungs|Wirtschafts|Gesundheits|Digitalisierungs|Fördermittel|Informations|Barriere|Bürger|Unternehmens|Gemeinschafts)"
    r"(?=[a-zäöü]{6,})"
)


FILTERS = (
    day, month, month_short, weekday, clock, moment, since, ago, span, seconds, number, euro, plain, text, paragraphs,
    initials, shy, in_words, lines, host, look_up, series, age, about,
)  # fmt: skip


def init_filters(app: Flask) -> None:
    """Offer all filters to templates, each under its own name."""
    for function in FILTERS:
        app.jinja_env.filters[function.__name__] = function
