"""The ledger of what a hub took back: who had the text, who confirmed, who is late; and the proof of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from federation import canonical
from federation.proofs import verify_proof
from hubnode.db import reading, transaction
from hubnode.network import erasure, events, proof, pull
from hubnode.network.erasure import Erasure
from hubnode.network.models import Peer
from hubnode.people.viewer import OPERATOR
from hubnode.records import scrub, service
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, close, make_hub, pin
from tests.hubnode.network.pair import port_of
from tests.hubnode.network.test_receipts import CANARY, erase, follow, holding, home, peer
from tests.serving import served

__all__ = ["home", "peer"]


@pytest.fixture
def third(tmp_path: Path, template: Path, home: Hub) -> Iterator[Hub]:
    """Another hub that knows the publisher, and is known there."""
    hub = make_hub(tmp_path / "third", template, "Hennstedt", 5993)
    pin(hub, home)
    pin(home, hub)
    yield hub
    close(hub)


def entry_of(home: Hub, id: str, now: datetime | None = None) -> Erasure:
    """What the ledger says of a record."""
    with home.at() as node:
        reading().rollback()
        found = erasure.of(id, now or node.clock())
        assert found is not None
        return found


def states(home: Hub, id: str, **later: float) -> list[tuple[str, str, bool]]:
    """Hub, state and whether it is overdue, some time later."""
    now = datetime.now(UTC) + timedelta(**later)
    return [(holder.name, holder.state, holder.overdue) for holder in entry_of(home, id, now).holders]


def test_a_hub_goes_from_appended_to_delivered_to_receipted(home: Hub, peer: Hub) -> None:
    id = home.publish("project", project(title=CANARY))
    follow(peer, home)
    erase(home, id)
    assert states(home, id) == [("Digital Hub Rendsburg", "appended", False)]
    with served(home.app, port_of(home)), peer.at() as node:
        pull.pull(node, home.origin)
    assert states(home, id) == [("Digital Hub Rendsburg", "delivered", False)]
    follow(peer, home)
    assert states(home, id) == [("Digital Hub Rendsburg", "receipted", False)]
    assert entry_of(home, id).complete


def test_a_hub_that_joined_after_the_erasure_is_no_recipient(home: Hub, peer: Hub, third: Hub) -> None:
    id = home.publish("project", project(title=CANARY))
    follow(peer, home)
    erase(home, id)
    follow(third, home)
    follow(peer, home)
    assert [holder.origin for holder in entry_of(home, id).holders] == [peer.origin]


def test_a_suspended_and_a_former_member_stay_recipients(home: Hub, peer: Hub, third: Hub) -> None:
    id = home.publish("project", project(title=CANARY))
    follow(peer, home)
    follow(third, home)
    with home.at(), transaction() as session:
        session.execute(sa.update(Peer).where(Peer.origin == peer.origin).values(state="suspended"))
        session.execute(sa.delete(Peer).where(Peer.origin == third.origin))
    erase(home, id)
    assert [(holder.origin, holder.member) for holder in entry_of(home, id).holders] == [
        (peer.origin, "suspended"),
        (third.origin, "former"),
    ]


def test_who_confirmed_the_withdrawal_need_not_confirm_the_erasure_too(home: Hub, peer: Hub) -> None:
    id = home.publish("project", project(title=CANARY))
    follow(peer, home)
    with home.at():
        service.withdraw(OPERATOR, id, NOW)
    follow(peer, home)
    erase(home, id)
    [holder] = entry_of(home, id).holders
    assert (holder.seq, holder.state) == (1, "receipted")


def test_what_is_published_again_is_not_in_the_ledger(home: Hub, peer: Hub) -> None:
    id = home.publish("project", project(title=CANARY))
    with home.at() as node:
        service.withdraw(OPERATOR, id, NOW)
        assert [one.id for one in erasure.ledger(node.clock())] == [id]
        service.publish(OPERATOR, id, NOW)
        assert erasure.ledger(node.clock()) == []


def test_what_never_left_the_hub_is_erased_without_anybody_to_ask(home: Hub, peer: Hub) -> None:
    id = home.publish("project", project(title=CANARY), level="hub")
    erase(home, id)
    one = entry_of(home, id)
    assert (one.seq, one.holders, one.complete, one.cleared) == (None, [], True, False)
    with home.at() as node:
        assert scrub.scrub(node.clock(), rest=0)
        with pytest.raises(proof.NothingToProve):
            proof.of(node, one, node.clock())
    assert entry_of(home, id).cleared
    assert holding(home, CANARY) == []


def test_after_three_days_people_are_told_once_and_told_again_when_it_is_done(home: Hub, peer: Hub) -> None:
    id = home.publish("project", project(title=CANARY))
    follow(peer, home)
    erase(home, id)
    assert states(home, id, hours=71) == [("Digital Hub Rendsburg", "appended", False)]
    assert states(home, id, hours=73) == [("Digital Hub Rendsburg", "appended", True)]
    with home.at() as node:
        erasure.chase(node.clock())
        assert events.latest() == []
        erasure.chase(node.clock() + timedelta(hours=73))
        erasure.chase(node.clock() + timedelta(hours=74))
        assert [(event.what, event.origin) for event in events.latest()] == [("erasure-overdue", peer.origin)]
    follow(peer, home)
    with home.at() as node:
        erasure.chase(node.clock() + timedelta(hours=75))
        assert [event.what for event in events.latest()] == ["erasure-confirmed", "erasure-overdue"]


def test_the_overdue_come_first_then_what_is_under_way(home: Hub, peer: Hub) -> None:
    ids = [home.publish("project", project(title=f"Nummer {number}")) for number in range(3)]
    follow(peer, home)
    erase(home, ids[0])
    follow(peer, home)
    with home.at() as node:
        service.erase(OPERATOR, ids[1], node.clock() - timedelta(days=4))
        service.erase(OPERATOR, ids[2], node.clock())
        assert [one.id for one in erasure.ledger(node.clock())] == [ids[1], ids[2], ids[0]]


def test_a_hub_that_was_given_text_by_a_home_restored_since_then_is_still_a_recipient(home: Hub, peer: Hub) -> None:
    """What the restored database does not remember, the peer's cursor tells."""
    first = home.publish("project", project(title="Davor"))
    follow(peer, home)
    with home.at(), transaction() as session:
        session.execute(sa.text("DELETE FROM handed"))
        session.execute(sa.update(Peer).values(acked_size=0))
    follow(peer, home)
    erase(home, first)
    assert [holder.origin for holder in entry_of(home, first).holders] == [peer.origin]


@pytest.fixture
def document(home: Hub, peer: Hub, third: Hub) -> dict[str, Any]:
    """The proof for a public record that two hubs had and one has deleted."""
    home.publish("project", project(title="Ein anderes"))
    id = home.publish("project", project(title=CANARY))
    home.revise(id, title={"de": f"{CANARY} zwei"})
    for hub in (peer, third):
        follow(hub, home)
    erase(home, id)
    follow(peer, home)
    home.publish("project", project(title="Noch eines"))
    with home.at() as node:
        reading().rollback()
        return proof.of(node, entry_of(home, id), node.clock())


def test_the_proof_is_checked_by_anybody_without_asking(home: Hub, peer: Hub, third: Hub, document: Any) -> None:
    data = canonical.encode(document)
    assert CANARY.encode() not in data
    with home.at() as node:
        fingerprint = node.identity.fingerprint
    shown = verify_proof(data, fingerprint=fingerprint)
    assert (shown.origin, shown.erased, shown.entry, shown.size, shown.public) == (home.origin, True, 3, 5, True)
    by = {hub.origin: hub.receipt.scopes if hub.receipt else None for hub in shown.hubs}
    assert by == {peer.origin: ("files", "log", "media", "records", "search"), third.origin: None}
