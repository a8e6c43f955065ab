"""Evidence, what is alike, and saved searches give the same answers on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hubnode.people import accounts
from hubnode.people.viewer import OPERATOR, Viewer
from hubnode.records import alike, evidence, saved, service
from hubnode.records import reading as records
from hubnode.records.evidence import About
from hubnode.records.reading import Browse
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, close, make_hub
from tests.hubnode.records.test_evidence import person
from tests.migrated import migrate

URLS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(params=URLS)
def kiel(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hub]:
    """A hub, once on each database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else f"sqlite:///{tmp_path / 'a.db'}"
    migrate(url)
    hub = make_hub(tmp_path / "kiel", Path(), "Kiel", 5993, url)
    yield hub
    close(hub)


def test_people_are_found_through_what_they_did(kiel: Hub) -> None:
    wiebke = f"{kiel.origin}/r/{kiel.publish('expertise', person())}"
    for title, topics in (("Bürgerkoffer", ["ozg"]), ("Parkplatzsensoren", ["parking-sensors"])):
        kiel.publish("project", project(title, topics=topics, contact_person=wiebke))
    viewer = Viewer(level="hub")
    with kiel.at():
        assert evidence.of(viewer, [wiebke])[wiebke].total == 2
        assert evidence.of(viewer, [wiebke], About("Buergerkoffer"))[wiebke].total == 1
        assert evidence.of(viewer, [wiebke], About(topics=["ozg"]))[wiebke].total == 1
        assert [one.person.uri for one in evidence.behind(viewer, About("Bürgerkoffer"))] == [wiebke]


def test_what_is_alike_is_found_by_words_and_by_funding(kiel: Hub) -> None:
    money = [{"programme": "Smarte Region", "status": "granted"}]
    id = kiel.publish("project", project("Parkplatzsensoren am Hafen", funding=money))
    kiel.publish("project", project("Sensoren für Parkplätze", topics=["ozg"]))
    kiel.publish("project", project("Akten", topics=["ozg"], summary={"de": "Ordnung"}, funding=money,
                                    challenge={"de": "Papier"}, solution={"de": "Scannen"}))  # fmt: skip
    viewer = Viewer(level="hub")
    with kiel.at():
        found = alike.of(viewer, records.of_number(viewer, id))
        assert [one.record.headline["de"] for one in found] == ["Sensoren für Parkplätze", "Akten"]
        assert [one.programmes for one in found] == [(), ("Smarte Region",)]
        draft = alike.of_draft(viewer, "project", {"title": {"de": "Parkplatzsensoren im Boden"}})
        assert "Sensoren für Parkplätze" in [one.record.headline["de"] for one in draft]


def test_a_saved_search_knows_what_is_new(kiel: Hub) -> None:
    with kiel.at():
        account = accounts.add("charlie@kiel.example", "Charlie", "staff", "Deichgraf reitet Schimmel", NOW)
    viewer, asked = Viewer(level="hub", role="staff", account_id=account.id), Browse(kinds=("project",), text="Parken")
    kiel.publish("project", project("Parken"))
    with kiel.at():
        kept = saved.save(viewer, "project", "q=Parken", "Parken", asked, NOW)
        assert saved.news(viewer, kept.id, asked).count == 0
    new = kiel.publish("project", project("Parken am Markt"))
    with kiel.at():
        news = saved.news(viewer, kept.id, asked)
        assert (news.count, news.total, [one.id for one in news.newest]) == (1, 2, [new])
        service.erase(OPERATOR, new, NOW + timedelta(hours=1))
        assert saved.news(viewer, kept.id, asked).count == 0
        saved.look(viewer, kept.id, asked, NOW + timedelta(hours=2))
        assert saved.get(viewer, kept.id).looked_at == NOW + timedelta(hours=2)
