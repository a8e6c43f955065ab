"""What a search finds, what a filter counts, and which records a body names."""

from __future__ import annotations

from hubnode.records.kinds import facets, references, search_text
from tests.hubnode.records.kinds.examples import EXAMPLES, OTHER, RECORD


def test_title_and_topic_names_are_head_words_and_wider_topics_body_words() -> None:
    public, network, hub = search_text("project", EXAMPLES["project"], "public")
    assert [public.level, network.level, hub.level] == ["public", "network", "hub"]
    assert {"Freie Parkplätze in Echtzeit", "Free parking in real time", "Parkplatzsensoren", "Parking sensors"} <= set(
        public.head.split("\n")
    )
    assert {"Verkehrssteuerung", "Mobilität", "Suchverkehr", "LoRaWAN", "Vergabeunterlagen"} <= set(
        public.body.split("\n")
    )
    assert "Musterprogramm" in network.body
    assert "Musterprogramm" not in public.body


def test_names_of_options_are_found_in_both_languages() -> None:
    words = search_text("event", EXAMPLES["event"], "public")[0].body.split("\n")
    assert {"Werkstatt", "Workshop", "Bürgerinnen und Bürger", "Citizens"} <= set(words)


def test_a_hidden_name_is_found_only_where_it_is_shown() -> None:
    body = EXAMPLES["expertise"] | {"field_visibility": {"display_name": "hub"}}
    public, network, hub = search_text("expertise", body, "public")
    assert "Musterfrau" not in public.head + public.body + network.head + network.body
    assert "Wiebke Musterfrau" in hub.head


def test_facets_count_topics_by_their_current_id_and_regions_by_district() -> None:
    found = facets("project", EXAMPLES["project"], "public")
    assert ("topic", "parking-sensors", "public") in found
    assert ("phase", "P4", "public") in found
    assert [entry for entry in found if entry[0] == "geo"] == [("geo", "01061", "public")]
    assert len(found) == len(set(found))


def test_facets_of_an_organisation_and_of_expertise() -> None:
    assert {("org_kind", "amt", "public"), ("geo", "01061", "public")} <= set(
        facets("organisation", EXAMPLES["organisation"], "public")
    )
    expertise = facets("expertise", EXAMPLES["expertise"], "public")
    assert {("offer", "peer_call", "network"), ("topic", "ozg", "public"), ("language", "nds", "network")} <= set(
        expertise
    )


def test_every_record_named_is_a_reference_with_its_place() -> None:
    assert set(references("project", EXAMPLES["project"])) == {
        ("lead_organisation", RECORD),
        ("partners", OTHER),
        ("contact_person", RECORD),
        ("funding.call", OTHER),
    }
    assert set(references("event", EXAMPLES["event"])) == {
        ("hosts", RECORD),
        ("speakers", OTHER),
        ("related_project", RECORD),
        ("related_report", OTHER),
    }
    assert references("organisation", EXAMPLES["organisation"]) == []
