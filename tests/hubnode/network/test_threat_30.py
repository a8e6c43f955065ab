"""Threat 30: a deletion that is not honoured, or undone: by an old page, a restored backup, a mirror, a rebuild."""

from __future__ import annotations

import shutil

import pytest
import sqlalchemy as sa

from federation.errors import Refused
from hubnode.core import create_core
from hubnode.db import reading, transaction
from hubnode.network import status
from hubnode.people.viewer import OPERATOR
from hubnode.records import log, removals, scrub, service
from hubnode.records.models import Log, LogEntry, RecordVersion
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, bring, close
from tests.hubnode.network.test_receipts import CANARY, erase, follow, holding, home, kept, peer

__all__ = ["home", "peer"]
WORDS = {
    "title": f"{CANARY}titel",
    "challenge": f"{CANARY}feld",
    "contact_role": f"{CANARY}rolle",
    "draft": f"{CANARY}entwurf",
}


def published(home: Hub) -> str:
    """A record with a canary in its title, its fields, an older version and a draft."""
    rare = {name: {"de": WORDS[name]} for name in ("challenge", "contact_role")}
    id = home.publish("project", project(title=f"{CANARY}alt", **rare))
    home.revise(id, title={"de": WORDS["title"]})
    with home.at():
        seen = service.draft(OPERATOR, id)
        changed = seen.body | {"solution": {"de": WORDS["draft"]}}
        service.save_draft(OPERATOR, "project", changed, id=id, level="hub", now=NOW)
    return id


def test_threat_30_no_byte_of_an_erased_record_is_left_at_home_or_at_the_peer(home: Hub, peer: Hub) -> None:
    for number in range(60):
        home.publish("project", project(title=f"Nummer {number}", solution={"de": f"Text {number} " * 40}))
    id = published(home)
    follow(peer, home)
    assert holding(home, CANARY) != []
    assert holding(peer, CANARY) != []
    erase(home, id)
    with home.at() as node:
        assert scrub.scrub(node.clock(), rest=0)
        assert reading().scalars(sa.select(RecordVersion).where(RecordVersion.rev > 1)).all() == []
    follow(peer, home)
    assert holding(home, CANARY) == []
    assert holding(peer, CANARY) == []


def test_threat_30_an_old_page_brings_nothing_back(home: Hub, peer: Hub) -> None:
    id = published(home)
    old = home.page()
    follow(peer, home)
    erase(home, id)
    follow(peer, home)
    assert CANARY.encode() in old
    with pytest.raises(Refused):
        bring(old, home, peer)
    assert holding(peer, CANARY) == []
    assert CANARY.encode() not in home.page()


def test_threat_30_a_restored_backup_of_the_peer_forgets_again_and_is_confirmed_once(home: Hub, peer: Hub) -> None:
    id = published(home)
    follow(peer, home)
    files, saved = peer.settings.instance, peer.settings.instance.parent / "saved"
    with peer.at():
        assert scrub.scrub(NOW)
    close(peer)
    shutil.copytree(files, saved)
    erase(home, id)
    follow(peer, home)
    assert holding(peer, CANARY) == []
    close(peer)
    shutil.rmtree(files)
    shutil.copytree(saved, files)
    restored = Hub(create_core(peer.settings), peer.settings)
    assert holding(restored, CANARY) != []
    follow(restored, home)
    assert holding(restored, CANARY) == []
    assert len(kept(home)) == 1
    close(restored)


def test_threat_30_neither_a_mirror_nor_a_rebuild_knows_the_text(home: Hub, peer: Hub) -> None:
    id = published(home)
    follow(peer, home)
    erase(home, id)
    follow(peer, home)
    with peer.at():
        session = reading()
        copy = session.scalars(sa.select(Log).where(~Log.own)).one()
        assert CANARY.encode() not in b"".join(log.lines(session, copy, 0, 500))
        status.rebuild(NOW)
        reading().rollback()
        assert status.verify(reading()) == []
    assert holding(peer, CANARY) == []


def test_threat_30_an_erasure_that_is_applied_again_clears_the_files_again_and_asks_for_no_second_receipt(
    home: Hub, peer: Hub
) -> None:
    id = published(home)
    follow(peer, home)
    erase(home, id)
    follow(peer, home)
    with peer.at(), transaction() as session:  # as after a recovery that has brought the text back
        put = session.scalars(sa.select(LogEntry).order_by(LogEntry.seq)).first()
        assert put is not None
        put.body, put.salt = CANARY.encode(), b"s" * 16
    with peer.at(), transaction() as session:
        copy = session.scalars(sa.select(Log).where(~Log.own)).one()
        removals.take_back(session, copy.id, 2, id, NOW)
    follow(peer, home)
    assert holding(peer, CANARY) == []
    assert len(kept(home)) == 1
