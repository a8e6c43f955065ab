"""How people in Germany write numbers, amounts, days and times."""

from __future__ import annotations

import pytest

from hubnode.web.forms import spelling


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("85", 85), ("1.200", 1200), ("1 200", 1200), (" 85 ", 85), ("-3", -3), ("1.20", "1.20"), ("12,5", "12,5"),
        ("etwa 5", "etwa 5"), ("1e3", "1e3"), ("٣", "٣"),
    ],
)  # fmt: skip
def test_whole_numbers(typed: str, meant: int | str) -> None:
    assert spelling.whole(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2,5", "2.5"), ("2.5", "2.5"), ("1.000,50", "1000.5"), ("1.000", "1000"), ("-0,5", "-0.5"), ("007", "7"),
        ("0,0", "0"), ("-0", "0"), ("2,5 Tage", "2,5 Tage"), ("1,2,3", "1,2,3"),
    ],
)  # fmt: skip
def test_decimal_numbers(typed: str, meant: str) -> None:
    assert spelling.decimal(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("61.400", 6_140_000), ("61.400,50 €", 6_140_050), ("61400,5 Euro", 6_140_050), ("0", 0), ("9.99", 999),
        ("61,400", "61,400"), ("1.2345", "1.2345"), ("-5", "-5"), ("viel", "viel"),
    ],
)  # fmt: skip
def test_amounts(typed: str, meant: int | str) -> None:
    assert spelling.cents(typed) == meant


@pytest.mark.parametrize("amount", [0, 5, 99, 100, 999, 100_000, 6_140_050, 100_000_000_000])
def test_an_amount_survives_being_shown(amount: int) -> None:
    assert spelling.cents(spelling.cents_typed(amount)) == amount


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (("22", "11", "2026"), "2026-11-22"), (("1", "9", "26"), "2026-09-01"), (("", " ", ""), None),
        (("31", "2", "2026"), "2026-02-31"), (("1", "Mai", "2026"), "1.Mai.2026"), (("1", "", "2026"), "1..2026"),
    ],
)  # fmt: skip
def test_days(typed: tuple[str, str, str], meant: str | None) -> None:
    assert spelling.day(*typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("14:00", "14:00"), ("9.30 Uhr", "09:30"), ("9 Uhr", "09:00"), ("9", "09:00"), ("abends", "abends"), ("", "")],
)
def test_times(typed: str, meant: str) -> None:
    assert spelling.clock(typed) == meant


def test_lines_lose_what_is_empty_or_unseen() -> None:
    assert spelling.lines(" LoRaWAN \r\n\r\n\tStrom\x00 am Gateway\r\n") == ["LoRaWAN", "Strom am Gateway"]
