"""Clearing the files on both databases: when it is due, what it waits for, and that it can be done again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hubnode.db import clear_files, db, reading, transaction
from hubnode.people.viewer import OPERATOR
from hubnode.records import files, removals, scrub, service
from hubnode.records.removal_models import Removal, Scrub
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, close, make_hub
from tests.migrated import migrate

URLS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
LATER = NOW + timedelta(days=1)


@pytest.fixture(params=URLS)
def kiel(request: pytest.FixtureRequest, tmp_path: Path, template: Path) -> Iterator[Hub]:
    """A hub on each database."""
    url = ""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        migrate(url)
    hub = make_hub(tmp_path / "kiel", template, "Kiel", 5993, url)
    yield hub
    close(hub)


def test_an_erasure_is_done_when_the_files_are_clear(kiel: Hub) -> None:
    id = kiel.publish("project", project())
    with kiel.at():
        assert scrub.due(NOW) is None
        service.erase(OPERATOR, id, NOW)
        assert scrub.pending()
        assert reading().scalars(sa.select(Removal.done_at)).one() is None
        assert scrub.scrub(LATER)
        reading().rollback()
        assert not scrub.pending()
        assert reading().scalars(sa.select(Removal.done_at)).one() == LATER


def test_what_is_deleted_during_a_scrub_waits_for_the_next(kiel: Hub) -> None:
    with kiel.at():
        with transaction() as session:
            first = removals.want_scrub(session)
        with transaction() as session:
            second = removals.want_scrub(session)
            removals.scrubbed(session, first, NOW)
        assert second == first + 1
        assert scrub.pending()
        assert scrub.scrub(LATER)
        assert not scrub.pending()


def test_a_scrub_rests_in_proportion_to_what_it_took(kiel: Hub) -> None:
    with kiel.at():
        with transaction() as session:
            removals.want_scrub(session)
            session.execute(sa.update(Scrub).values(tried_at=NOW, took_ms=10_000))
        assert scrub.due(NOW + timedelta(seconds=299)) is None
        assert not scrub.scrub(NOW + timedelta(seconds=299))
        assert scrub.due(NOW + timedelta(seconds=300)) is not None


def test_bytes_of_a_file_that_a_killed_process_left_are_gone_too(kiel: Hub) -> None:
    id = kiel.publish("project", project())
    with kiel.at():
        left = files.store().path("0" * 64)
        left.parent.mkdir(parents=True)
        left.write_bytes(b"a picture")
        service.erase(OPERATOR, id, NOW)
        assert scrub.scrub(LATER)
    assert not left.exists()


def test_files_are_not_cleared_inside_a_transaction(kiel: Hub) -> None:
    with kiel.at(), transaction(), pytest.raises(RuntimeError):
        clear_files([])


COUNT = 150


@pytest.mark.parametrize("seed", [1])
def test_cells_that_moved_between_pages_leave_no_copy_behind(tmp_path: Path, template: Path, seed: int) -> None:
    """In these runs, deleting, merging the index and emptying the write-ahead log leave a word in the gap of a page."""
    hub = make_hub(tmp_path / "hub", template, "Kiel", 5994)
    chance = random.Random(seed)  # noqa: S311 - the same in every run
    with hub.at():
        ids = service.publish_all(OPERATOR, [document(number, chance) for number in range(COUNT)], NOW)
        for number in chance.choices(range(COUNT), k=COUNT):
            service.publish_all(OPERATOR, [document(number, chance) | {"id": ids[number]}], NOW)
        gone = chance.sample(range(COUNT), COUNT // 2)
        for number in gone:
            service.erase(OPERATOR, ids[number], NOW)
        assert scrub.scrub(LATER)
        db.session.remove()
    held = b"".join(path.read_bytes() for path in hub.settings.instance.glob("hub.db*")).lower()
    assert held.count(b"kanarie") > COUNT
    assert [number for number in gone if word(number).lower().encode() in held] == []
    close(hub)


def word(number: int) -> str:
    """A word that one record alone has."""
    return f"Kanarie{number:04d}x"


def document(number: int, chance: random.Random) -> dict[str, Any]:
    """A record to import, of some length."""
    solution = {"de": "Wort " * chance.randrange(1, 90)}
    challenge = {"de": f"{word(number)} " * chance.randrange(1, 30)}
    body = project(title=word(number), solution=solution, challenge=challenge)
    return {"kind": "project", "visibility": "public", "body": body}
