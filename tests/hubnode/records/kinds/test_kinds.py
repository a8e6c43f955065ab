"""What is easily forgotten when a kind is written: labels, hints, widgets, sections, options."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from babel.support import Translations
from flask import Flask
from flask_babel import Babel, force_locale, get_domain

from hubnode.records.kinds import BY_SLUG, KINDS, BodyField, Invalid, check, name_of, options, project
from hubnode.records.kinds.schema import BodySchema, Group, Rows, instance
from tests.hubnode.records.kinds.examples import EXAMPLES

ALL = sorted(KINDS)
WIDGETS = {
    "attachments", "bool", "checkboxes", "date", "clock", "datetime", "days", "decimal", "group", "hidden", "hub",
    "integer", "levels", "lines",
    "money", "radio", "record", "records", "rows", "select", "text", "textarea", "topics", "url",
}  # fmt: skip


def every(schema: BodySchema, above: str = "") -> Iterator[tuple[str, BodyField]]:
    """Every field with its dotted name, those of groups and rows too."""
    for name, field in schema.fields.items():
        assert isinstance(field, BodyField), f"{above}{name} is no BodyField"
        yield above + name, field
        if isinstance(field, Group | Rows):
            yield from every(field.of, f"{above}{name}.")


def test_the_kinds_of_this_version_and_their_addresses() -> None:
    assert {name: kind.slug for name, kind in KINDS.items()} == {
        "project": "projekte",
        "expertise": "expertise",
        "event": "termine",
        "experience_report": "erfahrungen",
        "funding_call": "foerderung",
        "need": "bedarfe",
        "offer": "angebote",
        "reuse": "nachnutzungen",
        "organisation": "organisationen",
    }
    assert list(BY_SLUG) == [kind.slug for kind in KINDS.values()]


@pytest.mark.parametrize("kind", ALL)
def test_every_field_says_what_a_form_needs(kind: str) -> None:
    for path, field in every(KINDS[kind].loader):
        about = field.metadata
        assert str(about["label"]), path
        assert about["widget"] in WIDGETS, path
        assert about["hint"] is None or str(about["hint"]), path
        assert about["search"] in ("head", "body", None), path
        chosen = about["widget"] in ("select", "radio", "checkboxes") and "least" not in about
        assert bool(options(field)) == (chosen or about["widget"] == "checkboxes"), path


@pytest.mark.parametrize("kind", ALL)
def test_every_required_field_says_in_its_own_words_what_to_do(kind: str) -> None:
    texts = [str(field.missing.words) for _, field in every(KINDS[kind].loader) if field.required]
    assert all(text.endswith(".") and not text.startswith("Bitte füllen Sie dieses Feld") for text in texts)


@pytest.mark.parametrize("kind", ALL)
def test_every_field_stands_in_one_section(kind: str) -> None:
    known = KINDS[kind]
    placed = [name for section in known.sections for name in section.fields]
    assert sorted(placed) == sorted(known.fields)
    for section in known.sections:
        assert {known.fields[name].metadata["section"] for name in section.fields} == {section.id}
    assert (known.sections[-1].id, str(known.sections[-1].title)) == ("more", "Weitere Angaben")


@pytest.mark.parametrize("kind", ALL)
def test_nothing_required_is_tucked_away_unless_it_is_filled_in_already(kind: str) -> None:
    known = KINDS[kind]
    for name in known.sections[-1].fields:
        assert not known.fields[name].required or "default" in known.fields[name].metadata


@pytest.mark.parametrize("kind", ALL)
def test_no_part_of_a_row_that_stays_at_home_is_required(kind: str) -> None:
    for path, field in every(KINDS[kind].loader):
        if "." in path and field.metadata["level"] in ("hub", "subject"):
            assert not field.required, path


@pytest.mark.parametrize("kind", ALL)
def test_filled_in_values_are_right_values(kind: str) -> None:
    for path, field in every(KINDS[kind].loader):
        if "default" in field.metadata:
            field.inspect(field.metadata["default"], True)
            assert field.metadata["default"], path


def test_a_kind_whose_sections_forget_a_field_does_not_start() -> None:
    known = KINDS["project"]
    with pytest.raises(TypeError, match="title"):
        type(known)("x", "x", known.label, known.plural, known.schema, known.sections[1:])


def test_a_person_is_called_by_name_where_it_may_be_seen_and_by_function_elsewhere() -> None:
    known, body = KINDS["expertise"], EXAMPLES["expertise"] | {"field_visibility": {}}
    assert known.headline(project("expertise", body, "network", "public")) == {"de": "Dr. Wiebke Musterfrau"}
    assert known.headline(project("expertise", body, "public", "public")) == {"de": "Koordination Online-Dienste"}


@pytest.mark.parametrize(
    ("kind", "headline"),
    [
        ("project", "Freie Parkplätze in Echtzeit"),
        ("event", "Freie Parkplätze in Echtzeit"),
        ("organisation", "Amt Wilstermarsch"),
    ],
)
def test_other_records_are_called_by_title_or_name(kind: str, headline: str) -> None:
    assert KINDS[kind].headline(EXAMPLES[kind])["de"] == headline
    assert KINDS[kind].summary(EXAMPLES[kind])["de"]
    assert KINDS[kind].headline({}) == KINDS[kind].summary({}) == {}


def test_an_event_across_the_change_of_clocks_lasts_as_long_as_it_lasts() -> None:
    event = EXAMPLES["event"] | {"starts_at": "2026-10-25T01:00", "ends_at": "2026-10-25T04:00"}
    event |= {"registration_until": "2026-10-24"}
    del event["cancelled_days"]
    starts, ends = KINDS["event"].when(check("event", event).body)
    assert starts == datetime(2026, 10, 24, 23, 0, tzinfo=UTC)
    assert ends == datetime(2026, 10, 25, 3, 0, tzinfo=UTC)
    assert KINDS["project"].when(EXAMPLES["project"]) == KINDS["event"].when({}) == (None, None)


def test_options_read_in_the_readers_language() -> None:
    app = Flask(__name__)
    Babel(app, default_locale="de")
    field = KINDS["project"].fields["phase"]
    with app.app_context():
        assert name_of(field, "P4") == "Verstetigung"
        with force_locale("en"):
            assert name_of(field, "P4") == "In regular use"
        with force_locale("da"):
            assert name_of(field, "P4") == "Verstetigung"
    assert name_of(field, "P9") == "P9"


def test_errors_read_in_the_readers_language() -> None:
    app = Flask(__name__)
    Babel(app, default_locale="de")
    english = Translations()
    english._catalog = {"Wählen Sie mindestens ein Thema.": "Choose at least one topic."}
    with pytest.raises(Invalid) as refusal:
        check("project", {})
    with app.app_context():
        get_domain().cache["en", "messages"] = english
        assert refusal.value.errors["topics"] == ["Wählen Sie mindestens ein Thema."]
        with force_locale("en"):
            assert refusal.value.errors["topics"] == ["Choose at least one topic."]
    assert refusal.value.errors["topics"] == ["Wählen Sie mindestens ein Thema."]


def test_schemas_are_built_once() -> None:
    assert instance(KINDS["project"].schema) is KINDS["project"].loader
