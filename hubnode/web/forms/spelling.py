"""How people in Germany write numbers, amounts, days and times, and how a body does.

What can't be understood stays as it was typed: the schema refuses it with the sentence that belongs to the field, and
nothing is guessed.
"""

from __future__ import annotations

import re

from hubnode.records.kinds import text

_THOUSANDS = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{3})+")
_PLAIN = re.compile(r"-?[0-9]{1,15}")
_DECIMAL = re.compile(r"(-?)0*([0-9]{1,15})(?:\.([0-9]+))?")
_AMOUNT = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,2}))?")
_CLOCK = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2}))?(?:\s*(?:Uhr|h))?", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,4}")
DAY_PARTS = 3


def whole(typed: str) -> int | str:
    """``1.200`` as 1200; the text itself where it is no whole number."""
    plain = _without_thousands("".join(typed.split()))
    return int(plain) if _PLAIN.fullmatch(plain) else typed.strip()


def decimal(typed: str) -> str:
    """``1.000,50`` as ``1000.5``; the text itself where it is no number."""
    found = _DECIMAL.fullmatch(_point(typed))
    if found is None:
        return typed.strip()
    sign, digits, places = found[1], found[2], (found[3] or "").rstrip("0")
    number = f"{digits}.{places}" if places else digits
    return number if number == "0" else sign + number


def decimal_typed(number: str) -> str:
    """``2.5`` as ``2,5``."""
    return number.replace(".", ",")


def cents(typed: str) -> int | str:
    """``61.400,50 €`` as 6140050; the text itself where it is no amount in euros and cents."""
    point = _point(re.sub(r"\s*(?:€|Euro|EUR)$", "", typed.strip(), flags=re.IGNORECASE))
    found = _AMOUNT.fullmatch(point)
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else typed.strip()


def cents_typed(amount: int) -> str:
    """6140050 as ``61.400,50``."""
    euros, rest = divmod(amount, 100)
    grouped = f"{euros:,}".replace(",", ".")
    return f"{grouped},{rest:02d}" if rest else grouped


def day(day_of_month: str, month: str, year: str) -> str | None:
    """Three fields as ``2026-11-22``, a two-digit year in this century; None if all are empty."""
    parts = [part.strip() for part in (day_of_month, month, year)]
    if not any(parts):
        return None
    if not all(_NUMBER.fullmatch(part) for part in parts):
        return ".".join(parts)
    year = parts[2] if len(parts[2]) != 2 else f"20{parts[2]}"
    return f"{year:0>4}-{parts[1]:0>2}-{parts[0]:0>2}"


def day_typed(value: str) -> tuple[str, str, str]:
    """``2026-11-22`` as the three fields 22, 11, 2026."""
    year, month, day_of_month = [*value[:10].split("-"), "", "", ""][:3]
    return day_of_month, month, year


def written_day(typed: str) -> str:
    """``1.12.2026`` as ``2026-12-01``; the text itself where it is no day."""
    parts = [part.strip() for part in typed.split(".")]
    if len(parts) != DAY_PARTS or not all(_NUMBER.fullmatch(part) for part in parts):
        return typed.strip()
    return day(*parts) or typed.strip()


def day_written(value: str) -> str:
    """``2026-12-01`` as ``1.12.2026``; the text itself where it is no day."""
    parts = value.split("-")
    if len(parts) != DAY_PARTS or not all(_NUMBER.fullmatch(part) for part in parts):
        return value
    return f"{int(parts[2])}.{int(parts[1])}.{parts[0]}"


def clock(typed: str) -> str:
    """``9.30 Uhr`` as ``09:30``; the text itself where it is no time of day."""
    found = _CLOCK.fullmatch(typed.strip())
    return f"{found[1]:0>2}:{found[2] or '00'}" if found else typed.strip()


def lines(typed: str) -> list[str]:
    """The lines that are not empty, each tidied."""
    tidied = (text.tidy(line) for line in text.tidy(typed, paragraphs=True).split("\n"))
    return [line for line in tidied if line]


def _point(typed: str) -> str:
    """The number with a decimal point and nothing between thousands."""
    plain = "".join(typed.split())
    before, comma, after = plain.partition(",")
    return _without_thousands(before) + (f".{after}" if comma else "")


def _without_thousands(number: str) -> str:
    return number.replace(".", "") if _THOUSANDS.fullmatch(number) else number
