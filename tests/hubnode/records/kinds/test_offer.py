"""Offers: what travels is at one place at a time."""

from __future__ import annotations

from typing import Any

import pytest

from hubnode.records.kinds import Invalid, check
from tests.hubnode.records.kinds.examples import HUB, OFFER

OTHER_HUB = "https://hennstedt.example"


def loan(start: str, end: str, hub: str = HUB) -> dict[str, str]:
    """A loan from one day to another."""
    return {"hub": hub, "start": start, "end": end}


@pytest.mark.parametrize(
    ("loans", "place"),
    [
        ([loan("2026-12-01", "2026-12-10"), loan("2026-12-10", "2026-12-12", OTHER_HUB)], 1),
        ([loan("2026-12-10", "2026-12-12"), loan("2026-12-01", "2026-12-31", OTHER_HUB)], 1),
        ([loan("2026-12-01", "2026-12-31"), loan("2027-02-01", "2027-02-02"), loan("2026-12-05", "2026-12-06")], 2),
        ([loan("2026-12-01", "2026-12-01"), loan("2026-12-01", "2026-12-01")], 1),
    ],
)
@pytest.mark.parametrize("complete", [True, False], ids=["published", "draft"])
def test_two_loans_of_one_exhibit_may_not_overlap(loans: list[dict[str, str]], place: int, complete: bool) -> None:
    with pytest.raises(Invalid) as refusal:
        check("offer", OFFER | {"loan_calendar": loans}, complete=complete)
    assert refusal.value.codes == {f"loan_calendar.{place}.start": ["overlap"]}


def test_loans_that_follow_each_other_are_right_in_any_order() -> None:
    days = [loan("2027-01-01", "2027-01-10"), loan("2026-12-01", "2026-12-31"), loan("2027-01-11", "2027-01-11")]
    assert check("offer", OFFER | {"loan_calendar": days}).body["loan_calendar"] == days


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"loan_calendar": [loan("2026-12-02", "2026-12-01")]}, "loan_calendar.0.end", "order"),
        ({"travelling": "no"}, "travelling", "contradiction"),
        ({"capacity": 0}, "capacity", "range"),
        ({"loan_calendar": [loan("2026-12-02", "2026-12-03", "wilster")]}, "loan_calendar.0.hub", "form"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(changes: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check("offer", OFFER | changes)
    assert refusal.value.codes == {field: [code]}
