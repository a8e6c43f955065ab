"""The demo records: every one complete, referring to one another only, and with no name where none may be."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from hubnode.demo.records import allot_ids, demo_hubs, demo_people, demo_records, unpublished_records
from hubnode.records import vocabulary
from hubnode.records.kinds import check, project, references
from hubnode.records.profiles import VALID

TODAY = date(2026, 11, 22)
ORIGINS = {hub.key: f"http://127.0.0.1:{hub.port}" for hub in demo_hubs()}
IDS = allot_ids(ORIGINS)
RECORDS = [(hub.key, record) for hub in demo_hubs() for record in demo_records(hub.key, IDS, TODAY)]
NAMES = {uri.rpartition("/")[2]: id for id, uri in IDS.items()}


@pytest.mark.parametrize(("hub", "record"), RECORDS, ids=[NAMES[record["id"]] for _, record in RECORDS])
def test_it_can_be_published_and_taken_by_the_others(hub: str, record: dict[str, Any]) -> None:
    proof = check(record["kind"], record["body"], complete=True)
    sent = project(record["kind"], proof.body, "network", record["visibility"])
    check(record["kind"], sent, received=True)


@pytest.mark.parametrize("today", [date(2026, 11, 22), date(2027, 3, 1), date(2028, 2, 29), date(2026, 10, 1)])
def test_it_can_be_published_on_any_day(today: date) -> None:
    for hub in demo_hubs():
        for record in demo_records(hub.key, IDS, today):
            check(record["kind"], record["body"])


def test_five_hubs_with_six_focus_areas() -> None:
    hubs = demo_hubs()
    assert [hub.port for hub in hubs] == [5001, 5002, 5003, 5004, 5005]
    areas = [area for hub in hubs for area in hub.focus_areas]
    assert len(areas) == len(set(areas)) == 6
    assert all(vocabulary.exists(area) for area in areas)
    assert all(set(hub.intro) == {"de", "en"} for hub in hubs)


def test_every_reference_leads_to_a_published_record_and_of_the_right_kind() -> None:
    kinds = {f"{ORIGINS[hub]}/r/{record['id']}": record["kind"] for hub, record in RECORDS}
    expected = {
        "lead_organisation": "organisation",
        "hosts": "organisation",
        "authors": "expertise",
        "about_project": "project",
    }
    for _, record in RECORDS:
        for field, uri in references(record["kind"], record["body"]):
            assert kinds[uri] == expected.get(field, kinds[uri])


def test_every_kind_of_record_is_there_and_many_hubs_refer_to_each_other() -> None:
    counts = {kind: sum(record["kind"] == kind for _, record in RECORDS) for kind in {r["kind"] for _, r in RECORDS}}
    assert counts == {
        "project": 18,
        "expertise": 11,
        "event": 9,
        "experience_report": 9,
        "funding_call": 6,
        "need": 5,
        "offer": 10,
        "reuse": 3,
        "organisation": 17,
    }
    abroad = [
        uri
        for hub, record in RECORDS
        for _, uri in references(record["kind"], record["body"])
        if ORIGINS[hub] not in uri
    ]
    assert abroad


def test_projects_and_events_can_be_read_in_english() -> None:
    for _, record in RECORDS:
        if record["kind"] in ("project", "event"):
            assert {"de", "en"} <= set(record["body"]["title"]) & set(record["body"]["summary"])


def test_the_public_sees_functions_but_only_the_name_of_the_one_who_agreed() -> None:
    public = {
        NAMES[record["id"]]: project("expertise", record["body"], "public", record["visibility"])
        for _, record in RECORDS
        if record["kind"] == "expertise"
    }
    assert [id for id, seen in public.items() if "display_name" in seen] == ["exp-011"]
    assert public["exp-008"] == {}
    assert all(
        {"function", "organisation", "summary", "topics"} <= set(seen) for id, seen in public.items() if id != "exp-008"
    )


def test_one_name_never_leaves_its_hub() -> None:
    body = next(record["body"] for _, record in RECORDS if NAMES[record["id"]] == "exp-008")
    assert body["display_name"] == "Ocke Demo"
    assert "Ocke" not in json.dumps(project("expertise", body, "network", "network"), ensure_ascii=False)


def test_one_profile_was_confirmed_long_ago_and_is_overdue_for_review() -> None:
    people = [person for hub in demo_hubs() for person in demo_people(hub.key, IDS, TODAY)]
    assert len(people) == len({person.email for person in people}) == 11
    long_ago = {NAMES[person.id]: TODAY - person.confirmed for person in people if person.confirmed}
    assert {id: age - VALID for id, age in long_ago.items()} == {"exp-003": timedelta(days=20)}


def test_whose_consent_is_withdrawn_is_in_no_record() -> None:
    (record,) = unpublished_records(IDS, TODAY)
    assert IDS["exp-012"].endswith(record["id"])
    assert "Beispielhaft" not in json.dumps([one for _, one in RECORDS], ensure_ascii=False)


def test_ids_are_the_same_after_a_reset_and_follow_the_origins() -> None:
    elsewhere = allot_ids(dict.fromkeys(ORIGINS, "https://hub.example"))
    assert allot_ids(ORIGINS) == IDS
    assert {uri.rpartition("/")[2] for id, uri in elsewhere.items() if "/r/" in uri} == set(NAMES) - {
        origin.rpartition("/")[2] for origin in ORIGINS.values()
    }
