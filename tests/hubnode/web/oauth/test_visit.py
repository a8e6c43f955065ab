"""Somebody of Hennstedt signs in at Wilster with the account at Hennstedt."""

from __future__ import annotations

from tests.hubnode.web.oauth.conftest import Two


def test_charlie_visits_wilster_with_the_account_of_hennstedt(two: Two) -> None:
    charlie = two.traveller()
    answer = charlie.visit()
    assert (answer.status_code, answer.location) == (303, "/besuch")
    charlie.away.open("/besuch")
    assert "Charlie (Hub Hennstedt)" in charlie.away.text(".//header")
    assert "charlie@hub.example" not in charlie.away.text(".//body")
