"""From a letter to a message (RFC 5322): one content as plain text and as HTML, and nothing loaded from anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from importlib.resources import files
from textwrap import fill
from urllib.parse import urlsplit

from babel import dates
from flask_babel import force_locale
from flask_babel import gettext as _
from jinja2 import Environment, Template

from hubnode.config import Settings
from hubnode.mail import addresses
from hubnode.mail.text import Text
from hubnode.mail.texts import TEXTS

WIDTH = 76
LANGUAGES = ("de", "en")
TIMEZONE = "Europe/Berlin"


class BadLetter(ValueError):
    """A letter can't be like this: unknown text, missing value, or a sign that could begin a header."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One thing that a letter lists: where it is, what it is called, and what is said beside it."""

    url: str
    title: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter as it is put into the outbox."""

    to: str
    language: str
    template: str
    values: Mapping[str, str]
    """What its lines name; ``link`` may be a path of this hub."""
    until: datetime | None = None
    """When it is no use any more."""
    listed: Sequence[Listed] = ()
    """What it lists below its lines."""
    unsubscribe: str = ""
    """Path at which one click ends the subscription that it comes from (RFC 8058)."""


@dataclass(frozen=True, slots=True)
class Written:
    """The words of a letter in both forms."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Parts:
    """What both forms are laid out from."""

    subject: str
    greeting: str
    lines: list[str]
    listed: Sequence[Listed]
    action: str
    link: str
    copy: str
    after: list[str]
    automatic: str


def written(letter: Letter, settings: Settings) -> Written:
    """The letter in the name of this hub; raises `BadLetter`."""
    if letter.language not in LANGUAGES:
        raise BadLetter(f"no letters in {letter.language!r}")
    values = {"hub": settings.name, "contact": settings.contact_email, **letter.values}
    if values.get("link", "").startswith("/"):
        values["link"] = settings.base_url + values["link"]
    listed = [part for one in letter.listed for part in (one.url, one.title, one.note)]
    if any(not value.isprintable() for value in (*values.values(), *listed, letter.unsubscribe)):
        raise BadLetter("a value of a letter is one printable line")
    try:
        with force_locale(letter.language):
            parts = _parts(TEXTS[letter.template], values, letter.listed)
    except KeyError as missing:
        raise BadLetter(f"the letter {letter.template!r} lacks {missing}") from missing
    html = _layout().render(parts=parts, settings=settings, language=letter.language)
    return Written(parts.subject, _plain(parts, settings), html)


def _parts(text: Text, values: Mapping[str, str], listed: Sequence[Listed]) -> _Parts:
    return _Parts(
        subject=str(text.subject) % values,
        greeting=_("Guten Tag,"),
        lines=[str(line) % values for line in text.lines],
        listed=listed,
        action=str(text.action) if text.action is not None else "",
        link=values["link"] if text.action is not None else "",
        copy=_("Oder kopieren Sie diese Adresse in Ihren Browser:"),
        after=[str(line) % values for line in text.after],
        automatic=_("Diese Nachricht wurde automatisch verschickt. Bitte antworten Sie nicht darauf."),
    )


def moment(at: datetime, language: str) -> str:
    """A point in time as a letter says it: ``29. November 2026, 10:15 Uhr``."""
    words = "d. MMMM y, HH:mm 'Uhr'" if language == "de" else "d MMMM y, HH:mm"
    return dates.format_datetime(at, words, tzinfo=dates.get_timezone(TIMEZONE), locale=language)


def message(letter: Letter, settings: Settings, number: int, at: datetime) -> EmailMessage:
    """The message to hand to a mail server, written at `at`; raises `BadLetter` or `addresses.BadAddress`.

    The same letter has the same ``Message-ID`` at every try, so that a server may drop a second copy.
    """
    words = written(letter, settings)
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(settings.name, addr_spec=addresses.on_the_wire(settings.sender))
    made["To"] = Address(addr_spec=addresses.on_the_wire(letter.to))
    made["Subject"] = words.subject
    made["Date"] = at
    made["Message-ID"] = f"<{number}.{int(at.timestamp())}@{urlsplit(settings.base_url).hostname}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine answers it
    made.set_content(words.text)
    made.add_alternative(words.html, subtype="html")
    made["Content-Language"] = letter.language
    if letter.unsubscribe:
        made["List-Unsubscribe"] = f"<{settings.base_url}{letter.unsubscribe}>"  # RFC 2369
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    return made


def _plain(parts: _Parts, settings: Settings) -> str:
    link = [f"{parts.action}:\n{parts.link}"] if parts.action else []
    listed = [_item(one) for one in parts.listed]
    body = [
        parts.greeting,
        *map(_folded, parts.lines),
        *listed,
        *link,
        *map(_folded, parts.after),
        _folded(parts.automatic),
    ]
    foot = [line for line in ("-- ", settings.name, settings.base_url, settings.contact_email) if line]
    return "\n\n".join((*body, "\n".join(foot))) + "\n"


def _item(one: Listed) -> str:
    words = f"{one.title} ({one.note})" if one.note else one.title
    return f"{fill('* ' + words, WIDTH, subsequent_indent='  ')}\n  {one.url}"


def _folded(line: str) -> str:
    return fill(line, WIDTH, break_long_words=False, break_on_hyphens=False)


@cache
def _layout() -> Template:
    source = files("hubnode.mail").joinpath("templates/brief.html").read_text("utf-8")
    return Environment(autoescape=True, trim_blocks=True).from_string(source)
