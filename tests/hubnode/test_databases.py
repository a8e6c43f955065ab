"""The same walk on both databases: publish, copy, revise, withdraw, erase, rebuild; and the migrations beneath."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from hubnode.db import Base, reading, transaction
from hubnode.network import status
from hubnode.people import accounts, feed_keys
from hubnode.people.viewer import ANONYMOUS, OPERATOR, Viewer
from hubnode.records import imports, replica, service
from hubnode.records import reading as records
from hubnode.records.models import Log, Record
from migrations import tables
from migrations.runner import downgrade, upgrade
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, carry, close, make_hub, pin
from tests.migrated import migrate

URLS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(params=URLS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    address: str = request.getfixturevalue("postgres_url")
    return address


@pytest.fixture
def kiel(url: str, tmp_path: Path, wilster: Hub) -> Iterator[Hub]:
    """A hub on the database under test that knows Wilster, and is known there."""
    migrate(url)
    hub = make_hub(tmp_path / "kiel", Path(), "Kiel", 5993, url)
    pin(hub, wilster)
    pin(wilster, hub)
    yield hub
    close(hub)


def test_what_programs_hold_is_the_same_on_both(kiel: Hub) -> None:
    """A feed key opens and ends, an import is done once, and a glance sees that something has changed."""
    with kiel.at():
        before = records.stamp()
        account = accounts.add("bob@kiel.example", "Bob", "coordinator", "Deichgraf reitet Schimmel", NOW)
        bob = Viewer("hub", "coordinator", account.id)
        key = feed_keys.make(bob, "Kalender", "art=projekte", "", NOW)
        assert feed_keys.opened(key, NOW).asked == "art=projekte"
        feed_keys.tidy(NOW + timedelta(days=401))
        with pytest.raises(feed_keys.EndedKey):
            feed_keys.opened(key, NOW)
        one = imports.wanted(bob, "eins", b"[]")
        document = {"kind": "project", "visibility": "public", "body": project()}
        made = imports.publish(one, [document], lambda found: found[0].id.encode(), NOW)
        assert imports.answered(one, NOW) == made
        with pytest.raises(imports.UnderWay):
            imports.publish(one, [document], lambda found: found[0].id.encode(), NOW)
        assert records.find(ANONYMOUS, records.Browse()).total == 1
        imports.tidy(NOW + timedelta(hours=25))
        assert imports.answered(one, NOW) is None
        assert records.stamp() > before


def test_a_record_walks_between_databases_and_back(kiel: Hub, wilster: Hub) -> None:
    mine, theirs = kiel.publish("project", project()), wilster.publish("project", project(title="Aus Wilster"))
    kiel.revise(mine, title={"de": "Geändert in Kiel"})
    gone = kiel.publish("project", project(title="Verschwindet"))
    with kiel.at():
        service.withdraw(OPERATOR, gone, NOW + timedelta(hours=1))
        service.erase(OPERATOR, gone, NOW + timedelta(hours=2))
    carry(kiel, wilster)
    carry(wilster, kiel)
    for hub, other, id in ((kiel, wilster, theirs), (wilster, kiel, mine)):
        with hub.at():
            assert records.get(ANONYMOUS, "project", id, other.origin).rev >= 1
            assert records.find(ANONYMOUS, records.Browse()).total == 2
            assert status.verify(reading()) == []
    assert digests(kiel) == digests(wilster)


def digests(hub: Hub) -> dict[str, str]:
    """The digest of every log as this hub shows it."""
    with hub.at():
        return {held.origin: held.digest for held in status.held(reading())}


def test_a_copy_is_rebuilt_from_its_log(kiel: Hub, wilster: Hub) -> None:
    for number in range(3):
        wilster.publish("project", project(title=f"Vorhaben {number}"))
    carry(wilster, kiel)
    before = digests(kiel)
    with kiel.at(), transaction() as session:
        replica.refold(session, session.scalars(sa.select(Log).where(~Log.own)).one(), NOW)
    assert digests(kiel) == before
    with kiel.at():
        assert records.find(ANONYMOUS, records.Browse(text="vorhaben")).total == 3


def test_writers_at_once_lose_nothing(kiel: Hub) -> None:
    def publish(number: int) -> None:
        kiel.publish("project", project(title=f"Gleichzeitig {number}"))

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with kiel.at():
        assert reading().scalar(sa.select(sa.func.count()).select_from(Record)) == 6
        assert status.verify(reading()) == []
        assert next(held.size for held in status.held(reading()) if held.origin == kiel.origin) == 6


def test_the_migrations_make_what_the_models_say(url: str) -> None:
    assert tables.records
    upgrade(url)
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_name": lambda name, kind, _: not (kind == "table" and name.startswith("search_text"))},
        )
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_the_migrations_go_down_and_up_again(url: str) -> None:
    upgrade(url)
    downgrade(url, "base")
    engine = sa.create_engine(url)
    assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}
    engine.dispose()
    upgrade(url)
