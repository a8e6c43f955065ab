"""A hub that has lost its root key: whoever knows it decides by hand, or by what other hubs vouch for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.network import doors, identity, keyfiles, members, peers, repinning
from hubnode.network.models import Peer
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.records import statements
from hubnode.records.models import Log
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, carry, close, make_hub, pin
from tests.hubnode.network.test_keys import Two
from tests.hubnode.network.test_keys import two as two
from tests.hubnode.network.test_keys import unused_ports as unused_ports
from tests.hubnode.network.test_pull import pulled


def lose_root(hub: Hub) -> str:
    """The key files are gone, and the hub has made new ones; answers the new fingerprint."""
    with hub.at() as node:
        shutil.rmtree(node.keys.folder)
        return identity.create(node.keys.folder, hub.origin, datetime.now(UTC)).fingerprint


def repin(two: Two, fingerprint: str) -> str:
    """Wilster takes the new root by hand."""
    with two.here.at() as node:
        return repinning.repin(OPERATOR_CONFIRMED, node, two.there.origin, fingerprint, datetime.now(UTC))


def pinned(two: Two) -> str:
    """The fingerprint by which Wilster knows Rendsburg."""
    with two.here.at():
        reading().rollback()
        return peers.keyset_of(reading().scalars(sa.select(Peer)).one()).fingerprint


def test_nothing_follows_from_a_new_root_that_nobody_introduced(two: Two) -> None:
    before = pinned(two)
    lose_root(two.there)
    with two.up():
        assert not pulled(two.here, two.there).finished
    assert pinned(two) == before


def test_a_new_root_is_pinned_by_hand_and_the_copy_goes_on(two: Two) -> None:
    two.there.publish("project", project())
    with two.up():
        pulled(two.here, two.there)
        fingerprint = lose_root(two.there)
        two.there.publish("project", project(title="Nach dem Verlust"))
        assert repin(two, fingerprint.lower()) == fingerprint
        assert pulled(two.here, two.there).entries == 1
    assert pinned(two) == fingerprint
    with two.here.at():
        assert [said["root"] for said in statements.said_by(reading(), two.here.origin, "member")] == [fingerprint]


def test_another_fingerprint_than_the_one_shown_pins_nothing(two: Two) -> None:
    before = pinned(two)
    lose_root(two.there)
    with two.up(), pytest.raises(keyfiles.CantChange, match="not the one given"):
        repin(two, before)
    assert pinned(two) == before


def test_a_hub_that_has_begun_another_log_is_not_repinned(two: Two) -> None:
    before = pinned(two)
    fingerprint = lose_root(two.there)
    with two.there.at(), transaction() as session:
        session.execute(sa.update(Log).where(Log.own).values(log_id="f" * 32))
    with two.up(), pytest.raises(keyfiles.CantChange, match="another log"):
        repin(two, fingerprint)
    assert pinned(two) == before


@pytest.fixture
def kiel(tmp_path: Path, template: Path, two: Two) -> Iterator[Hub]:
    """A third hub, which both others may know."""
    hub = make_hub(tmp_path / "kiel", template, "Kiel", 5993)
    pin(two.here, hub)
    pin(hub, two.there)
    yield hub
    close(hub)


def vouch(kiel: Hub, two: Two) -> None:
    """Kiel says by which root it knows Rendsburg now, and Wilster reads it."""
    with two.there.at() as node:
        card = doors.own_card(node, reading())
    with kiel.at(), transaction() as session:
        members.say(session, card, NOW)
    carry(kiel, two.here)


def repin_vouched(two: Two, needed: int) -> str:
    """Wilster takes the new root because others have."""
    with two.here.at() as node:
        return repinning.repin_vouched(OPERATOR_CONFIRMED, node, two.there.origin, needed, datetime.now(UTC))


def test_enough_hubs_vouch_for_a_new_root(two: Two, kiel: Hub) -> None:
    fingerprint = lose_root(two.there)
    vouch(kiel, two)
    with two.up():
        with pytest.raises(keyfiles.CantChange, match="1 hubs vouch"):
            repin_vouched(two, 2)
        assert repin_vouched(two, 1) == fingerprint
    with two.here.at():
        there = reading().scalars(sa.select(Peer).where(Peer.origin == two.there.origin)).one()
        assert peers.keyset_of(there).fingerprint == fingerprint


def test_a_hub_that_knows_the_old_root_vouches_for_nothing(two: Two, kiel: Hub) -> None:
    vouch(kiel, two)
    lose_root(two.there)
    with two.up(), pytest.raises(keyfiles.CantChange, match="0 hubs vouch"):
        repin_vouched(two, 1)


def test_a_suspended_hub_and_nobody_at_all_vouch_for_nothing(two: Two, kiel: Hub) -> None:
    lose_root(two.there)
    vouch(kiel, two)
    with two.here.at(), transaction() as session:
        session.execute(sa.update(Peer).where(Peer.origin == kiel.origin).values(state="suspended"))
    with two.up():
        with pytest.raises(keyfiles.CantChange, match="0 hubs vouch"):
            repin_vouched(two, 1)
        with pytest.raises(keyfiles.CantChange, match="at least one"):
            repin_vouched(two, 0)
