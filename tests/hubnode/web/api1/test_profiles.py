"""Programs and profiles: nothing about a person is published, forged or changed by a token of somebody else."""

from __future__ import annotations

from typing import Any

import pytest

from hubnode.network.node import utcnow
from hubnode.records import owning
from tests.hubnode import persons
from tests.hubnode.feeds.bodies import expertise
from tests.hubnode.hubs import Hub
from tests.hubnode.web.api1.reading import API, problem
from tests.hubnode.web.api1.test_writing import Program, coordinator, document, on

__all__ = ["coordinator"]
FUNCTION = persons.function_only(expertise())


def written(body: dict[str, Any], **other: Any) -> dict[str, Any]:
    """A profile as a program would write it."""
    return document(body, kind="expertise", **other)


def test_no_program_publishes_an_unconfirmed_profile(coordinator: Program, hub: Hub) -> None:
    made = coordinator.ask("POST", "/drafts", json=written(FUNCTION))
    assert made.status_code == 201
    number = made.get_json()["number"]
    problem(coordinator.ask("POST", f"/drafts/{number}/publish", headers=on(made.headers["ETag"])), 409, "not-now")
    stranger = hub.app.test_client()
    assert "Musterfrau" not in stranger.get(f"{API}/records").text
    problem(stranger.get(f"{API}/records/127.0.0.1:5991/{number}"), 404, "not-found")


@pytest.mark.parametrize(
    ("claim", "field"),
    [
        ({"languages": ["de"]}, "languages"),
        ({"interests": {"de": "Segeln"}}, "interests"),
        ({"field_visibility": {"display_name": "public"}}, "field_visibility.display_name"),
        ({"consent": {"version": "2026-1", "scope": ["public"]}}, "consent"),
        ({"confirmed_by_subject_at": "2026-01-01"}, "confirmed_by_subject_at"),
        ({"summary": {"de": "Mail an wiebke@amt.example"}}, "summary.de"),
    ],
)
def test_no_program_claims_what_only_the_person_gives(coordinator: Program, claim: dict[str, Any], field: str) -> None:
    told = problem(coordinator.ask("POST", "/drafts", json=written(FUNCTION | claim)), 422, "content")
    assert [error["field"] for error in told["errors"]] == [field]


def test_no_program_opens_or_changes_somebodys_profile(coordinator: Program, hub: Hub) -> None:
    with hub.at():
        now = utcnow()
        number = persons.asked(expertise(), "network", now)
        body = expertise(interests={"de": "Segeln"})
        owning.publish(persons.owner(number, now), body, "network", now, given=persons.everything(body))
    seen = coordinator.ask("GET", f"/drafts/{number}")
    for change in ({"interests": {"de": "Anderes"}}, {"languages": ["fr"]}):
        answer = coordinator.ask(
            "PUT", f"/drafts/{number}", headers=on(seen.headers["ETag"]),
            json=written(FUNCTION | change, visibility="network"),
        )  # fmt: skip
        problem(answer, 422, "content")
    wider = coordinator.ask(
        "PUT", f"/drafts/{number}", headers=on(seen.headers["ETag"]), json=written(FUNCTION, visibility="public")
    )
    problem(wider, 422, "content")
    with hub.at():
        owning.restrict(persons.owner(number, utcnow()), utcnow())
    problem(coordinator.ask("GET", f"/drafts/{number}"), 404, "not-found")
