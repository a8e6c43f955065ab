"""Records that resemble one, for readers and for writers; nobody meets what is above them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hubnode.db import transaction
from hubnode.people.viewer import ANONYMOUS, OPERATOR, Viewer
from hubnode.records import alike, copies, service
from hubnode.records import reading as records
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, carry
from tests.hubnode.records.test_evidence import person

NETWORK, HUB = Viewer(level="network"), Viewer(level="hub")
FAR = {"public": 0, "network": 1, "hub": 2}


def titles(found: list[alike.Alike]) -> list[str]:
    """What was found, by name."""
    return [one.record.headline["de"] for one in found]


def like(hub: Hub, id: str, viewer: Viewer = HUB, **more: Any) -> list[alike.Alike]:
    """What resembles this own record."""
    with hub.at():
        return alike.of(viewer, records.of_number(viewer, id), **more)


def paid_by(*programmes: str) -> list[dict[str, str]]:
    """Rows of funding."""
    return [{"programme": programme, "status": "granted"} for programme in programmes]


def test_a_record_is_like_those_that_share_its_topics_and_never_like_itself(wilster: Hub) -> None:
    id = wilster.publish("project", project("Parken an der Au", topics=["parking-sensors"]))
    wilster.publish("project", project("Parken am Markt", topics=["parking-sensors"]))
    wilster.publish("project", project("Akten im Amt", topics=["ozg"], summary={"de": "Formulare."}))
    found = like(wilster, id)
    assert titles(found)[0] == "Parken am Markt"
    assert "Parken an der Au" not in titles(found)
    assert found[0].topics == ("parking-sensors",)


def test_other_hubs_records_are_among_them_and_what_the_page_names_anyway_is_not(wilster: Hub, rendsburg: Hub) -> None:
    id = wilster.publish("project", project("Parken hier"))
    there = rendsburg.publish("project", project("Parken dort"))
    carry(rendsburg, wilster)
    assert titles(like(wilster, id)) == ["Parken dort"]
    assert like(wilster, id, besides=[f"{rendsburg.origin}/r/{there}"]) == []
    with wilster.at(), transaction() as session:
        copies.hide(session, rendsburg.origin)
    assert like(wilster, id) == []


@pytest.mark.parametrize("level", FAR)
@pytest.mark.parametrize("viewer", [ANONYMOUS, NETWORK, HUB], ids=lambda viewer: viewer.level)
def test_nothing_above_the_viewer_is_told(wilster: Hub, viewer: Viewer, level: str) -> None:
    id = wilster.publish("project", project("Parken für alle"))
    wilster.publish("project", project("Parken im Stillen"), level)
    expected = ["Parken im Stillen"] if FAR[level] <= FAR[viewer.level] else []
    assert titles(like(wilster, id, viewer)) == expected
    with wilster.at():
        found = alike.of_draft(viewer, "project", project("Parken"))
    assert ("Parken im Stillen" in titles(found)) == bool(expected)


def test_the_same_funding_is_said_and_finds_what_shares_nothing_else(wilster: Hub) -> None:
    id = wilster.publish("project", project("Parken", funding=paid_by("Smarte  Region", "Kreis")))
    wilster.publish("project", project("Akten", topics=["ozg"], funding=paid_by("smarte region")))
    wilster.publish("project", project("Regionaler smarter Unsinn", topics=["ozg"], funding=paid_by("Smarte Region 2")))
    found = {one.record.headline["de"]: one.programmes for one in like(wilster, id)}
    assert found["Akten"] == ("Smarte  Region",)
    assert not found.get("Regionaler smarter Unsinn")


def test_funding_that_the_viewer_may_not_see_says_nothing(wilster: Hub) -> None:
    """Here the naming field is above strangers, in both records or in one of them."""
    seen, unseen = {"funding": "network"}, {"funding": "hub"}
    id = wilster.publish("project", project("Parken", funding=paid_by("Geheimtopf"), field_visibility=seen))
    body = project("Akten", topics=["ozg"], funding=paid_by("Geheimtopf"), field_visibility=unseen)
    wilster.publish("project", body)
    for viewer, expected in ((ANONYMOUS, []), (NETWORK, []), (HUB, ["Geheimtopf"])):
        told = [name for one in like(wilster, id, viewer) for name in one.programmes]
        assert told == expected, viewer.level


def test_the_place_for_the_same_funding_is_the_last_and_there_are_never_more_than_asked_for(wilster: Hub) -> None:
    id = wilster.publish("project", project("Parken", funding=paid_by("Smarte Region")))
    for number in range(6):
        wilster.publish("project", project(f"Parken {number}"))
    wilster.publish("project", project("Akten", topics=["ozg"], funding=paid_by("Smarte Region")))
    found = titles(like(wilster, id, limit=4))
    assert len(found) == 4
    assert found[-1] == "Akten"


def test_what_is_withdrawn_or_erased_resembles_nothing(wilster: Hub) -> None:
    id = wilster.publish("project", project("Parken"))
    gone = [wilster.publish("project", project(f"Parken {n}", funding=paid_by("Topf"))) for n in (1, 2)]
    with wilster.at():
        service.withdraw(OPERATOR, gone[0], NOW + timedelta(hours=1))
        service.erase(OPERATOR, gone[1], NOW + timedelta(hours=1))
    assert like(wilster, id) == []
    with wilster.at():
        assert alike.of_draft(HUB, "project", project("Parken", funding=paid_by("Topf")), besides=[]) != []
        draft = alike.of_draft(HUB, "project", project("Parken"), besides=[f"{wilster.origin}/r/{id}"])
        assert draft == []


def test_a_draft_is_compared_without_being_kept(wilster: Hub) -> None:
    wilster.publish("project", project("Parkplatzsensoren"))
    with wilster.at():
        found = alike.of_draft(HUB, "project", {"title": {"de": "Sensoren"}, "topics": ["parking-sensors"]})
        assert titles(found) == ["Parkplatzsensoren"]
        assert records.find(HUB, records.Browse(text="Sensoren")).total <= 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": "kein Text", "topics": "kein Thema"},
        {
            "title": {"de": 7},
            "topics": [["verschachtelt"], {"a": 1}, "gibt-es-nicht"],
            "funding": [3, {"programme": 4}],
        },
        {"title": {"de": "x" * 100_000}, "summary": {"de": "\x00\u202e" * 5_000}},
    ],
)
def test_an_unfinished_or_broken_draft_is_like_nothing_and_breaks_nothing(wilster: Hub, body: dict[str, Any]) -> None:
    wilster.publish("project", project("Parkplatzsensoren"))
    with wilster.at():
        assert alike.of_draft(HUB, "project", body) == []


def test_people_and_organisations_resemble_nothing(wilster: Hub) -> None:
    id = wilster.publish("expertise", person())
    wilster.publish("project", project(topics=["ozg"]))
    assert like(wilster, id) == []
