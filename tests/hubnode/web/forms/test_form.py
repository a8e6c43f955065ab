"""A form holds every body, whatever its kind, and gives it back as it was."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from hubnode.records.kinds import KINDS, Invalid, check
from hubnode.web.forms import form, rows
from hubnode.web.forms.page import Choice, Typed
from hubnode.web.forms.parts import WIDGETS
from tests.hubnode.hubs import Hub
from tests.hubnode.records.kinds import strategies
from tests.hubnode.records.kinds.examples import EXAMPLES


def nothing_offered(target: str | None) -> list[Choice]:
    """No records and no hubs to choose from."""
    return []


def without_empty(body: dict[str, Any]) -> dict[str, Any]:
    """The body as a form sends it: what is empty is not there."""
    return {name: value for name, value in body.items() if value != {}}


@pytest.mark.parametrize("kind", KINDS)
def test_a_complete_body_comes_back_as_it_was(kind: str) -> None:
    typed = form.sent(KINDS[kind], form.filled(KINDS[kind], EXAMPLES[kind]))
    assert form.body(KINDS[kind], typed) == without_empty(EXAMPLES[kind])


@settings(max_examples=40, deadline=None)
@given(strategies.chances)
def test_any_body_is_the_same_however_often_it_is_shown(rng: Random) -> None:
    for name, kind in KINDS.items():
        once = form.body(kind, form.sent(kind, form.filled(kind, strategies.body(rng, name))))
        assert form.body(kind, form.sent(kind, form.filled(kind, once))) == once


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_a_widget(kind: str) -> None:
    assert {field.metadata["widget"] for field in KINDS[kind].fields.values()} <= set(WIDGETS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_of_an_empty_record_leads_to_its_field(hub: Hub, kind: str) -> None:
    with hub.app.test_request_context(), pytest.raises(Invalid) as invalid:
        check(kind, {})
    with hub.app.test_request_context():
        shown = form.shown(KINDS[kind], {}, nothing_offered, invalid.value.errors)
    assert len(shown.wrong) == sum(map(len, invalid.value.errors.values()))
    assert all(wrong.path for wrong in shown.wrong)


def test_an_error_that_no_field_claims_is_still_said(hub: Hub) -> None:
    with hub.app.test_request_context():
        shown = form.shown(KINDS["project"], {}, nothing_offered, {"unheard_of": ["Das gibt es nicht."]})
    assert [(wrong.path, wrong.words) for wrong in shown.wrong] == [("", "Das gibt es nicht.")]


def test_an_error_in_a_row_names_the_row(hub: Hub) -> None:
    typed = {"impact.0.indicator.de": ["Tage"], "impact.1.target": ["viel"]}
    with hub.app.test_request_context():
        shown = form.shown(KINDS["project"], typed, nothing_offered, {"impact.1.target": ["Geben Sie eine Zahl ein."]})
    assert [(wrong.path, wrong.label) for wrong in shown.wrong] == [("impact.1.target", "Wirkung, Eintrag 2, Zielwert")]


def test_what_cant_be_understood_stays_as_typed() -> None:
    typed = {"start": ["1"], "start-m": ["Mai"], "start-j": ["2026"], "cost_one_off_cents": ["viel"]}
    assert form.body(KINDS["project"], typed) == {"start": "1.Mai.2026", "cost_one_off_cents": "viel"}


def test_other_languages_are_kept() -> None:
    body = {"title": {"de": "Moin", "en": "Hello", "nds": "Moin moin"}}
    assert form.body(KINDS["project"], form.filled(KINDS["project"], body)) == body


ROWS: Typed = {
    "impact.0.indicator.de": ["a"],
    "impact.2.indicator.de": [" "],
    "impact.2.measured_on-m": [""],
    "impact.7.measured_on-m": ["5"],
    "partners.1": ["https://a.example/r/1"],
    "partners.0": [""],
    "title.de": [""],
}


def test_empty_rows_go_and_the_others_close_up() -> None:
    assert rows.compact(KINDS["project"].fields, ROWS) == {
        "impact.0.indicator.de": ["a"],
        "impact.1.measured_on-m": ["5"],
        "partners.0": ["https://a.example/r/1"],
        "title.de": [""],
    }


def test_a_removed_row_takes_only_its_own_inputs() -> None:
    left = form.sent(KINDS["project"], {f"impact.{n}.indicator.de": [str(n)] for n in range(12)}, "impact.1")
    assert left["impact.1.indicator.de"] == ["2"]
    assert left["impact.10.indicator.de"] == ["11"]
    assert len(left) == 11


def test_two_states_of_a_form_are_compared_field_by_field() -> None:
    mine = form.filled(KINDS["project"], {"title": {"de": "Neu"}, "phase": "P1", "start": "2026-01-01"})
    theirs = form.filled(KINDS["project"], {"title": {"de": "Alt"}, "phase": "P1"})
    found = form.differences(KINDS["project"], theirs, mine)
    assert [(str(one.label), one.theirs, one.mine) for one in found] == [
        ("Titel", "Alt", "Neu"),
        ("Beginn", "", "01\n01\n2026"),
    ]
