"""Nobody sees, finds or counts what their level does not allow: canary words in every text, at every level."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from hubnode.records.kinds import KINDS, LEVELS, facets, level_of, levels_between, project, references, search_text
from hubnode.records.kinds.fields import Line, PlainLines, Text
from hubnode.records.kinds.schema import BodySchema, Group, Rows
from tests.hubnode.records.kinds import strategies
from tests.hubnode.records.kinds.examples import EXAMPLES, OTHER, RECORD

ALL = sorted(KINDS)
calm = settings(max_examples=30, deadline=None)
RANK = {level: rank for rank, level in enumerate(LEVELS)}
SHOWN = ("public", "network", "hub")


def marked(kind: str, body: dict[str, Any], record_level: str) -> dict[str, str]:
    """Put a word of its own into every text of `body`; the level of each word."""
    return {
        word: level_of(kind, body, path, record_level) for path, word in _mark(KINDS[kind].loader, body, f"{kind}.")
    }


def _mark(schema: BodySchema, body: dict[str, Any], word: str, above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in body.items():
        field, path, own = (
            schema.body_fields[name],
            above + name,
            f"canary{word.replace('.', '')}{name.replace('_', '')}",
        )
        if isinstance(field, Group):
            yield from _mark(field.of, value, own, f"{path}.")
        elif isinstance(field, Rows):
            for place, row in enumerate(value):
                yield from _mark(field.of, row, f"{own}{place}", f"{path}.")
        elif isinstance(field, Text | Line | PlainLines):
            body[name] = _with(value, own)
            yield path, own


def _with(value: Any, word: str) -> Any:
    if isinstance(value, dict):
        return {lang: _with(said, word) for lang, said in value.items()}
    return [f"{line} {word}" for line in value] if isinstance(value, list) else f"{value} {word}"


@pytest.mark.parametrize("kind", ALL)
@calm
@given(rng=strategies.chances)
def test_no_word_above_a_level_occurs_in_anything_made_for_it(kind: str, rng: Random) -> None:
    body, record_level = strategies.body(rng, kind), rng.choice(SHOWN)
    words = marked(kind, body, record_level)
    found = {text.level: text.head + text.body for text in search_text(kind, body, record_level)}
    for level in SHOWN:
        seen = json.dumps(project(kind, body, level, record_level), ensure_ascii=False)
        for word, allowed in words.items():
            assert (word in seen) == (RANK[allowed] <= RANK[level])
            assert word not in found[level] or allowed == level


@pytest.mark.parametrize("kind", ALL)
@calm
@given(rng=strategies.chances)
def test_what_is_counted_is_seen(kind: str, rng: Random) -> None:
    body, record_level = strategies.body(rng, kind), rng.choice(SHOWN)
    for level in SHOWN:
        seen = project(kind, body, level, record_level)
        allowed = {(facet, value) for facet, value, of in facets(kind, body, record_level) if RANK[of] <= RANK[level]}
        assert allowed == {(facet, value) for facet, value, _ in facets(kind, seen, record_level)}
        assert set(references(kind, seen)) <= set(references(kind, body))


@pytest.mark.parametrize("kind", ALL)
@calm
@given(rng=strategies.chances)
def test_a_peer_shows_no_more_than_the_home_hub(kind: str, rng: Random) -> None:
    body, record_level = strategies.body(rng, kind), rng.choice(("public", "network"))
    sent = project(kind, body, "network", record_level)
    assert project(kind, sent, "public", record_level) == project(kind, body, "public", record_level)
    assert project(kind, sent, "network", record_level) == sent
    assert search_text(kind, sent, record_level)[:2] == search_text(kind, body, record_level)[:2]


@pytest.mark.parametrize("kind", ALL)
@calm
@given(rng=strategies.chances)
def test_who_may_see_more_sees_at_least_the_same(kind: str, rng: Random) -> None:
    body, record_level = strategies.body(rng, kind), rng.choice(SHOWN)
    names = [set(project(kind, body, level, record_level)) for level in LEVELS]
    assert names[0] <= names[1] <= names[2] <= names[3] == set(body)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("record_level", SHOWN)
def test_a_record_above_the_viewers_level_shows_nothing_at_all(kind: str, record_level: str) -> None:
    for level in SHOWN:
        if RANK[level] < RANK[record_level]:
            assert project(kind, EXAMPLES[kind], level, record_level) == {}


@pytest.mark.parametrize("wish", ["public", "nobody", 7, None])
def test_a_wish_wider_than_the_cap_or_unknown_opens_nothing(wish: object) -> None:
    body = EXAMPLES["project"] | {"field_visibility": {"cost_one_off_cents": wish}}
    assert "cost_one_off_cents" not in project("project", body, "public", "public")
    assert level_of("project", body, "cost_one_off_cents", "public") != "public"


def test_what_is_voluntary_is_closed_unless_it_was_opened() -> None:
    fields = KINDS["expertise"].fields
    voluntary = {name for name, field in fields.items() if field.metadata.get("group") == "voluntary"}
    assert voluntary == {"attachments", "languages", "interests", "orcid", "esco"}
    body = EXAMPLES["expertise"] | {"field_visibility": {}}
    assert not voluntary & set(project("expertise", body, "network", "public"))
    assert voluntary <= set(project("expertise", body, "hub", "public"))


def test_each_field_of_a_profile_says_what_it_rests_on() -> None:
    about = {name: field.metadata for name, field in KINDS["expertise"].fields.items() if "group" in field.metadata}
    assert {one["basis"] for one in about.values() if one["group"] == "function"} == {"LDSG-SH-15"}
    assert {one["basis"] for one in about.values() if one["group"] == "voluntary"} == {"DSGVO-6-1-a"}
    technical = {"geo_keys", "license", "last_confirmed_at", "field_visibility"}
    assert set(KINDS["expertise"].fields) - set(about) == technical


def test_the_amount_of_a_funding_stays_at_home_while_the_programme_travels() -> None:
    body = EXAMPLES["project"]
    (row,) = project("project", body, "network", "public")["funding"]
    assert row == {"programme": "Musterprogramm", "call": OTHER, "status": "granted"}
    assert project("project", body, "hub", "public")["funding"] == body["funding"]
    assert "funding" not in project("project", body, "public", "public")
    assert level_of("project", body, "funding", "public") == "network"
    assert level_of("project", body, "funding.call", "public") == "network"
    assert level_of("project", body, "funding.amount_cents", "public") == "hub"
    assert level_of("project", body, "funding.call", "hub") == "hub"


def test_choices_about_fields_that_stay_at_home_stay_there_too() -> None:
    wishes = {"display_name": "hub", "topics": "public"}
    body = EXAMPLES["expertise"] | {"field_visibility": wishes}
    assert project("expertise", body, "network", "public")["field_visibility"] == {"topics": "public"}
    assert "field_visibility" not in project("expertise", body, "public", "public")


def test_the_given_body_is_left_as_it_was() -> None:
    before = json.dumps(EXAMPLES["project"], sort_keys=True)
    project("project", EXAMPLES["project"], "public", "public")
    search_text("project", EXAMPLES["project"], "public")
    assert json.dumps(EXAMPLES["project"], sort_keys=True) == before


def test_a_field_that_was_dropped_in_this_version_is_shown_to_nobody() -> None:
    body = EXAMPLES["project"] | {"budget": "geheim", "field_visibility": {"budget": "public"}}
    for level in LEVELS:
        assert "geheim" not in json.dumps(project("project", body, level, "public"))
    assert references("project", body | {"budget": RECORD}) == references("project", EXAMPLES["project"])


@pytest.mark.parametrize("kind", ALL)
def test_every_fields_level_lies_between_its_bounds(kind: str) -> None:
    for name, field in KINDS[kind].fields.items():
        about = field.metadata
        assert RANK[about["cap"]] <= RANK[about["level"]] <= RANK[about["floor"]], name
        assert about["level"] in levels_between(field)


@pytest.mark.parametrize("kind", ALL)
def test_what_makes_a_record_recognisable_can_not_be_hidden(kind: str) -> None:
    fields = KINDS[kind].fields
    assert all(
        RANK[fields[name].metadata["floor"]] <= RANK["network"]
        for name in ("title", "function", "name")
        if name in fields
    )
