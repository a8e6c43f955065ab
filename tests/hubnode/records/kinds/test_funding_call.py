"""Funding calls: which deadlines fit together, and until which moment one can apply."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from hubnode.records.kinds import KINDS, Invalid, check
from hubnode.records.kinds.funding_call import deadlines, next_deadline
from tests.hubnode.records.kinds.examples import FUNDING_CALL

PLAIN = {name: value for name, value in FUNDING_CALL.items() if name not in ("deadline_time", "second_deadline")}
SINGLE = PLAIN | {"deadline_model": "single", "deadline": "2026-11-22"}


@pytest.mark.parametrize(
    ("changes", "gone", "field", "code"),
    [
        ({"deadline_model": "single"}, "deadline", "deadline", "missing"),
        ({"deadline_model": "two_stage"}, "deadline", "deadline", "missing"),
        ({"deadline_model": "cut_off_dates"}, "cut_off_dates", "cut_off_dates", "missing"),
        ({"deadline_model": "rolling"}, "cut_off_dates", "deadline", "contradiction"),
        ({"deadline_model": "rolling"}, "deadline", "cut_off_dates", "contradiction"),
        ({"second_deadline": "2027-01-09"}, "", "second_deadline", "order"),
        ({"deadline": "2027-03-28", "deadline_time": "02:30"}, "", "deadline_time", "clock"),
        ({"deadline_time": "24:00"}, "", "deadline_time", "form"),
        ({"amount_max_cents": 999_999}, "", "amount_max_cents", "range"),
        ({"rate_percent": 76}, "", "own_share_percent", "range"),
        ({"rate_percent": 101}, "", "rate_percent", "range"),
        ({"funding_region": ["Schleswig-Holstein"]}, "", "funding_region.0", "choice"),
        ({"contact_point": {"phone": "0431 0000"}}, "", "contact_point.name", "missing"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(changes: dict[str, Any], gone: str, field: str, code: str) -> None:
    body = {name: value for name, value in (FUNDING_CALL | changes).items() if name != gone}
    with pytest.raises(Invalid) as refusal:
        check("funding_call", body)
    assert refusal.value.codes[field] == [code]


@pytest.mark.parametrize(
    ("body", "days"),
    [
        (SINGLE, ["2026-11-22"]),
        (FUNDING_CALL, ["2027-01-09", "2027-05-31"]),
        (FUNDING_CALL | {"deadline_model": "cut_off_dates", "cut_off_dates": ["2027-09-30", "2027-03-31"]},
         ["2027-03-31", "2027-09-30"]),
        (FUNDING_CALL | {"deadline_model": "rolling"}, []),
        ({}, []),
    ],
)  # fmt: skip
def test_each_model_has_its_deadlines_in_order(body: dict[str, Any], days: list[str]) -> None:
    assert [one.day for one in deadlines(body)] == days


@pytest.mark.parametrize(
    ("body", "closes"),
    [
        (SINGLE, datetime(2026, 11, 22, 23, 0, tzinfo=UTC)),
        (SINGLE | {"deadline": "2026-07-01"}, datetime(2026, 7, 1, 22, 0, tzinfo=UTC)),
        (SINGLE | {"deadline_time": "12:00"}, datetime(2026, 11, 22, 11, 0, tzinfo=UTC)),
        (SINGLE | {"deadline_model": "rolling"}, None),
    ],
)
def test_a_day_lasts_until_midnight_in_germany_winter_and_summer(body: dict[str, Any], closes: datetime | None) -> None:
    assert KINDS["funding_call"].when(body)[1] == closes


def test_the_next_deadline_is_the_first_that_has_not_passed_and_then_the_last() -> None:
    body = PLAIN | {"deadline_model": "cut_off_dates", "cut_off_dates": ["2026-11-22", "2027-03-31"]}
    ahead = {
        datetime(2026, 11, 22, 22, 59, tzinfo=UTC): "2026-11-22",
        datetime(2026, 11, 22, 23, 0, tzinfo=UTC): "2027-03-31",
        datetime(2027, 4, 1, 0, 0, tzinfo=UTC): "2027-03-31",
    }
    found = {now: next_deadline(body, now) for now in ahead}
    assert {now: one.day for now, one in found.items() if one} == ahead
    assert next_deadline(body | {"deadline_model": "rolling"}, datetime(2026, 11, 22, tzinfo=UTC)) is None
