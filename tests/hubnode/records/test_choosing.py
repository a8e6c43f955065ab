"""Whether a record passes what was chosen: by properties, and the one spelling of a choice."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import canonical
from hubnode.records import choosing, vocabulary
from hubnode.records.choosing import ALL, BadChoice, Choice, Rule
from hubnode.records.kinds import KINDS

TOPICS = sorted(vocabulary.shared().concepts)
kinds = st.sampled_from(sorted(KINDS))
topics = st.sampled_from(TOPICS)
several_kinds = st.none() | st.frozensets(kinds)
several_topics = st.none() | st.frozensets(topics, min_size=1)
rules = st.builds(Rule, several_kinds, several_topics)
choices = st.builds(Choice, rules, rules)
bodies = st.fixed_dictionaries({}, optional={"topics": st.lists(topics, max_size=5), "title": st.just({"de": "Titel"})})


@given(kinds, bodies)
def test_nothing_chosen_takes_and_shows_everything(kind: str, body: dict[str, Any]) -> None:
    assert ALL.takes(kind, body)
    assert ALL.shows(kind, body)


@given(rules, kinds, st.lists(topics, max_size=5))
def test_a_record_passes_exactly_by_its_kind_and_by_one_of_its_topics_or_what_is_above_it(
    rule: Rule, kind: str, about: list[str]
) -> None:
    of_kind = rule.kinds is None or kind in rule.kinds
    of_topic = rule.topics is None or any(rule.topics & {topic, *vocabulary.broader(topic)} for topic in about)
    assert rule.passes(kind, about) == (of_kind and of_topic)


@given(rules, rules, kinds, st.lists(topics, max_size=5))
def test_a_wider_rule_never_takes_less(rule: Rule, more: Rule, kind: str, about: list[str]) -> None:
    wider = Rule(
        None if rule.kinds is None or more.kinds is None else rule.kinds | more.kinds,
        None if rule.topics is None or more.topics is None else rule.topics | more.topics,
    )
    assert wider.passes(kind, about) or not rule.passes(kind, about)


@given(choices, kinds, bodies)
def test_without_its_body_a_record_is_refused_only_where_its_kind_is(
    choice: Choice, kind: str, body: dict[str, Any]
) -> None:
    assert choice.takes(kind, None) or not choice.takes(kind, body)
    assert choice.takes(kind, None) == choice.taken.passes_kind(kind)
    assert choice.shows(kind, None) == choice.shown.passes_kind(kind)


@given(choices)
def test_a_choice_has_one_spelling_and_comes_back_from_it(choice: Choice) -> None:
    assert choosing.decode(choosing.encode(choice)) == choice


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_topics_are_read_from_whatever_a_hub_has_signed(value: Any) -> None:
    assert all(isinstance(topic, str) for topic in choosing.topics_of({"topics": value}))


def test_a_record_without_topics_passes_only_where_no_topics_are_chosen() -> None:
    assert Rule(frozenset({"organisation"})).passes("organisation", ())
    assert not Rule(None, frozenset({"focus-mobility"})).passes("organisation", ())


def test_a_topic_of_a_later_vocabulary_is_about_nothing_chosen_here() -> None:
    assert not Rule(None, frozenset({"focus-mobility"})).passes("project", ["flying-taxis"])
    assert Rule().passes("project", ["flying-taxis"])


FULL = {"v": 1, "taken": {"kinds": ["project"], "topics": None}, "shown": {"kinds": None, "topics": ["mobility"]}}
WRONG = {
    "an unknown kind": FULL | {"taken": {"kinds": ["poem"], "topics": None}},
    "an unknown topic": FULL | {"shown": {"kinds": None, "topics": ["flying-taxis"]}},
    "no topic at all": FULL | {"shown": {"kinds": None, "topics": []}},
    "an unknown member": FULL | {"more": True},
    "an unknown member of a rule": FULL | {"taken": {"kinds": None, "topics": None, "hubs": None}},
    "a missing part": {"v": 1, "taken": {"kinds": None, "topics": None}},
    "a missing half of a rule": FULL | {"taken": {"kinds": None}},
    "another version": FULL | {"v": 2},
    "a list for an object": [FULL],
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_choice_is_refused(what: str) -> None:
    assert choosing.decode(canonical.encode(FULL)).takes("project", {"topics": []})
    with pytest.raises(BadChoice):
        choosing.decode(canonical.encode(WRONG[what]))  # type: ignore[arg-type]


def test_what_a_person_chose_is_checked_the_same_way() -> None:
    assert choosing.rule(["event", "project"], None) == Rule(frozenset({"project", "event"}))
    for kinds_, topics_ in ((["poem"], None), (None, ["flying-taxis"]), (None, [])):
        with pytest.raises(BadChoice):
            choosing.rule(kinds_, topics_)
