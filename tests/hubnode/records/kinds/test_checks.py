"""What a body must be to be taken: by the quick walk and by marshmallow alike, as draft, complete, and from a peer."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from marshmallow import ValidationError

from federation import canonical
from hubnode.records.kinds import KINDS, Invalid, check, checks, project
from tests.hubnode.records.kinds import strategies
from tests.hubnode.records.kinds.examples import EXAMPLES

ALL = sorted(KINDS)
calm = settings(max_examples=40, deadline=None)


def test_an_example_of_each_kind_has_every_field() -> None:
    assert {kind: set(body) for kind, body in EXAMPLES.items()} == {
        kind: set(known.fields) for kind, known in KINDS.items()
    }


@pytest.mark.parametrize("kind", ALL)
def test_a_complete_body_passes_and_its_bytes_are_canonical(kind: str) -> None:
    proof = check(kind, EXAMPLES[kind])
    assert proof.body == EXAMPLES[kind]
    assert canonical.decode(proof.canonical) == EXAMPLES[kind]


def test_the_checked_body_does_not_follow_later_changes_of_the_given_one() -> None:
    given_body = copy.deepcopy(EXAMPLES["project"])
    proof = check("project", given_body)
    given_body["title"]["de"] = "Anders"
    assert proof.body == orjson.loads(proof.canonical)


@pytest.mark.parametrize("kind", ALL)
def test_an_empty_draft_passes_but_can_not_be_published(kind: str) -> None:
    assert check(kind, {}, complete=False).canonical == b"{}"
    with pytest.raises(Invalid) as refusal:
        check(kind, {})
    missing = {path.split(".")[0] for path in refusal.value.errors}
    assert missing == set(KINDS[kind].loader.required)
    assert {code for codes in refusal.value.codes.values() for code in codes} == {"missing"}


@pytest.mark.parametrize("kind", ALL)
def test_errors_come_in_the_order_of_the_form(kind: str) -> None:
    order = [name for section in KINDS[kind].sections for name in section.fields]
    with pytest.raises(Invalid) as refusal:
        check(kind, {})
    named = [path.split(".")[0] for path in refusal.value.errors]
    assert named == sorted(named, key=order.index)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("body", [None, [], "x", 3, True])
def test_what_is_no_object_is_refused(kind: str, body: object) -> None:
    with pytest.raises(Invalid) as refusal:
        check(kind, body)
    assert refusal.value.codes == {"": ["type"]}


def test_a_kind_of_a_later_version_is_refused_by_name() -> None:
    with pytest.raises(Invalid) as refusal:
        check("recipe", {})
    assert refusal.value.codes == {"": ["unknown_kind"]}


@pytest.mark.parametrize("kind", ALL)
@calm
@given(rng=strategies.chances)
def test_the_quick_walk_says_exactly_what_marshmallow_says(kind: str, rng: Random) -> None:
    body = strategies.damaged(rng, kind)
    loader, complete = KINDS[kind].loader, rng.random() < 0.7
    needs = checks._needs(kind, rng.random() < 0.5) if complete else frozenset()
    partial: Any = tuple(loader.required - needs) if complete else True
    try:
        loaded = loader.load(body, partial=partial)
    except ValidationError:
        loaded = None
    assert loader.certain(body, complete, needs) == (loaded is not None)
    assert loaded in (None, body)


def refusal_of(kind: str, body: object, *, complete: bool = True, received: bool = False) -> Invalid | None:
    """What `check` says against `body`; None if it takes it."""
    try:
        check(kind, body, complete=complete, received=received)
    except Invalid as refusal:
        return refusal
    return None


@pytest.mark.parametrize("kind", ALL)
@calm
@given(rng=strategies.chances)
def test_what_passes_is_canonical_and_what_does_not_says_where(kind: str, rng: Random) -> None:
    body, complete = strategies.damaged(rng, kind), rng.random() < 0.7
    refusal = refusal_of(kind, body, complete=complete)
    if refusal is None:
        assert canonical.decode(check(kind, body, complete=complete).canonical) == body
        return
    assert refusal.errors
    assert all(text and isinstance(text, str) for texts in refusal.errors.values() for text in texts)


@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", "geheim@example.org"])
def test_no_error_repeats_what_was_typed(typed: str) -> None:
    wrong = {"phase": typed, "start": typed, "topics": [typed], "license": typed, "source_code_url": typed, typed: 1}
    refusal = refusal_of("project", EXAMPLES["project"] | wrong)
    assert refusal is not None
    assert typed not in str(refusal)
    assert not any(typed in text for texts in refusal.errors.values() for text in texts)


@pytest.mark.parametrize("kind", ALL)
@calm
@given(rng=strategies.chances)
def test_what_is_sent_to_a_peer_passes_there_if_it_passed_at_home(kind: str, rng: Random) -> None:
    body = strategies.body(rng, kind)
    allowed = refusal_of(kind, body)
    sent = project(kind, body, "network", rng.choice(("public", "network")))
    refused = refusal_of(kind, sent, received=True)
    assert refused is None or allowed is not None


@pytest.mark.parametrize(
    ("kind", "more", "where"),
    [
        ("expertise", {"orcid": EXAMPLES["expertise"]["orcid"]}, "orcid"),
        ("expertise", {"field_visibility": {"display_name": "hub"}}, "field_visibility.display_name"),
        ("organisation", {"agreement_ref": "2026-04"}, "agreement_ref"),
        ("project", {"funding": EXAMPLES["project"]["funding"]}, "funding.0.amount_cents"),
    ],
)
def test_what_should_have_stayed_at_home_is_refused_from_a_peer(kind: str, more: dict[str, Any], where: str) -> None:
    sent = project(kind, EXAMPLES[kind], "network", "public")
    check(kind, sent, received=True)
    with pytest.raises(Invalid) as refusal:
        check(kind, sent | more, received=True)
    assert refusal.value.codes[where] == ["level"]


def test_a_peer_may_keep_a_name_but_not_a_function() -> None:
    sent = project("expertise", EXAMPLES["expertise"], "network", "public")
    del sent["display_name"]
    check("expertise", sent, received=True)
    del sent["function"]
    with pytest.raises(Invalid) as refusal:
        check("expertise", sent, received=True)
    assert set(refusal.value.errors) == {"function.de"}


def test_at_most_two_hundred_flaws_are_named() -> None:
    with pytest.raises(Invalid) as refusal:
        check("project", {f"x{number}": 1 for number in range(1000)})
    assert len(refusal.value.errors) <= 200


def changed(kind: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The example of `kind` with some fields replaced, or without those that are None."""
    return {name: value for name, value in (EXAMPLES[kind] | changes).items() if value is not None}


NO_GERMAN = {"en": "Only in English"}
REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("project", {"unheard_of": 1}, "unheard_of", "unknown"),
    ("project", {"title": "Text"}, "title", "type"),
    ("project", {"title": NO_GERMAN}, "title.de", "missing"),
    ("project", {"title": {"de": "x", "xx": "y"}}, "title.xx", "language"),
    ("project", {"title": {"de": "x" * 121}}, "title.de", "too_long"),
    ("project", {"title": {"de": " \n"}}, "title.de", "blank"),
    ("project", {"title": {"de": "zwei\nZeilen"}}, "title.de", "characters"),
    ("project", {"challenge": {"de": "Tab\tim Text"}}, "challenge.de", "characters"),
    ("project", {"challenge": {"de": "\x0b"}}, "challenge.de", "blank"),
    ("project", {"challenge": {"de": "a\x0bb"}}, "challenge.de", "characters"),
    ("project", {"topics": []}, "topics", "missing"),
    ("project", {"topics": ["no-such-topic"]}, "topics.0", "topic"),
    ("project", {"topics": ["ozg", "ozg"]}, "topics", "repeated"),
    ("project", {"topics": ["ozg", "health", "water", "mobility", "tourism", "open-data"]}, "topics", "too_many"),
    ("project", {"license": "Apache"}, "license", "choice"),
    ("project", {"software_license": None}, "software_license", "missing"),
    ("project", {"source_code_url": None}, "source_code_url", "missing"),
    ("project", {"source_code_url": "javascript:alert(1)"}, "source_code_url", "form"),
    ("project", {"source_code_url": "https://a.example/" + "x" * 500}, "source_code_url", "too_long"),
    ("project", {"phase": "ended", "ended_reason": None}, "ended_reason.de", "missing"),
    ("project", {"phase": "P3", "prerequisites": None}, "prerequisites.de", "missing"),
    ("project", {"phase": "P5", "impact": None}, "impact", "missing"),
    ("project", {"end": "2024-02-28"}, "end", "order"),
    ("project", {"start": "2023-02-29"}, "start", "form"),
    ("project", {"start": 20240101}, "start", "type"),
    ("project", {"lead_organisation": "https://wilster.example/projekte/1"}, "lead_organisation", "form"),
    ("project", {"cost_one_off_cents": -1}, "cost_one_off_cents", "range"),
    ("project", {"cost_one_off_cents": 12.5}, "cost_one_off_cents", "range"),
    ("project", {"cost_one_off_cents": True}, "cost_one_off_cents", "range"),
    ("project", {"effort_person_days": "85"}, "effort_person_days", "type"),
    ("project", {"effort_person_days": 100_001}, "effort_person_days", "range"),
    ("project", {"service_keys": ["88999000000001"]}, "service_keys.0", "form"),
    ("project", {"ozg_maturity": {"model": "1.1", "level": 5}}, "ozg_maturity.level", "range"),
    ("project", {"ozg_maturity": {"model": "2.0", "level": 8}}, "ozg_maturity.level", "range"),
    ("project", {"ozg_maturity": {"level": 3}}, "ozg_maturity.model", "missing"),
    ("project", {"ozg_maturity": 3}, "ozg_maturity", "type"),
    ("project", {"geo_keys": ["01061517902"]}, "geo_keys.0", "regional_key"),
    ("project", {"geo_keys": ["17061"]}, "geo_keys.0", "regional_key"),
    ("project", {"impact": [{"indicator": {"de": "x"}, "target": "2,5"}]}, "impact.0.target", "form"),
    ("project", {"impact": [{"indicator": {"de": "x"}, "measured": "2"}]}, "impact.0.measured_on", "missing"),
    ("project", {"impact": [{"indicator": {"de": "x"}, "measured_on": "2026-01-01"}]}, "impact.0.measured", "missing"),
    ("project", {"impact": [{}]}, "impact.0.indicator.de", "missing"),
    ("project", {"impact": ["x"]}, "impact.0", "type"),
    ("project", {"impact": {}}, "impact", "type"),
    ("project", {"links": [{"title": {"de": "x"}, "url": "https://a.example"}] * 31}, "links", "too_many"),
    ("project", {"prerequisites": {"de": ["x"] * 13}}, "prerequisites.de", "too_many"),
    ("project", {"prerequisites": {"de": ["x", "x"]}}, "prerequisites.de", "repeated"),
    ("project", {"prerequisites": {"de": []}}, "prerequisites.de", "too_few"),
    ("project", {"field_visibility": {"title": "network"}}, "field_visibility.title", "level"),
    ("project", {"field_visibility": {"cost_one_off_cents": "public"}}, "field_visibility.cost_one_off_cents", "level"),
    ("project", {"field_visibility": {"data_protection": "network"}}, "field_visibility.data_protection", "level"),
    ("project", {"field_visibility": []}, "field_visibility", "type"),
    ("expertise", {"orcid": "0000-0002-1825-0098"}, "orcid", "form"),
    ("expertise", {"kdsf_ffk": ["48"]}, "kdsf_ffk.0", "form"),
    ("expertise", {"esco": ["https://example.org"]}, "esco.0", "form"),
    ("expertise", {"languages": ["tlh"]}, "languages.0", "choice"),
    ("expertise", {"consent": {"version": "2026-1", "scope": ["public"]}}, "consent", "unknown"),
    ("expertise", {"legal_basis": {"voluntary_data": "DSGVO-6-1-a"}}, "legal_basis", "unknown"),
    ("expertise", {"confirmed_by_subject_at": "2026-07-02"}, "confirmed_by_subject_at", "unknown"),
    ("expertise", {"review_due": "2027-07-01"}, "review_due", "unknown"),
    ("event", {"timezone": "Europe/Wilster"}, "timezone", "form"),
    ("event", {"starts_at": "2027-03-28T02:30", "ends_at": "2027-03-28T04:00"}, "starts_at", "clock"),
    ("event", {"ends_at": "2026-11-28T14:00"}, "ends_at", "order"),
    ("event", {"starts_at": "2026-11-28T14:00:00"}, "starts_at", "too_long"),
    ("event", {"starts_at": "2026-11-28 14:00"}, "starts_at", "form"),
    ("event", {"recurrence": "FREQ=WEEKLY"}, "recurrence", "form"),
    ("event", {"recurrence": "FREQ=SECONDLY;COUNT=5"}, "recurrence", "form"),
    ("event", {"recurrence": "FREQ=WEEKLY;UNTIL=20400101T000000Z"}, "recurrence", "range"),
    ("event", {"recurrence": "FREQ=WEEKLY;UNTIL=20200101T000000Z"}, "recurrence", "order"),
    ("event", {"cancelled_days": ["1.12.2026"]}, "cancelled_days.0", "form"),
    ("event", {"cancelled_days": ["2026-02-30"]}, "cancelled_days.0", "form"),
    ("event", {"recurrence": "FREQ=WEEKLY;COUNT=3", "cancelled_days": ["2026-11-29"]}, "cancelled_days.0", "series"),
    ("event", {"cancel_reason": None}, "cancel_reason.de", "missing"),
    ("event", {"location": None}, "location.name", "missing"),
    ("event", {"location": {"place": "Wilster"}}, "location.name", "missing"),
    ("event", {"online_url": None, "registration": "none"}, "online_url", "missing"),
    ("event", {"registration_until": "2026-11-29"}, "registration_until", "order"),
    ("event", {"accessibility": None}, "accessibility.de", "missing"),
    ("event", {"hosts": []}, "hosts", "missing"),
    ("experience_report", {"lessons": []}, "lessons", "missing"),
    ("experience_report", {"lessons": EXAMPLES["experience_report"]["lessons"] * 8}, "lessons", "too_many"),
    ("experience_report", {"factors": {"communication": 6}}, "factors.communication", "range"),
    ("experience_report", {"expected": {"de": "x" * 601}}, "expected.de", "too_long"),
    ("organisation", {"kind": "verwaltung"}, "kind", "choice"),
    ("organisation", {"ror": "04v76ef79"}, "ror", "form"),
    ("organisation", {"geo_keys": [{"key": "0106151"}]}, "geo_keys.0.key", "regional_key"),
    ("organisation", {"geo_keys": [{"valid_from": "2008-01-01"}]}, "geo_keys.0.key", "missing"),
    (
        "organisation",
        {"memberships": [{"hub": "https://wilster.example/", "basis": "partner"}]},
        "memberships.0.hub",
        "form",
    ),
    (
        "organisation",
        {
            "memberships": [
                {"hub": "https://a.example", "basis": "partner", "since": "2026-01-02", "until": "2026-01-01"}
            ]
        },
        "memberships.0.until",
        "order",
    ),
]


@pytest.mark.parametrize(("kind", "changes", "where", "code"), REFUSED)
def test_it_is_refused_at_the_field_and_for_one_reason(
    kind: str, changes: dict[str, Any], where: str, code: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        check(kind, changed(kind, changes))
    assert refusal.value.codes[where] == [code]
    assert set(refusal.value.codes) == {where}


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("project", {"phase": "P1", "prerequisites": None, "impact": None, "end": None}),
        ("project", {"end": "2024-02-29"}),
        ("project", {"reuse_model": "concept_only", "source_code_url": None, "software_license": None}),
        ("project", {"ozg_maturity": {"model": "1.1", "level": 4}}),
        ("project", {"title": {"de": "Weiches\u00adTrenn\u00adzeichen und Emoji 👩‍🚒"}}),
        (
            "event",
            {
                "starts_at": "2026-10-25T01:30",
                "ends_at": "2026-10-25T02:30",
                "registration_until": None,
                "recurrence": None,
            },
        ),
        ("event", {"online_url": None}),
        ("event", {"attendance_mode": "online", "location": None, "registration": "none"}),
        ("event", {"recurrence": "FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20271231T230000Z", "cancelled_days": ["2026-12-25"]}),
        ("expertise", {"field_visibility": {"topics": "public"}, "languages": None, "interests": None}),
        ("organisation", {"topics": None, "summary": None, "geo_keys": None, "memberships": None}),
    ],
)
def test_it_passes(kind: str, changes: dict[str, Any]) -> None:
    check(kind, changed(kind, changes))


@pytest.mark.parametrize("complete", [True, False])
def test_wrong_values_are_refused_in_drafts_too(complete: bool) -> None:
    with pytest.raises(Invalid) as refusal:
        check("event", EXAMPLES["event"] | {"ends_at": "2026-11-28T13:00"}, complete=complete)
    assert refusal.value.codes == {"ends_at": ["order"]}


def test_a_draft_may_lack_what_another_field_asks_for() -> None:
    check("project", {"phase": "P5", "reuse_model": "open_source", "impact": [{}], "ozg_maturity": {}}, complete=False)
