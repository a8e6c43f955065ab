"""Files on both databases: kept, copied, claimed, let go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hubnode.db import reading
from hubnode.network import media
from hubnode.people.viewer import ANONYMOUS, OPERATOR
from hubnode.records import attached, attachments, service
from hubnode.records.errors import NotFound
from hubnode.records.media_models import Media
from tests.hubnode import files
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, carry, close, make_hub, pin
from tests.hubnode.network.test_pull import port_of
from tests.hubnode.test_databases import url
from tests.migrated import migrate
from tests.serving import served

__all__ = ["url"]


@pytest.fixture
def kiel(url: str, tmp_path: Path, free_port: int) -> Iterator[Hub]:
    """A hub on the database under test, with its doors."""
    migrate(url)
    hub = make_hub(tmp_path / "kiel", Path(), "Kiel", free_port, url, pages=True)
    yield hub
    close(hub)


def test_a_file_walks_out_of_a_database_and_into_one(kiel: Hub, wilster: Hub) -> None:
    pin(kiel, wilster)
    pin(wilster, kiel)
    mine = files.attach(kiel, files.PDF, "Satzung.pdf")
    id = kiel.publish("project", project(attachments=[mine]))
    carry(kiel, wilster)
    with served(kiel.app, port_of(kiel)), wilster.at() as node:
        media.tend(node, node.clock())
        assert media.claim(reading(), node.clock(), 8) == [kiel.origin]
        assert media.fetch(node, kiel.origin) == 1
        assert attached.file(ANONYMOUS, str(mine["sha256"])).public
    with kiel.at():
        service.erase(OPERATOR, id, NOW)
        with pytest.raises(NotFound):
            attached.file(ANONYMOUS, str(mine["sha256"]))
    assert files.stored(kiel) == []
    with wilster.at() as node:
        theirs = files.attach(wilster, b"Moin\n", "Moin.txt")
    wilster.publish("project", project(attachments=[theirs]))
    carry(wilster, kiel)
    with kiel.at() as node:
        media.tend(node, node.clock())
        assert media.claim(reading(), node.clock(), 8) == [wilster.origin]
        assert media._next(wilster.origin, node.clock()) is not None
        assert media._next(wilster.origin, node.clock()) is None
        assert media.fetch(node, wilster.origin) == 0
        assert reading().scalar(sa.select(sa.func.count()).select_from(Media)) == 1
        assert attachments.sweep(node.clock()) == 0
