"""A whole harvest of very many records that change meanwhile, by another's client, on both databases.

``HUBNODE_TEST_HARVEST=10000`` harvests ten thousand.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from hubnode.db import reading
from hubnode.feeds.oai.answers import PAGE
from hubnode.people.viewer import OPERATOR
from hubnode.records import service
from hubnode.records.models import Record
from tests import serving
from tests.harvester import Harvested, Sickle
from tests.hubnode.feeds import bodies
from tests.hubnode.hubs import NOW, Hub, close, make_hub
from tests.migrated import migrate

RECORDS = int(os.environ.get("HUBNODE_TEST_HARVEST", "240"))
EACH = 37
"""After so many harvested records something changes; what changes after the last answer is in the next harvest."""


def _hub(folder: Path, template: Path, port: int, url: str = "") -> Iterator[Hub]:
    hub = make_hub(folder, template, "Wilster", port, url, pages=True)
    with serving.served(hub.app, port):
        yield hub
    close(hub)


@pytest.fixture
def on_sqlite(tmp_path: Path, template: Path, free_port: int) -> Iterator[Hub]:
    """A hub with SQLite, really served."""
    yield from _hub(tmp_path / "wilster", template, free_port)


@pytest.fixture
def on_postgres(tmp_path: Path, template: Path, free_port: int, postgres_url: str) -> Iterator[Hub]:
    """A hub with PostgreSQL, really served."""
    migrate(postgres_url)
    yield from _hub(tmp_path / "wilster", template, free_port, postgres_url)


def fill(hub: Hub, count: int) -> list[str]:
    """Publish so many events; answers their ids."""
    ids: list[str] = []
    with hub.at():
        for first in range(0, count, 500):
            titles = [f"Termin {number}" for number in range(first, min(first + 500, count))]
            documents = [
                {"kind": "event", "visibility": "public", "body": bodies.event(title={"de": title})} for title in titles
            ]
            ids += service.publish_all(OPERATOR, documents, NOW)
    return ids


class Changes:
    """Somebody who changes records while others harvest."""

    def __init__(self, hub: Hub, ids: list[str]) -> None:
        self.hub, self.ids, self.random, self.now = hub, list(ids), Random(20261122), NOW  # noqa: S311 - the same changes each time

    def one(self) -> None:
        """Revise, withdraw, erase, narrow or add a record, whichever comes."""
        self.now += timedelta(minutes=1)
        id = self.random.choice(self.ids)
        match self.random.randrange(6):
            case 0:
                self.hub.publish("event", bodies.event(title={"de": f"Neu {self.now}"}), now=self.now)
            case 1:
                self.ids.remove(id)
                with self.hub.at():
                    service.withdraw(OPERATOR, id, self.now)
            case 2:
                self.ids.remove(id)
                with self.hub.at():
                    service.erase(OPERATOR, id, self.now)
            case 3:
                self.ids.remove(id)
                self.hub.revise(id, self.now, "network")
            case _:
                self.hub.revise(id, self.now, title={"de": f"Geändert {self.now}"})


class Store:
    """What a harvester keeps: by identifier the title, or nothing for what is gone."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {}
        self.stamps: dict[str, str] = {}

    def take(self, record: Harvested) -> None:
        """A later answer replaces an earlier one, and is never older."""
        id, stamp = record.header.identifier, record.header.datestamp
        assert self.stamps.get(id, "") <= stamp
        self.stamps[id] = stamp
        if record.deleted:
            self.held.pop(id, None)
        else:
            self.held[id] = record.metadata["title"][0]


def truth(hub: Hub) -> dict[str, str]:
    """What everybody sees, by global id, read without any of the ways that are under test."""
    with hub.at():
        rows = reading().query(Record).filter_by(state="published", level="public").all()
        return {f"{row.origin}/r/{row.rec}": _title(row.body or b"") for row in rows}


def _title(body: bytes) -> str:
    return body.decode().partition('"title":{"de":"')[2].partition('"')[0]


def follow(hub: Hub, count: int) -> tuple[Store, int]:
    """Harvest everything while it changes, then what changed at the end; answers the store and how much was told."""
    changes, store, told = Changes(hub, fill(hub, count)), Store(), 0
    client = Sickle(f"{hub.origin}/oai", timeout=120)
    begun = datetime.now(UTC)
    for record in client.ListRecords(metadataPrefix="oai_dc"):
        store.take(record)
        told += 1
        if told % EACH == 0 and told < count - 2 * PAGE:
            changes.one()
    assert store.held == truth(hub)
    for _ in range(5):
        changes.one()
    since = (begun - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for record in client.ListRecords(**{"metadataPrefix": "oai_dc", "from": since}):
        store.take(record)
    assert store.held == truth(hub)
    return store, told


def test_nothing_is_missed_and_nothing_is_wrong(on_sqlite: Hub) -> None:
    """Of many records; each that did not change was told once."""
    store, told = follow(on_sqlite, RECORDS)
    assert len(store.held) > RECORDS * 0.9
    assert told <= RECORDS + RECORDS // EACH


def test_the_same_on_postgresql(on_postgres: Hub) -> None:
    """And the set of a topic has what it has; the catalogue and the sitemap are there, too."""
    store, _told = follow(on_postgres, 250)
    client = Sickle(f"{on_postgres.origin}/oai", timeout=120)
    found = {
        one.identifier
        for one in client.ListIdentifiers(metadataPrefix="oai_dc", set="topic:mobility")
        if not one.deleted
    }
    assert found == set(store.held)
    stranger = on_postgres.app.test_client()
    assert f"<{on_postgres.origin}/catalog#termine>" in stranger.get("/catalog.ttl").text
    assert stranger.get("/sitemap.xml").text.count("<lastmod>") == len(store.held)
