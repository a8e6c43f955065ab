"""The shared topics: whole, without circles, in two languages, and true to ids of earlier versions."""

from __future__ import annotations

from typing import Any

import pytest

from hubnode.records import vocabulary
from hubnode.records.vocabulary import BrokenVocabulary

ANNOUNCED = {
    "Exzellente digitale Verwaltungsdienstleistungen",
    "Digitale Gesundheitsversorgung",
    "Umwelt",
    "Breitbandversorgung",
    "Onlinezugangsgesetz (OZG)",
    "Fachverfahren",
    "IT-Kooperation",
    "Rechenzentrumsbetrieb",
    "Schul-IT",
    "Strukturwandel",
    "Parkplatzsensoren",
    "Digitale Bildungsangebote",
    "Fördermittelberatung",
    "Digitalisierungsstrategie",
    "Data Science",
}


def document(*concepts: dict[str, Any], focus: dict[str, Any] | None = None) -> dict[str, Any]:
    """A vocabulary of these topics."""
    scheme = {"version": "1", "top_concepts": [concepts[0]["id"]], "focus": focus or {}}
    return {"scheme": scheme, "concepts": list(concepts)}


def topic(id: str, broader: str | None = None, **more: Any) -> dict[str, Any]:
    """A topic."""
    return {"id": id, "de": id, "en": id, "broader": broader, "origin": "test"} | more


def test_every_topic_has_two_names_and_leads_to_the_top() -> None:
    for id, concept in vocabulary.shared().concepts.items():
        assert vocabulary.label(id, "de") == concept.names["de"] != ""
        assert vocabulary.label(id, "en") == concept.names["en"] != ""
        assert (id, *vocabulary.broader(id))[-1] in vocabulary.TOP


def test_every_term_of_the_announcement_is_a_topic() -> None:
    names = [concept.names["de"] for concept in vocabulary.shared().concepts.values()]
    assert set(names) >= ANNOUNCED
    assert len(names) == len(set(names))


def test_narrower_goes_all_the_way_down_and_broader_up() -> None:
    assert "parking-sensors" in vocabulary.narrower("focus-mobility")
    assert vocabulary.broader("parking-sensors") == ("traffic-management", "mobility", "focus-mobility")
    assert vocabulary.narrower("parking-sensors") == ()


def test_a_third_language_falls_back_to_german() -> None:
    assert vocabulary.label("water", "da") == "Wasser"
    assert vocabulary.short("environment", "en") == "Environment"
    assert vocabulary.short("focus-admin") == "Digitale Verwaltung"
    assert vocabulary.short("water") == "Wasser"


def test_environment_is_a_focus_area_of_its_own() -> None:
    assert vocabulary.focus_of("water") == "environment"
    assert vocabulary.focus_of("open-data") == "cross-cutting"
    assert vocabulary.focus_of("focus-health") == "focus-health"
    assert vocabulary.look("telemedicine").css == "f-gesundheit"


def test_a_form_offers_every_topic_exactly_once() -> None:
    offered = [id for area, below in vocabulary.tree() for id in (area, *below)]
    assert sorted(offered) == sorted(vocabulary.shared().concepts)


def test_an_unknown_topic_has_its_own_error() -> None:
    assert not vocabulary.exists("no-such-topic")
    with pytest.raises(vocabulary.UnknownTopic):
        vocabulary.label("no-such-topic", "de")


def test_a_renamed_topic_is_answered_for_under_its_old_id(monkeypatch: pytest.MonkeyPatch) -> None:
    renamed = vocabulary.read(
        document(topic("top"), topic("old", "top", replaced_by="new"), topic("new", "top"), topic("below", "new"))
    )
    monkeypatch.setattr(vocabulary, "shared", lambda: renamed)
    assert vocabulary.exists("old")
    assert vocabulary.current("old") == "new"
    assert vocabulary.narrower("old") == ("below",)
    assert vocabulary.narrower("top") == ("new", "below")


@pytest.mark.parametrize(
    ("concepts", "says"),
    [
        ([topic("a", "b"), topic("b", "a")], "circle"),
        ([topic("a", "a")], "circle"),
        ([topic("a", replaced_by="b"), topic("b", replaced_by="a")], "circle"),
        ([topic("a", "b")], "unknown"),
        ([topic("a", replaced_by="b")], "unknown"),
        ([topic("a"), topic("a")], "twice"),
        ([topic("a", en="")], "English"),
    ],
)
def test_a_broken_vocabulary_is_refused(concepts: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(BrokenVocabulary, match=says):
        vocabulary.read(document(*concepts))


def test_a_look_for_an_unknown_topic_is_refused() -> None:
    with pytest.raises(BrokenVocabulary, match="lost"):
        vocabulary.read(document(topic("a"), focus={"lost": {"css": "", "icon": "", "short": {}}}))
