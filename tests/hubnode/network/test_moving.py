"""A hub goes on under another origin: the others follow its root key and show it there; old addresses lead on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from federation.keys import SigningKey
from federation.moved import Moved
from hubnode.app import create_app
from hubnode.db import reading, transaction
from hubnode.demo import visitor
from hubnode.network import keyfiles, keys, moving, peers, status
from hubnode.network.models import Peer
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.people.viewer import ANONYMOUS, OPERATOR
from hubnode.records import choices, service, statements
from hubnode.records import reading as records
from hubnode.records.choosing import Choice, Rule
from hubnode.records.models import Record
from hubnode.records.move_models import Move
from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub, close, make_hub
from tests.hubnode.network.test_keys import Two, Watched, told
from tests.hubnode.network.test_keys import two as two
from tests.hubnode.network.test_keys import unused_ports as unused_ports
from tests.hubnode.network.test_pull import port_of, pulled
from tests.serving import served


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def announce(hub: Hub, to: str) -> tuple[int, int]:
    """The hub says where it is going."""
    with hub.at() as node:
        return moving.announce(OPERATOR_CONFIRMED, node, to, keyfiles.root_key(node.keys.folder), now())


def new_address() -> str:
    """An address at which nobody answers yet."""
    return f"http://127.0.0.1:{visitor.free_ports(1)[0]}"


def moved(hub: Hub, to: str) -> Hub:
    """The hub after its settings name the new address and the command has been given again."""
    close(hub)
    settings = replace(hub.settings, base_url=to)
    folder = settings.instance / "keys"
    root = keyfiles.root_key(folder)
    keyfiles.readdress(OPERATOR_CONFIRMED, folder, to, 1, root)
    there = Hub(create_app(settings), settings)
    for _again in range(2):
        with there.at() as node:
            moving.move(OPERATOR_CONFIRMED, node, root, now())
            keys.announce(node, now())
    return there


def follow(hub: Hub) -> None:
    """One round of the hub's worker."""
    with hub.at() as node:
        moving.follow(node, now())


def shown(hub: Hub) -> set[tuple[str, str]]:
    """Titles with the origin under which everybody finds them."""
    with hub.at():
        reading().rollback()
        found = records.find(ANONYMOUS, records.Browse()).items
        return {(next(iter(view.headline.values())), view.origin) for view in found}


@contextmanager
def up(*hubs: Hub) -> Iterator[None]:
    """Serve these hubs."""
    if not hubs:
        yield
        return
    with served(Watched(hubs[0]), port_of(hubs[0])), up(*hubs[1:]):
        yield


def test_a_hub_moves_and_everything_is_found_at_its_new_address(two: Two) -> None:
    org = two.there.publish("organisation", {"name": {"de": "Amt Eins"}, "kind": "stadt", "license": "CC-BY-4.0"})
    lead = f"{two.there.origin}/r/{org}"
    id = two.there.publish("project", project(title="Zieht mit um", lead_organisation=lead))
    gone = two.there.publish("project", project(title="Wird vorher gelöscht"))
    with two.there.at():
        service.erase(OPERATOR, gone, now())
    old, new = two.there.origin, new_address()
    with two.up():
        pulled(two.here, two.there)
        assert announce(two.there, new) == (0, 1)
        pulled(two.here, two.there)
        assert announce(two.there, new) == (1, 1)
    there = moved(two.there, new)
    with up(two.here, there):
        follow(two.here)
        assert {origin for _, origin in shown(two.here)} == {old}
        assert pulled(two.here, there).finished
        assert {origin for _, origin in shown(two.here)} == {old}
        follow(two.here)
        assert {origin for _, origin in shown(two.here)} == {new}
        assert pulled(there, two.here).finished
    with two.here.at() as node:
        view = records.get(ANONYMOUS, "project", id, new)
        assert view.fields["lead_organisation"] == f"{new}/r/{org}"
        assert records.by_uri(ANONYMOUS, lead) == records.by_uri(ANONYMOUS, f"{new}/r/{org}") is not None
        assert [hub.origin for hub in peers.all_hubs(node.settings)] == [two.here.origin, new]
        assert [said["origin"] for said in statements.said_by(reading(), two.here.origin, "member")] == [new]
        assert status.verify(reading()) == []
        answer = two.here.app.test_client().get(f"/projekte/{old.split('://')[1]}/{id}")
        assert (answer.status_code, answer.location) == (301, f"/projekte/{new.split('://')[1]}/{id}")
    with there.at():
        assert status.verify(reading()) == []
        states = dict(reading().execute(sa.select(Record.rec, Record.state).where(Record.own)).all())
        assert states[gone] == "erased"
    close(there)


def test_who_heard_nothing_before_hears_it_from_the_new_log(two: Two) -> None:
    two.there.publish("project", project(title="Zieht mit um"))
    with two.up():
        pulled(two.here, two.there)
    old, new = two.there.origin, new_address()
    there = moved(two.there, new)
    with there.at() as node:
        fingerprint = node.identity.fingerprint
    with up(there), two.here.at() as node:
        peers.add(node, new, fingerprint, now())
    with up(there):
        assert pulled(two.here, there).finished
        follow(two.here)
    assert {origin for _, origin in shown(two.here)} == {new}
    with two.here.at():
        state = reading().scalars(sa.select(Peer.state).where(Peer.origin == old)).one()
        assert state == moving.STATE
    close(there)


def test_what_was_chosen_of_a_hub_holds_at_its_new_address(two: Two) -> None:
    narrow = Choice(Rule(kinds=frozenset({"event"})), Rule())
    with two.here.at(), transaction() as session:
        choices.put(session, two.there.origin, narrow, now())
    new = new_address()
    announce(two.there, new)
    with two.up():
        pulled(two.here, two.there)
    there = moved(two.there, new)
    with up(there):
        follow(two.here)
    with two.here.at():
        assert choices.of(reading(), new) == narrow
    close(there)


def test_a_move_that_the_root_did_not_sign_is_told_and_not_followed(two: Two) -> None:
    with two.there.at() as node, transaction() as session:
        forged = Moved(two.there.origin, new_address(), 2).sign(SigningKey.generate("root"))
        statements.say(session, "moved", forged.to_json(), node.clock())
    with two.up():
        pulled(two.here, two.there)
    follow(two.here)
    assert told(two.here) == ["bad-move"]
    with two.here.at():
        assert reading().scalars(sa.select(Move)).all() == []


def test_a_hub_that_is_suspended_does_not_come_back_by_moving(two: Two) -> None:
    new = new_address()
    announce(two.there, new)
    with two.up():
        pulled(two.here, two.there)
        with two.here.at(), transaction() as session:
            session.execute(sa.update(Peer).values(state="suspended"))
    there = moved(two.there, new)
    with up(there):
        follow(two.here)
    with two.here.at():
        assert reading().scalars(sa.select(Peer.origin)).all() == [two.there.origin]
    close(there)


def test_a_new_address_where_nobody_answers_is_asked_later(two: Two) -> None:
    announce(two.there, new_address())
    with two.up():
        pulled(two.here, two.there)
    follow(two.here)
    with two.here.at():
        assert reading().scalars(sa.select(Move.due_at)).one() > now()
        assert len(peers.all_hubs(two.here.settings)) == 2


def test_another_hub_at_the_new_address_is_not_taken_for_the_moved_one(
    two: Two, tmp_path: Path, template: Path
) -> None:
    new = new_address()
    announce(two.there, new)
    with two.up():
        pulled(two.here, two.there)
    thief = make_hub(tmp_path / "thief", template, "Rendsburg", int(new.rpartition(":")[2]), pages=True)
    with up(thief):
        follow(two.here)
    with two.here.at():
        assert reading().scalars(sa.select(Peer.origin)).all() == [two.there.origin]
    close(thief)
