"""The fields with a form of their own: dates, addresses, references and identifiers."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from hubnode.records.kinds import clock, identifiers, words
from hubnode.records.kinds.fields import Checked, Listed, Matching
from hubnode.records.kinds.words import Problem

_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?")
_URL_HELP = _("Geben Sie die vollständige Adresse an; sie beginnt mit https:// oder http://.")


class Day(Checked):
    """A day: "2026-11-22"."""

    widget = "date"

    def __init__(self, label: LazyString, **more: Any) -> None:
        wrong = _("Geben Sie einen Tag an, den es gibt, zum Beispiel 22.11.2026.")
        super().__init__(label, clock.is_day, wrong, longest=10, **more)


class LocalTime(Checked):
    """A day and minute as clocks on the spot show them: "2026-11-28T14:00"."""

    widget = "datetime"

    def __init__(self, label: LazyString, **more: Any) -> None:
        wrong = _("Geben Sie Tag und Uhrzeit an, zum Beispiel 28.11.2026, 14:00 Uhr.")
        super().__init__(label, clock.is_local_time, wrong, longest=16, **more)


class TimeOfDay(Checked):
    """A time as clocks on the spot show it: "14:00"."""

    widget = "clock"

    def __init__(self, label: LazyString, **more: Any) -> None:
        wrong = _("Geben Sie eine Uhrzeit an, zum Beispiel 14:00.")
        super().__init__(label, clock.is_time, wrong, longest=5, **more)


class TimeZone(Checked):
    """A time zone of the IANA database."""

    def __init__(self, label: LazyString, **more: Any) -> None:
        wrong = _("Geben Sie eine Zeitzone an, die es gibt, zum Beispiel Europe/Berlin.")
        super().__init__(label, lambda name: name in identifiers.timezones(), wrong, longest=64, **more)


class Recurrence(Checked):
    """A recurrence rule of RFC 5545 that comes to an end; `suggestions` in the metadata are for a form."""

    def __init__(self, label: LazyString, **more: Any) -> None:
        wrong = _(
            "Diese Wiederholung ist nicht möglich. Nennen Sie Abstand und Anzahl, zum Beispiel "
            "FREQ=WEEKLY;INTERVAL=2;COUNT=6 für sechs Termine alle zwei Wochen."
        )
        suggestions = (
            ("FREQ=WEEKLY;COUNT=6", _("Jede Woche, sechs Termine")),
            ("FREQ=WEEKLY;INTERVAL=2;COUNT=6", _("Alle zwei Wochen, sechs Termine")),
            ("FREQ=MONTHLY;COUNT=6", _("Jeden Monat, sechs Termine")),
            ("FREQ=YEARLY;COUNT=5", _("Jedes Jahr, fünf Termine")),
        )
        super().__init__(label, clock.is_rule, wrong, longest=120, suggestions=suggestions, **more)


class Days(Matching):
    """Several days, each as 2026-11-22."""

    widget = "days"

    def __init__(self, label: LazyString, **more: Any) -> None:
        wrong = _("Das ist kein Tag. Schreiben Sie ihn wie 1.12.2026.")
        super().__init__(label, clock.is_day, wrong, longest=10, **more)


class Number(Checked):
    """A number with at most six decimal places, kept as written: "2.5"."""

    def __init__(self, label: LazyString, **more: Any) -> None:
        wrong = _("Geben Sie eine Zahl ein, zum Beispiel 2,5.")
        super().__init__(label, lambda text: _DECIMAL.fullmatch(text) is not None, wrong, longest=20, **more)
        self.metadata["widget"] = "decimal"


class Url(Checked):
    """An address on the web; it is never fetched."""

    widget = "url"

    def __init__(self, label: LazyString, **more: Any) -> None:
        super().__init__(label, identifiers.url, _URL_HELP, **more)


class Record(Checked):
    """Another record, here or at another hub, by its global address; `target` names the kinds that a form offers."""

    widget = "record"

    def __init__(self, label: LazyString, target: str | None, **more: Any) -> None:
        super().__init__(label, identifiers.record, _("Wählen Sie einen vorhandenen Eintrag."), target=target, **more)


class Records(Matching):
    """Several other records by their global addresses."""

    widget = "records"

    def __init__(self, label: LazyString, target: str, **more: Any) -> None:
        wrong = _("Wählen Sie einen vorhandenen Eintrag.")
        super().__init__(label, identifiers.record, wrong, target=target, **more)


ELEVEN_DIGITS = Problem(
    "regional_key",
    _(
        "Das sind 11 Ziffern. Der Regionalschlüssel einer Gemeinde hat 12, der Gemeindeschlüssel 8, "
        "der Schlüssel eines Amtes 9."
    ),
)
SEVEN_DIGITS = Problem(
    "regional_key",
    _(
        "Das sind 7 Ziffern, die frühere Form für Ämter. Heute hat der Schlüssel eines Amtes 9 Ziffern, "
        "zum Beispiel 010615179."
    ),
)
NOT_A_KEY = Problem(
    "regional_key",
    _(
        "Geben Sie nur Ziffern ein, 01 bis 16 am Anfang: Land 2, Kreis 5, Gemeinde 8, Amt 9, "
        "Regionalschlüssel 12 Ziffern."
    ),
)


def regional_key_flaw(key: object) -> Problem | None:
    """What is wrong with `key` as a German regional key, told by its length."""
    if type(key) is not str:
        return words.NOT_A_TEXT
    if identifiers.regional_key(key) is not None:
        return None
    if key.isascii() and key.isdigit():
        return {7: SEVEN_DIGITS, 11: ELEVEN_DIGITS}.get(len(key), NOT_A_KEY)
    return NOT_A_KEY


class RegionalKey(Checked):
    """One regional key; its length tells what it names."""

    def __init__(self, label: LazyString, **more: Any) -> None:
        super().__init__(label, lambda key: regional_key_flaw(key) is None, NOT_A_KEY.words, longest=12, **more)

    def flaw(self, value: object) -> Problem | None:
        """What is wrong with the key, by its length."""
        return regional_key_flaw(value)


class RegionalKeys(Listed):
    """Several regional keys, of any length."""

    widget = "lines"

    def item_flaw(self, item: object) -> Problem | None:
        """What is wrong with one key, by its length."""
        return regional_key_flaw(item)
