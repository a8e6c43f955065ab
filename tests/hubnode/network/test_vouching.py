"""What members say of each other: whom a newcomer may ask, and where their word is enough."""

# ruff: noqa: F811 - what is imported are fixtures, and the arguments that ask for them

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from federation.joining import Membership
from hubnode.db import reading, transaction
from hubnode.network import asking, joining, joining_rows, members, membership, peers
from hubnode.network import node as nodes
from hubnode.network.joining_models import Joining
from hubnode.network.models import Peer
from hubnode.people.confirming import OPERATOR_CONFIRMED as PROOF
from hubnode.records import log, statements
from hubnode.work.loop import claimed
from tests.hubnode.hubs import Hub, close, make_hub
from tests.hubnode.network.joining_cast import Cast, known, pulled
from tests.hubnode.network.test_membership import cast, found  # noqa: F401 - a fixture
from tests.hubnode.network.test_pull import port_of
from tests.serving import free_port, served

ANY_PAUSE = timedelta(hours=2)
"""Longer than a worker waits between two pulls or two questions."""


@pytest.fixture
def heide(tmp_path: Path, template: Path) -> Iterator[Hub]:
    """A third hub, served."""
    hub = make_hub(tmp_path / "heide", template, "Heide", free_port(), pages=True)
    with served(hub.app, port_of(hub)):
        yield hub
    close(hub)


def trusting(hub: Hub, needed: int) -> None:
    """Let so many members' word be enough at this hub."""
    node = hub.app.extensions[nodes.EXTENSION]
    hub.app.extensions[nodes.EXTENSION] = replace(node, settings=replace(node.settings, vouches_needed=needed))


def member_of(hub: Hub, other: Hub) -> None:
    """Let `hub` and `other` join."""
    Cast(other, hub, other.app.test_client()).meet()


def work(hub: Hub, now: datetime | None = None) -> None:
    """Let the worker of this hub ask, answer and pull, once."""
    with hub.at() as node:
        for task, origin in claimed(now or node.clock() + ANY_PAUSE):
            if task.name in ("ask", "answer", "pull"):
                task.do(node, origin)


def test_a_member_names_the_hubs_that_a_newcomer_may_ask(cast: Cast, heide: Hub) -> None:
    member_of(heide, cast.wilster)
    pulled(heide, cast.wilster)
    with heide.at():
        assert [one.origin for one in asking.known_through(cast.wilster.origin)] == [cast.kiel.origin]
        asked = asking.introduce(PROOF, cast.wilster.origin, [cast.kiel.origin, "https://x.example"], nodes.utcnow())
        assert asked == [cast.kiel.origin]
        assert asking.known_through(cast.wilster.origin) == []
    pulled(cast.kiel, cast.wilster)
    work(heide)
    with cast.kiel.at() as node:
        [request] = joining_rows.requests()
        assert (request.origin, request.vouches, request.state, request.invited) == (heide.origin, 1, "pending", False)
        joining.approve(PROOF, request.id, node.clock())
    work(cast.kiel)
    assert (heide.origin, "active") in known(cast.kiel)
    assert (cast.kiel.origin, "active") in known(heide)


def test_a_request_on_a_members_word_waits_until_the_word_has_arrived(cast: Cast, heide: Hub) -> None:
    member_of(heide, cast.wilster)
    pulled(heide, cast.wilster)
    with heide.at():
        asking.introduce(PROOF, cast.wilster.origin, [cast.kiel.origin], nodes.utcnow())
    work(heide)
    with heide.at():
        row = reading().scalars(sa.select(Joining).where(Joining.origin == cast.kiel.origin)).one()
        assert (row.state, row.last_error) == ("asking", "answered:403:not-invited")
    pulled(cast.kiel, cast.wilster)
    work(heide)
    with heide.at():
        assert reading().scalar(sa.select(Joining.state).where(Joining.origin == cast.kiel.origin)) == "waiting"


def test_where_one_members_word_is_enough_a_newcomer_is_complete_without_anybody(cast: Cast, heide: Hub) -> None:
    trusting(cast.kiel, 1)
    with heide.at() as node:
        fingerprint = node.identity.fingerprint
    text = cast.invitation(origin=heide.origin, root=fingerprint)
    with heide.at() as node:
        asking.join(PROOF, node, text, node.clock(), introduce=True)
    for _ in range(8):
        for hub in (cast.wilster, heide, cast.kiel):
            work(hub)
    expected = {hub.origin for hub in (cast.wilster, cast.kiel, heide)}
    for hub in (cast.wilster, cast.kiel, heide):
        assert {origin for origin, state in known(hub) if state == "active"} == expected - {hub.origin}
        assert found(hub) == 3


def test_two_words_are_needed_where_two_are_asked_for(cast: Cast, heide: Hub) -> None:
    trusting(cast.kiel, 2)
    member_of(heide, cast.wilster)
    pulled(cast.kiel, cast.wilster)
    with cast.kiel.at():
        assert joining_rows.requests("out", ("asking",)) == []
        root = peers.keyset_of(reading().scalars(sa.select(Peer)).one()).fingerprint
        assert members.vouching(reading(), heide.origin, root) == []
    with heide.at() as node:
        fingerprint = node.identity.fingerprint
    with cast.kiel.at():
        assert members.vouching(reading(), heide.origin, fingerprint) == [cast.wilster.origin]
    refused = Cast(cast.kiel, heide, cast.kiel.app.test_client())
    assert refused.knock(refused.request(None).to_bytes()).status_code == 202
    with cast.kiel.at():
        assert [request.state for request in joining_rows.requests()] == ["pending"]


def test_the_word_of_a_suspended_hub_does_not_count(cast: Cast, heide: Hub) -> None:
    trusting(cast.kiel, 1)
    with heide.at() as node:
        fingerprint, log_id = node.identity.fingerprint, log.own(reading()).log_id
    with cast.wilster.at() as node, transaction() as session:
        body = Membership(heide.origin, fingerprint, log_id, 1).to_json()
        statements.say(session, members.KIND, body, node.clock())
    pulled(cast.kiel, cast.wilster)
    with cast.kiel.at() as node:
        membership.suspend(PROOF, cast.wilster.origin, node.clock())
    refused = Cast(cast.kiel, heide, cast.kiel.app.test_client())
    assert refused.knock(refused.request(None).to_bytes()).status_code == 403


def test_a_word_that_was_taken_back_does_not_count(cast: Cast, heide: Hub) -> None:
    member_of(heide, cast.wilster)
    pulled(cast.kiel, cast.wilster)
    with heide.at() as node:
        fingerprint = node.identity.fingerprint
    with cast.wilster.at() as node:
        membership.part(PROOF, heide.origin, node.clock(), archive="drop")
    pulled(cast.kiel, cast.wilster)
    with cast.kiel.at():
        assert members.vouching(reading(), heide.origin, fingerprint) == []


def test_a_statement_that_says_nothing_changes_nothing(cast: Cast) -> None:
    trusting(cast.wilster, 1)
    with cast.kiel.at() as node, transaction() as session:
        for body in ({"v": 1}, {"v": 1, "origin": "http://x", "root": "", "log_id": "", "n": 1}):
            statements.say(session, members.KIND, body, node.clock())
    pulled(cast.wilster, cast.kiel)
    with cast.wilster.at():
        assert joining_rows.requests("out", ("asking",)) == []
        assert [one.origin for one in members.named_by(reading(), cast.kiel.origin)] == [cast.wilster.origin]


def test_hubs_that_want_each_other_need_no_further_approval(cast: Cast, heide: Hub) -> None:
    """Each has been told of the other by its administrator; neither has to wait for the other's click."""
    member_of(heide, cast.wilster)
    pulled(cast.kiel, cast.wilster)
    pulled(heide, cast.wilster)
    for hub, other in ((heide, cast.kiel), (cast.kiel, heide)):
        with hub.at():
            asking.introduce(PROOF, cast.wilster.origin, [other.origin], nodes.utcnow())
    for _ in range(2):
        work(heide)
        work(cast.kiel)
    assert (heide.origin, "active") in known(cast.kiel)
    assert (cast.kiel.origin, "active") in known(heide)


def test_a_stranger_at_a_named_address_is_not_asked(cast: Cast, heide: Hub) -> None:
    with cast.kiel.at() as node, transaction() as session:
        own = node.identity.fingerprint
        body = Membership(heide.origin, own, "e" * 32, 1).to_json()
        statements.say(session, members.KIND, body, node.clock())
    pulled(cast.wilster, cast.kiel)
    with cast.wilster.at():
        asking.introduce(PROOF, cast.kiel.origin, [heide.origin], nodes.utcnow())
    work(cast.wilster)
    with cast.wilster.at():
        row = reading().scalars(sa.select(Joining).where(Joining.origin == heide.origin)).one()
        assert (row.state, row.last_error) == ("failed", "fingerprint")
    with heide.at():
        assert reading().scalar(sa.select(sa.func.count()).select_from(Joining)) == 0
